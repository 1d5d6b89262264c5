//! Every language says everything, and the gate's own words are the ones that are translated.

use contracts::money::Money;
use platform::http::kinds;

use super::*;
use crate::{live, problems};

#[test]
fn every_language_says_everything_in_its_own_words() {
    assert_eq!(WORDS.gaps(), Vec::<String>::new());
    assert!(WORDS.keys().count() > 140);
    // A time is a time in all of them.
    let same = WORDS.untranslated();
    let same: Vec<_> = same.into_iter().filter(|(_, key)| *key != "draw.utc").collect();
    assert_eq!(same, []);
}

#[test]
fn problems_are_called_as_everywhere_else() {
    let kinds: Vec<_> = kinds::ALL.iter().chain(problems::ALL).collect();
    let mut told = 0;
    for key in WORDS.keys().filter_map(|key| key.strip_prefix("kind.")) {
        let kind = kinds.iter().find(|kind| kind.name == key).unwrap_or_else(|| panic!("no kind {key}"));
        assert_eq!(title(Language::En, **kind), kind.title);
        assert_ne!(title(Language::Ja, **kind), kind.title);
        told += 1;
    }
    assert!(told > 30);
}

#[test]
fn the_gates_own_words_are_translated_and_the_organizers_are_not() {
    for words in [
        live::SOLD,
        live::RECORD_AWAY,
        "Everything is sold.",
        "Your turn is over.",
        "This waiting room is closed.",
        "The line cannot move at the moment, so nobody has to wait.",
        "Nobody has to wait at the moment.",
        "You have left the line.",
        "Nobody is let in at the moment.",
        "Nobody is let in at the moment. Please come back later.",
    ] {
        assert_eq!(own(Language::En, words), words);
        for language in Language::ALL.into_iter().filter(|language| *language != Language::En) {
            assert_ne!(own(language, words), words, "{language:?}");
        }
    }
    let next = "This opening is over. The next one begins at 2027-01-15 09:00 UTC.";
    assert_eq!(own(Language::En, next), next);
    assert_eq!(
        own(Language::De, next),
        "Dieser Verkauf ist vorbei. Der nächste beginnt um 2027-01-15 09:00 UTC."
    );
    assert_eq!(own(Language::De, "A short break"), "A short break");
}

#[test]
fn intervals_and_prices_read_well() {
    assert_eq!(span(Language::En, Wait { from: 0, to: 59 }), "less than a minute");
    assert_eq!(span(Language::En, Wait { from: 61, to: 120 }), "1 to 2 min");
    assert_eq!(span(Language::De, Wait { from: 120, to: 120 }), "etwa 2 Min.");
    let tier = |minor| TierOffer {
        name: "Stalls".to_owned(),
        price: Money { minor, currency: "EUR".parse().unwrap() },
        left: None,
    };
    assert_eq!(prices(Language::En, &[]), "");
    assert_eq!(prices(Language::En, &[tier(4950), tier(4950)]), "Tickets at €49.50");
    assert_eq!(
        prices(Language::De, &[tier(4950), tier(123_450), tier(9900)]),
        "Tickets von 49,50\u{a0}€ bis 1.234,50\u{a0}€"
    );
}
