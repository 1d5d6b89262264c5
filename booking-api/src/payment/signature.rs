//! The signature that providers put on their callbacks: HMAC-SHA-256 (RFC 2104) over `time.body`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Whether `tag`, in hexadecimal digits, was made over `at` and `body` by whoever has `secret`. Takes as long for a wrong
/// tag as for a right one.
pub fn covers(secret: &[u8], at: &str, body: &[u8], tag: &str) -> bool {
    let (Ok(mut mac), Ok(tag)) = (Hmac::<Sha256>::new_from_slice(secret), hex::decode(tag)) else {
        return false;
    };
    mac.update(at.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.verify_slice(&tag).is_ok()
}
