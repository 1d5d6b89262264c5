//! The mail for an order that came to nothing: it was not paid in time, or it was cancelled.

use contracts::message::OrderEnded;
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
};

/// The mail; `expired`, or else cancelled.
pub(super) fn compose(ended: &OrderEnded, expired: bool) -> Result<Email, ComposeError> {
    let with = context! { title => ended.event.title.clone(), order => ended.order.to_string() };
    let words = Words::new(ended.to.language, with);
    let [subject, title, text] = if expired {
        ["ended.subject_expired", "ended.title_expired", "ended.expired"]
    } else {
        ["ended.subject_cancelled", "ended.title_cancelled", "ended.cancelled"]
    };
    Letter {
        to: &ended.to,
        order: Some(ended.order),
        event: Some(&ended.event),
        subject: words.say(subject)?,
        title: words.say(title)?,
        blocks: vec![
            Block::Text(words.say(text)?),
            Block::Strong(ended.places.clone()),
            Block::Link { label: words.say("ended.link")?, url: ended.event_url.clone() },
        ],
        small: vec![words.say("order")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
