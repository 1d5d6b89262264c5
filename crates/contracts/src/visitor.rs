//! The visitor's cookie: an id with an HMAC, so that nobody chooses an id of their own or takes another's by guessing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::id::VisitorId;

/// The name of the cookie. `__Host-` binds it to this host, to HTTPS and to the path `/` (RFC 6265bis section 4.1.3.2).
pub const COOKIE: &str = "__Host-usher_visitor";

/// How many bytes of an HMAC a token carries.
pub(crate) const TAG: usize = 16;

/// The secret with which a gate signs visitors and places; every gate of an installation has the same.
#[derive(Clone)]
pub struct GateSecret {
    /// What every tag begins with: the secret is taken in once, and not for each.
    keyed: Hmac<Sha256>,
}

impl GateSecret {
    /// From at least 32 bytes of the operating system's randomness; `None` when there are fewer.
    ///
    /// # Panics
    /// Never: HMAC takes a key of any length.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let keyed = || Hmac::new_from_slice(bytes).expect("HMAC takes a key of any length");
        (bytes.len() >= 32).then(|| Self { keyed: keyed() })
    }

    /// HMAC-SHA-256 of `message` for one `purpose`, so that a tag made for one thing never fits another.
    pub(crate) fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let mut mac = self.keyed.clone();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// As much of the HMAC as a token carries: 128 bits.
    pub(crate) fn short_tag(&self, purpose: &str, message: &[u8]) -> [u8; TAG] {
        let whole = self.tag(purpose, message);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&whole[..TAG]);
        tag
    }

    /// What stands for `text` where nobody shall read it.
    pub fn nameless(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.short_tag(purpose, text.as_bytes()))
    }

    /// A key of its own for one `purpose`, from which neither the secret nor another key follows.
    pub fn key(&self, purpose: &str) -> [u8; 32] {
        self.tag("key", purpose.as_bytes())
    }
}

impl std::fmt::Debug for GateSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GateSecret")
    }
}

/// The cookie's value for `visitor`: 43 characters.
pub fn sign(visitor: VisitorId, secret: &GateSecret) -> String {
    let id = visitor.uuid().into_bytes();
    URL_SAFE_NO_PAD.encode([id.as_slice(), &secret.short_tag("visitor", &id)].concat())
}

/// The visitor that a cookie's value names; `None` when it is not one that we gave.
pub fn verify(cookie: &str, secret: &GateSecret) -> Option<VisitorId> {
    // Room for a little more than it is: what is longer is none of ours.
    let mut bytes = [0; 16 + TAG + 4];
    let length = URL_SAFE_NO_PAD.decode_slice(cookie, &mut bytes).ok()?;
    let (id, tag) = bytes[..length].split_first_chunk::<16>()?;
    let genuine = secret.short_tag("visitor", id).ct_eq(tag);
    bool::from(genuine).then(|| Uuid::from_bytes(*id).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cookie_that_we_signed_names_a_visitor() {
        let secret = GateSecret::new(&[1; 32]).unwrap();
        let visitor = VisitorId::from(Uuid::from_u128(5));
        let cookie = sign(visitor, &secret);
        assert_eq!(verify(&cookie, &secret), Some(visitor));
        assert_eq!(verify(&cookie, &GateSecret::new(&[2; 32]).unwrap()), None);
        assert_eq!(verify(&cookie[..42], &secret), None);
        assert_eq!(verify(&format!("{cookie}AAAA"), &secret), None);
        assert_eq!(verify(&format!("{cookie}{cookie}"), &secret), None);
        assert_eq!(verify(&visitor.to_string(), &secret), None);
    }
}
