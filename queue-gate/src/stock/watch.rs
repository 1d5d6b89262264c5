//! Once a second: what is left behind each room, what that means for those in line, and the step that follows.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use contracts::{frame::TierOffer, id::RoomId};
use platform::{postgres::StoreError, telemetry::Chain};

use super::{
    Stock,
    odds::{Bands, Sales},
    store,
};
use crate::{
    room::{
        Room, RoomState, Step,
        change::{self, Ask, ChangeRoomError},
    },
    state::Gate,
};

/// How often it is looked at.
pub const PERIOD: Duration = Duration::from_secs(1);
/// How often those who were called are counted, in looks.
const COUNT_EVERY: u64 = 5;

/// What is left behind the rooms, as of a moment ago.
#[derive(Debug, Default)]
pub struct Stocks(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    looks: u64,
    rooms: HashMap<RoomId, Arc<Seen>>,
    /// How many were called, and are called or inside.
    called: HashMap<RoomId, (u64, u64)>,
    /// What had been sold before a room called anybody.
    before: HashMap<RoomId, u64>,
}

/// What is left behind one room, ready to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// What is left.
    pub stock: Stock,
    /// What those in line are shown of it.
    pub tiers: Vec<TierOffer>,
    /// The same as a member of a frame: `,"tiers":[…]`; empty where nothing is shown.
    pub member: Arc<str>,
    /// The chance by how many are called before, where it is shown and can be told.
    pub bands: Option<Bands>,
}

impl Stocks {
    /// What is left behind `room`, where anybody published it.
    pub fn of(&self, room: RoomId) -> Option<Arc<Seen>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).rooms.get(&room).cloned()
    }
}

/// Looks once. A room whose tickets are all sold is drained, and opened again when some come back; every gate does so, and
/// the room's life lets one of them.
///
/// # Errors
/// When PostgreSQL is away; what is known stays known.
pub async fn tick(gate: &Gate) -> Result<(), StoreError> {
    let rooms: Vec<_> = gate.rooms.all().into_iter().filter(|room| room.state != RoomState::Closed).collect();
    if rooms.is_empty() {
        return Ok(());
    }
    let events: Vec<_> = rooms.iter().map(|room| room.event).collect();
    let stocks = store::of(&gate.postgres, &events).await?;
    let looks = gate.stocks.0.read().unwrap_or_else(PoisonError::into_inner).looks;
    let called = if looks.is_multiple_of(COUNT_EVERY) {
        let ids: Vec<_> = rooms.iter().map(|room| room.id).collect();
        Some(store::called(&gate.postgres, &ids).await?)
    } else {
        None
    };
    take_in(&gate.stocks, &rooms, &stocks, called);
    for room in &rooms {
        if let Some(step) = stocks.get(&room.event).and_then(|stock| stock.step(room.state)) {
            take(gate, room, step).await?;
        }
    }
    Ok(())
}

fn take_in(
    stocks: &Stocks,
    rooms: &[Arc<Room>],
    read: &HashMap<contracts::id::EventId, Stock>,
    called: Option<HashMap<RoomId, (u64, u64)>>,
) {
    let mut known = stocks.0.write().unwrap_or_else(PoisonError::into_inner);
    known.looks += 1;
    let is_counted = called.is_some();
    if let Some(called) = called {
        known.called = called;
    }
    let known = &mut *known;
    let seen = rooms.iter().filter_map(|room| {
        let stock = read.get(&room.event)?;
        let (called, inside) = known.called.get(&room.id).copied().unwrap_or_default();
        if is_counted && called == 0 {
            known.before.insert(room.id, stock.sold);
        }
        let before = known.before.get(&room.id).copied().unwrap_or_default();
        let sales = Sales {
            left: stock.total.saturating_sub(stock.sold),
            sold: stock.sold.saturating_sub(before),
            called,
            inside,
        };
        Some((room.id, Arc::new(Seen::of(room, stock.clone(), sales))))
    });
    known.rooms = seen.collect();
    let rooms = &known.rooms;
    known.before.retain(|room, _| rooms.contains_key(room));
}

impl Seen {
    fn of(room: &Room, stock: Stock, sales: Sales) -> Self {
        let tiers = stock.shown(room.policy.odds);
        let member = match serde_json::to_string(&tiers) {
            Ok(text) if !tiers.is_empty() => format!(",\"tiers\":{text}"),
            _ => String::new(),
        };
        let is_shown = room.policy.odds == super::Odds::Shown && stock.total > 0;
        let bands = Bands::of(sales).filter(|_| is_shown);
        Self { stock, tiers, member: member.into(), bands }
    }
}

/// Takes the step that follows from the stock, on the gate's own behalf.
async fn take(gate: &Gate, room: &Room, step: Step) -> Result<(), StoreError> {
    if step == Step::Reopen && !store::drained_by_gate(&gate.postgres, room.id).await? {
        return Ok(());
    }
    let reason = if step == Step::Drain { "every ticket is sold" } else { "tickets came back" };
    match change::step(gate, &Ask::by_gate(room.id), step, Some(reason.to_owned())).await {
        // Another gate was faster.
        Ok(_) | Err(ChangeRoomError::Illegal(_)) => Ok(()),
        Err(error) => {
            tracing::warn!(room.id = %room.id, error = %Chain(&error), "a room stays as it is though its stock changed");
            Ok(())
        }
    }
}
