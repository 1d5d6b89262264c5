//! The signature of a callback.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The header that carries it.
pub const HEADER: &str = "Sandbox-Signature";

/// `t=…,v1=…`: the seconds of `at`, and HMAC-SHA-256 over `t.body` under `secret`, in hex.
///
/// # Panics
/// Never: HMAC takes a key of any length.
pub fn sign(secret: &[u8], at: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(format!("{at}.").as_bytes());
    mac.update(body);
    format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn a_signature_covers_time_and_body() {
        let one = sign(b"secret of tests", 1, b"{}");
        assert!(one.starts_with("t=1,v1=") && one.len() == 7 + 64);
        assert_ne!(one[4..], sign(b"secret of tests", 2, b"{}")[4..]);
        assert_ne!(one, sign(b"secret of tests", 1, b"[]"));
        assert_ne!(one, sign(b"another secret", 1, b"{}"));
    }
}
