//! What can be had: tickets neither sold, nor being paid, nor held. One look for all who ask within [`FRESH`].

use std::{sync::Arc, time::Duration};

use contracts::id::{EventId, TicketId};
use platform::telemetry::Chain;

use super::{Layout, rows::Rows, store};
use crate::{
    cache::{Missing, Seen},
    hold,
    state::Booking,
};

/// How old an answer may be: fans who pick seats see what others took within this time.
pub const FRESH: Duration = Duration::from_millis(250);

/// What can be had of an event, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Rises when something changed: milliseconds since 1970 at which that was seen first, or one more than the last.
    pub version: u64,
    /// Which look of this copy of the service it is; what happened after its beginning may be missing.
    pub look: u64,
    /// One bit a ticket, least significant bit first; 1 where it can be had.
    pub bits: Vec<u8>,
    /// How many tickets of each tier can be had, in the order of the tiers.
    pub tiers: Vec<u32>,
    /// Whether holds are missing, because Redis was away.
    pub without_holds: bool,
}

impl Snapshot {
    /// Everything of `layout` but `taken`. The version is the one before where nothing is different, else a new one.
    pub fn of(layout: &Layout, taken: &[TicketId], before: Option<&Self>, now_millis: u64) -> Self {
        let mut bits = vec![0_u8; layout.tickets.len().div_ceil(8)];
        for (ticket, _) in layout.numbered() {
            set(&mut bits, ticket, true);
        }
        for ticket in taken {
            set(&mut bits, *ticket, false);
        }
        let mut tiers = vec![0; layout.tiers.len()];
        for (_, ticket) in layout.numbered().filter(|(id, _)| has(&bits, *id)) {
            if let Some(count) = tiers.get_mut(ticket.tier) {
                *count += 1;
            }
        }
        let version = match before {
            Some(before) if before.bits == bits => before.version,
            Some(before) => now_millis.max(before.version + 1),
            None => now_millis,
        };
        Self { version, look: 0, bits, tiers, without_holds: false }
    }

    /// Whether the ticket's bit is set.
    pub fn bit(bits: &[u8], ticket: TicketId) -> bool {
        has(bits, ticket)
    }

    /// Sets the ticket's bit, or clears it.
    pub fn set(bits: &mut [u8], ticket: TicketId, available: bool) {
        set(bits, ticket, available);
    }

    /// Whether the ticket can be had.
    pub fn has(&self, ticket: TicketId) -> bool {
        has(&self.bits, ticket)
    }

    /// How many tickets can be had.
    pub fn total(&self) -> u32 {
        self.tiers.iter().sum()
    }
}

/// What can be had of `event`; at most [`FRESH`] old, or stale and said to be.
///
/// # Errors
/// [`Missing`].
pub async fn snapshot(app: &Booking, event: EventId) -> Result<Seen<Arc<Snapshot>>, Missing> {
    let mut seen = app.views.snapshots.get(event, look(app, event)).await?;
    seen.stale |= seen.value.without_holds;
    Ok(seen)
}

/// Everything that `event` sells.
///
/// # Errors
/// [`Missing`].
pub async fn layout(app: &Booking, event: EventId) -> Result<Arc<Layout>, Missing> {
    let load = async {
        match store::layout(&app.catalog, event).await? {
            Some(layout) => Ok(Arc::new(layout)),
            None => Err(Missing::Unknown),
        }
    };
    app.views.layouts.try_get_with(event, load).await.map_err(|missing| Missing::clone(&missing))
}

/// The seats as they stand beside one another.
///
/// # Errors
/// [`Missing`].
pub async fn rows(app: &Booking, event: EventId) -> Result<Arc<Rows>, Missing> {
    if let Some(rows) = app.views.rows.get(&event).await {
        return Ok(rows);
    }
    let layout = layout(app, event).await?;
    Ok(app.views.rows.get_with(event, async { Arc::new(Rows::of(&layout)) }).await)
}

async fn look(app: &Booking, event: EventId) -> Result<Arc<Snapshot>, Missing> {
    let layout = layout(app, event).await?;
    let look = app.views.picks.look();
    let now = app.clock.now();
    let mut taken = store::taken(&app.catalog, event, now).await?;
    let held = hold::store::held(&mut app.redis.clone(), event).await;
    let without_holds = held.is_err();
    match held {
        Ok(held) => taken.extend(held),
        Err(error) => tracing::warn!(error = %Chain(&error), event.id = %event, "holds are not known"),
    }
    let before = app.views.snapshots.last(event).await;
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    let snapshot = Snapshot::of(&layout, &taken, before.as_deref(), millis);
    Ok(Arc::new(Snapshot { look, without_holds, ..snapshot }))
}

fn at(ticket: TicketId) -> Option<(usize, u8)> {
    let number = usize::try_from(ticket.number()).ok()?;
    Some((number / 8, 1 << (number % 8)))
}

fn set(bits: &mut [u8], ticket: TicketId, available: bool) {
    let Some((byte, bit)) = at(ticket) else { return };
    let Some(byte) = bits.get_mut(byte) else { return };
    if available { *byte |= bit } else { *byte &= !bit }
}

fn has(bits: &[u8], ticket: TicketId) -> bool {
    at(ticket).is_some_and(|(byte, bit)| bits.get(byte).is_some_and(|byte| byte & bit != 0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use contracts::id::TierId;
    use uuid::Uuid;

    use super::*;
    use crate::{catalog::event::Tier, seat::Ticket};

    fn layout(tickets: usize) -> Layout {
        let tier = Tier {
            id: TierId::from(Uuid::from_u128(1)),
            name: "Standing".to_owned(),
            price_minor: 1,
            general_admission: true,
        };
        Layout {
            event: Uuid::from_u128(2).into(),
            currency: "EUR".parse().unwrap(),
            tiers: vec![tier],
            tickets: vec![Ticket { tier: 0, seat: None }; tickets],
            focal_points: BTreeMap::new(),
        }
    }

    fn ticket(number: u32) -> TicketId {
        TicketId::new(number).unwrap()
    }

    #[test]
    fn a_bit_is_set_where_a_ticket_can_be_had() {
        let layout = layout(11);
        let all = Snapshot::of(&layout, &[], None, 5);
        assert_eq!((all.bits.as_slice(), all.tiers.as_slice()), ([0xff, 0b111].as_slice(), [11].as_slice()));
        let some = Snapshot::of(&layout, &[ticket(0), ticket(9), ticket(9), ticket(700)], Some(&all), 5);
        assert_eq!((some.bits.as_slice(), some.total()), ([0xfe, 0b101].as_slice(), 9));
        assert!(some.has(ticket(1)) && !some.has(ticket(9)) && !some.has(ticket(11)));
    }

    #[test]
    fn the_version_rises_only_with_a_change_and_never_falls() {
        let layout = layout(3);
        let first = Snapshot::of(&layout, &[], None, 1000);
        assert_eq!(Snapshot::of(&layout, &[], Some(&first), 2000).version, 1000);
        let second = Snapshot::of(&layout, &[ticket(1)], Some(&first), 900);
        assert_eq!(second.version, 1001);
    }
}
