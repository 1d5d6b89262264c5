//! The mails about a ticket that goes from one to another.

use chrono::{DateTime, Utc};
use contracts::message::{TicketGone, TicketReceived, TransferOffered};
use minijinja::context;

use super::{
    ComposeError, Email, documents,
    letter::{Block, Letter},
    ticket::show,
    words::Words,
    written,
};

/// The mail that brings the way to accept a ticket.
pub(super) fn offered(offered: &TransferOffered) -> Result<Email, ComposeError> {
    let language = offered.to.language;
    let until = written::at_the_venue(offered.until, &offered.event, language);
    let words = Words::new(
        language,
        context! { title => offered.event.title.clone(), sender => offered.from.clone(), until },
    );
    Letter {
        to: &offered.to,
        order: Some(offered.order),
        event: Some(&offered.event),
        subject: words.say("offered.subject")?,
        title: words.say("offered.title")?,
        blocks: vec![
            Block::Strong(vec![offered.place.clone()]),
            Block::Link { label: words.say("offered.button")?, url: offered.accept_url.clone() },
        ],
        small: vec![words.say("offered.until")?, words.say("offered.keep")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}

/// The mail that brings an accepted ticket to its new holder.
pub(super) fn received(received: &TicketReceived, created_at: DateTime<Utc>) -> Result<Email, ComposeError> {
    let tickets = std::slice::from_ref(&received.ticket);
    let words = Words::new(received.to.language, context! { title => received.event.title.clone() });
    let (shown, image) = show(&words, &received.ticket, 1)?;
    Letter {
        to: &received.to,
        order: Some(received.order),
        event: Some(&received.event),
        subject: words.say("received.subject")?,
        title: received.event.title.clone(),
        blocks: vec![
            Block::Text(words.say("received.text")?),
            Block::Tickets(vec![shown]),
            Block::Link { label: words.say("received.link")?, url: received.ticket_url.clone() },
        ],
        small: vec![words.say("keep_code")?],
        images: vec![image],
        files: documents(&received.event, received.order, tickets, &received.ticket_url, created_at)?,
        words,
    }
    .finish()
}

/// The mail that tells the old holder that the ticket is gone.
pub(super) fn gone(gone: &TicketGone) -> Result<Email, ComposeError> {
    let with = context! { title => gone.event.title.clone(), order => gone.order.to_string() };
    let words = Words::new(gone.to.language, with);
    Letter {
        to: &gone.to,
        order: Some(gone.order),
        event: Some(&gone.event),
        subject: words.say("gone.subject")?,
        title: words.say("gone.title")?,
        blocks: vec![Block::Text(words.say("gone.text")?), Block::Strong(vec![gone.place.clone()])],
        small: vec![words.say("order")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
