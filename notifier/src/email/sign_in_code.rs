//! The mail with a code that signs in.

use contracts::message::SignInCode;
use minijinja::context;

use super::{ComposeError, Email, templates::render};

/// The mail that brings the code. The subject does not: it is read over shoulders.
pub(super) fn compose(code: &SignInCode) -> Result<Email, ComposeError> {
    let with = context! {
        name => code.to.name.clone(),
        code => code.code.clone(),
        minutes => code.minutes,
    };
    Ok(Email {
        to: code.to.clone(),
        order: None,
        subject: "Your code to sign in".to_owned(),
        text: render("sign-in-code.txt", with.clone())?,
        html: render("sign-in-code.html", with)?,
        images: Vec::new(),
        files: Vec::new(),
    })
}
