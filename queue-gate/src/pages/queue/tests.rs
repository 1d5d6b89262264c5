//! The page in every state.

use chrono::TimeDelta;
use contracts::{frame::Wait, money::Money, place::PlaceNumber};
use uuid::Uuid;

use super::*;
use crate::room::{Policy, RoomState, Settings};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn room() -> Room {
    let id = Uuid::from_u128(1);
    Room {
        id: id.into(),
        event: id.into(),
        owner: id.into(),
        name: "Rock & <Roll>".to_owned(),
        state: RoomState::Open,
        version: 1,
        settings: Settings {
            admit_per_minute: 1,
            max_active: 1,
            claim_window: TimeDelta::minutes(2),
            session_length: TimeDelta::minutes(10),
        },
        policy: Policy::default(),
        message: None,
        pause_reason: None,
        exception: None,
        failed_open_at: None,
        epoch: 1,
        created_at: now(),
    }
}

fn html(place: PlaceView) -> String {
    with_mail(place, None)
}

/// The page with what it says of `mail`.
fn with_mail(place: PlaceView, mail: Option<Mail>) -> String {
    in_language(Language::En, place, mail)
}

fn in_language(language: Language, place: PlaceView, mail: Option<Mail>) -> String {
    let frame =
        Frame { v: 1, tick: 1, place, message: Some("Doors at 8".to_owned()), tiers: Some(vec![offer(12)]) };
    let (room, token, inside) = (&room(), "t", "/e/1");
    let look = &Dressed::default();
    let shown = Shown {
        room,
        look,
        seen: None,
        frame: &frame,
        token,
        now: now(),
        inside,
        back: None,
        problem: None,
        given: None,
        mail,
        language,
        is_signed_in: false,
    };
    page(&shown).unwrap()
}

fn waiting(ahead: u64) -> PlaceView {
    let wait = Some(Wait { from: 100, to: 250 });
    let number = PlaceNumber::new(1, 1500);
    let chance = Some(Chance::Fair);
    PlaceView::Waiting { number, ahead, behind: 12_345, lane: None, wait, pace: 120, reason: None, chance }
}

fn offer(left: u32) -> TierOffer {
    let price = Money { minor: 4950, currency: "EUR".parse().unwrap() };
    TierOffer { name: "Standing".to_owned(), price, left: Some(left) }
}

#[test]
fn the_first_html_says_where_one_stands() {
    let html = html(waiting(1233));
    for text in [
        r#"data-test="position">1,234<"#,
        r#"data-test="ahead">1,233<"#,
        r#"data-test="behind">12,345<"#,
        r#"data-test="wait">1 to 5 min<"#,
        "120 a minute",
        r#"data-test="chance">fair<"#,
        "Tickets at €49.50",
        "<li><span>Standing</span><span>€49.50</span><span>12 left</span></li>",
        "Doors at 8",
        "Rock &amp; &lt;Roll&gt;",
        r#"<noscript><meta http-equiv="refresh" content="21"></noscript>"#,
    ] {
        assert!(html.contains(text), "{text} is not in {html}");
    }
}

#[test]
fn without_scripts_a_page_comes_back_within_half_a_minute_and_near_the_front_at_once() {
    let seconds = |html: &str| -> u64 {
        let (_, rest) = html.split_once(r#"http-equiv="refresh" content=""#).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    for ahead in [200, 209, 210, 211, 54_321] {
        assert!((20..=30).contains(&seconds(&html(waiting(ahead)))), "{ahead}");
    }
    assert_eq!(seconds(&html(waiting(199))), 5);
}

#[test]
fn the_page_speaks_the_language_of_its_reader() {
    let german = in_language(Language::De, waiting(1233), None);
    for text in [
        r#"<html lang="de">"#,
        r#"data-test="position">1.234<"#,
        r#"data-test="wait">1 bis 5 Min.<"#,
        "Sie stehen in der Schlange",
        "49,50\u{a0}€",
        r#"lang="de" aria-current="true">Deutsch</a>"#,
        r#"<script type="application/json" id="words">{"#,
        r#""state.waiting":"Sie stehen in der Schlange""#,
        "Doors at 8",
    ] {
        assert!(german.contains(text), "{text} is not in {german}");
    }
    let closed = || PlaceView::Ended { why: "This waiting room is closed.".to_owned() };
    let spanish = in_language(Language::Es, closed(), None);
    assert!(spanish.contains(r#"data-test="ended">Esta sala de espera está cerrada.<"#), "{spanish}");
    for language in Language::ALL {
        for mail in [None, Some(Mail::Ask), Some(Mail::One)] {
            let html = in_language(language, waiting(3), mail);
            assert!(html.contains(&format!(r#"<html lang="{}">"#, language.code())));
        }
    }
}

/// What the script says by name.
fn said_by_script() -> impl Iterator<Item = &'static str> {
    let script = include_str!("../asset/queue.js");
    script.split("told('").skip(1).filter_map(|rest| rest.split('\'').next())
}

#[test]
fn the_script_says_no_sentence_that_there_is_not() {
    let words = script(Language::Ja);
    let all: Vec<_> = said_by_script().collect();
    assert!(all.len() > 20, "{all:?}");
    for key in all {
        assert!(words["say"].get(key).is_some(), "{key}");
    }
    assert!(words["own"].as_array().unwrap().len() > 8);
    assert_eq!(script(Language::En)["own"].as_array().unwrap().len(), 0);
}

#[test]
fn every_state_has_a_page() {
    let id = Uuid::from_u128(1);
    let by = now() + TimeDelta::seconds(95);
    let number = PlaceNumber::new(1, 1);
    let paused = PlaceView::Paused { number, ahead: 0, behind: 0, lane: None, why: "A break".to_owned() };
    assert!(html(paused).contains("A break"));
    let called = html(PlaceView::Called { number, claim_by: by, event: id.into() });
    assert!(called.contains("1:35") && called.contains("/enter") && !called.contains("http-equiv"));
    let active = html(PlaceView::Active { event: id.into(), until: by });
    assert!(active.contains(r#"data-state="active""#) && active.contains("You are in"));
    assert!(active.contains(&format!(r#"action="/queue/{}/enter""#, room().id)));
    let free = html(PlaceView::Free { event: id.into(), why: "The line is broken".to_owned() });
    assert!(free.contains(r#"data-state="free""#) && free.contains("The line is broken"));
    let (why, waitlist) = ("All gone".to_owned(), Some("https://shop.example/wait".to_owned()));
    let sold_out = html(PlaceView::SoldOut { number, ahead: 0, behind: 0, why, waitlist });
    assert!(sold_out.contains("All gone") && sold_out.contains("https:&#x2f;&#x2f;shop.example&#x2f;wait"));
    assert!(html(PlaceView::Ended { why: "Sold out".to_owned() }).contains("Sold out"));
    let (entries, opens_at, commitment) = (4711, Some(by), "c0ffee".to_owned());
    let lobby = html(PlaceView::Lobby { entries, opens_at, commitment });
    for text in ["You are in the draw", ">4,711<", ">08:01 UTC<", "c0ffee", "/draw\"", "http-equiv"] {
        assert!(lobby.contains(text), "{text} is not in {lobby}");
    }
    assert!(html(PlaceView::Drawing { entries }).contains("The order is being drawn"));
    assert!(html(PlaceView::Unknown).contains(r#"data-state="unknown""#));
}

#[test]
fn a_page_without_a_place_yet_says_what_is_asked_and_comes_back_by_itself() {
    let challenge = contracts::proof::Challenge { nonce: 1, given: now(), difficulty: 17, wait: 30 };
    let given = Given { text: "abc-_".to_owned(), challenge };
    let frame = Frame { v: 1, tick: 0, place: PlaceView::Unknown, message: None, tiers: None };
    let shown = Shown {
        room: &room(),
        look: &Dressed::default(),
        seen: None,
        frame: &frame,
        token: "",
        now: now(),
        inside: "/e/1",
        back: None,
        problem: None,
        given: Some(&given),
        mail: None,
        language: Language::En,
        is_signed_in: false,
    };
    let html = page(&shown).unwrap();
    let road = format!("/queue/{}?proof=abc-_", room().id);
    for text in [
        r#"data-state="proving""#.to_owned(),
        r#"data-challenge="abc-_" data-difficulty="17" data-wait-until="2027-01-15T08:00:30+00:00""#
            .to_owned(),
        format!(r#"<noscript><meta http-equiv="refresh" content="31;url={road}"></noscript>"#),
        format!(r#"href="{road}""#),
    ] {
        assert!(html.contains(&text), "{text} is not in {html}");
    }
    assert!(!self::html(waiting(3)).contains("data-challenge"));
}

#[test]
fn mails_are_asked_for_in_a_form_that_does_not_load_itself_again() {
    let html = html(waiting(3));
    assert!(html.contains(r#"name="mail" value="ask""#) && !html.contains("type=\"email\""), "{html}");
    let asking = with_mail(waiting(3), Some(Mail::Ask));
    for text in
        [r#"<label for="mail">"#, r#"type="email" autocomplete="email""#, r#"aria-describedby="mail-says""#]
    {
        assert!(asking.contains(text), "{text} is not in {asking}");
    }
    assert!(!asking.contains("http-equiv"), "what is typed would be lost");
    let told = with_mail(waiting(3), Some(Mail::Both));
    assert!(told.contains("once when your turn is near, and once when your turn comes"), "{told}");
    assert!(told.contains("http-equiv") && told.contains(r#"name="stop""#));
    assert!(!with_mail(waiting(3), Some(Mail::One)).contains("is near, and"));
}
