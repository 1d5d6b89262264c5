//! How an organizer wants to be seen in mails: a name, a colour, where answers go, a text below.

pub mod handler;
pub mod put;
pub mod store;

use contracts::message::Brand;

use crate::{
    account::Email,
    invalid::{Checks, Invalid},
};

/// Checks what an organizer writes, and brings it into the form in which it is kept. An empty text is none.
///
/// # Errors
/// What is wrong.
pub fn read(written: Brand) -> Result<Brand, Invalid> {
    let said = |text: Option<String>| text.filter(|text| !text.is_empty());
    let brand = Brand {
        name: said(written.name),
        colour: said(written.colour).map(|colour| colour.to_ascii_lowercase()),
        reply_to: said(written.reply_to),
        footer: said(written.footer),
    };
    let mut checks = Checks::default();
    checks.optional_text(brand.name.as_deref(), 60, "/name");
    if let Some(name) = &brand.name {
        // A name in front of our address that is an address too would be taken for the sender.
        checks.that(!name.contains(['@', '<', '>', '"']), "/name", "has no @, <, > or quotation mark");
    }
    if let Some(colour) = &brand.colour {
        let is_hex =
            |digits: &str| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        checks.that(colour.strip_prefix('#').is_some_and(is_hex), "/colour", "is # and six digits, #1a2b3c");
    }
    if let Some(address) = &brand.reply_to {
        checks.that(Email::parse(address).is_some(), "/replyTo", "is an e-mail address");
    }
    if let Some(footer) = &brand.footer {
        let lines = footer.split('\n').count();
        checks.that(footer.chars().count() <= 500, "/footer", "has at most 500 characters");
        checks.that(lines <= 10, "/footer", "has at most 10 lines");
        let has_control = footer.chars().any(|c| c.is_control() && c != '\n');
        checks.that(!has_control, "/footer", "has no control characters but line ends");
        checks.that(!footer.trim().is_empty(), "/footer", "says something");
    }
    checks.done()?;
    Ok(brand)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brand_is_checked_and_an_empty_text_is_none() {
        let with = |name: &str, colour: &str, reply_to: &str, footer: &str| {
            let text = |text: &str| Some(text.to_owned());
            let brand = Brand {
                name: text(name),
                colour: text(colour),
                reply_to: text(reply_to),
                footer: text(footer),
            };
            read(brand).map_err(|invalid| invalid.0[0].pointer.clone())
        };
        assert_eq!(with("", "", "", ""), Ok(Brand::default()));
        let full = with("Harbour Hall", "#1A2B3C", "box@harbour.example", "Harbour Hall\nHamburg").unwrap();
        assert_eq!(full.colour.as_deref(), Some("#1a2b3c"));
        for (wrong, pointer) in [
            (with("box@harbour.example", "", "", ""), "/name"),
            (with("Hall\r\nBcc: eve", "", "", ""), "/name"),
            (with("Hall <b>", "", "", ""), "/name"),
            (with("", "red", "", ""), "/colour"),
            (with("", "#1a2b3c;x", "", ""), "/colour"),
            (with("", "", "nobody", ""), "/replyTo"),
            (with("", "", "", "a\rb"), "/footer"),
            (with("", "", "", &"a\n".repeat(11)), "/footer"),
        ] {
            assert_eq!(wrong, Err(pointer.to_owned()));
        }
    }
}
