//! What can be had: tickets neither sold, nor being paid, nor held. One look for all who ask within [`FRESH`].

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use contracts::id::{EventId, TicketId};
use platform::{postgres::StoreError, telemetry::Chain};

use super::{
    Layout,
    feed::{Published, publish},
    rows::Rows,
    store,
};
use crate::{
    cache::{Missing, Seen},
    catalog::event::{Tier, overview},
    presale,
    state::Booking,
};

/// How old an answer may be: fans who pick seats see what others took within this time.
pub const FRESH: Duration = Duration::from_millis(250);

/// What can be had of an event, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Rises when something changed, at all copies of the service alike; 0 where holds are missing, which is no version.
    pub version: u64,
    /// When the look began that saw it, by the clock of Redis in milliseconds; what happened later may be missing.
    pub look: u64,
    /// One bit a ticket, least significant bit first; 1 where it can be had.
    pub bits: Vec<u8>,
    /// How many tickets of each tier can be had, in the order of the tiers.
    pub tiers: Vec<u32>,
    /// Whether holds are missing, because Redis was away.
    pub without_holds: bool,
    /// What it was published with: how it came from the versions before.
    pub published: Option<Arc<Published>>,
}

impl Snapshot {
    /// What is published of `layout`.
    pub fn of(layout: &Layout, published: Arc<Published>) -> Self {
        let (version, look, bits) = (published.version, published.looked_at, published.bits.clone());
        let tiers = count(layout, &bits);
        Self { version, look, bits, tiers, without_holds: false, published: Some(published) }
    }

    /// What is left when nobody knows the holds: these bits are no version.
    pub fn without_holds(layout: &Layout, bits: Vec<u8>) -> Self {
        let tiers = count(layout, &bits);
        Self { version: 0, look: 0, bits, tiers, without_holds: true, published: None }
    }

    /// One bit a ticket: everything of `layout` but `taken`.
    pub fn bits(layout: &Layout, taken: &[TicketId]) -> Vec<u8> {
        let mut bits = vec![0_u8; layout.tickets.len().div_ceil(8)];
        for (ticket, _) in layout.numbered() {
            set(&mut bits, ticket, true);
        }
        for ticket in taken {
            set(&mut bits, *ticket, false);
        }
        bits
    }

    /// Whether the ticket's bit is set.
    pub fn bit(bits: &[u8], ticket: TicketId) -> bool {
        has(bits, ticket)
    }

    /// Whether a bit may be set from one ticket to another: of the bytes that their bits are in.
    pub fn any(bits: &[u8], (first, last): (TicketId, TicketId)) -> bool {
        let byte = |ticket: TicketId| at(ticket).map_or(usize::MAX, |(byte, _)| byte);
        let end = byte(last).saturating_add(1).min(bits.len());
        bits.get(byte(first)..end).is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0))
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

/// What can be had, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// What can be had.
    pub seen: Seen<Arc<Snapshot>>,
    /// Until when each tier is sold with a code only, where it is now; in the order of the tiers.
    pub presale_until: Vec<Option<DateTime<Utc>>>,
}

/// What can be had of `event`, and until when with a code only.
///
/// # Errors
/// [`Missing`].
pub async fn sight(app: &Booking, event: EventId) -> Result<Sight, Missing> {
    let (seen, layout) = (snapshot(app, event).await?, layout(app, event).await?);
    let detail = overview::known(app, event).await?.value;
    let now = app.clock.now();
    let until = |tier: &Tier| presale::until(&detail.presales, tier.id, now);
    Ok(Sight { seen, presale_until: layout.tiers.iter().map(until).collect() })
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
    // Boxed: whoever waits for a hall would carry all of this with them.
    let load = Box::pin(async {
        match store::layout(&app.catalog, event).await {
            Ok(Some(layout)) if layout.is_settled => Ok(Arc::new(layout)),
            Ok(Some(layout)) => Err(NotKept::Draft(Arc::new(layout))),
            Ok(None) => Err(NotKept::Missing(Missing::Unknown)),
            Err(error) => Err(NotKept::Missing(error.into())),
        }
    });
    match app.views.layouts.try_get_with(event, load).await {
        Ok(layout) => Ok(layout),
        Err(not_kept) => match &*not_kept {
            NotKept::Draft(layout) => Ok(Arc::clone(layout)),
            NotKept::Missing(missing) => Err(missing.clone()),
        },
    }
}

/// Why a layout is looked for again the next time: an error is never cached.
enum NotKept {
    Draft(Arc<Layout>),
    Missing(Missing),
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
    if !layout.is_settled {
        return Ok(Arc::new(Rows::of(&layout)));
    }
    Ok(app.views.rows.get_with(event, async { Arc::new(Rows::of(&layout)) }).await)
}

async fn look(app: &Booking, event: EventId) -> Result<Arc<Snapshot>, Missing> {
    let layout = layout(app, event).await?;
    match publish::look(app, event, &layout).await {
        Ok(published) => Ok(Arc::new(Snapshot::of(&layout, published))),
        Err(StoreError::Redis(error)) => {
            tracing::warn!(error = %Chain(&error), event.id = %event, "holds are not known");
            let taken = store::taken(&app.catalog, event, app.clock.now()).await?;
            let mut bits = Snapshot::bits(&layout, &taken);
            // What was held when we last knew may be held still.
            if let Some(last) = app.views.known.last(event) {
                bits.iter_mut().zip(&last.bits).for_each(|(bits, last)| *bits &= last);
            }
            Ok(Arc::new(Snapshot::without_holds(&layout, bits)))
        }
        Err(error) => Err(error.into()),
    }
}

/// How many tickets of each tier have their bit set.
fn count(layout: &Layout, bits: &[u8]) -> Vec<u32> {
    let mut tiers = vec![0; layout.tiers.len()];
    for (_, ticket) in layout.numbered().filter(|(id, _)| has(bits, *id)) {
        if let Some(count) = tiers.get_mut(ticket.tier) {
            *count += 1;
        }
    }
    tiers
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
    use crate::seat::Ticket;

    fn layout(tickets: usize) -> Layout {
        let tier = Tier {
            id: TierId::from(Uuid::from_u128(1)),
            name: "Standing".to_owned(),
            price_minor: 1,
            general_admission: true,
            colour: None,
        };
        Layout {
            event: Uuid::from_u128(2).into(),
            currency: "EUR".parse().unwrap(),
            tiers: vec![tier],
            tickets: vec![Ticket { tier: 0, seat: None }; tickets],
            focal_points: BTreeMap::new(),
            is_settled: true,
        }
    }

    fn ticket(number: u32) -> TicketId {
        TicketId::new(number).unwrap()
    }

    #[test]
    fn a_bit_is_set_where_a_ticket_can_be_had() {
        let layout = layout(11);
        let of = |taken: &[TicketId]| Snapshot::without_holds(&layout, Snapshot::bits(&layout, taken));
        let all = of(&[]);
        assert_eq!((all.bits.as_slice(), all.tiers.as_slice()), ([0xff, 0b111].as_slice(), [11].as_slice()));
        let some = of(&[ticket(0), ticket(9), ticket(9), ticket(700)]);
        assert_eq!((some.bits.as_slice(), some.total()), ([0xfe, 0b101].as_slice(), 9));
        assert!(some.has(ticket(1)) && !some.has(ticket(9)) && !some.has(ticket(11)));
    }
}
