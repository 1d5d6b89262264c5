//! The mails about a ticket that goes from one to another.

use chrono::{DateTime, Utc};
use contracts::message::{TicketGone, TicketReceived, TransferOffered};
use minijinja::context;

use super::{
    ComposeError, Email, Image, at_the_venue, documents, qr,
    templates::{event, render},
};

/// The mail that brings the way to accept a ticket.
pub(super) fn offered(offered: &TransferOffered) -> Result<Email, ComposeError> {
    let with = context! {
        from => offered.from.clone(),
        event => event(&offered.event),
        place => offered.place.clone(),
        until => at_the_venue(offered.until, &offered.event),
        url => offered.accept_url.clone(),
    };
    Ok(Email {
        to: offered.to.clone(),
        order: Some(offered.order),
        subject: format!("{} sends you a ticket for {}", offered.from, offered.event.title),
        text: render("transfer-offered.txt", with.clone())?,
        html: render("transfer-offered.html", with)?,
        images: Vec::new(),
        files: Vec::new(),
    })
}

/// The mail that brings an accepted ticket to its new holder.
pub(super) fn received(received: &TicketReceived, created_at: DateTime<Utc>) -> Result<Email, ComposeError> {
    let tickets = std::slice::from_ref(&received.ticket);
    let image = Image { name: "ticket-1".to_owned(), png: qr::png(&received.ticket.code)? };
    let with = context! {
        name => received.to.name.clone(),
        event => event(&received.event),
        place => received.ticket.place.clone(),
        code => received.ticket.code.clone(),
        image => image.name.clone(),
        url => received.ticket_url.clone(),
    };
    Ok(Email {
        to: received.to.clone(),
        order: Some(received.order),
        subject: format!("Your ticket for {}", received.event.title),
        text: render("ticket-received.txt", with.clone())?,
        html: render("ticket-received.html", with)?,
        images: vec![image],
        files: documents(&received.event, received.order, tickets, &received.ticket_url, created_at)?,
    })
}

/// The mail that tells the old holder that the ticket is gone.
pub(super) fn gone(gone: &TicketGone) -> Result<Email, ComposeError> {
    let with = context! {
        name => gone.to.name.clone(),
        event => event(&gone.event),
        place => gone.place.clone(),
        order => gone.order.to_string(),
    };
    Ok(Email {
        to: gone.to.clone(),
        order: Some(gone.order),
        subject: format!("Your ticket for {} was accepted", gone.event.title),
        text: render("ticket-gone.txt", with.clone())?,
        html: render("ticket-gone.html", with)?,
        images: Vec::new(),
        files: Vec::new(),
    })
}
