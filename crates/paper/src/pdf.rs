//! Tickets as a PDF: one A4 page each, the code large enough to be read from a creased print.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use contracts::{
    id::OrderRef,
    message::{EventBrief, IssuedTicket},
};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use qrcode::{Color, EcLevel, QrCode};

use crate::font::Font;

/// A4, in points.
const PAGE: (f32, f32) = (595.0, 842.0);
/// The white space around the text.
const MARGIN: f32 = 56.0;
/// The side of the code, its white border included: 92 mm.
const CODE: f32 = 260.0;
/// The white border of a code, in modules, as ISO/IEC 18004 asks.
const QUIET: usize = 4;

/// No PDF can be made.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// A code is too long for a QR code.
    #[error("a code does not fit a QR code")]
    Qr(#[from] qrcode::types::QrError),
    /// The font that we carry cannot be read: a bug.
    #[error("the font cannot be read")]
    Font(#[from] ttf_parser::FaceParsingError),
    /// Nor cut down.
    #[error("the font cannot be cut down to its used letters")]
    Subset(#[from] subsetter::Error),
}

/// One page for each of `tickets`.
///
/// # Errors
/// [`PdfError`].
pub fn pdf(event: &EventBrief, order: OrderRef, tickets: &[IssuedTicket]) -> Result<Vec<u8>, PdfError> {
    let (mut regular, mut bold) = (Font::regular()?, Font::bold()?);
    let mut next = 1;
    let mut take = || {
        next += 1;
        Ref::new(next - 1)
    };
    let (catalog, tree, info) = (take(), take(), take());
    let (regular_refs, bold_refs) = ([(); 5].map(|()| take()), [(); 5].map(|()| take()));
    let pages: Vec<(Ref, Ref)> = tickets.iter().map(|_| (take(), take())).collect();
    let mut pdf = Pdf::new();
    let mut root = pdf.catalog(catalog);
    root.pages(tree);
    root.lang(TextStr("en"));
    root.viewer_preferences().pair(Name(b"DisplayDocTitle"), true);
    root.finish();
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages.iter().map(|page| page.0)).count(count);
    pdf.document_info(info).title(TextStr(&event.title)).creator(TextStr("Usher"));
    for (ticket, (page, contents)) in tickets.iter().zip(&pages) {
        let drawn = draw(event, order, ticket, &mut regular, &mut bold)?;
        pdf.stream(*contents, &packed(&drawn)).filter(Filter::FlateDecode);
        let mut page = pdf.page(*page);
        page.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(*contents);
        page.resources().fonts().pair(Name(b"R"), regular_refs[0]).pair(Name(b"B"), bold_refs[0]);
        page.finish();
    }
    regular.write(&mut pdf, regular_refs)?;
    bold.write(&mut pdf, bold_refs)?;
    Ok(pdf.finish())
}

/// A stream as the filter `FlateDecode` reads it.
pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6)
}

/// Writes text from the top of a page down.
struct Pen<'a> {
    content: &'a mut Content,
    y: f32,
}

impl Pen<'_> {
    fn write(&mut self, font: &mut Font, name: &[u8], size: f32, text: &str) {
        for line in font.lines(text, size, PAGE.0 - 2.0 * MARGIN) {
            self.y -= size * 1.3;
            let bytes = font.encode(&line);
            self.content
                .begin_text()
                .set_font(Name(name), size)
                .next_line(MARGIN, self.y)
                .show(Str(&bytes))
                .end_text();
        }
    }
}

/// One page.
fn draw(
    event: &EventBrief,
    order: OrderRef,
    ticket: &IssuedTicket,
    regular: &mut Font,
    bold: &mut Font,
) -> Result<Vec<u8>, PdfError> {
    let mut content = Content::new();
    let mut pen = Pen { content: &mut content, y: PAGE.1 - MARGIN };
    pen.write(bold, b"B", 22.0, &event.title);
    pen.y -= 8.0;
    pen.write(regular, b"R", 12.0, &starts(event.starts_at, &event.time_zone));
    pen.write(regular, b"R", 12.0, &format!("{}, {}", event.venue, event.city));
    pen.y -= 16.0;
    pen.write(bold, b"B", 16.0, &ticket.place);
    pen.y -= 16.0;
    let top = pen.y;
    pen.y -= CODE;
    pen.y -= 8.0;
    pen.write(regular, b"R", 10.0, "Show this code at the door. Whoever shows it first gets in.");
    pen.y -= 8.0;
    pen.write(regular, b"R", 7.0, &ticket.code);
    pen.y -= 4.0;
    pen.write(regular, b"R", 7.0, &format!("Order {order}"));
    squares(&mut content, &ticket.code, top)?;
    Ok(content.finish().into_vec())
}

/// Draws the code as filled squares below `top`: sharp at every size, and black on white whatever the page is.
fn squares(content: &mut Content, code: &str, top: f32) -> Result<(), PdfError> {
    let code = QrCode::with_error_correction_level(code, EcLevel::Q)?;
    let modules = code.width();
    let side = CODE / points(modules + 2 * QUIET);
    content.set_fill_gray(1.0).rect(MARGIN, top - CODE, CODE, CODE).fill_nonzero().set_fill_gray(0.0);
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (points(index % modules + QUIET), points(index / modules + QUIET + 1));
            content.rect(MARGIN + x * side, top - y * side, side, side);
        }
    }
    content.fill_nonzero();
    Ok(())
}

/// A QR code has at most 177 modules a side.
fn points(modules: usize) -> f32 {
    u16::try_from(modules).map_or(f32::from(u16::MAX), f32::from)
}

/// The start as a clock at the venue shows it.
fn starts(at: DateTime<Utc>, zone: &str) -> String {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    at.with_timezone(&zone).format("%A, %-d %B %Y, %H:%M (%Z)").to_string()
}

#[cfg(test)]
mod tests {
    use contracts::id::{TicketId, TicketRef};
    use uuid::Uuid;

    use super::*;

    fn ticket(number: u32, place: &str) -> IssuedTicket {
        let event = Uuid::from_u128(1).into();
        IssuedTicket {
            ticket: TicketRef { event, ticket: TicketId::new(number).unwrap() },
            place: place.to_owned(),
            code: format!("{}.key-{number}", "AQIDBAUG".repeat(17)),
        }
    }

    fn concert(title: &str) -> EventBrief {
        EventBrief {
            title: title.to_owned(),
            venue: "Žofín".to_owned(),
            city: "Praha".to_owned(),
            starts_at: "2027-03-28T18:00:00Z".parse().unwrap(),
            time_zone: "Europe/Prague".to_owned(),
            brand: None,
        }
    }

    fn made(title: &str, tickets: &[IssuedTicket]) -> Vec<u8> {
        let order = OrderRef { event: Uuid::from_u128(1).into(), order: Uuid::from_u128(2).into() };
        pdf(&concert(title), order, tickets).unwrap()
    }

    fn count(file: &[u8], what: &[u8]) -> usize {
        file.windows(what.len()).filter(|window| *window == what).count()
    }

    #[test]
    fn every_ticket_has_a_page_and_the_fonts_come_with_it() {
        let file = made("Noc smyčců", &[ticket(1, "Řada A"), ticket(2, "Řada B")]);
        assert!(file.starts_with(b"%PDF-") && file.ends_with(b"%%EOF"));
        assert_eq!((count(&file, b"/Type /Page\n"), count(&file, b"/FontFile2")), (2, 2));
        assert!(file.len() < 60_000, "{} bytes: the fonts hold only what is used", file.len());
        assert_eq!(made("Noc smyčců", &[ticket(1, "Řada A")]), made("Noc smyčců", &[ticket(1, "Řada A")]));
    }

    #[test]
    fn the_code_on_the_page_is_the_code_of_the_ticket() {
        let one = ticket(1, "Row A");
        let (mut regular, mut bold) = (Font::regular().unwrap(), Font::bold().unwrap());
        let order = OrderRef { event: Uuid::from_u128(1).into(), order: Uuid::from_u128(2).into() };
        let page = draw(&concert("Night"), order, &one, &mut regular, &mut bold).unwrap();
        let code = QrCode::with_error_correction_level(&one.code, EcLevel::Q).unwrap();
        let dark = code.to_colors().into_iter().filter(|color| *color == Color::Dark).count();
        // One square for each dark module, and the white ground.
        assert_eq!(count(&page, b" re\n"), dark + 1);
        assert!(made("Night", std::slice::from_ref(&one)).windows(4).any(|window| window == b"Flat"));
        let long = IssuedTicket { code: "A".repeat(5_000), ..one };
        assert!(matches!(pdf(&concert("x"), order, &[long]), Err(PdfError::Qr(_))));
    }

    #[test]
    fn a_text_of_any_length_and_alphabet_stays_on_the_page() {
        let font = Font::bold().unwrap();
        let width = PAGE.0 - 2.0 * MARGIN;
        let text = format!("Ночь струнных {} 弦楽の夜 Ω", "Donaudampfschifffahrt".repeat(12));
        let lines = font.lines(&text, 22.0, width);
        assert!(lines.len() > 3 && lines.iter().all(|line| font.width(line, 22.0) <= width), "{lines:?}");
        let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
        assert_eq!(letters(&lines.concat()), letters(&text));
        assert!(!made(&text, &[ticket(1, &text)]).is_empty());
    }
}
