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
    /// Whether mails are asked for: the form is shown for that, or what was promised.
    pub mail: Option<Mail>,
    /// Whether the fan is signed in, so that their address is known.
    pub is_signed_in: bool,
}

/// What the page says of mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    /// The form that asks for them.
    Ask,
    /// That there will be one when the turn is near, and one when it comes.
    Both,
    /// That there will be one when the turn comes.
    One,
}

impl Mail {
    /// As it stands in the address of the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Both => "both",
            Self::One => "one",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Ask, Self::Both, Self::One].into_iter().find(|mail| mail.name() == name)
    }
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
        // Nothing is typed into a page that loads itself again.
        reloads => reloads(&texts).filter(|_| shown.mail != Some(Mail::Ask)),
        mail => shown.mail.map(Mail::name),
        is_signed_in => shown.is_signed_in,
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
mod tests;
