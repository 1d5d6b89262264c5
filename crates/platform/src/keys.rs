//! Key files on disk.

use std::path::Path;

use contracts::key::{BadKey, PrivateKey, PublicKeys};

/// Why a key file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error("reading the key file {0} failed")]
    Read(String, #[source] std::io::Error),
    /// The file does not hold a key.
    #[error("the key file {0} holds no usable key")]
    Bad(String, #[source] BadKey),
}

/// Reads a private JWK.
///
/// # Errors
/// [`KeyFileError`]; the message names the file.
pub fn private(path: &Path) -> Result<PrivateKey, KeyFileError> {
    PrivateKey::from_jwk(&read(path)?).map_err(|error| KeyFileError::Bad(path.display().to_string(), error))
}

/// Reads a JWK set.
///
/// # Errors
/// [`KeyFileError`]; the message names the file.
pub fn public(path: &Path) -> Result<PublicKeys, KeyFileError> {
    PublicKeys::from_jwks(&read(path)?).map_err(|error| KeyFileError::Bad(path.display().to_string(), error))
}

fn read(path: &Path) -> Result<String, KeyFileError> {
    std::fs::read_to_string(path).map_err(|error| KeyFileError::Read(path.display().to_string(), error))
}
