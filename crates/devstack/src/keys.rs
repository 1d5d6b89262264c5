//! The key files of an installation, made once. The private ones are for their owner only.

use std::{
    fs::{DirBuilder, OpenOptions},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use contracts::key::PrivateKey;
use platform::ids::secret;

/// A folder with all key files of one installation.
#[derive(Clone, Debug)]
pub struct Keys {
    folder: PathBuf,
}

impl Keys {
    /// The keys in `folder`; those that are missing are made from the operating system's randomness.
    ///
    /// # Errors
    /// When a file cannot be written or is no key.
    pub fn open(folder: &Path) -> Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let keys = Self { folder: folder.to_path_buf() };
        for name in ["gate", "session", "ticket"] {
            let file = keys.private(name);
            write_once(&file, &PrivateKey::from_seed(secret()).to_jwk())?;
            let text = std::fs::read_to_string(&file)?;
            let key = PrivateKey::from_jwk(&text).with_context(|| format!("{} is no key", file.display()))?;
            write_once(&keys.public(name), &key.public().to_jwks().to_string())?;
        }
        for name in ["gate-secret", "sandbox-secret", "code-secret", "seal-keys"] {
            write_once(&keys.secret(name), &hex::encode(secret::<32>()))?;
        }
        for name in ["organizer-password", "postgres-password"] {
            write_once(&keys.secret(name), &hex::encode(secret::<12>()))?;
        }
        Ok(keys)
    }

    /// The file of the private key `gate`, `session` or `ticket`.
    pub fn private(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.jwk"))
    }

    /// The file of its public half.
    pub fn public(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.jwks"))
    }

    /// The file of the secret `gate-secret`, `sandbox-secret`, `code-secret`, `seal-keys`, `organizer-password` or
    /// `postgres-password`, in hexadecimal digits.
    pub fn secret(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Writes a file that only its owner may read, unless it is there.
fn write_once(file: &Path, text: &str) -> Result<()> {
    if file.is_file() {
        return Ok(());
    }
    // Whole or not at all, so that a crash leaves no half key.
    let part = file.with_extension("part");
    drop(std::fs::remove_file(&part));
    let mut open = OpenOptions::new();
    let mut out = open.write(true).create_new(true).mode(0o600).open(&part)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&part, file).with_context(|| format!("writing {} failed", file.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_made_once_and_for_their_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        let files = [keys.private("gate"), keys.secret("gate-secret"), keys.public("session")];
        let before = files.each_ref().map(|file| std::fs::read_to_string(file).unwrap());
        Keys::open(folder.path()).unwrap();
        assert_eq!(before, files.each_ref().map(|file| std::fs::read_to_string(file).unwrap()));
        for file in &files[..2] {
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
