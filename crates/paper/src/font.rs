//! `DejaVu` Sans (its licence stands in `font/LICENSE`), embedded into a PDF with only those glyphs that are used. It has
//! the letters of the languages of Europe and more; a letter that it lacks is shown as an empty box.

use std::collections::BTreeMap;

use pdf_writer::{
    Filter, Finish, Name, Pdf, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId};

use crate::pdf::{PdfError, packed};

const REGULAR: &[u8] = include_bytes!("../font/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../font/DejaVuSans-Bold.ttf");
const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// A font while a document is written.
pub(crate) struct Font {
    data: &'static [u8],
    face: Face<'static>,
    /// Name in the PDF: six letters for the subset, then the font's.
    name: &'static str,
    glyphs: GlyphRemapper,
    /// What each glyph of the subset stands for, so that the text can be searched and read aloud.
    letters: BTreeMap<u16, char>,
}

impl Font {
    pub(crate) fn regular() -> Result<Self, PdfError> {
        Self::open(REGULAR, "USHERA+DejaVuSans")
    }

    pub(crate) fn bold() -> Result<Self, PdfError> {
        Self::open(BOLD, "USHERB+DejaVuSans-Bold")
    }

    fn open(data: &'static [u8], name: &'static str) -> Result<Self, PdfError> {
        let face = Face::parse(data, 0)?;
        Ok(Self { data, face, name, glyphs: GlyphRemapper::new(), letters: BTreeMap::new() })
    }

    /// Units of the font as thousandths of its size.
    fn thousandths(&self, units: impl Into<f32>) -> f32 {
        units.into() * 1000.0 / f32::from(self.face.units_per_em())
    }

    fn glyph(&self, letter: char) -> GlyphId {
        self.face.glyph_index(letter).unwrap_or(GlyphId(0))
    }

    fn advance(&self, glyph: GlyphId) -> f32 {
        self.thousandths(self.face.glyph_hor_advance(glyph).unwrap_or_default())
    }

    /// How wide `text` is, set in `size` points.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(self.glyph(letter))).sum::<f32>() * size / 1000.0
    }

    /// `text` as the PDF shows it: two bytes a glyph of the subset.
    pub(crate) fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2 * text.len());
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            let id = if glyph.0 == 0 { 0 } else { self.glyphs.remap(glyph.0) };
            self.letters.entry(id).or_insert(letter);
            bytes.extend_from_slice(&id.to_be_bytes());
        }
        bytes
    }

    /// The lines of `text` that fit into `width`. Breaks between words, and inside a word that is too long for a line.
    pub(crate) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let last = lines.last_mut().map(std::mem::take).unwrap_or_default();
            let joined = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
            if self.width(&joined, size) <= width {
                lines.pop();
                lines.push(joined);
                continue;
            }
            lines.pop();
            if !last.is_empty() {
                lines.push(last);
            }
            let mut rest = String::new();
            for letter in word.chars() {
                if !rest.is_empty() && self.width(&format!("{rest}{letter}"), size) > width {
                    lines.push(std::mem::take(&mut rest));
                }
                rest.push(letter);
            }
            lines.push(rest);
        }
        lines
    }

    /// Writes the font with the glyphs that were encoded, as `refs`.
    pub(crate) fn write(&self, pdf: &mut Pdf, refs: [Ref; 5]) -> Result<(), PdfError> {
        let [font, cid, descriptor, cmap, file] = refs;
        let name = Name(self.name.as_bytes());
        pdf.type0_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(cmap);
        let mut widths = Vec::new();
        for glyph in self.glyphs.remapped_gids() {
            widths.push(self.advance(GlyphId(glyph)));
        }
        let mut description = pdf.cid_font(cid);
        description
            .subtype(CidFontType::Type2)
            .base_font(name)
            .system_info(SYSTEM)
            .font_descriptor(descriptor)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        description.widths().consecutive(0, widths);
        description.finish();
        let bounds = self.face.global_bounding_box();
        pdf.font_descriptor(descriptor)
            .name(name)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(
                self.thousandths(bounds.x_min),
                self.thousandths(bounds.y_min),
                self.thousandths(bounds.x_max),
                self.thousandths(bounds.y_max),
            ))
            .italic_angle(0.0)
            .ascent(self.thousandths(self.face.ascender()))
            .descent(self.thousandths(self.face.descender()))
            .cap_height(self.thousandths(self.face.capital_height().unwrap_or(1493)))
            .stem_v(80.0)
            .font_file2(file);
        let mut letters = UnicodeCmap::new(Name(b"Adobe-Identity-UCS"), SYSTEM);
        for (glyph, letter) in &self.letters {
            letters.pair(*glyph, *letter);
        }
        pdf.cmap(cmap, &packed(&letters.finish())).filter(Filter::FlateDecode);
        let subset = subsetter::subset(self.data, 0, &self.glyphs)?;
        let length = i32::try_from(subset.len()).unwrap_or_default(); // a subset is smaller than the font: it fits
        pdf.stream(file, &packed(&subset)).filter(Filter::FlateDecode).pair(Name(b"Length1"), length);
        Ok(())
    }
}
