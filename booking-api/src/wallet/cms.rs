//! A detached signature in the Cryptographic Message Syntax (RFC 5652) with an RSA certificate, as pass files have it.

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey},
};

use super::der::{Reader, nested, sequence, set, value};

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const CONTEXT_0: u8 = 0xA0;

const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01];
const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
const CONTENT_TYPE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03];
const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
const SIGNING_TIME: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x05];
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// Why a certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadCertificate {
    /// The file holds no PEM block of this kind.
    #[error("there is no {0} in it")]
    NoPem(&'static str),
    /// The certificate is none.
    #[error("the certificate cannot be read")]
    Certificate,
    /// The key is no RSA key of at least 2048 bits as PKCS #8.
    #[error("the key is not an RSA key of at least 2048 bits in PKCS #8: {0}")]
    Key(ring::error::KeyRejected),
    /// The key is that of another certificate.
    #[error("the key does not belong to the certificate")]
    Mismatch,
}

/// The key did not sign.
#[derive(Debug, thiserror::Error)]
#[error("the key did not sign")]
pub struct NotSigned;

/// A certificate with its key, and the certificates between it and the root.
pub struct Signer {
    key: RsaKeyPair,
    certificates: Vec<Vec<u8>>,
    /// Issuer and serial number, as the signature names the certificate.
    names: Vec<u8>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// From PEM texts: the certificate, its key, and those that issued it.
    ///
    /// # Errors
    /// [`BadCertificate`].
    pub fn read(certificate: &str, key: &str, issuers: &str) -> Result<Self, BadCertificate> {
        let own = pem(certificate, "CERTIFICATE").into_iter().next();
        let own = own.ok_or(BadCertificate::NoPem("CERTIFICATE"))?;
        let key = pem(key, "PRIVATE KEY").into_iter().next().ok_or(BadCertificate::NoPem("PRIVATE KEY"))?;
        let key = RsaKeyPair::from_pkcs8(&key).map_err(BadCertificate::Key)?;
        let (names, public) = fields(&own).ok_or(BadCertificate::Certificate)?;
        let public = public.to_vec();
        let signer = Self {
            key,
            names,
            certificates: std::iter::once(own).chain(pem(issuers, "CERTIFICATE")).collect(),
        };
        let proof = signer.raw(b"proof").map_err(|_| BadCertificate::Mismatch)?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
            .verify(b"proof", &proof)
            .map_err(|_| BadCertificate::Mismatch)?;
        Ok(signer)
    }

    fn raw(&self, message: &[u8]) -> Result<Vec<u8>, NotSigned> {
        let mut signature = vec![0; self.key.public().modulus_len()];
        let signed = self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.map_err(|_| NotSigned)?;
        Ok(signature)
    }

    /// The signature over `content`, which it does not carry.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub fn sign(&self, content: &[u8], now: DateTime<Utc>) -> Result<Vec<u8>, NotSigned> {
        let oid = |bytes: &[u8]| value(OID, bytes);
        let attribute = |kind: &[u8], content: Vec<u8>| sequence(&[&oid(kind), &set(vec![content])]);
        let time = now.format("%y%m%d%H%M%SZ").to_string();
        let attributes = set(vec![
            attribute(CONTENT_TYPE, oid(DATA)),
            attribute(SIGNING_TIME, value(UTC_TIME, time.as_bytes())),
            attribute(MESSAGE_DIGEST, value(OCTETS, digest(&SHA256, content).as_ref())),
        ]);
        // Signed as a set, and sent under a tag of their own (section 5.4).
        let signature = self.raw(&attributes)?;
        let mut sent = attributes;
        sent[0] = CONTEXT_0;
        let sha = sequence(&[&oid(SHA_256), &value(0x05, &[])]);
        let rsa = sequence(&[&oid(RSA), &value(0x05, &[])]);
        let version = value(INTEGER, &[1]);
        let info = sequence(&[&version, &self.names, &sha, &sent, &rsa, &value(OCTETS, &signature)]);
        let certificates: Vec<&[u8]> = self.certificates.iter().map(Vec::as_slice).collect();
        let signed = sequence(&[
            &version,
            &set(vec![sha]),
            &sequence(&[&oid(DATA)]),
            &nested(CONTEXT_0, &certificates),
            &set(vec![info]),
        ]);
        Ok(sequence(&[&oid(SIGNED_DATA), &nested(CONTEXT_0, &[&signed])]))
    }
}

/// The blocks of one kind in a PEM text (RFC 7468).
fn pem(text: &str, kind: &str) -> Vec<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {kind}-----"), format!("-----END {kind}-----"));
    text.split(&begin)
        .skip(1)
        .filter_map(|rest| rest.split(&end).next())
        .filter_map(|body| STANDARD.decode(body.split_whitespace().collect::<String>()).ok())
        .collect()
}

/// Of a certificate (RFC 5280 section 4.1): issuer and serial number as a signature names it, and the RSA public key.
fn fields(certificate: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let body = Reader(Reader(certificate).next()?.content).next()?;
    let mut fields = Reader(body.content);
    let mut serial = fields.next()?;
    if serial.tag == CONTEXT_0 {
        serial = fields.next()?;
    }
    let _algorithm = fields.next()?;
    let issuer = fields.next()?;
    let (_validity, _subject) = (fields.next()?, fields.next()?);
    let mut key = Reader(fields.next()?.content);
    let _algorithm = key.next()?;
    // A bit string begins with the number of its unused bits.
    let (_, public) = key.next()?.content.split_first()?;
    Some((sequence(&[issuer.whole, serial.whole]), public))
}
