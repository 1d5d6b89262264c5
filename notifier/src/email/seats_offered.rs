//! The mail that offers seats to somebody on a waitlist.

use contracts::message::SeatsOffered;
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
    written,
};

/// The mail that brings the way to take them.
pub(super) fn compose(offered: &SeatsOffered) -> Result<Email, ComposeError> {
    let language = offered.to.language;
    let until = written::at_the_venue(offered.until, &offered.event, language);
    let words = Words::new(language, context! { title => offered.event.title.clone(), until });
    Letter {
        to: &offered.to,
        order: None,
        event: Some(&offered.event),
        subject: words.say("seats.subject")?,
        title: words.say("seats.title")?,
        blocks: vec![
            Block::Text(words.say("seats.text")?),
            Block::Strong(offered.places.clone()),
            Block::Link { label: words.say("seats.button")?, url: offered.offer_url.clone() },
        ],
        small: vec![words.say("seats.keep")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
