//! The mail for an order whose payment is not confirmed yet.

use contracts::message::OrderReceived;
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
};

/// The mail that says what will happen.
pub(super) fn compose(received: &OrderReceived) -> Result<Email, ComposeError> {
    let with = context! { title => received.event.title.clone(), order => received.order.to_string() };
    let words = Words::new(received.to.language, with);
    Letter {
        to: &received.to,
        order: Some(received.order),
        event: Some(&received.event),
        subject: words.say("placed.subject")?,
        title: words.say("placed.title")?,
        blocks: vec![
            Block::Text(words.say("placed.text")?),
            Block::Strong(received.places.clone()),
            Block::Text(words.say("placed.next")?),
            Block::Link { label: words.say("ticket.link")?, url: received.order_url.clone() },
        ],
        small: vec![words.say("order")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
