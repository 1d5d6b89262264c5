//! What our pages say, in each of our languages: sentences, numbers, money, times, and the choice of the language.
//!
//! A page of a service takes four steps.
//!
//! 1. **Its sentences** stand in one file for each language, one sentence a line, in the format of [`catalog`]. They are
//!    loaded once, and a test of the service holds that every language has all of them:
//!
//! ```ignore
//! static WORDS: LazyLock<Catalog> = LazyLock::new(|| {
//!     Catalog::new(|language| match language {
//!         Language::En => include_str!("words/en.txt"),
//!         // and so on
//!     })
//!     .expect("a test reads each file")
//! });
//! #[test]
//! fn every_language_says_everything() {
//!     assert_eq!(WORDS.gaps(), Vec::<String>::new());
//! }
//! ```
//!
//! 2. **Its templates** get the functions of [`template`] by `template::install(&mut environment, &WORDS)`, and are rendered
//!    with the variable `language`: its code. `{{ t("hold.left", count=3, name=title) }}` is then a sentence, escaped as
//!    everything else; `<html lang="{{ language }}">` says which language it is.
//! 3. **Its handler** asks [`Choice::of`] which language a request wants, sends `Content-Language` and `Vary`
//!    ([`choice::VARY`]) with the page and `Set-Cookie` where [`Choice::cookie`] says so, and offers the other languages by
//!    `{% include "languages.html" %}` with the variable `languages` from [`choice::links`].
//! 4. **Numbers, money and times** come from [`count`], [`money`] and [`time`] as texts, by the rules of the Unicode CLDR. A
//!    script on the page writes the same with `Intl` and [`tag`]; a test holds both to one table.
//!
//! ```
//! use contracts::{language::Language, money::Money};
//!
//! assert_eq!(words::count(Language::De, 12_345), "12.345");
//! let price = Money { minor: 4950, currency: "EUR".parse()? };
//! assert_eq!(words::money(Language::De, price), "49,50\u{a0}€");
//! # Ok::<(), contracts::money::BadCurrency>(())
//! ```

pub mod catalog;
pub mod choice;
mod format;
mod number;
mod sentence;
pub mod template;
pub mod time;

use contracts::language::Language;

pub use self::{
    catalog::{Catalog, Fill},
    choice::Choice,
    format::money,
    number::count,
};

/// The language with the region whose rules we write by (BCP 47), as `Intl` in a browser takes it.
pub const fn tag(language: Language) -> &'static str {
    match language {
        // Our English is read all over the world: days before months, and clocks of 24 hours.
        Language::En => "en-GB",
        other => other.code(),
    }
}

/// What a language calls itself.
pub const fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::De => "Deutsch",
        Language::Es => "Español",
        Language::Pt => "Português",
        Language::Ja => "日本語",
    }
}
