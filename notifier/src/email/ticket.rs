//! The mail that brings tickets: each with its QR code as a picture inside the mail (PNG, which mail programs show
//! where they would not show SVG), and as text for those that show no pictures.

use chrono::{DateTime, Utc};
use contracts::message::TicketsIssued;
use minijinja::context;

use super::{
    ComposeError, Email, Image, documents, qr,
    templates::{event, render},
};

/// The mail for a paid order.
pub(super) fn compose(issued: &TicketsIssued, created_at: DateTime<Utc>) -> Result<Email, ComposeError> {
    let mut images = Vec::with_capacity(issued.tickets.len());
    let mut tickets = Vec::with_capacity(issued.tickets.len());
    for (at, ticket) in issued.tickets.iter().enumerate() {
        let name = format!("ticket-{}", at + 1);
        images.push(Image { name: name.clone(), png: qr::png(&ticket.code)? });
        tickets.push(context! { place => ticket.place.clone(), code => ticket.code.clone(), image => name });
    }
    let with = context! {
        name => issued.to.name.clone(),
        event => event(&issued.event),
        total => issued.total.to_string(),
        order => issued.order.to_string(),
        order_url => issued.order_url.clone(),
        tickets,
    };
    Ok(Email {
        to: issued.to.clone(),
        order: Some(issued.order),
        subject: format!("Your tickets for {}", issued.event.title),
        text: render("ticket.txt", with.clone())?,
        html: render("ticket.html", with)?,
        images,
        files: documents(&issued.event, issued.order, &issued.tickets, &issued.order_url, created_at)?,
    })
}
