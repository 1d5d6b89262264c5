//! Presales: windows in which tickets are sold with a code only, before general sales or beside them. A code has a class,
//! and opens the windows of its class; it is good for a number of seats, however many fans share it.
//!
//! How many seats a code has used is counted in one place, under its lock, from the orders made with it: an order that came
//! to nothing, and a ticket that went back, count no more. Before that its live holds count too, in Redis, so that who
//! holds seats can pay for them.

pub mod code;
pub mod handler;
pub mod plan;
pub mod redeem;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::id::{EventId, PresaleCodeId, PresaleId, TierId};
use serde::{Deserialize, Serialize};

use crate::{
    invalid::{Checks, Invalid},
    offer::{NotOnSale, Offer},
};

/// For what the codes are kept.
pub const PURPOSE: &str = "presale";
/// The most windows of one event.
pub const MOST: usize = 20;
/// The longest name of a class.
const CLASS_MAX: usize = 40;

/// A window in which tickets are sold with a code only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presale {
    /// Which one.
    pub id: PresaleId,
    /// What fans read.
    pub name: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The tiers that it is about; empty for all.
    pub tiers: Vec<TierId>,
    /// Codes of these classes open it.
    pub classes: Vec<String>,
}

/// A window as its organizer writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    /// What fans read.
    pub name: String,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// The tiers that it is about; all where absent.
    #[serde(default)]
    pub tiers: Vec<TierId>,
    /// Codes of these classes open it.
    pub classes: Vec<String>,
}

/// A code that somebody wants to buy with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresaleCode {
    /// Of which event.
    pub event: EventId,
    /// Which one.
    pub id: PresaleCodeId,
    /// Which windows it opens.
    pub class: String,
    /// How many seats it is good for.
    pub seats_max: Option<i32>,
    /// Whether the organizer has taken it back.
    pub is_revoked: bool,
}

/// Why a ticket is not sold to somebody now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shut {
    /// To nobody.
    #[error(transparent)]
    NotOnSale(#[from] NotOnSale),
    /// Only with a code that they have not.
    #[error("until {until} these tickets are sold with a code only: {name}")]
    CodeNeeded {
        /// What the window is called.
        name: String,
        /// When it ends.
        until: DateTime<Utc>,
    },
}

/// How a ticket is sold to somebody now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// As to everybody.
    ToAll,
    /// Because of their code: its seats are counted.
    WithCode,
}

impl Presale {
    /// As its organizer writes it.
    pub fn written(self) -> Written {
        let Self { name, starts_at, ends_at, tiers, classes, .. } = self;
        Written { name, starts_at, ends_at, tiers, classes }
    }

    /// Whether it is about `tier` at `now`.
    pub fn covers(&self, tier: TierId, now: DateTime<Utc>) -> bool {
        self.is_open(now) && (self.tiers.is_empty() || self.tiers.contains(&tier))
    }

    /// Whether it has begun and not ended.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.starts_at <= now && now < self.ends_at
    }
}

/// Whether tickets of `tier` are sold at `now` to somebody whose code is of `class`. Inside a window they are sold with a
/// code of its classes only; outside of every window, by the general sale.
///
/// # Errors
/// [`Shut`].
pub fn opens(
    offer: &Offer,
    presales: &[Presale],
    tier: TierId,
    class: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Open, Shut> {
    let covering = || presales.iter().filter(|presale| presale.covers(tier, now));
    let Some(last) = covering().max_by_key(|presale| presale.ends_at) else {
        return Ok(offer.on_sale(now).map(|()| Open::ToAll)?);
    };
    match offer.on_sale(now) {
        Err(NotOnSale::Closed) => return Err(NotOnSale::Closed.into()),
        Ok(()) | Err(NotOnSale::NotYet(_)) => {}
    }
    let fits = |presale: &Presale| class.is_some_and(|class| presale.classes.iter().any(|one| one == class));
    if covering().any(fits) {
        Ok(Open::WithCode)
    } else {
        Err(Shut::CodeNeeded { name: last.name.clone(), until: last.ends_at })
    }
}

/// Until when tickets of `tier` are sold with a code only, if they are at `now`.
pub fn until(presales: &[Presale], tier: TierId, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    presales.iter().filter(|presale| presale.covers(tier, now)).map(|presale| presale.ends_at).max()
}

/// Whether there can be such windows for an event with these tiers.
///
/// # Errors
/// All that cannot be.
pub fn check(windows: &[Written], tiers: &[TierId]) -> Result<(), Invalid> {
    let mut checks = Checks::default();
    checks.that(windows.len() <= MOST, "/presales", format!("has at most {MOST} windows"));
    for (at, window) in windows.iter().enumerate() {
        let at = format!("/presales/{at}");
        checks.text(&window.name, 100, &format!("{at}/name"));
        checks.that(window.starts_at < window.ends_at, format!("{at}/endsAt"), "is after startsAt");
        checks.that(
            window.tiers.iter().all(|tier| tiers.contains(tier)),
            format!("{at}/tiers"),
            "are tiers of the event",
        );
        let count = window.classes.len();
        checks.that((1..=20).contains(&count), format!("{at}/classes"), "names 1 to 20 classes");
        for class in &window.classes {
            checks.text(class, CLASS_MAX, &format!("{at}/classes"));
        }
    }
    checks.done()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    fn tier(id: u128) -> TierId {
        Uuid::from_u128(id).into()
    }

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::hours(hours)
    }

    /// General sales from hour 10 to hour 20.
    fn offer() -> Offer {
        Offer {
            event: Uuid::from_u128(1).into(),
            currency: "EUR".parse().unwrap(),
            limit: 8,
            sales_start: at(10),
            sales_end: at(20),
            starts_at: at(30),
            is_published: true,
            bought: 0,
            bought_with_pass: 0,
            is_charged: false,
            has_presales: true,
        }
    }

    fn presale(name: &str, from: i64, to: i64, tiers: &[u128], classes: &[&str]) -> Presale {
        Presale {
            id: Uuid::from_u128(9).into(),
            name: name.to_owned(),
            starts_at: at(from),
            ends_at: at(to),
            tiers: tiers.iter().map(|id| tier(*id)).collect(),
            classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        }
    }

    #[test]
    fn a_window_opens_early_with_a_code_of_its_class_and_shuts_its_tiers_without() {
        let presales =
            [presale("Fans", 2, 6, &[], &["fans"]), presale("Cards", 4, 12, &[1], &["cards", "fans"])];
        let opens = |tier_id, class, hour| opens(&offer(), &presales, tier(tier_id), class, at(hour));
        let needed = |name: &str, until| Err(Shut::CodeNeeded { name: name.to_owned(), until: at(until) });
        assert_eq!(opens(1, Some("fans"), 1), Err(NotOnSale::NotYet(at(10)).into()));
        assert_eq!(opens(1, None, 2), needed("Fans", 6));
        assert_eq!(opens(1, Some("fans"), 2), Ok(Open::WithCode));
        assert_eq!(opens(1, Some("cards"), 3), needed("Fans", 6));
        assert_eq!(opens(1, Some("cards"), 4), Ok(Open::WithCode), "one of two windows is enough");
        assert_eq!(opens(2, Some("cards"), 4), needed("Fans", 6));
        assert_eq!(opens(2, Some("fans"), 6), Err(NotOnSale::NotYet(at(10)).into()), "the end is outside");
        // Beside general sales, a tier is kept for those with codes.
        assert_eq!(opens(1, None, 11), needed("Cards", 12));
        assert_eq!(opens(2, None, 11), Ok(Open::ToAll));
        assert_eq!(opens(1, Some("fans"), 12), Ok(Open::ToAll), "a code that is not needed is not used");
        assert_eq!(
            (until(&presales, tier(1), at(5)), until(&presales, tier(2), at(7))),
            (Some(at(12)), None)
        );
    }

    #[test]
    fn nothing_is_sold_after_the_end_or_of_a_draft_whatever_the_code() {
        let presales = [presale("Fans", 0, 40, &[], &["fans"])];
        assert_eq!(opens(&offer(), &presales, tier(1), Some("fans"), at(20)), Err(NotOnSale::Closed.into()));
        let draft = Offer { is_published: false, ..offer() };
        assert_eq!(opens(&draft, &presales, tier(1), Some("fans"), at(5)), Err(NotOnSale::Closed.into()));
    }
}
