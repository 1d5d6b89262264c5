//! Signing keys and the sets of public keys that go with them.
//!
//! A private key is one JSON Web Key (RFC 8037, `OKP`/`Ed25519`) in a file of its own; the public ones are a JWK set
//! (RFC 7517). A verifier takes a set, so that a new key is published before it signs and the old one stays until
//! its last token has lapsed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, SigningKey, Verifier, VerifyingKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An Ed25519 key that signs. Made from 32 bytes of the operating system's randomness, by `cargo xtask` or the operator.
#[derive(Clone)]
pub struct PrivateKey {
    kid: String,
    key: SigningKey,
}

/// One key of a JWK file or set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    kid: String,
    x: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<String>,
}

/// Why a key file was refused.
#[derive(Debug, thiserror::Error)]
pub enum BadKey {
    /// Not the JSON of a key or of a set.
    #[error("the key is not a JSON Web Key")]
    Json(#[from] serde_json::Error),
    /// Another kind of key than Ed25519, or bytes of another length.
    #[error("the key {0} is not an Ed25519 key")]
    NotEd25519(String),
}

impl std::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateKey({})", self.kid)
    }
}

impl PrivateKey {
    /// The key with this seed. Its id is the first 16 characters of its RFC 7638 thumbprint.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let thumbprint = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        Self { kid: URL_SAFE_NO_PAD.encode(thumbprint)[..16].to_owned(), key }
    }

    /// Reads a private JWK.
    ///
    /// # Errors
    /// When the text is no private Ed25519 key.
    pub fn from_jwk(json: &str) -> Result<Self, BadKey> {
        let jwk: Jwk = serde_json::from_str(json)?;
        let seed = jwk
            .d
            .as_deref()
            .and_then(|d| URL_SAFE_NO_PAD.decode(d).ok())
            .and_then(|d| <[u8; 32]>::try_from(d).ok());
        match seed {
            Some(seed) if jwk.kty == "OKP" && jwk.crv == "Ed25519" => {
                Ok(Self { kid: jwk.kid, key: SigningKey::from_bytes(&seed) })
            }
            _ => Err(BadKey::NotEd25519(jwk.kid)),
        }
    }

    /// The private JWK, for a file that only its service reads.
    pub fn to_jwk(&self) -> String {
        let jwk = Jwk { d: Some(URL_SAFE_NO_PAD.encode(self.key.to_bytes())), ..self.public_jwk() };
        serde_json::json!(jwk).to_string()
    }

    /// The key's id, as it stands in the `kid` of what it signs.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half.
    pub fn public(&self) -> PublicKeys {
        PublicKeys { keys: vec![PublicKey { kid: self.kid.clone(), key: self.key.verifying_key() }] }
    }

    /// A raw Ed25519 signature (RFC 8032), for codes that are no JSON Web Token.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    pub(crate) fn encoding(&self) -> EncodingKey {
        // PKCS #8 version 1 of an Ed25519 key (RFC 8410 section 7): a fixed head, then the seed.
        const HEAD: [u8; 16] =
            [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
        EncodingKey::from_ed_der(&[HEAD.as_slice(), self.key.as_bytes()].concat())
    }

    fn public_jwk(&self) -> Jwk {
        Jwk {
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            kid: self.kid.clone(),
            x: URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes()),
            d: None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct PublicKey {
    kid: String,
    key: VerifyingKey,
}

/// The public keys that are good at the moment; two while one replaces the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys {
    keys: Vec<PublicKey>,
}

impl PublicKeys {
    /// Reads a JWK set, or a single JWK (of which only the public half is kept).
    ///
    /// # Errors
    /// When the text is neither, or holds a key that is not Ed25519.
    pub fn from_jwks(json: &str) -> Result<Self, BadKey> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Jwk>,
        }
        let value: serde_json::Value = serde_json::from_str(json)?;
        let jwks = if value.get("keys").is_some() {
            serde_json::from_value::<Set>(value)?.keys
        } else {
            vec![serde_json::from_value(value)?]
        };
        let read = |jwk: Jwk| {
            let bytes = URL_SAFE_NO_PAD.decode(&jwk.x).ok().and_then(|x| <[u8; 32]>::try_from(x).ok());
            let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
            match key {
                Some(key) if jwk.kty == "OKP" && jwk.crv == "Ed25519" => Ok(PublicKey { kid: jwk.kid, key }),
                _ => Err(BadKey::NotEd25519(jwk.kid)),
            }
        };
        Ok(Self { keys: jwks.into_iter().map(read).collect::<Result<_, _>>()? })
    }

    /// The JWK set, for `/.well-known/jwks.json`.
    pub fn to_jwks(&self) -> serde_json::Value {
        let jwk = |public: &PublicKey| {
            let x = URL_SAFE_NO_PAD.encode(public.key.as_bytes());
            serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": public.kid, "x": x })
        };
        serde_json::json!({ "keys": self.keys.iter().map(jwk).collect::<Vec<_>>() })
    }

    /// These keys and those of `other`.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.keys.extend(other.keys);
        self
    }

    /// Whether `signature` over `message` was made by the key called `kid`.
    pub fn verify(&self, kid: &str, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(signature);
        self.find(kid).is_some_and(|public| public.key.verify(message, &signature).is_ok())
    }

    pub(crate) fn decoding(&self, kid: &str) -> Option<DecodingKey> {
        self.find(kid).map(|public| DecodingKey::from_ed_der(public.key.as_bytes()))
    }

    fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.keys.iter().find(|public| public.kid == kid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_keys_the_one_that_is_named_decides() {
        let keys = [1, 2, 3].map(|seed| PrivateKey::from_seed([seed; 32]));
        let all = keys.iter().map(PrivateKey::public).reduce(PublicKeys::and).unwrap();
        for key in &keys {
            assert!(all.verify(key.kid(), b"door", &key.sign(b"door")));
            assert!(!all.verify(key.kid(), b"door", &PrivateKey::from_seed([4; 32]).sign(b"door")));
        }
        assert!(!all.verify(keys[0].kid(), b"door", &keys[1].sign(b"door")), "by the key of another name");
    }

    #[test]
    fn a_key_file_reads_back_and_its_set_holds_no_secret() {
        let key = PrivateKey::from_seed([7; 32]);
        let again = PrivateKey::from_jwk(&key.to_jwk()).unwrap();
        assert_eq!(again.kid(), key.kid());
        let set = key.public().to_jwks().to_string();
        assert!(!set.contains(r#""d""#));
        let public = PublicKeys::from_jwks(&set).unwrap();
        assert!(public.verify(key.kid(), b"door", &again.sign(b"door")));
        assert!(!public.verify(key.kid(), b"gate", &again.sign(b"door")));
        assert!(!public.verify("another", b"door", &again.sign(b"door")));
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let rsa = r#"{"kty":"RSA","crv":"","kid":"r","x":"AAAA","d":"AAAA"}"#;
        assert!(matches!(PrivateKey::from_jwk(rsa), Err(BadKey::NotEd25519(_))));
        assert!(matches!(PublicKeys::from_jwks("[]"), Err(BadKey::Json(_))));
    }
}
