//! The mails of the folder, as a person reads them.

pub mod handler;
mod page;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use mail_parser::{MessageParser, MimeHeaders};

/// A mail, read back from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// Who gets it, names and addresses.
    pub to: String,
    /// When what it tells happened.
    pub date: Option<DateTime<Utc>>,
    /// The HTML part, with its pictures inside.
    pub html: Option<String>,
    /// The text part.
    pub text: Option<String>,
}

impl Letter {
    /// The mail in `file`; `None` when it is none.
    pub fn parse(file: &[u8]) -> Option<Self> {
        let mail = MessageParser::default().parse(file)?;
        let to = mail.to().into_iter().flat_map(mail_parser::Address::iter).map(|one| {
            match (one.name(), one.address()) {
                (Some(name), Some(address)) => format!("{name} <{address}>"),
                (name, address) => address.or(name).unwrap_or_default().to_owned(),
            }
        });
        let mut html = mail.body_html(0).map(std::borrow::Cow::into_owned);
        for part in mail.attachments() {
            let (Some(id), Some(html)) = (part.content_id(), html.as_mut()) else { continue };
            let picture = format!("data:image/png;base64,{}", STANDARD.encode(part.contents()));
            *html = html.replace(&format!("\"cid:{id}\""), &format!("\"{picture}\""));
        }
        Some(Self {
            subject: mail.subject().unwrap_or_default().to_owned(),
            to: to.collect::<Vec<_>>().join(", "),
            date: mail.date().and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)),
            html,
            text: mail.body_text(0).map(std::borrow::Cow::into_owned),
        })
    }
}
