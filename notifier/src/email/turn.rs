//! The mails to those in line: their turn is near, or is there.

use chrono_tz::Tz;
use contracts::message::{EventBrief, Recipient, TurnCame, TurnNear};
use minijinja::{Value, context};

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
    written,
};

/// The mail that says that the turn is near.
pub(super) fn near(near: &TurnNear) -> Result<Email, ComposeError> {
    let (title, from, to) = (title(&near.room, near.event.as_ref()), near.from_minutes, near.to_minutes);
    let mail = Told { to: &near.to, event: near.event.as_ref(), kind: "near", queue_url: &near.queue_url };
    mail.compose(context! { title, from, to }, &["near.text", "near.there"])
}

/// The mail that says that the turn is there.
pub(super) fn came(came: &TurnCame) -> Result<Email, ComposeError> {
    let title = title(&came.room, came.event.as_ref());
    let mail = Told { to: &came.to, event: came.event.as_ref(), kind: "came", queue_url: &came.queue_url };
    match came.until {
        Some(until) => {
            let zone = came.event.as_ref().and_then(|event| event.time_zone.parse().ok()).unwrap_or(Tz::UTC);
            let until = written::instant(until, zone, came.to.language);
            mail.compose(context! { title, until }, &["came.until"])
        }
        None => mail.compose(context! { title }, &["came.kept"]),
    }
}

/// What is on: the event, or the name of the room where it stands before a site that is not ours.
fn title(room: &str, event: Option<&EventBrief>) -> String {
    event.map_or(room, |event| event.title.as_str()).to_owned()
}

/// What both mails are made of.
struct Told<'a> {
    to: &'a Recipient,
    event: Option<&'a EventBrief>,
    kind: &'a str,
    queue_url: &'a str,
}

impl Told<'_> {
    fn compose(self, with: Value, texts: &[&str]) -> Result<Email, ComposeError> {
        let words = Words::new(self.to.language, with);
        let mut blocks = Vec::new();
        for key in texts {
            blocks.push(Block::Text(words.say(key)?));
        }
        blocks.push(Block::Link { label: words.say("turn.button")?, url: self.queue_url.to_owned() });
        Letter {
            to: self.to,
            order: None,
            event: self.event,
            subject: words.say(&format!("{}.subject", self.kind))?,
            title: words.say(&format!("{}.title", self.kind))?,
            blocks,
            small: vec![words.say("turn.browser")?, words.say("turn.asked")?],
            images: Vec::new(),
            files: Vec::new(),
            words,
        }
        .finish()
    }
}
