//! The queue page: what a fan's frame says, as texts. The script of the page says it in the same words.

use chrono::{DateTime, Utc};
use contracts::{
    frame::{Chance, Frame, PlaceView, RiseReason, TierOffer},
    id::EventId,
};
use minijinja::{Value, context};

use super::{
    render,
    words::{countdown, grouped, span},
};
use crate::{room::Room, shield::judge::Given};

/// How often the page reloads itself where there are no scripts, near the front and far back, in seconds.
const RELOADS: [u64; 2] = [5, 20];
/// How many people ahead are "near".
const NEAR: u64 = 200;

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The room.
    pub room: &'a Room,
    /// Where the fan stands.
    pub frame: &'a Frame,
    /// The fan's place, signed, for the page to keep; empty where there is none.
    pub token: &'a str,
    /// The time, for the countdown.
    pub now: DateTime<Utc>,
    /// Where the fan goes when they are through.
    pub inside: &'a str,
    /// The same, where it is a site that is not ours.
    pub back: Option<&'a str>,
    /// What went wrong with the last thing that the fan did.
    pub problem: Option<&'a str>,
    /// What the fan has to answer before there is a place.
    pub given: Option<&'a Given>,
}

/// What differs between the states.
#[derive(Default)]
struct Texts {
    state: &'static str,
    headline: &'static str,
    line: Option<Line>,
    draw: Option<(u64, Option<DateTime<Utc>>, String)>,
    why: String,
    event: Option<EventId>,
    claim_by: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    reason: Option<RiseReason>,
    chance: Option<Chance>,
    waitlist: Option<String>,
}

struct Line {
    ahead: u64,
    behind: u64,
    wait: String,
    pace: String,
}

/// The page, as HTML.
///
/// # Errors
/// Never: a test renders it in every state.
pub fn page(shown: &Shown<'_>) -> Result<String, minijinja::Error> {
    render("queue.html", values(shown))
}

fn values(shown: &Shown<'_>) -> Value {
    let texts = match shown.given {
        Some(_) => Texts { state: "proving", headline: "One moment", ..Texts::default() },
        None => texts(&shown.frame.place),
    };
    let position = texts.line.as_ref().map(|line| line.ahead + 1);
    let event = texts.event.unwrap_or(shown.room.event);
    let instant = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let title = match position {
        Some(position) => format!("({}) {}", grouped(position), shown.room.name),
        None => format!("{}: {}", texts.headline, shown.room.name),
    };
    let grouped_or = |count: Option<u64>| count.map(grouped).unwrap_or_default();
    context! {
        title => title,
        name => shown.room.name.as_str(),
        room => shown.room.id.to_string(),
        event => event.to_string(),
        token => shown.token,
        inside => shown.inside,
        back => shown.back,
        now => shown.now.to_rfc3339(),
        state => texts.state,
        headline => texts.headline,
        message => message(shown.frame.message.as_deref(), texts.reason),
        position => grouped_or(position),
        progress => if position == Some(1) { 100 } else { 0 },
        ahead => grouped_or(texts.line.as_ref().map(|line| line.ahead)),
        behind => grouped_or(texts.line.as_ref().map(|line| line.behind)),
        wait => texts.line.as_ref().map_or("", |line| line.wait.as_str()),
        pace => texts.line.as_ref().map_or("", |line| line.pace.as_str()),
        why => texts.why.as_str(),
        entries => grouped_or(texts.draw.as_ref().map(|(entries, ..)| *entries)),
        opens => texts.draw.as_ref().and_then(|(_, opens, _)| *opens).map_or_else(
            || "when the organizer says so".to_owned(), |at| at.format("%H:%M UTC").to_string()),
        commitment => texts.draw.as_ref().map_or("", |(.., commitment)| commitment),
        chance => texts.chance.map(chance),
        tiers => shown.frame.tiers.as_deref().map(tiers),
        waitlist => texts.waitlist.as_deref(),
        claim_by => instant(texts.claim_by),
        until => instant(texts.until),
        until_text => texts.until.map(|until| until.format("%H:%M UTC").to_string()).unwrap_or_default(),
        left => texts.claim_by.map(|by| countdown(by, shown.now)).unwrap_or_default(),
        reloads => reloads(&texts),
        problem => shown.problem,
        challenge => shown.given.map(|given| given.text.as_str()),
        difficulty => shown.given.map(|given| given.challenge.difficulty),
        wait_until => instant(shown.given.map(|given| given.challenge.wait_until())),
        proof_wait => shown.given.map(|given| given.challenge.wait),
    }
}

fn texts(place: &PlaceView) -> Texts {
    match place {
        PlaceView::Waiting { ahead, behind, wait, pace, reason, chance, .. } => Texts {
            state: "waiting",
            headline: "You are in line",
            line: Some(Line {
                ahead: *ahead,
                behind: *behind,
                wait: wait.map_or_else(|| "not known yet".to_owned(), span),
                pace: format!("{} a minute", grouped((*pace).into())),
            }),
            reason: *reason,
            chance: *chance,
            ..Texts::default()
        },
        PlaceView::Paused { ahead, behind, why, .. } => Texts {
            state: "paused",
            headline: "The line is paused",
            line: Some(Line {
                ahead: *ahead,
                behind: *behind,
                wait: "until the line goes on".to_owned(),
                pace: "paused".to_owned(),
            }),
            why: why.clone(),
            ..Texts::default()
        },
        PlaceView::SoldOut { why, waitlist, .. } => {
            Texts { waitlist: waitlist.clone(), ..plain("soldOut", "Sold out", why) }
        }
        PlaceView::Free { event, why } => {
            Texts { event: Some(*event), ..plain("free", "Nobody has to wait", why) }
        }
        PlaceView::Lobby { entries, opens_at, commitment } => Texts {
            draw: Some((*entries, *opens_at, commitment.clone())),
            ..plain("lobby", "You are in the draw", "")
        },
        PlaceView::Drawing { entries } => Texts {
            draw: Some((*entries, None, String::new())),
            ..plain("drawing", "The order is being drawn", "")
        },
        PlaceView::Called { claim_by, event, .. } => Texts {
            state: "called",
            headline: "It is your turn",
            event: Some(*event),
            claim_by: Some(*claim_by),
            ..Texts::default()
        },
        PlaceView::Active { event, until } => Texts {
            state: "active",
            headline: "You are in",
            event: Some(*event),
            until: Some(*until),
            ..Texts::default()
        },
        PlaceView::Ended { why } => plain("ended", "The line has ended", why),
        PlaceView::Unknown => plain("unknown", "Looking for your place", ""),
    }
}

fn plain(state: &'static str, headline: &'static str, why: &str) -> Texts {
    Texts { state, headline, why: why.to_owned(), ..Texts::default() }
}

/// The organizer's words, and why more people are ahead than a moment ago.
fn message(words: Option<&str>, reason: Option<RiseReason>) -> String {
    let reason = reason.map(|reason| match reason {
        RiseReason::EarlierFansReturned => "Fans with earlier numbers came back to their places.",
        RiseReason::LaneChanged => "You are in another lane now, in which more people are ahead of you.",
        RiseReason::LineRestored => "The line was restored after a fault. Everybody keeps their order.",
    });
    words.into_iter().chain(reason).collect::<Vec<_>>().join(" ")
}

/// The chance of a ticket, in a word.
fn chance(chance: Chance) -> &'static str {
    match chance {
        Chance::High => "good",
        Chance::Fair => "fair",
        Chance::Low => "low",
        Chance::None => "none left",
    }
}

/// Prices and what is left. Where nothing is, all is taken for the moment: what is held may come back.
fn tiers(tiers: &[TierOffer]) -> String {
    let tier = |tier: &TierOffer| {
        let left = tier.left.map(|left| format!(" ({} left)", grouped(left.into()))).unwrap_or_default();
        format!("{} {}{left}", tier.name, tier.price)
    };
    let prices = tiers.iter().map(tier).collect::<Vec<_>>().join(", ");
    let is_taken = !tiers.is_empty() && tiers.iter().all(|tier| tier.left == Some(0));
    if is_taken { format!("{prices}. {ALL_TAKEN}") } else { prices }
}

/// What fans read while nothing can be had and not everything is sold.
const ALL_TAKEN: &str = "All taken for the moment; some may come back.";

/// After how many seconds the page looks again by itself; never while there is something to press.
fn reloads(texts: &Texts) -> Option<u64> {
    let [near, far] = RELOADS;
    match (&texts.line, texts.state) {
        (Some(line), _) if line.ahead < NEAR => Some(near),
        // Spread, so that a full room does not come back in one second.
        (Some(line), _) => Some(far + line.ahead % far),
        (None, "unknown" | "drawing") => Some(near),
        (None, "lobby") => Some(far),
        // Seats may come back, but not every moment.
        (None, "soldOut") => Some(3 * far),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
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
        let frame = Frame {
            v: 1,
            tick: 1,
            place,
            message: Some("Doors at 8".to_owned()),
            tiers: Some(vec![offer(12)]),
        };
        let (room, token, inside) = (&room(), "t", "/e/1");
        let given = None;
        page(&Shown { room, frame: &frame, token, now: now(), inside, back: None, problem: None, given })
            .unwrap()
    }

    fn waiting(ahead: u64) -> PlaceView {
        let wait = Some(Wait { from: 100, to: 250 });
        let number = PlaceNumber::new(1, 1500);
        let chance = Some(Chance::Fair);
        PlaceView::Waiting {
            number,
            ahead,
            behind: 12_345,
            lane: None,
            wait,
            pace: 120,
            reason: None,
            chance,
        }
    }

    fn offer(left: u32) -> TierOffer {
        let price = Money { minor: 4950, currency: "EUR".parse().unwrap() };
        TierOffer { name: "Standing".to_owned(), price, left: Some(left) }
    }

    #[test]
    fn prices_and_what_is_left_read_well() {
        assert_eq!(tiers(&[offer(1200)]), "Standing 49.50 EUR (1,200 left)");
        let hidden = TierOffer { left: None, ..offer(3) };
        assert_eq!(tiers(&[hidden, offer(0)]), "Standing 49.50 EUR, Standing 49.50 EUR (0 left)");
        assert_eq!(tiers(&[offer(0)]), format!("Standing 49.50 EUR (0 left). {ALL_TAKEN}"));
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
            "Standing 49.50 EUR (12 left)",
            "Doors at 8",
            "Rock &amp; &lt;Roll&gt;",
            r#"http-equiv="refresh""#,
        ] {
            assert!(html.contains(text), "{text} is not in {html}");
        }
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
        assert!(
            sold_out.contains("All gone") && sold_out.contains("https:&#x2f;&#x2f;shop.example&#x2f;wait")
        );
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
            frame: &frame,
            token: "",
            now: now(),
            inside: "/e/1",
            back: None,
            problem: None,
            given: Some(&given),
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
}
