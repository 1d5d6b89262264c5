//! The keys of the provider: one of each kind, made when it starts.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};

/// How a token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Algorithm {
    /// RSA with 2048 bits.
    #[default]
    RS256,
    /// The curve P-256.
    ES256,
    /// The curve Ed25519.
    EdDSA,
}

impl Algorithm {
    /// The name in the head of a token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
        }
    }
}

/// One key of each kind.
pub struct Keys {
    generation: String,
    rsa: RsaKeyPair,
    ec: EcdsaKeyPair,
    ed: Ed25519KeyPair,
}

impl Keys {
    /// New ones.
    ///
    /// # Panics
    /// When the operating system has no randomness.
    pub fn new() -> Self {
        let made = "the operating system has randomness";
        Self {
            generation: hex::encode(platform::ids::secret::<4>()),
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).expect(made),
            ec: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(made),
            ed: Ed25519KeyPair::generate().expect(made),
        }
    }

    /// What a key is called.
    pub fn id(&self, algorithm: Algorithm) -> String {
        format!("{}-{}", algorithm.name().to_ascii_lowercase(), self.generation)
    }

    /// The public halves, as a JWK set.
    pub fn published(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let rsa = self.rsa.public_key();
        let (n, e) = (
            text(rsa.modulus().big_endian_without_leading_zero()),
            text(rsa.exponent().big_endian_without_leading_zero()),
        );
        // A point that is not compressed: 4, then its two halves.
        let point = self.ec.public_key().as_ref();
        let (x, y) = (text(&point[1..33]), text(&point[33..]));
        let id = |algorithm| self.id(algorithm);
        json!({"keys": [
            {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": id(Algorithm::RS256), "n": n, "e": e},
            {"kty": "EC", "use": "sig", "alg": "ES256", "kid": id(Algorithm::ES256), "crv": "P-256", "x": x, "y": y},
            {"kty": "OKP", "use": "sig", "alg": "EdDSA", "kid": id(Algorithm::EdDSA), "crv": "Ed25519",
             "x": text(self.ed.public_key().as_ref())},
        ]})
    }

    /// Signs `message`.
    ///
    /// # Panics
    /// Never: the keys are of the kind that is asked for.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let (random, signs) = (SystemRandom::new(), "the key is of this kind");
        match algorithm {
            Algorithm::RS256 => {
                let mut signature = vec![0; self.rsa.public_modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect(signs);
                signature
            }
            Algorithm::ES256 => self.ec.sign(&random, message).expect(signs).as_ref().to_vec(),
            Algorithm::EdDSA => self.ed.sign(message).as_ref().to_vec(),
        }
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}
