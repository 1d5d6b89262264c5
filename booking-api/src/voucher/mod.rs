//! Vouchers: codes of an organizer that lower what an order costs. A voucher lies on a hold, and lowers the face value of
//! those of its tickets that it is good for; fees and taxes follow the lower value. It counts once for an order, in the
//! order's own transaction, and is given back with an order that comes to nothing.

pub mod apply;
pub mod handler;
pub mod import;
pub mod list;
pub mod redeem;
pub mod revoke;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::id::{EventId, TierId, VoucherId};
use serde::Deserialize;

use crate::code::{self, Code, Names, Text};

/// For what the codes are kept.
pub const PURPOSE: &str = "voucher";

/// What a voucher does to one face value. All in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// So much less.
    Off(i64),
    /// Less by this share, in parts per million.
    Share(i32),
    /// This, where it is less.
    Price(i64),
}

/// What a voucher does, and to which tickets. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What.
    pub effect: Effect,
    /// The tiers that it is good for; empty for all.
    pub tiers: Vec<TierId>,
}

impl Terms {
    /// How much less a ticket of `tier` costs whose face value is `face`: never more than that.
    pub fn off(&self, tier: TierId, face: i64) -> i64 {
        if !self.tiers.is_empty() && !self.tiers.contains(&tier) {
            return 0;
        }
        match self.effect {
            Effect::Off(off) => off.min(face),
            Effect::Share(ppm) => {
                let exact = i128::from(face) * i128::from(ppm);
                i64::try_from((2 * exact + 1_000_000) / 2_000_000).unwrap_or(face)
            }
            Effect::Price(price) => face - price.min(face),
        }
    }
}

/// A voucher, and how far it was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// Of which event.
    pub event: EventId,
    /// Which one.
    pub id: VoucherId,
    /// What it does.
    pub terms: Terms,
    /// Until when it is good.
    pub valid_until: Option<DateTime<Utc>>,
    /// How many orders may use it.
    pub uses_max: Option<i32>,
    /// How many of one account may.
    pub per_person: Option<i32>,
    /// How much it may take off in all.
    pub budget: Option<i64>,
    /// How many orders use it.
    pub uses: i32,
    /// How much it took off in all.
    pub spent: i64,
    /// Whether the organizer has taken it back.
    pub is_revoked: bool,
}

/// Why a voucher does nothing for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The event has none with this code.
    #[error("the event has no such voucher")]
    Unknown,
    /// Its time is over, or the organizer has taken it back.
    #[error("the voucher is good no longer")]
    Over,
    /// As many orders use it as may.
    #[error("the voucher was used as often as it may be")]
    UsedUp,
    /// The account uses it as often as one may.
    #[error("one account may use the voucher {0} times")]
    PerPerson(i32),
    /// It may take off less than this order would have.
    #[error("the voucher may take off {0} more")]
    Budget(i64),
    /// It lowers the price of none of the tickets.
    #[error("the voucher lowers the price of none of these tickets")]
    Unfit,
}

impl Voucher {
    /// Whether an order of an account that uses it in `own` others can use it to pay `discount` less.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(&self, own: i64, discount: i64, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.is_revoked || self.valid_until.is_some_and(|until| now >= until) {
            Err(Refusal::Over)
        } else if self.uses_max.is_some_and(|most| self.uses >= most) {
            Err(Refusal::UsedUp)
        } else if let Some(most) = self.per_person.filter(|most| own >= i64::from(*most)) {
            Err(Refusal::PerPerson(most))
        } else if discount == 0 {
            Err(Refusal::Unfit)
        } else if let Some(left) =
            self.budget.map(|budget| budget - self.spent).filter(|left| discount > *left)
        {
            Err(Refusal::Budget(left))
        } else {
            Ok(())
        }
    }
}

/// A voucher as its organizer writes it down.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    code: String,
    off: Option<Text>,
    off_ppm: Option<Text>,
    price: Option<Text>,
    tiers: Option<Names>,
    valid_until: Option<Text>,
    uses: Option<Text>,
    per_person: Option<Text>,
    budget: Option<Text>,
    label: Option<Text>,
}

/// A voucher that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVoucher {
    /// Its code.
    pub code: Code,
    /// What it does.
    pub terms: Terms,
    /// Until when it is good.
    pub valid_until: Option<DateTime<Utc>>,
    /// How many orders may use it.
    pub uses_max: Option<i32>,
    /// How many of one account may.
    pub per_person: Option<i32>,
    /// How much it may take off in all.
    pub budget: Option<i64>,
    /// A word of the organizer's.
    pub label: Option<String>,
}

impl Written {
    /// What is meant; `tiers` are those of the event.
    ///
    /// # Errors
    /// What is wrong, in words for the organizer.
    pub fn read(&self, tiers: &[(TierId, String)]) -> Result<NewVoucher, String> {
        let off = code::number(self.off.as_ref(), "off", 1)?.map(Effect::Off);
        let share = code::number(self.off_ppm.as_ref(), "offPpm", 1)?.map(Effect::Share);
        let price = code::number(self.price.as_ref(), "price", 0)?.map(Effect::Price);
        let effects: Vec<Effect> = [off, share, price].into_iter().flatten().collect();
        let &[effect] = effects.as_slice() else {
            return Err("a voucher has exactly one of off, offPpm and price".to_owned());
        };
        if matches!(effect, Effect::Share(ppm) if ppm > 1_000_000) {
            return Err("offPpm is at most 1000000 (all of it)".to_owned());
        }
        let valid_until = match self.valid_until.as_ref().and_then(Text::said) {
            Some(text) => Some(text.parse().map_err(|_| "validUntil is an instant (RFC 3339)".to_owned())?),
            None => None,
        };
        Ok(NewVoucher {
            code: code::read(&self.code)?,
            terms: Terms { effect, tiers: named(self.tiers.as_ref(), tiers)? },
            valid_until,
            uses_max: code::uses(self.uses.as_ref(), "uses")?,
            per_person: code::number(self.per_person.as_ref(), "perPerson", 1)?,
            budget: code::number(self.budget.as_ref(), "budget", 1)?,
            label: code::label(self.label.as_ref())?,
        })
    }
}

/// The tiers that are named, by their ids or by their names.
///
/// # Errors
/// The name of which there is none.
pub(crate) fn named(names: Option<&Names>, tiers: &[(TierId, String)]) -> Result<Vec<TierId>, String> {
    let find = |name: String| {
        let found = tiers.iter().find(|(id, of)| *of == name || id.to_string() == name);
        found.map(|(id, _)| *id).ok_or_else(|| format!("the event has no tier {name}"))
    };
    names.map(Names::all).unwrap_or_default().into_iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn tier(id: u128) -> TierId {
        Uuid::from_u128(id).into()
    }

    fn voucher() -> Voucher {
        Voucher {
            event: Uuid::from_u128(1).into(),
            id: Uuid::from_u128(2).into(),
            terms: Terms { effect: Effect::Off(500), tiers: Vec::new() },
            valid_until: None,
            uses_max: Some(2),
            per_person: Some(1),
            budget: Some(1000),
            uses: 0,
            spent: 0,
            is_revoked: false,
        }
    }

    #[test]
    fn a_voucher_lowers_the_face_value_of_its_tiers_and_never_below_nothing() {
        let off = |effect, face| Terms { effect, tiers: vec![tier(1)] }.off(tier(1), face);
        assert_eq!((off(Effect::Off(500), 4950), off(Effect::Off(500), 300)), (500, 300));
        assert_eq!((off(Effect::Share(333_333), 100), off(Effect::Share(1_000_000), 4950)), (33, 4950));
        assert_eq!((off(Effect::Price(1000), 4950), off(Effect::Price(1000), 900)), (3950, 0));
        assert_eq!(Terms { effect: Effect::Off(500), tiers: vec![tier(1)] }.off(tier(2), 4950), 0);
        assert_eq!(Terms { effect: Effect::Off(500), tiers: Vec::new() }.off(tier(2), 4950), 500);
    }

    #[test]
    fn a_voucher_says_why_it_does_nothing() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let one = voucher();
        assert_eq!(one.check(0, 500, now), Ok(()));
        assert_eq!(one.check(1, 500, now), Err(Refusal::PerPerson(1)));
        assert_eq!(one.check(0, 0, now), Err(Refusal::Unfit));
        assert_eq!(one.check(0, 1001, now), Err(Refusal::Budget(1000)));
        assert_eq!(Voucher { uses: 2, ..one.clone() }.check(0, 500, now), Err(Refusal::UsedUp));
        assert_eq!(Voucher { spent: 600, ..one.clone() }.check(0, 500, now), Err(Refusal::Budget(400)));
        assert_eq!(Voucher { valid_until: Some(now), ..one.clone() }.check(0, 500, now), Err(Refusal::Over));
        assert_eq!(Voucher { is_revoked: true, ..one }.check(0, 500, now), Err(Refusal::Over));
    }

    #[test]
    fn what_is_written_says_what_it_does_or_what_is_wrong() {
        let tiers = [(tier(1), "Gold".to_owned())];
        let read = |body| serde_json::from_value::<Written>(body).unwrap().read(&tiers);
        let full = read(json!({"code": "abc-123", "offPpm": "250000", "tiers": "Gold", "uses": "many",
                               "validUntil": "2027-06-01T12:00:00Z", "perPerson": 2, "budget": 10_000}));
        let full = full.unwrap();
        assert_eq!(full.terms, Terms { effect: Effect::Share(250_000), tiers: vec![tier(1)] });
        assert_eq!((full.uses_max, full.per_person, full.budget), (None, Some(2), Some(10_000)));
        assert_eq!(read(json!({"code": "ABC123", "price": 0})).unwrap().uses_max, Some(1));
        for wrong in [
            json!({"code": "ABC123"}),
            json!({"code": "ABC123", "off": 1, "price": 1}),
            json!({"code": "ABC123", "off": 0}),
            json!({"code": "ABC123", "offPpm": 1_000_001}),
            json!({"code": "ABC", "off": 1}),
            json!({"code": "ABC123", "off": 1, "tiers": ["Silver"]}),
            json!({"code": "ABC123", "off": 1, "validUntil": "tomorrow"}),
            json!({"code": "ABC123", "off": 1, "uses": 0}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_ever_lowered_below_nothing_or_raised(
            face in 0..i64::MAX / 4, off in 1..i64::MAX / 4, ppm in 1..=1_000_000, kind in 0..3,
        ) {
            let effect = [Effect::Off(off), Effect::Share(ppm), Effect::Price(off)][usize::try_from(kind).unwrap()];
            let less = Terms { effect, tiers: Vec::new() }.off(tier(1), face);
            prop_assert!((0..=face).contains(&less));
        }
    }
}
