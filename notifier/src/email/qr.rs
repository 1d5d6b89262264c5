//! QR codes (ISO/IEC 18004) as PNG files: black on white, one bit a pixel.

use qrcode::{Color, EcLevel, QrCode};

/// The width of a module in pixels: large enough that a scaled-down picture stays sharp.
const SCALE: usize = 6;
/// The white border in modules, as the standard asks.
const QUIET: usize = 4;

/// A text makes no QR code.
#[derive(Debug, thiserror::Error)]
pub enum QrError {
    /// The text is too long.
    #[error("the text does not fit")]
    Text(#[from] qrcode::types::QrError),
    /// The picture cannot be encoded.
    #[error("the picture cannot be encoded")]
    Picture(#[from] png::EncodingError),
}

/// The picture of `text`. A quarter of the code may be unreadable (level Q): phones are scratched and dim.
///
/// # Errors
/// When the text is longer than a QR code can be.
pub fn png(text: &str) -> Result<Vec<u8>, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::Q)?;
    let modules = code.width();
    let side = (modules + 2 * QUIET) * SCALE;
    let colors = code.into_colors();
    let mut rows = Vec::with_capacity(side * side.div_ceil(8));
    for y in 0..side {
        let mut row = vec![0xFF_u8; side.div_ceil(8)];
        for x in 0..side {
            if is_dark(&colors, modules, x / SCALE, y / SCALE) {
                row[x / 8] &= !(0x80 >> (x % 8));
            }
        }
        rows.extend_from_slice(&row);
    }
    let side = u32::try_from(side).unwrap_or_default(); // a QR code has at most 177 modules: it fits
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.write_header()?.write_image_data(&rows)?;
    Ok(file)
}

fn is_dark(colors: &[Color], modules: usize, x: usize, y: usize) -> bool {
    let (Some(x), Some(y)) = (x.checked_sub(QUIET), y.checked_sub(QUIET)) else { return false };
    x < modules && y < modules && colors[y * modules + x] == Color::Dark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_of_the_code_is_a_square_of_pixels_inside_a_white_border() {
        let text = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8w.key-1";
        let code = QrCode::with_error_correction_level(text, EcLevel::Q).unwrap();
        let file = png(text).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let side = usize::try_from(info.width).unwrap();
        assert_eq!(side, (code.width() + 8) * SCALE);
        let colors = code.to_colors();
        for y in 0..side {
            for x in 0..side {
                let dark = pixels[y * info.line_size + x / 8] & (0x80 >> (x % 8)) == 0;
                assert_eq!(dark, is_dark(&colors, code.width(), x / SCALE, y / SCALE), "pixel {x}, {y}");
            }
        }
        assert!(file.len() < 6_000, "{} bytes", file.len());
    }

    #[test]
    fn a_text_that_does_not_fit_is_refused() {
        assert!(png(&"A".repeat(5_000)).is_err());
    }
}
