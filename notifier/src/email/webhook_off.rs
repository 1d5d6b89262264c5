//! The mail that tells an organizer that a webhook was switched off.

use chrono_tz::Tz;
use contracts::message::WebhookOff;
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
    written,
};

/// The mail for an endpoint that is told nothing more.
pub(super) fn compose(off: &WebhookOff) -> Result<Email, ComposeError> {
    let language = off.to.language;
    let at = written::instant(off.at, Tz::UTC, language);
    let since = written::instant(off.since, Tz::UTC, language);
    let words = Words::new(language, context! { at, since });
    let why = if off.gone { "webhook.gone" } else { "webhook.failing" };
    Letter {
        to: &off.to,
        order: None,
        event: None,
        subject: words.say("webhook.subject")?,
        title: words.say("webhook.title")?,
        blocks: vec![
            Block::Text(words.say("webhook.text")?),
            Block::Strong(vec![off.url.clone()]),
            Block::Text(words.say(why)?),
        ],
        small: vec![words.say("webhook.again")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
