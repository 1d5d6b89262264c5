//! Mails: what they say, as text and as HTML.

mod changed;
mod ended;
pub mod folder;
mod letter;
pub mod qr;
mod received;
mod refunded;
mod returned;
mod seats_offered;
mod sign_in_code;
pub mod smtp;
mod ticket;
mod transfer;
pub mod transport;
mod turn;
mod webhook_off;
mod words;
mod written;

use chrono::{DateTime, Utc};
use contracts::{
    id::{MessageId, OrderRef},
    message::{Brand, EventBrief, IssuedTicket, Message, Recipient},
};
use lettre::message::{
    Attachment, Mailbox, MultiPart, SinglePart,
    header::{ContentType, HeaderName, HeaderValue},
};

/// The header that names the order a mail is about (its public id), for whoever sorts mails by machine.
pub const ORDER_HEADER: &str = "X-Usher-Order";

/// What a mail says, before it is addressed.
#[derive(Clone, Debug)]
pub struct Email {
    /// Who gets it.
    pub to: Recipient,
    /// The order that it is about, if it is about one.
    pub order: Option<OrderRef>,
    /// How its organizer wants to be seen.
    pub brand: Brand,
    /// The subject: one line.
    pub subject: String,
    /// For mail programs that show no HTML.
    pub text: String,
    /// For the others. It refers to `images` as `cid:NAME`.
    pub html: String,
    /// Pictures that the HTML shows.
    pub images: Vec<Image>,
    /// Files that come with it.
    pub files: Vec<File>,
}

/// A file that comes with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub kind: &'static str,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A picture inside a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name, unique in the mail; the file is `NAME.png`.
    pub name: String,
    /// The PNG file.
    pub png: Vec<u8>,
}

/// No mail can be made of a message, now or later.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The recipient's address is none.
    #[error("the recipient's address is not an address")]
    Address(#[from] lettre::address::AddressError),
    /// A ticket's code does not fit into a QR code.
    #[error("a ticket's code makes no QR code")]
    Qr(#[from] qr::QrError),
    /// The tickets make no PDF.
    #[error("the tickets make no PDF")]
    Pdf(#[from] paper::pdf::PdfError),
    /// A template fails on this message.
    #[error("a template failed")]
    Template(#[from] minijinja::Error),
    /// The parts make no mail.
    #[error("the parts make no mail")]
    Parts(#[from] lettre::error::Error),
}

impl Email {
    /// The mail that tells `message`, which was written at `created_at`.
    ///
    /// # Errors
    /// When the message can never become a mail.
    pub fn about(message: &Message, created_at: DateTime<Utc>) -> Result<Self, ComposeError> {
        match message {
            Message::TicketsIssued(issued) => ticket::compose(issued, created_at),
            Message::PaymentReturned(returned) => returned::compose(returned),
            Message::TransferOffered(offered) => transfer::offered(offered),
            Message::TicketReceived(received) => transfer::received(received, created_at),
            Message::TicketGone(gone) => transfer::gone(gone),
            Message::OrderRefunded(refunded) => refunded::compose(refunded),
            Message::SeatsOffered(offered) => seats_offered::compose(offered),
            Message::SignInCode(code) => sign_in_code::compose(code),
            Message::OrderExpired(ended) => ended::compose(ended, true),
            Message::OrderCancelled(ended) => ended::compose(ended, false),
            Message::EventChanged(changed) => changed::compose(changed),
            Message::OrderReceived(order) => received::compose(order),
            Message::TurnNear(near) => turn::near(near),
            Message::TurnCame(came) => turn::came(came),
            Message::WebhookOff(off) => webhook_off::compose(off),
        }
    }

    /// The mail with its headers. The `Message-ID` and the date follow from the message, so that a mail sent twice is
    /// recognisably one.
    ///
    /// # Errors
    /// When the recipient's address is none.
    pub fn address(
        &self,
        from: &Mailbox,
        id: MessageId,
        created_at: DateTime<Utc>,
    ) -> Result<lettre::Message, ComposeError> {
        let name = self.to.name.as_deref().map(one_line).filter(|name| !name.is_empty());
        let mut shown = MultiPart::related().singlepart(SinglePart::html(self.html.clone()));
        for image in &self.images {
            let inline = Attachment::new_inline_with_name(image.name.clone(), format!("{}.png", image.name));
            shown = shown.singlepart(inline.body(image.png.clone(), media_type("image/png")));
        }
        let said = MultiPart::alternative().singlepart(SinglePart::plain(self.text.clone())).multipart(shown);
        let mut body = MultiPart::mixed().multipart(said);
        for file in &self.files {
            let attached = Attachment::new(file.name.to_owned());
            body = body.singlepart(attached.body(file.bytes.clone(), media_type(file.kind)));
        }
        let mut head = lettre::Message::builder();
        if let Some(order) = self.order {
            let name = HeaderName::new_from_ascii_str(ORDER_HEADER);
            head = head.raw_header(HeaderValue::new(name, order.to_string()));
        }
        if let Some(reply_to) = self.brand.reply_to.as_deref().and_then(|address| address.parse().ok()) {
            head = head.reply_to(Mailbox::new(None, reply_to));
        }
        Ok(head
            .message_id(Some(message_id(id, from)))
            .date(created_at.into())
            .from(self.sender(from))
            .to(Mailbox::new(name, self.to.email.parse()?))
            .subject(one_line(&self.subject))
            .multipart(body)?)
    }
}

impl Email {
    /// Who the mail is from: our address always, under the organizer's name where there is one.
    fn sender(&self, from: &Mailbox) -> Mailbox {
        let name = self.brand.name.as_deref().map(one_line).filter(|name| !name.is_empty());
        Mailbox::new(name.or_else(|| from.name.clone()), from.email.clone())
    }
}

/// `<MESSAGE@DOMAIN>`: the same whenever the same message is sent.
pub fn message_id(id: MessageId, from: &Mailbox) -> String {
    format!("<{id}@{}>", from.email.domain())
}

/// The tickets on paper and their event for a calendar.
fn documents(
    event: &EventBrief,
    order: OrderRef,
    tickets: &[IssuedTicket],
    url: &str,
    created_at: DateTime<Utc>,
) -> Result<Vec<File>, ComposeError> {
    let places: Vec<String> = tickets.iter().map(|ticket| ticket.place.clone()).collect();
    let uid = format!("{order}@usher");
    let entry = paper::ics::ics(event, &uid, created_at, &places, url);
    Ok(vec![
        File { name: "tickets.pdf", kind: "application/pdf", bytes: paper::pdf::pdf(event, order, tickets)? },
        File { name: "event.ics", kind: "text/calendar; charset=utf-8", bytes: entry.into_bytes() },
    ])
}

/// The text without line breaks and other control characters, which have no business in a header.
fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One of the media types that stand in this code.
fn media_type(kind: &str) -> ContentType {
    ContentType::parse(kind).expect("a media type")
}
