//! The mail for everybody who has a ticket of an event that changed.

use contracts::message::{EventChange, EventChanged};
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
    written,
};

/// The mail.
pub(super) fn compose(changed: &EventChanged) -> Result<Email, ComposeError> {
    let language = changed.to.language;
    let was = written::at_the_venue(changed.was.starts_at, &changed.was, language);
    let was = format!("{was}, {}, {}", changed.was.venue, changed.was.city);
    let words = Words::new(language, context! { title => changed.event.title.clone(), was });
    let (subject, title, text) = match changed.change {
        EventChange::Moved => ("changed.subject_moved", "changed.title_moved", "changed.moved"),
        EventChange::Postponed => {
            ("changed.subject_postponed", "changed.title_postponed", "changed.postponed")
        }
        EventChange::Resumed => ("changed.subject_resumed", "changed.title_resumed", "changed.resumed"),
        EventChange::Cancelled => {
            ("changed.subject_cancelled", "changed.title_cancelled", "changed.cancelled")
        }
        EventChange::CalledOff => {
            ("changed.subject_cancelled", "changed.title_cancelled", "changed.called_off")
        }
    };
    let mut blocks = vec![Block::Text(words.say(text)?)];
    if changed.change == EventChange::Moved {
        blocks.push(Block::Text(words.say("changed.was")?));
    }
    if !matches!(changed.change, EventChange::Cancelled | EventChange::CalledOff) {
        blocks.push(Block::Text(words.say("changed.valid")?));
        blocks.push(Block::Link { label: words.say("ended.link")?, url: changed.event_url.clone() });
    }
    Letter {
        to: &changed.to,
        order: None,
        event: Some(&changed.event),
        subject: words.say(subject)?,
        title: words.say(title)?,
        blocks,
        small: Vec::new(),
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
