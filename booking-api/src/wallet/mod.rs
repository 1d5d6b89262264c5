//! A ticket as a pass file for Apple Wallet (`.pkpass`): a ZIP archive of a description, pictures, a list of their
//! digests, and a signature over that list with the operator's pass certificate.
//!
//! Our tests check the file against the published format and the signature with OpenSSL. It was tried on no phone.

mod cms;
mod der;
mod zip;

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use contracts::message::EventBrief;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Map, Value, json};

pub use cms::{BadCertificate, NotSigned, Signer};

/// Who signs passes, and under which names.
#[derive(Clone, Debug)]
pub struct Wallet {
    /// The identifier of the kind of pass, as the certificate has it: `pass.example.usher`.
    pub pass_type: String,
    /// The team that the certificate belongs to.
    pub team: String,
    /// Signs.
    pub signer: Arc<Signer>,
}

/// Why there is no pass.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// A picture cannot be encoded: a bug.
    #[error("a picture cannot be encoded")]
    Picture(#[from] png::EncodingError),
    /// The key does not sign.
    #[error("signing a pass failed")]
    Sign(#[from] NotSigned),
}

/// What a pass says.
#[derive(Clone, Debug)]
pub struct Pass<'a> {
    /// The same for the same issue of a ticket.
    pub serial: &'a str,
    /// What is on.
    pub event: &'a EventBrief,
    /// Where the ticket is.
    pub place: &'a str,
    /// The text of its QR code.
    pub code: &'a str,
}

impl Wallet {
    /// The pass file.
    ///
    /// # Errors
    /// [`PassError`].
    pub fn file(&self, pass: &Pass<'_>, now: DateTime<Utc>) -> Result<Vec<u8>, PassError> {
        let said = self.say(pass).to_string().into_bytes();
        let mut files = vec![
            ("pass.json", said),
            ("icon.png", icon(29)?),
            ("icon@2x.png", icon(58)?),
            ("icon@3x.png", icon(87)?),
        ];
        let digests: Map<String, Value> = files
            .iter()
            .map(|(name, bytes)| {
                let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes);
                ((*name).to_owned(), hex::encode(digest).into())
            })
            .collect();
        let manifest = Value::Object(digests).to_string().into_bytes();
        let signature = self.signer.sign(&manifest, now)?;
        files.push(("manifest.json", manifest));
        files.push(("signature", signature));
        Ok(zip::archive(&files))
    }

    fn say(&self, pass: &Pass<'_>) -> Value {
        let Pass { serial, event, place, code } = pass;
        let zone: Tz = event.time_zone.parse().unwrap_or(Tz::UTC);
        let starts = event.starts_at.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false);
        json!({
            "formatVersion": 1,
            "passTypeIdentifier": self.pass_type,
            "teamIdentifier": self.team,
            "serialNumber": serial,
            "organizationName": "Usher",
            "description": format!("Ticket for {}", event.title),
            "relevantDate": starts,
            "backgroundColor": "rgb(28, 28, 34)",
            "foregroundColor": "rgb(255, 255, 255)",
            "labelColor": "rgb(190, 190, 200)",
            "barcodes": [{"format": "PKBarcodeFormatQR", "message": code, "messageEncoding": "iso-8859-1"}],
            "eventTicket": {
                "primaryFields": [{"key": "event", "label": "EVENT", "value": event.title}],
                "secondaryFields": [
                    {"key": "venue", "label": "VENUE", "value": format!("{}, {}", event.venue, event.city)},
                    {"key": "starts", "label": "STARTS", "value": starts, "dateStyle": "PKDateStyleMedium",
                     "timeStyle": "PKDateStyleShort", "ignoresTimeZone": true},
                ],
                "auxiliaryFields": [{"key": "place", "label": "PLACE", "value": place}],
            },
        })
    }
}

/// The picture that a pass must have: a white square in a dark one.
fn icon(side: u32) -> Result<Vec<u8>, png::EncodingError> {
    let (low, high) = (side / 4, side - side / 4);
    let light = |x: u32, y: u32| (low..high).contains(&x) && (low..high).contains(&y);
    let pixels: Vec<u8> =
        (0..side).flat_map(|y| (0..side).map(move |x| if light(x, y) { 0xFF } else { 0x1C })).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(file)
}
