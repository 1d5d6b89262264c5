//! The queue page: what a fan's frame says, as texts. The script of the page says it in the same words, which come with the page.

pub mod handler;

use chrono::{DateTime, Utc};
use contracts::{
    frame::{Chance, Frame, PlaceView, RiseReason, TierOffer},
    id::EventId,
    language::Language,
};
use minijinja::{Value, context, value::Serde};
use serde::Serialize;
use url::form_urlencoded;
use words::choice;

use super::{
    render,
    words::{clock, countdown, message, own, prices, say, script, span},
};
use crate::{
    look::{
        known::Dressed,
        page::{self, Seen},
    },
    room::Room,
    shield::judge::Given,
};

/// How often the page reloads itself where there are no scripts, near the front and far back, in seconds. Near the front a
/// turn may come at any moment and be over in ten seconds, which is the shortest that an organizer may set.
const RELOADS: [u64; 2] = [5, 20];
/// By how many seconds more at most, so that a full room does not come back in one second.
const SPREAD: u64 = 10;
/// How many people ahead are "near".
const NEAR: u64 = 200;

/// The only script that stands in the page itself: where the page's own script did not come, which no `noscript` notices, it
/// loads the page anew after 30 to 34 seconds. The policy of the page names its hash.
pub const GUARD: &str =
    "setTimeout(()=>document.documentElement.dataset.runs||location.reload(),30000+4000*Math.random())";

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The room.
    pub room: &'a Room,
    /// How its pages look.
    pub look: &'a Dressed,
    /// Whether the page is only looked at: then it takes no place and does nothing.
    pub seen: Option<&'a Seen<'a>>,
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
    /// In which language the fan reads.
    pub language: Language,
    /// Whether the fan is signed in, so that their address is known.
    pub is_signed_in: bool,
}

impl<'a> Shown<'a> {
    /// Where somebody stands who has nothing to do: without a place to keep, and nothing asked.
    pub fn bare(
        room: &'a Room,
        look: &'a Dressed,
        frame: &'a Frame,
        now: DateTime<Utc>,
        inside: &'a str,
        language: Language,
    ) -> Self {
        let (seen, token, back, problem, given, mail) = (None, "", None, None, None, None);
        let is_signed_in = false;
        Self {
            room,
            look,
            seen,
            frame,
            token,
            now,
            inside,
            back,
            problem,
            given,
            mail,
            language,
            is_signed_in,
        }
    }
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
    line: Option<Line>,
    draw: Option<(u64, Option<DateTime<Utc>>, String)>,
    why: String,
    event: Option<EventId>,
    claim_by: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    reason: Option<RiseReason>,
    chance: Option<String>,
    waitlist: Option<String>,
}

struct Line {
    ahead: u64,
    behind: u64,
    wait: String,
    pace: String,
}

/// One price category, as the page shows it.
#[derive(Serialize)]
struct Tier<'a> {
    name: &'a str,
    price: String,
    left: String,
}

/// The page, as HTML.
///
/// # Errors
/// Never: a test renders it in every state.
pub fn page(shown: &Shown<'_>) -> Result<String, minijinja::Error> {
    render("queue.html", values(shown))
}

fn values(shown: &Shown<'_>) -> Value {
    let language = shown.language;
    let texts = match shown.given {
        Some(_) => Texts { state: "proving", ..Texts::default() },
        None => texts(language, &shown.frame.place),
    };
    let line = texts.line.as_ref();
    let position = line.map(|line| line.ahead + 1);
    let event = texts.event.unwrap_or(shown.room.event);
    let instant = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339()).unwrap_or_default();
    let headline = say(language, &format!("live.state.{}", texts.state), &[]);
    let count = |count: Option<u64>| count.map(|n| ::words::count(language, n)).unwrap_or_default();
    let time = |at: Option<DateTime<Utc>>| at.map(|at| clock(language, at, shown.now));
    let draw = texts.draw.as_ref();
    let opens = draw.and_then(|(_, opens, _)| *opens);
    let offers = shown.frame.tiers.as_deref().unwrap_or_default();
    context! {
        title => title(shown, &headline, position),
        name => shown.room.name.as_str(),
        room => shown.room.id.to_string(),
        event => event.to_string(),
        token => shown.token,
        inside => shown.inside,
        back => shown.back,
        now => shown.now.to_rfc3339(),
        state => texts.state,
        headline => headline,
        message => message(language, shown.frame.message.as_deref(), texts.reason),
        position => count(position),
        number => position,
        ahead => count(line.map(|line| line.ahead)),
        behind => count(line.map(|line| line.behind)),
        wait => line.map_or("", |line| line.wait.as_str()),
        pace => line.map_or("", |line| line.pace.as_str()),
        why => own(language, &texts.why),
        entries => count(draw.map(|(entries, ..)| *entries)),
        opens_at => instant(opens),
        opens => time(opens).unwrap_or_else(|| say(language, "draw.open", &[])),
        commitment => draw.map_or("", |(.., commitment)| commitment),
        chance => texts.chance.as_deref(),
        prices => prices(language, offers),
        tiers => Value::from(Serde(offers.iter().map(|offer| tier(language, offer)).collect::<Vec<_>>())),
        is_taken => !offers.is_empty() && offers.iter().all(|tier| tier.left == Some(0)),
        waitlist => texts.waitlist.as_deref(),
        claim_by => instant(texts.claim_by),
        until => instant(texts.until),
        until_text => time(texts.until).unwrap_or_default(),
        left => texts.claim_by.map(|by| countdown(by, shown.now)).unwrap_or_default(),
        // Nothing is typed into a page that loads itself again.
        reloads => reloads(&texts).filter(|_| shown.mail != Some(Mail::Ask) && shown.seen.is_none()),
        ..with_forms(shown)
    }
}

/// What the forms, the links and the script of the page need.
fn with_forms(shown: &Shown<'_>) -> Value {
    let (language, given) = (shown.language, shown.given);
    let mut query = form_urlencoded::Serializer::new(String::new());
    let query = query.extend_pairs(shown.back.map(|back| ("back", back))).finish();
    let (path, query) = match shown.seen {
        Some(seen) => (seen.path.to_owned(), seen.query(seen.scene)),
        None => (format!("/queue/{}", shown.room.id), query),
    };
    // Nothing in it ends the element that it stands in.
    let words = script(language).to_string().replace('<', "\\u003c");
    context! {
        language => language.code(),
        languages => Value::from(Serde(choice::links_to(shown.look.look.offered(), language, &path, Some(&query)))),
        look => page::values(shown.look, shown.room, language, shown.seen),
        seen => shown.seen.map(|seen| seen.links(language)),
        guard => Value::from_safe_string(GUARD.to_owned()),
        words => Value::from_safe_string(words),
        mail => shown.mail.map(Mail::name),
        is_signed_in => shown.is_signed_in,
        problem => shown.problem,
        challenge => given.map(|given| given.text.as_str()),
        difficulty => given.map(|given| given.challenge.difficulty),
        wait_until => given.map(|given| given.challenge.wait_until().to_rfc3339()),
        proof_wait => given.map(|given| given.challenge.wait),
    }
}

fn title(shown: &Shown<'_>, headline: &str, position: Option<u64>) -> String {
    let (name, language) = (shown.room.name.as_str(), shown.language);
    match (position, &shown.frame.place) {
        (Some(position), _) => format!("({}) {name}", ::words::count(language, position)),
        (None, PlaceView::Called { .. }) => say(language, "live.turn", &[("name", name.into())]),
        (None, _) => format!("{headline}: {name}"),
    }
}

fn texts(language: Language, place: &PlaceView) -> Texts {
    match place {
        PlaceView::Waiting { ahead, behind, wait, pace, reason, chance, .. } => Texts {
            state: "waiting",
            line: Some(Line {
                ahead: *ahead,
                behind: *behind,
                wait: wait
                    .map_or_else(|| say(language, "live.wait.unknown", &[]), |wait| span(language, wait)),
                pace: say(language, "live.pace", &[("count", u64::from(*pace).into())]),
            }),
            reason: *reason,
            chance: chance.map(|chance| say(language, self::chance(chance), &[])),
            ..Texts::default()
        },
        PlaceView::Paused { ahead, behind, why, .. } => Texts {
            state: "paused",
            line: Some(Line {
                ahead: *ahead,
                behind: *behind,
                wait: say(language, "live.wait.paused", &[]),
                pace: say(language, "live.pace.paused", &[]),
            }),
            why: why.clone(),
            ..Texts::default()
        },
        PlaceView::SoldOut { why, waitlist, .. } => {
            Texts { waitlist: waitlist.clone(), ..plain("soldOut", why) }
        }
        PlaceView::Free { event, why } => Texts { event: Some(*event), ..plain("free", why) },
        PlaceView::Lobby { entries, opens_at, commitment } => {
            Texts { draw: Some((*entries, *opens_at, commitment.clone())), ..plain("lobby", "") }
        }
        PlaceView::Drawing { entries } => {
            Texts { draw: Some((*entries, None, String::new())), ..plain("drawing", "") }
        }
        PlaceView::Called { claim_by, event, .. } => {
            Texts { event: Some(*event), claim_by: Some(*claim_by), ..plain("called", "") }
        }
        PlaceView::Active { event, until } => {
            Texts { event: Some(*event), until: Some(*until), ..plain("active", "") }
        }
        PlaceView::Ended { why } => plain("ended", why),
        PlaceView::Unknown => plain("unknown", ""),
    }
}

fn plain(state: &'static str, why: &str) -> Texts {
    Texts { state, why: why.to_owned(), ..Texts::default() }
}

/// The sentence that says the chance of a ticket, in a word.
const fn chance(chance: Chance) -> &'static str {
    match chance {
        Chance::High => "live.chance.high",
        Chance::Fair => "live.chance.fair",
        Chance::Low => "live.chance.low",
        Chance::None => "live.chance.none",
    }
}

fn tier(language: Language, tier: &TierOffer) -> Tier<'_> {
    let left = tier.left.map(|left| say(language, "live.left", &[("count", u64::from(left).into())]));
    Tier { name: &tier.name, price: ::words::money(language, tier.price), left: left.unwrap_or_default() }
}

/// After how many seconds the page looks again by itself; never while there is something to press.
fn reloads(texts: &Texts) -> Option<u64> {
    let [near, far] = RELOADS;
    match (&texts.line, texts.state) {
        (Some(line), _) if line.ahead < NEAR => Some(near),
        (Some(line), _) => Some(far + line.ahead % (SPREAD + 1)),
        (None, "unknown" | "drawing") => Some(near),
        (None, "lobby") => Some(far),
        // Seats may come back, but not every moment.
        (None, "soldOut") => Some(3 * far),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests;
