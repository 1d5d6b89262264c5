//! The waitlist of an event: seats that come back are first offered to who waits, in the order of entry, and wait for their
//! answer for a while; what nobody on the list can use goes on general sale.
//!
//! All of it is in Postgres. A seat that comes back is *kept* in the transaction that frees it ([`crate::sale::store::free`]);
//! a loop offers what is kept, one transaction an event, under the lock of the list. An offer is accepted by an ordinary
//! hold on its seats and an ordinary order, whose transaction ends the offer.

pub mod accept;
pub mod enter;
pub mod handler;
pub mod leave;
pub mod manage;
pub mod offer;
pub mod store;
pub mod view;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, EventId, TicketId, TierId, WaitlistEntryId, WaitlistOfferId};
use serde::Serialize;

/// How long an offer lasts where the organizer says nothing.
pub const OFFER_LASTS: TimeDelta = TimeDelta::minutes(30);

/// A waitlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waitlist {
    /// Of which event.
    pub event: EventId,
    /// Whether somebody may enter.
    pub is_open: bool,
    /// How long an offer lasts.
    pub offer_lasts: TimeDelta,
}

/// Somebody on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which one.
    pub id: WaitlistEntryId,
    /// Of which event.
    pub event: EventId,
    /// Its place in the order of entry.
    pub n: i64,
    /// Whose.
    pub account: AccountId,
    /// How many tickets.
    pub quantity: u32,
    /// The tiers that will do; empty for all.
    pub tiers: Vec<TierId>,
    /// Where it stands.
    pub state: EntryState,
    /// Since when.
    pub entered_at: DateTime<Utc>,
}

/// Where an entry stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EntryState {
    /// It waits for seats.
    Waiting,
    /// Seats wait for it.
    Offered,
    /// It took them.
    Accepted,
    /// It let them go.
    Lapsed,
    /// The fan left.
    Left,
    /// The organizer removed it.
    Removed,
}

/// Seats that wait for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Which offer.
    pub id: WaitlistOfferId,
    /// To whom.
    pub account: AccountId,
    /// Until when.
    pub until: DateTime<Utc>,
    /// The seats.
    pub tickets: Vec<TicketId>,
}

impl EntryState {
    const ALL: [Self; 6] =
        [Self::Waiting, Self::Offered, Self::Accepted, Self::Lapsed, Self::Left, Self::Removed];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Lapsed => "lapsed",
            Self::Left => "left",
            Self::Removed => "removed",
        }
    }

    /// The state with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Entry {
    /// Whether tickets of `tier` will do.
    pub fn takes(&self, tier: TierId) -> bool {
        self.tiers.is_empty() || self.tiers.contains(&tier)
    }
}

/// A seat that is kept, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The seat.
    pub ticket: TicketId,
    /// Its tier.
    pub tier: TierId,
    /// Since when nobody is offered it.
    pub since: DateTime<Utc>,
}

/// What becomes of seats that are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// To whom which are offered, in the order of entry.
    pub offers: Vec<(WaitlistEntryId, Vec<TicketId>)>,
    /// What goes on general sale.
    pub free: Vec<TicketId>,
}

/// Shares seats out among `waiting`, who are in the order of entry. Who wants several gets them of one tier, together or
/// not at all: who cannot be served keeps their place, and those behind may be. A seat that is left over is kept on for who
/// could use it with more, but no longer than `patience`: then it goes on general sale, like all that nobody wants.
pub fn share(kept: &[Kept], waiting: &[Entry], patience: TimeDelta, now: DateTime<Utc>) -> Shares {
    let mut left = kept.to_vec();
    let mut shares = Shares::default();
    let mut unserved = Vec::new();
    for entry in waiting {
        let wanted = usize::try_from(entry.quantity).unwrap_or(usize::MAX);
        let of = |tier: TierId| left.iter().filter(move |seat| seat.tier == tier);
        let tier =
            left.iter().map(|seat| seat.tier).find(|tier| entry.takes(*tier) && of(*tier).count() >= wanted);
        let Some(tier) = tier else {
            unserved.push(entry);
            continue;
        };
        let tickets: Vec<TicketId> = of(tier).take(wanted).map(|seat| seat.ticket).collect();
        left.retain(|seat| !tickets.contains(&seat.ticket));
        shares.offers.push((entry.id, tickets));
    }
    let is_wanted = |seat: &Kept| unserved.iter().any(|entry| entry.takes(seat.tier));
    let is_free = |seat: &&Kept| !is_wanted(seat) || seat.since + patience <= now;
    shares.free = left.iter().filter(is_free).map(|seat| seat.ticket).collect();
    shares
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn tier(id: u8) -> TierId {
        Uuid::from_u128(id.into()).into()
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::minutes(minutes)
    }

    fn seat(number: u32, of: u8, since: i64) -> Kept {
        Kept { ticket: TicketId::new(number).unwrap(), tier: tier(of), since: at(since) }
    }

    fn entry(n: u32, quantity: u32, tiers: &[u8]) -> Entry {
        Entry {
            id: Uuid::from_u128(n.into()).into(),
            event: Uuid::from_u128(1).into(),
            n: n.into(),
            account: Uuid::from_u128(u128::from(n) + 100).into(),
            quantity,
            tiers: tiers.iter().map(|id| tier(*id)).collect(),
            state: EntryState::Waiting,
            entered_at: at(0),
        }
    }

    /// `(entry, tickets)` of each offer, and the numbers that are free, at minute `now` with a patience of 30.
    fn shared(kept: &[Kept], waiting: &[Entry], now: i64) -> (Vec<(u128, Vec<u32>)>, Vec<u32>) {
        let shares = share(kept, waiting, OFFER_LASTS, at(now));
        let numbers = |tickets: Vec<TicketId>| tickets.into_iter().map(TicketId::number).collect::<Vec<_>>();
        let offers = shares.offers.into_iter().map(|(id, tickets)| (id.uuid().as_u128(), numbers(tickets)));
        (offers.collect(), numbers(shares.free))
    }

    #[test]
    fn seats_are_offered_in_the_order_of_entry_to_whom_they_are_enough_for() {
        let kept = [seat(1, 1, 0), seat(2, 1, 0), seat(3, 2, 0)];
        let waiting = [entry(1, 1, &[2]), entry(2, 2, &[]), entry(3, 1, &[])];
        assert_eq!(shared(&kept, &waiting, 0), (vec![(1, vec![3]), (2, vec![1, 2])], vec![]));
        // Two of one tier, or none.
        let kept = [seat(1, 1, 0), seat(3, 2, 0)];
        assert_eq!(shared(&kept, &waiting[1..], 0), (vec![(3, vec![1])], vec![]));
    }

    #[test]
    fn what_nobody_can_use_goes_on_general_sale_and_nothing_is_kept_for_ever() {
        let kept = [seat(1, 1, 0), seat(3, 2, 5)];
        assert_eq!(shared(&kept, &[], 0), (vec![], vec![1, 3]));
        let waiting = [entry(1, 2, &[1])];
        assert_eq!(shared(&kept, &waiting, 29), (vec![], vec![3]), "one may come to the other");
        assert_eq!(shared(&kept, &waiting, 30), (vec![], vec![1, 3]));
    }

    proptest! {
        /// No seat is given twice or lost, nobody gets two offers, and nobody is passed over who could have been served.
        #[test]
        fn the_list_is_served_in_its_order(
            tiers in prop::collection::vec(1..4_u8, 0..12),
            wishes in prop::collection::vec((1..4_u32, prop::collection::vec(1..4_u8, 0..3)), 0..8),
        ) {
            let kept: Vec<Kept> = (0..).zip(&tiers).map(|(number, of)| seat(number, *of, 0)).collect();
            let waiting: Vec<Entry> = (1..).zip(&wishes).map(|(n, (quantity, tiers))| entry(n, *quantity, tiers)).collect();
            let shares = share(&kept, &waiting, OFFER_LASTS, at(0));
            let mut given: Vec<TicketId> = shares.offers.iter().flat_map(|(_, tickets)| tickets.clone()).collect();
            given.extend(&shares.free);
            let mut once = given.clone();
            once.sort_unstable();
            once.dedup();
            prop_assert_eq!(once.len(), given.len());
            let mut left = kept.clone();
            for entry in &waiting {
                let wanted = usize::try_from(entry.quantity).unwrap();
                let enough = |of: u8| entry.takes(tier(of)) && left.iter().filter(|seat| seat.tier == tier(of)).count() >= wanted;
                let offered = shares.offers.iter().find(|(id, _)| *id == entry.id);
                prop_assert_eq!(offered.is_some(), (1..4).any(enough));
                if let Some((_, tickets)) = offered {
                    prop_assert_eq!(tickets.len(), wanted);
                    let of: Vec<TierId> = left.iter().filter(|seat| tickets.contains(&seat.ticket)).map(|seat| seat.tier).collect();
                    prop_assert!(of.len() == wanted && of.iter().all(|tier| *tier == of[0] && entry.takes(*tier)));
                    left.retain(|seat| !tickets.contains(&seat.ticket));
                }
            }
        }
    }
}
