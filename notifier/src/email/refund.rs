//! The mail that says that money goes back.

use contracts::message::PaymentReturned;
use minijinja::context;

use super::{
    ComposeError, Email,
    templates::{event, render},
};

/// The mail for a payment whose tickets were gone.
pub(super) fn compose(returned: &PaymentReturned) -> Result<Email, ComposeError> {
    let with = context! {
        name => returned.to.name.clone(),
        event => event(&returned.event),
        total => returned.total.to_string(),
        order => returned.order.to_string(),
        why => returned.why.clone(),
    };
    Ok(Email {
        to: returned.to.clone(),
        order: Some(returned.order),
        subject: format!("Your money for {} goes back", returned.event.title),
        text: render("refund.txt", with.clone())?,
        html: render("refund.html", with)?,
        images: Vec::new(),
        files: Vec::new(),
    })
}
