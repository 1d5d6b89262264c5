//! Every language says everything, and what we write down in English is known in the others.

use super::*;

#[test]
fn check_30_every_language_says_everything_in_its_own_words() {
    assert_eq!(WORDS.gaps(), Vec::<String>::new());
    assert!(WORDS.keys().count() > 300);
    // A time is a time in all of them, and German has taken over a word.
    let same = WORDS.untranslated();
    let borrowed = ["order.utc", "event.ticket", "event.tickets", "pay.tickets", "order.tickets"];
    let borrowed = [&borrowed[..], &["door.live.where", "door.live.conflict"]].concat();
    let same: Vec<_> = same.into_iter().filter(|(_, key)| !borrowed.contains(key)).collect();
    assert_eq!(same, []);
}

#[test]
fn problems_are_called_as_everywhere_else() {
    let kinds: Vec<_> = kinds::ALL.iter().chain(problems::ALL).collect();
    let mut told = 0;
    for key in WORDS.keys().filter_map(|key| key.strip_prefix(KIND)) {
        let kind = kinds.iter().find(|kind| kind.name == key).unwrap_or_else(|| panic!("no kind {key}"));
        assert_eq!(title(Language::En, **kind), kind.title);
        told += 1;
    }
    assert!(told > 45);
    for kind in SHOPPING.iter().chain(&SIGNING_IN).chain(&ACCEPTING) {
        assert_ne!(title(Language::Ja, *kind), kind.title, "{}", kind.name);
    }
}

#[test]
fn what_is_left_is_said_of_tickets_and_not_of_codes() {
    let said = |language, kind, left: u32| problem(language, &Problem::of(kind).with("left", left));
    assert!(said(Language::En, SOLD_OUT, 0).starts_with("Nothing is left of that."));
    assert!(said(Language::En, SOLD_OUT, 2).starts_with("Only 2 of these are"));
    assert!(said(Language::De, SOLD_OUT, 1).starts_with("Davon ist nur noch 1 da."));
    let used = problems::PRESALE_CODE_USED;
    assert_eq!(said(Language::En, used, 0), "This presale code is not good for so many seats.");
    let unknown = Problem::of(kinds::INVALID_BODY).detail("/tiers/0 is the index of a tier");
    assert_eq!(problem(Language::De, &unknown), "Bitte prüfen Sie Ihre Angaben.");
}

#[test]
fn what_happened_to_an_order_is_told_in_the_language_of_its_reader() {
    let told = |english| own(Language::De, english).unwrap_or_else(|| panic!("{english} is not known"));
    assert_eq!(told("the payment was declined"), "die Zahlung wurde abgelehnt");
    assert_eq!(
        told("a ticket was sent on, and waits to be accepted: Block 1, row A, seat 2"),
        "ein Ticket wurde weitergegeben und wartet darauf, angenommen zu werden: Block 1, Reihe A, Platz 2"
    );
    assert_eq!(
        told("the dispute about 49.50 EUR was lost; the tickets stay as they are"),
        "der Streit um 49.50 EUR wurde verloren; die Tickets bleiben, wie sie sind"
    );
    assert_eq!(told("the event was called off: Rain"), "die Veranstaltung wurde abgesagt: Rain");
    assert_eq!(own(Language::De, "somebody wrote this"), None);
    assert_eq!(cause(Language::De, "somebody wrote this"), "somebody wrote this");
    assert_eq!(own(Language::En, "somebody wrote this").as_deref(), Some("somebody wrote this"));
}

/// What the service writes down for people, found in its sources, is known here: a sentence that is changed there is changed here.
#[test]
fn the_sentences_that_are_written_down_are_the_ones_that_are_translated() {
    let sources = [
        include_str!("../../order/settle/decide.rs"),
        include_str!("../../order/settle/mod.rs"),
        include_str!("../../order/place/mod.rs"),
        include_str!("../../order/place/alone.rs"),
        include_str!("../../order/captured.rs"),
        include_str!("../../order/confirm.rs"),
        include_str!("../../order/cancel.rs"),
        include_str!("../../order/expire.rs"),
        include_str!("../../order/fulfil.rs"),
        include_str!("../../order/retake.rs"),
        include_str!("../../refund/end.rs"),
        include_str!("../../refund/retry.rs"),
        include_str!("../../refund/give_back.rs"),
        include_str!("../../allocation/take.rs"),
        include_str!("../../allocation/release.rs"),
        include_str!("../../transfer/accept.rs"),
        include_str!("../../transfer/cancel.rs"),
        include_str!("../../transfer/send.rs"),
        include_str!("../../dispute/take_in.rs"),
        include_str!("../../cancellation/carry_on.rs"),
        include_str!("../../payment/command/mod.rs"),
        include_str!("../../checkout/form/handler.rs"),
        include_str!("../../account/mod.rs"),
    ]
    .concat();
    for key in WORDS.keys().filter(|key| key.starts_with(OWN)) {
        let pattern = WORDS.script(Language::En, key)[""].as_str().unwrap().to_owned();
        // What stands before the first blank, without the pointer of a field.
        let begin = pattern.split("{{").next().unwrap().split(' ').filter(|word| !word.starts_with('/'));
        let begin = begin.collect::<Vec<_>>().join(" ");
        assert!(sources.contains(begin.trim_end()), "{key}: nobody writes {begin:?}");
    }
}

#[test]
fn places_prices_and_times_are_written_for_their_reader() {
    assert_eq!(place(Language::Es, "Block 1, row A, seat 12"), "Block 1, fila A, asiento 12");
    assert_eq!(place(Language::Ja, "Standing"), "Standing");
    let at: DateTime<Utc> = "2027-06-20T18:00:00Z".parse().unwrap();
    let berlin: Tz = "Europe/Berlin".parse().unwrap();
    assert_eq!(moment(Language::En, at, berlin), "Sunday, 20 June 2027 at 20:00 CEST");
    assert_eq!(moment(Language::De, at, berlin), "Sonntag, 20. Juni 2027 um 20:00 CEST");
    let tokyo = "Asia/Tokyo".parse().unwrap();
    assert!(moment(Language::En, at, tokyo).starts_with("Monday, 21 June 2027 at 03:00"));
}

#[test]
fn nothing_that_a_script_is_told_ends_the_element_that_it_stands_in() {
    let told = script(Language::De, &[BOTH, LIVE], &SHOPPING);
    assert!(!told.contains('<'));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["tag"], &told["say"]["map"]), (&json!("de"), &json!("Plan")));
    assert_eq!(told["kinds"]["sold-out"], "So viele sind nicht mehr da.");
}
