//! The mail that says that tickets were taken back and their money went back.

use contracts::message::OrderRefunded;
use minijinja::context;

use super::{
    ComposeError, Email,
    templates::{event, render},
};

/// The mail for a refund.
pub(super) fn compose(refunded: &OrderRefunded) -> Result<Email, ComposeError> {
    let with = context! {
        name => refunded.to.name.clone(),
        event => event(&refunded.event),
        amount => refunded.amount.to_string(),
        free => refunded.amount.minor == 0,
        places => refunded.places.clone(),
        order => refunded.order.to_string(),
        why => refunded.why.clone(),
        called_off => refunded.called_off,
    };
    let title = &refunded.event.title;
    Ok(Email {
        to: refunded.to.clone(),
        order: Some(refunded.order),
        subject: if refunded.called_off {
            format!("{title} was called off")
        } else {
            format!("Your refund for {title}")
        },
        text: render("refunded.txt", with.clone())?,
        html: render("refunded.html", with)?,
        images: Vec::new(),
        files: Vec::new(),
    })
}
