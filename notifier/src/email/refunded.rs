//! The mail that says that tickets were taken back and their money went back.

use contracts::message::OrderRefunded;
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
    written,
};

/// The mail for a refund.
pub(super) fn compose(refunded: &OrderRefunded) -> Result<Email, ComposeError> {
    let language = refunded.to.language;
    let with = context! {
        title => refunded.event.title.clone(),
        amount => written::money(refunded.amount, language),
        order => refunded.order.to_string(),
        why => refunded.why.clone(),
    };
    let words = Words::new(language, with);
    let (subject, title) = if refunded.called_off {
        ("refunded.subject_off", "refunded.title_off")
    } else {
        ("refunded.subject", "refunded.title")
    };
    let mut blocks = Vec::new();
    if refunded.called_off {
        blocks.push(Block::Text(words.say("refunded.off")?));
    }
    if refunded.amount.minor != 0 {
        blocks.push(Block::Text(words.say("refunded.money")?));
    }
    for key in ["nothing", "why", "void"] {
        blocks.push(Block::Text(words.say(key)?));
    }
    blocks.push(Block::Strong(refunded.places.clone()));
    Letter {
        to: &refunded.to,
        order: Some(refunded.order),
        event: Some(&refunded.event),
        subject: words.say(subject)?,
        title: words.say(title)?,
        blocks,
        small: vec![words.say("order")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
