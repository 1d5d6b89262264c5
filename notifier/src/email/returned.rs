//! The mail that says that money goes back, because a payment could not be used.

use contracts::message::{PaymentReturned, ReturnCause};
use minijinja::context;

use super::{
    ComposeError, Email,
    letter::{Block, Letter},
    words::Words,
    written,
};

/// The mail for a payment whose tickets were gone.
pub(super) fn compose(returned: &PaymentReturned) -> Result<Email, ComposeError> {
    let language = returned.to.language;
    let with = context! {
        title => returned.event.title.clone(),
        total => written::money(returned.total, language),
        order => returned.order.to_string(),
        why => returned.why.clone(),
    };
    let words = Words::new(language, with);
    // What an organizer wrote is told as it was written.
    let why = match returned.cause {
        None => words.say("why")?,
        Some(ReturnCause::Others) => words.say("returned.others")?,
        Some(ReturnCause::VoucherUsed) => words.say("returned.voucher")?,
        Some(ReturnCause::CodeUsed) => words.say("returned.code")?,
        Some(ReturnCause::CalledOff) => words.say("returned.off")?,
        Some(ReturnCause::NotCaptured) => words.say("returned.capture")?,
    };
    let text = |key: &str| words.say(key).map(Block::Text);
    Letter {
        to: &returned.to,
        order: Some(returned.order),
        event: Some(&returned.event),
        subject: words.say("returned.subject")?,
        title: words.say("returned.title")?,
        blocks: vec![text("returned.text")?, Block::Text(why), text("nothing")?],
        small: vec![words.say("order")?],
        images: Vec::new(),
        files: Vec::new(),
        words,
    }
    .finish()
}
