//! The shape of every mail: a title, what it is about, what it says, one way to go on; as text and as HTML from one description.

use std::sync::LazyLock;

use contracts::{
    id::OrderRef,
    message::{EventBrief, Recipient},
};
use minijinja::{Environment, UndefinedBehavior, Value, context};

use super::{ComposeError, Email, File, Image, words::Words, written};

/// The colour of what has none of its own.
const COLOUR: &str = "#3b3bd6";

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut all = Environment::new();
    all.set_undefined_behavior(UndefinedBehavior::Strict);
    // A name that ends in `.html` escapes what it is given.
    for (name, source) in
        [("letter.html", include_str!("letter.html")), ("letter.txt", include_str!("letter.txt"))]
    {
        all.add_template(name, source).expect("a template of ours that a test renders");
    }
    all
});

/// A part of what a mail says.
#[derive(Clone, Debug)]
pub(super) enum Block {
    /// A paragraph.
    Text(String),
    /// Lines that stand out: places, an address.
    Strong(Vec<String>),
    /// Tickets with their codes.
    Tickets(Vec<Shown>),
    /// A way to go on.
    Link {
        /// What it does.
        label: String,
        /// Where it leads.
        url: String,
    },
}

/// A ticket in a mail.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Where it is.
    pub(super) place: String,
    /// Its code, as a sentence.
    pub(super) code: String,
    /// The picture of the code.
    pub(super) image: String,
    /// What the picture shows.
    pub(super) alt: String,
}

impl Block {
    fn value(&self) -> Value {
        match self {
            Self::Text(text) => context! { text => text.clone() },
            Self::Strong(lines) => context! { strong => lines.clone() },
            Self::Tickets(tickets) => {
                let ticket = |one: &Shown| {
                    context! { place => one.place.clone(), code => one.code.clone(), image => one.image.clone(), alt => one.alt.clone() }
                };
                context! { tickets => tickets.iter().map(ticket).collect::<Vec<_>>() }
            }
            Self::Link { label, url } => context! { label => label.clone(), url => url.clone() },
        }
    }
}

/// What a mail says.
#[derive(Clone, Debug)]
pub(super) struct Letter<'a> {
    /// Who gets it.
    pub(super) to: &'a Recipient,
    /// The order that it is about, if it is about one.
    pub(super) order: Option<OrderRef>,
    /// The event that it is about, if it is about one.
    pub(super) event: Option<&'a EventBrief>,
    /// Its sentences.
    pub(super) words: Words,
    /// The subject.
    pub(super) subject: String,
    /// The title.
    pub(super) title: String,
    /// What it says.
    pub(super) blocks: Vec<Block>,
    /// What stands below, in small letters.
    pub(super) small: Vec<String>,
    /// Pictures that it shows.
    pub(super) images: Vec<Image>,
    /// Files that come with it.
    pub(super) files: Vec<File>,
}

impl Letter<'_> {
    /// The mail.
    ///
    /// # Errors
    /// When a template fails.
    pub(super) fn finish(self) -> Result<Email, ComposeError> {
        let brand = self.event.and_then(|event| event.brand.clone()).unwrap_or_default();
        let colour =
            brand.colour.clone().filter(|colour| is_colour(colour)).unwrap_or_else(|| COLOUR.to_owned());
        let hello = match self.to.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => Some(Words::new(self.words.language, context! { name }).say("hello")?),
            None => None,
        };
        let starts = |event: &EventBrief| written::at_the_venue(event.starts_at, event, self.words.language);
        let event = self.event.map(|event| {
            context! { title => event.title.clone(), venue => event.venue.clone(), city => event.city.clone(), starts => starts(event) }
        });
        let with = context! {
            language => self.words.language.code(),
            subject => self.subject.clone(),
            title => self.title.clone(),
            sender => brand.name.clone(),
            footer => brand.footer.clone(),
            ink => ink_on(&colour),
            colour,
            hello,
            event,
            blocks => self.blocks.iter().map(Block::value).collect::<Vec<_>>(),
            small => self.small,
        };
        let render = |name: &str| TEMPLATES.get_template(name)?.render(with.clone());
        Ok(Email {
            to: self.to.clone(),
            order: self.order,
            brand,
            text: render("letter.txt")?,
            html: render("letter.html")?,
            subject: self.subject,
            images: self.images,
            files: self.files,
        })
    }
}

/// Whether this is `#rrggbb`, and nothing that ends a style and begins another.
fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text[1..].bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Black or white: whichever is easier to read on `colour`, by how light it looks.
fn ink_on(colour: &str) -> &'static str {
    let part =
        |at: usize| colour.get(at..at + 2).and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0);
    let light = 299 * part(1) + 587 * part(3) + 114 * part(5);
    if light > 150_000 { "#1c1c22" } else { "#ffffff" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits_and_what_stands_on_it_can_be_read() {
        assert!(is_colour("#3b3BD6"));
        for not in ["red", "#3b3bd", "#3b3bd6;", "#gggggg", "#;}a{x", "＃3b3b"] {
            assert!(!is_colour(not), "{not}");
        }
        assert_eq!(
            (ink_on("#ffffff"), ink_on("#000000"), ink_on("#ffdd00")),
            ("#1c1c22", "#ffffff", "#1c1c22")
        );
    }
}
