//! The mail that tells an organizer that a webhook was switched off.

use contracts::message::WebhookOff;
use minijinja::context;

use super::{ComposeError, Email, templates::render};

/// The mail for an endpoint that is told nothing more.
pub(super) fn compose(off: &WebhookOff) -> Result<Email, ComposeError> {
    let at = |at: chrono::DateTime<chrono::Utc>| at.format("%-d %B %Y, %H:%M (UTC)").to_string();
    let with = context! {
        name => off.to.name.clone(),
        url => off.url.clone(),
        gone => off.gone,
        since => at(off.since),
        at => at(off.at),
    };
    Ok(Email {
        to: off.to.clone(),
        order: None,
        subject: "One of your webhooks was switched off".to_owned(),
        text: render("webhook-off.txt", with.clone())?,
        html: render("webhook-off.html", with)?,
        images: Vec::new(),
        files: Vec::new(),
    })
}
