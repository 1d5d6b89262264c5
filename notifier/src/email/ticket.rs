//! The mail that brings tickets: each with its QR code as a picture inside the mail (PNG, which mail programs show
//! where they would not show SVG), and as text for those that show no pictures.

use chrono::{DateTime, Utc};
use contracts::message::{IssuedTicket, TicketsIssued};
use minijinja::context;

use super::{
    ComposeError, Email, Image, documents,
    letter::{Block, Letter, Shown},
    qr,
    words::Words,
    written,
};

/// The mail for a paid order.
pub(super) fn compose(issued: &TicketsIssued, created_at: DateTime<Utc>) -> Result<Email, ComposeError> {
    let language = issued.to.language;
    let with = context! {
        title => issued.event.title.clone(),
        total => written::money(issued.total, language),
        order => issued.order.to_string(),
    };
    let words = Words::new(language, with);
    let (mut images, mut tickets) = (Vec::new(), Vec::new());
    for (at, ticket) in issued.tickets.iter().enumerate() {
        let (shown, image) = show(&words, ticket, at + 1)?;
        tickets.push(shown);
        images.push(image);
    }
    let paid = if issued.total.minor == 0 { "ticket.free" } else { "ticket.paid" };
    Letter {
        to: &issued.to,
        order: Some(issued.order),
        event: Some(&issued.event),
        subject: words.say("ticket.subject")?,
        title: issued.event.title.clone(),
        blocks: vec![
            Block::Text(words.say(paid)?),
            Block::Tickets(tickets),
            Block::Text(words.say("documents")?),
            Block::Link { label: words.say("ticket.link")?, url: issued.order_url.clone() },
        ],
        small: vec![words.say("order")?, words.say("keep_code")?],
        images,
        files: documents(&issued.event, issued.order, &issued.tickets, &issued.order_url, created_at)?,
        words,
    }
    .finish()
}

/// How the ticket with this number is shown, and the picture of its code.
pub(super) fn show(
    words: &Words,
    ticket: &IssuedTicket,
    number: usize,
) -> Result<(Shown, Image), ComposeError> {
    let name = format!("ticket-{number}");
    let with = context! { place => ticket.place.clone(), code => ticket.code.clone() };
    let words = Words::new(words.language, with);
    let shown = Shown {
        place: ticket.place.clone(),
        code: words.say("code")?,
        image: name.clone(),
        alt: words.say("picture")?,
    };
    Ok((shown, Image { name, png: qr::png(&ticket.code)? }))
}
