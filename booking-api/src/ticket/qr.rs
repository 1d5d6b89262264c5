//! QR codes.

use qrcode::{EcLevel, QrCode, render::svg};

/// The text cannot be a QR code.
#[derive(Debug, thiserror::Error)]
#[error("the text does not fit a QR code")]
pub struct NoQr(#[from] qrcode::types::QrError);

/// `text` as an SVG of at least 240 by 240, dark on light, with the quiet zone that scanners need.
///
/// # Errors
/// When the text is too long.
pub fn svg(text: &str) -> Result<String, NoQr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build())
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_code_becomes_a_picture() {
        let picture = svg(&"A".repeat(160)).unwrap();
        assert!(picture.contains("<svg") && picture.contains("</svg>"));
        assert!(svg(&"A".repeat(5000)).is_err());
    }
}
