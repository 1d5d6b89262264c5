//! What is a logo: a picture of few bytes and a usual size that stands still. Pure.
//!
//! Its type is told by its first bytes, and only those three types are taken that can hold nothing but a picture. An SVG is not
//! among them: it is a document, which may hold scripts, styles and addresses, and has to be taken apart to be sure that it does not.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::room::WrongSetting;

/// The most bytes. A logo is shown at most 3 rem high and 14 rem wide, so 100 by 450 points do for a screen of twice the density,
/// and weigh 2 to 8 kB; and the whole page with it has to stay below 30 kB.
pub const BYTES_MAX: usize = 12 * 1024;
/// The least and the most points of a side. Few bytes can hold a picture of many points, which a phone would have to unpack.
const SIDE: std::ops::RangeInclusive<u32> = 16..=2000;

/// The types of logos.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Webp];

    /// Its name in the database, and the ending of a file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its media type.
    pub const fn media(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }

    /// The one of this media type.
    pub fn of_media(media: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media() == media)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A picture that may be a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its type.
    pub kind: Kind,
    /// Its width in points.
    pub width: u32,
    /// Its height in points.
    pub height: u32,
}

/// What `bytes` are that somebody sent as `media`.
///
/// # Errors
/// [`WrongSetting`] where they are no logo: another type than was said, too many bytes, too large, moving, or not whole.
pub fn read(bytes: &[u8], media: &str) -> Result<Picture, WrongSetting> {
    let wrong = |bounds: String| WrongSetting { field: "logo", bounds };
    let kind = Kind::of_media(media).ok_or_else(|| {
        wrong("sent as image/png, image/jpeg or image/webp; an SVG is not taken".to_owned())
    })?;
    if bytes.len() > BYTES_MAX {
        return Err(wrong(format!("at most {BYTES_MAX} bytes, not {}", bytes.len())));
    }
    let sides = match kind {
        Kind::Png => png(bytes),
        Kind::Jpeg => jpeg(bytes),
        Kind::Webp => webp(bytes),
    };
    let (width, height) = sides.ok_or_else(|| wrong(format!("a whole {media} that stands still")))?;
    if !SIDE.contains(&width) || !SIDE.contains(&height) {
        let (least, most) = (SIDE.start(), SIDE.end());
        return Err(wrong(format!("{least} to {most} points wide and high, not {width} by {height}")));
    }
    Ok(Picture { kind, width, height })
}

fn big(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

fn little(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

/// Its chunks, one behind the other up to the end (PNG, third edition, 5): the head first, none that makes it move.
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let mut sides = None;
    loop {
        let (head, behind) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(big(&head[..4])).ok()?;
        let (data, behind) = behind.split_at_checked(length)?;
        let (_, behind) = behind.split_at_checked(4)?;
        match &head[4..] {
            b"IHDR" if sides.is_none() && data.len() == 13 => {
                sides = Some((big(&data[..4]), big(&data[4..8])));
            }
            b"acTL" | b"IHDR" => return None,
            b"IEND" => return sides.filter(|_| behind.is_empty()),
            _ => sides = Some(sides?),
        }
        rest = behind;
    }
}

/// Its segments up to the frame, which says the size (ITU T.81, B.2.2), and an end at the end.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_suffix(b"\xff\xd9")?.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[mark, kind], behind) = rest.split_first_chunk()?;
        let length = usize::try_from(big(behind.get(..2)?)).ok()?;
        let segment = behind.get(2..length)?;
        match kind {
            _ if mark != 0xff => return None,
            // Frames, but for the tables that have their numbers in between.
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&kind) => {
                let size = segment.get(1..5)?;
                return Some((big(&size[2..]), big(&size[..2])));
            }
            _ => rest = behind.get(length..)?,
        }
    }
}

/// A RIFF as long as it says, with one of the three forms of WebP in it (RFC 9649, 2).
fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let (size, rest) = bytes.strip_prefix(b"RIFF")?.split_first_chunk::<4>()?;
    if usize::try_from(little(size)).ok()? != rest.len() {
        return None;
    }
    let chunk = rest.strip_prefix(b"WEBP")?;
    let data = chunk.get(8..)?;
    match chunk.get(..4)? {
        b"VP8 " if data.get(3..6)? == b"\x9d\x01\x2a" => {
            Some((little(data.get(6..8)?) & 0x3fff, little(data.get(8..10)?) & 0x3fff))
        }
        b"VP8L" if data.first() == Some(&0x2f) => {
            let bits = little(data.get(1..5)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        // Its second bit says whether it moves.
        b"VP8X" if data.first()? & 2 == 0 => {
            Some((little(data.get(4..7)?) + 1, little(data.get(7..10)?) + 1))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A PNG of this size with these chunks between head and end. No decoder of ours looks at sums and pixels.
    fn png_of(width: u32, height: u32, chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        let all = [(b"IHDR", head.as_slice())]
            .into_iter()
            .chain(chunks.iter().copied())
            .chain([(b"IEND", &[][..])]);
        for (name, data) in all {
            file.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
            file.extend(name);
            file.extend(data);
            file.extend([0; 4]);
        }
        file
    }

    fn webp_of(form: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let body = [b"WEBP", &form[..], &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat();
        [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
    }

    fn jpeg_of(frame: u8, width: u16, height: u16) -> Vec<u8> {
        let frame =
            [&[0xff, frame, 0, 11, 8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 17, 0]];
        [&[0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0][..], &frame.concat(), &[0xff, 0xda, 0, 2, 7, 0xff, 0xd9]]
            .concat()
    }

    #[test]
    fn the_three_types_are_known_by_their_bytes() {
        let seen = |bytes: &[u8], media| read(bytes, media).map(|it| (it.kind, it.width, it.height)).ok();
        let good = png_of(300, 80, &[(b"IDAT", b"x")]);
        assert_eq!(seen(&good, "image/png"), Some((Kind::Png, 300, 80)));
        for frame in [0xc0, 0xc2] {
            assert_eq!(seen(&jpeg_of(frame, 300, 80), "image/jpeg"), Some((Kind::Jpeg, 300, 80)));
        }
        let lossy = [&[0, 0, 0, 0x9d, 1, 0x2a][..], &300_u16.to_le_bytes(), &80_u16.to_le_bytes()].concat();
        assert_eq!(seen(&webp_of(b"VP8 ", &lossy), "image/webp"), Some((Kind::Webp, 300, 80)));
        let bits = (299_u32 + (79 << 14)).to_le_bytes();
        let lossless = [&[0x2f][..], &bits].concat();
        assert_eq!(seen(&webp_of(b"VP8L", &lossless), "image/webp"), Some((Kind::Webp, 300, 80)));
        let extended = |flags| [flags, 0, 0, 0, 43, 1, 0, 79, 0, 0];
        assert_eq!(seen(&webp_of(b"VP8X", &extended(0x10)), "image/webp"), Some((Kind::Webp, 300, 80)));
        assert_eq!(seen(&webp_of(b"VP8X", &extended(0x12)), "image/webp"), None, "it moves");
        assert_eq!(seen(&png_of(300, 80, &[(b"acTL", &[0; 8])]), "image/png"), None, "it moves");
        // What was said and what it is have to be the same, and nothing hangs behind.
        for media in ["image/jpeg", "image/webp", "image/svg+xml", "text/html", "image/gif", ""] {
            assert_eq!(seen(&good, media), None, "{media}");
        }
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        for media in ["image/svg+xml", "image/png", "image/jpeg", "image/webp"] {
            assert_eq!(seen(svg, media), None, "{media}");
        }
        assert_eq!(seen(&[good.as_slice(), b"<script>"].concat(), "image/png"), None);
        assert_eq!(seen(&[webp_of(b"VP8L", &lossless).as_slice(), b"<script>"].concat(), "image/webp"), None);
        assert_eq!(seen(&[jpeg_of(0xc0, 300, 80).as_slice(), b"<script>"].concat(), "image/jpeg"), None);
    }

    #[test]
    fn a_logo_has_bounds() {
        let said = |bytes: &[u8]| read(bytes, "image/png").map_err(|wrong| wrong.to_string());
        assert!(said(&png_of(2000, 16, &[])).is_ok());
        assert!(said(&png_of(2001, 16, &[])).unwrap_err().contains("2001 by 16"));
        assert!(said(&png_of(u32::MAX, 15, &[])).is_err());
        let full = png_of(300, 80, &[(b"IDAT", &[7; BYTES_MAX - 57])]);
        assert_eq!(full.len(), BYTES_MAX);
        assert!(said(&full).is_ok());
        assert!(
            said(&png_of(300, 80, &[(b"IDAT", &[7; BYTES_MAX - 56])])).unwrap_err().contains("at most 12288")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..80, kind in 0_usize..3) {
            let media = Kind::ALL[kind].media();
            let _ = read(&bytes, media);
            let mut begun = [png_of(300, 80, &[(b"IDAT", b"x")]), jpeg_of(0xc0, 300, 80), webp_of(b"VP8L", &[0x2f; 9])][kind].clone();
            begun.truncate(cut);
            begun.extend(bytes);
            let _ = read(&begun, media);
        }
    }
}
