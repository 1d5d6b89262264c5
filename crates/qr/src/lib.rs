//! QR codes as pictures for pages: of tickets, and of links that somebody opens on another device. Pure: the same text gives the
//! same picture.

use qrcode::{EcLevel, QrCode, render::svg};

/// The text cannot be a QR code.
#[derive(Debug, thiserror::Error)]
#[error("the text does not fit a QR code")]
pub struct NoQr(#[from] qrcode::types::QrError);

/// `text` as an SVG of at least 240 by 240, dark on light, with the quiet zone that scanners need: a file of its own.
///
/// # Errors
/// When the text is too long.
pub fn svg(text: &str) -> Result<String, NoQr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).quiet_zone(true).build())
}

/// The same as an element of a page, without the first line of a file.
///
/// # Errors
/// When the text is too long.
pub fn element(text: &str) -> Result<String, NoQr> {
    let file = svg(text)?;
    Ok(file.find("<svg").map_or_else(String::new, |begin| file[begin..].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_becomes_a_picture() {
        let picture = svg(&"A".repeat(160)).unwrap();
        assert!(picture.contains("<svg") && picture.contains("</svg>"));
        assert!(svg(&"A".repeat(5000)).is_err());
    }

    #[test]
    fn an_element_is_the_picture_alone() {
        let (file, element) = (svg("A").unwrap(), element("A").unwrap());
        assert!(element.starts_with("<svg ") && file.ends_with(&element));
        assert!(!element.contains("style"), "a page allows no style in an element");
    }
}
