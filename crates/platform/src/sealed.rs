//! Secrets at rest: sealed under keys of the operator, so that whoever reads the database learns none.
//!
//! A sealed value is `version (1) | id of the key (4) | nonce (12) | AES-256-GCM`. It is bound to what it is for and whose it is:
//! moved to another row, or used for something else, it does not open.

use std::path::Path;

use ring::{aead, digest};

use crate::ids::secret;

const VERSION: u8 = 1;
const ID: usize = 4;
const NONCE: usize = aead::NONCE_LEN;

/// Keys that seal and open. The first one seals; all of them open, so that a key is followed by another without a gap.
#[derive(Debug)]
pub struct Seals(Vec<Seal>);

#[derive(Debug)]
struct Seal {
    id: [u8; ID],
    key: aead::LessSafeKey,
}

/// Why a key file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SealFileError {
    /// The file cannot be read.
    #[error("reading the seal keys in {0} failed")]
    Read(String, #[source] std::io::Error),
    /// The file holds something else.
    #[error("{0} holds no keys of 32 bytes in hexadecimal digits, one a line")]
    Bad(String),
}

/// Why a sealed value stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpen {
    /// It was sealed under a key that is not in the file, or is no sealed value.
    #[error("it was sealed under a key that we do not have")]
    NoKey,
    /// It is another one's, for something else, or was changed.
    #[error("it was sealed for something else, or changed")]
    Other,
}

impl Seals {
    /// These keys; `None` without any.
    ///
    /// # Panics
    /// Never: 32 bytes are a key.
    pub fn new(keys: &[[u8; 32]]) -> Option<Self> {
        let seal = |bytes: &[u8; 32]| {
            let mut id = [0; ID];
            id.copy_from_slice(&digest::digest(&digest::SHA256, bytes).as_ref()[..ID]);
            let key = aead::UnboundKey::new(&aead::AES_256_GCM, bytes).expect("32 bytes are a key");
            Seal { id, key: aead::LessSafeKey::new(key) }
        };
        (!keys.is_empty()).then(|| Self(keys.iter().map(seal).collect()))
    }

    /// Reads a file of keys: one a line, in hexadecimal digits.
    ///
    /// # Errors
    /// [`SealFileError`] names the file.
    pub fn read(file: &Path) -> Result<Self, SealFileError> {
        let name = || file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| SealFileError::Read(name(), error))?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Option<Vec<[u8; 32]>> = lines.map(|line| hex::decode(line).ok()?.try_into().ok()).collect();
        keys.and_then(|keys| Self::new(&keys)).ok_or_else(|| SealFileError::Bad(name()))
    }

    /// Seals `bytes` for one `purpose`, as those of whatever has the id `of`.
    ///
    /// # Panics
    /// Never: AES-GCM seals whatever is shorter than 64 GiB.
    pub fn seal(&self, purpose: &str, of: &[u8], bytes: &[u8]) -> Vec<u8> {
        let Seal { id, key } = &self.0[0];
        let nonce: [u8; NONCE] = secret();
        let mut sealed = bytes.to_vec();
        let bound = aead::Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(bound, about(purpose, of), &mut sealed).expect("it is short");
        [&[VERSION], id.as_slice(), &nonce, &sealed].concat()
    }

    /// Opens what was sealed for `purpose` as that of `of`.
    ///
    /// # Errors
    /// [`NotOpen`].
    pub fn open(&self, purpose: &str, of: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotOpen> {
        let (head, rest) = sealed.split_at_checked(1 + ID).ok_or(NotOpen::NoKey)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>().ok_or(NotOpen::NoKey)?;
        let known = self.0.iter().find(|seal| head[0] == VERSION && head[1..] == seal.id);
        let Seal { key, .. } = known.ok_or(NotOpen::NoKey)?;
        let mut opened = rest.to_vec();
        let nonce = aead::Nonce::assume_unique_for_key(*nonce);
        let length =
            key.open_in_place(nonce, about(purpose, of), &mut opened).map_err(|_| NotOpen::Other)?.len();
        opened.truncate(length);
        Ok(opened)
    }

    /// How what is sealed now begins: what begins otherwise is to be sealed anew.
    pub fn mark(&self) -> Vec<u8> {
        [&[VERSION], self.0[0].id.as_slice()].concat()
    }
}

/// What a sealed value is bound to. No purpose has a zero byte in it.
fn about(purpose: &str, of: &[u8]) -> aead::Aad<Vec<u8>> {
    aead::Aad::from([purpose.as_bytes(), &[0], of].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_own_use_and_owner_only() {
        let seals = Seals::new(&[[1; 32]]).unwrap();
        let sealed = seals.seal("secret", b"one", b"of us two");
        assert_eq!(sealed.len(), 9 + 33);
        assert_eq!(seals.open("secret", b"one", &sealed).unwrap(), b"of us two");
        assert!(!sealed.windows(2).any(|two| two == b"us"));
        assert_ne!(sealed, seals.seal("secret", b"one", b"of us two"), "no nonce comes twice");
        assert_eq!(seals.open("secret", b"two", &sealed), Err(NotOpen::Other));
        assert_eq!(seals.open("code", b"one", &sealed), Err(NotOpen::Other));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seals.open("secret", b"one", &changed).is_err(), "byte {at}");
            assert!(seals.open("secret", b"one", &sealed[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn a_key_is_followed_by_another_without_a_gap() {
        let (old, new) = ([1; 32], [2; 32]);
        let of = |keys: &[[u8; 32]]| Seals::new(keys).unwrap();
        let before = of(&[old]).seal("secret", b"one", b"x");
        // First everybody opens with both, then the new one seals, at last the old one goes.
        let after = of(&[new, old]).seal("secret", b"one", b"x");
        for seals in [of(&[old, new]), of(&[new, old])] {
            assert_eq!(seals.open("secret", b"one", &before).unwrap(), b"x");
            assert_eq!(seals.open("secret", b"one", &after).unwrap(), b"x");
        }
        assert_eq!(of(&[new]).open("secret", b"one", &before), Err(NotOpen::NoKey));
        assert!(after.starts_with(&of(&[new]).mark()) && !before.starts_with(&of(&[new]).mark()));
    }

    #[test]
    fn a_file_has_a_key_a_line_and_nothing_else() {
        let file = std::env::temp_dir().join(format!("seal-keys-{}", std::process::id()));
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Seals::read(&file)
        };
        let (one, two) = ("11".repeat(32), "22".repeat(32));
        assert_eq!(read(&format!("{one}\n\n {two} \n")).unwrap().0.len(), 2);
        for bad in ["", "\n", "11", "x", &format!("{one}{two}"), &format!("{one}\nx")] {
            assert!(matches!(read(bad), Err(SealFileError::Bad(_))), "{bad}");
        }
        std::fs::remove_file(&file).unwrap();
        let missing = Seals::read(&file).unwrap_err();
        assert!(missing.to_string().contains("seal-keys-"));
        let shown = format!("{:?}", Seals::new(&[[0x11; 32]]).unwrap());
        assert!(!shown.contains("17, 17"), "{shown}");
    }
}
