//! The mail that offers seats to somebody on a waitlist.

use contracts::message::SeatsOffered;
use minijinja::context;

use super::{
    ComposeError, Email, at_the_venue,
    templates::{event, render},
};

/// The mail that brings the way to take them.
pub(super) fn compose(offered: &SeatsOffered) -> Result<Email, ComposeError> {
    let with = context! {
        name => offered.to.name.clone(),
        event => event(&offered.event),
        places => offered.places.clone(),
        until => at_the_venue(offered.until, &offered.event),
        url => offered.offer_url.clone(),
    };
    Ok(Email {
        to: offered.to.clone(),
        order: None,
        subject: format!("Tickets for {} are kept for you", offered.event.title),
        text: render("seats-offered.txt", with.clone())?,
        html: render("seats-offered.html", with)?,
        images: Vec::new(),
        files: Vec::new(),
    })
}
