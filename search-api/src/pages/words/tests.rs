//! Every language says everything.

use super::*;
use crate::{problems, query::PARAMETERS};

#[test]
fn check_30_every_language_says_everything_in_its_own_words() {
    assert_eq!(WORDS.gaps(), Vec::<String>::new());
    assert!(WORDS.keys().count() > 70);
    assert_eq!(WORDS.untranslated(), [(Language::De, "category.sport")]);
}

#[test]
fn problems_are_called_as_everywhere_else_and_their_details_are_known() {
    for kind in problems::ALL {
        assert_eq!(problem(Language::En, &Problem::of(*kind)), kind.title);
        assert_ne!(problem(Language::De, &Problem::of(*kind)), kind.title);
    }
    let written = include_str!("../../query/handler.rs");
    for key in WORDS.keys().filter(|key| key.starts_with(OWN)) {
        let english = say(Language::En, key, &[("city", "{like}".into())]);
        assert!(written.contains(&english), "{key}: nobody says {english:?}");
    }
    let detail = "No event was ever announced there. Is Köln meant?";
    let unknown = Problem::of(problems::UNKNOWN_PLACE).detail(detail);
    assert!(
        problem(Language::De, &unknown).ends_with("Meinen Sie Köln?"),
        "{}",
        problem(Language::De, &unknown)
    );
    assert!(problem(Language::En, &unknown).ends_with(detail));
}

#[test]
fn what_is_not_understood_is_named() {
    for field in PARAMETERS {
        let error = BadParameter { parameter: field.to_owned(), reason: "a reason".to_owned() };
        let said = mistaken(Language::De, &error);
        assert!(said.starts_with("Wir verstehen"), "{said}");
    }
}

#[test]
fn prices_and_months_are_written_for_their_reader() {
    assert_eq!(range(Language::En, "10", "", "EUR"), "from €10.00");
    assert_eq!(range(Language::De, "50.00", "99.99", "EUR"), "50,00\u{a0}€ bis 99,99\u{a0}€");
    assert_eq!(range(Language::Es, "", "1000", "JPY"), "hasta 1000\u{a0}JPY");
    assert_eq!(range(Language::En, "1.234", "", "EUR"), "from 1.234 EUR");
    assert_eq!(range(Language::En, "", "7", ""), "up to 7");
    assert_eq!(month(Language::De, "2027-03"), "März 2027");
    assert_eq!(month(Language::De, "soon"), "soon");
}
