//! The mail with a code that signs in.

use contracts::message::SignInCode;
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
};

/// The mail that brings the code. The subject does not: it is read over shoulders.
pub(super) fn compose(code: &SignInCode) -> Result<Email, ComposeError> {
    let words = Words::new(code.to.language, context! { minutes => code.minutes });
    Letter {
        to: &code.to,
        order: None,
        event: None,
        subject: words.say("sign_in.subject")?,
        title: words.say("sign_in.subject")?,
        blocks: vec![Block::Strong(vec![code.code.clone()]), Block::Text(words.say("sign_in.text")?)],
        small: vec![words.say("sign_in.ours")?, words.say("sign_in.not_you")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
