//! The loops: every room ticks, fans are told, releases are consumed.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use futures_util::StreamExt;
use platform::{lifecycle::every, telemetry::Chain};

use super::{
    advise::drive,
    front, release,
    tick::{self, period},
};
use crate::{
    draw,
    line::{self, LineError, epoch},
    live, metrics,
    room::{Room, RoomState, fail, opening, watch},
    state::Gate,
};

/// How often releases are consumed.
const RELEASES: Duration = Duration::from_millis(200);
/// How often it is looked whether a planned opening begins or ends: they do within a second.
const OPENINGS: Duration = Duration::from_millis(500);
/// How often the numbers of rooms are put on record.
const RECORDS: Duration = Duration::from_secs(5);
/// How many rooms tick at a time in one gate.
const ROOMS_AT_ONCE: usize = 8;

/// Starts the loops of `gate`.
pub fn spawn(gate: &Gate) {
    let (own, stopping) = (gate.clone(), gate.lifecycle.stopping());
    gate.lifecycle.spawn(every(stopping.clone(), gate.config.line.tick, async move || rooms(&own).await));
    let own = gate.clone();
    gate.lifecycle
        .spawn(every(stopping.clone(), OPENINGS, async move || opening::apply::apply_due(&own).await));
    let own = gate.clone();
    gate.lifecycle
        .spawn(every(stopping.clone(), RECORDS, async move || watch::record::record_all(&own).await));
    let own = gate.clone();
    gate.lifecycle.spawn(every(stopping, RELEASES, async move || {
        if let Err(error) = release::consume(&own).await {
            tracing::warn!(error = %Chain(&error), "releases could not be consumed");
        }
    }));
}

async fn rooms(gate: &Gate) {
    let rooms = gate.rooms.all();
    futures_util::stream::iter(rooms).for_each_concurrent(ROOMS_AT_ONCE, |room| one(gate, room)).await;
}

/// One room: the tick where it is this gate's turn, then the waiting fans of this process. They hear where they stand every
/// period, also while a tick waits for PostgreSQL.
pub async fn one(gate: &Gate, room: Arc<Room>) {
    if room.state == RoomState::Closed {
        if let Err(error) = line::store::retire(&gate.redis, room.id).await {
            tracing::debug!(error = %Chain(&error), "a closed line could not be let fade");
        }
        if room.policy.order.draw().is_some()
            && let Err(error) = draw::store::line::retire(&gate.redis, room.id).await
        {
            tracing::debug!(error = %Chain(&error), "a closed lobby could not be let fade");
        }
    } else {
        let began = tokio::time::Instant::now();
        let outcome = match Box::pin(meanwhile_telling(gate, &room, turn(gate, &room))).await {
            Ok(()) => "done",
            Err(LineError::Lost) => {
                if let Err(error) = epoch::recover(gate, room.id).await {
                    tracing::warn!(room.id = %room.id, error = %Chain(&error), "the line could not be recovered");
                }
                "failed"
            }
            Err(error) => {
                tracing::warn!(room.id = %room.id, error = %Chain(&error), "a tick failed");
                fail::missed(gate, &room).await;
                "failed"
            }
        };
        ::metrics::histogram!(metrics::TICK_SECONDS, "outcome" => outcome)
            .record(began.elapsed().as_secs_f64());
    }
    steer(gate, &room).await;
    live::tell::tell(gate, &room).await;
}

/// The outcome of `turn`; as long as it takes, fans are told once a period.
async fn meanwhile_telling<T>(gate: &Gate, room: &Room, turn: impl Future<Output = T> + Send) -> T {
    let mut turn = std::pin::pin!(turn);
    loop {
        match tokio::time::timeout(gate.config.line.tick, &mut turn).await {
            Ok(outcome) => return outcome,
            Err(_) => live::tell::tell(gate, room).await,
        }
    }
}

/// Sets the rate, where the organizer lets the gate do so.
async fn steer(gate: &Gate, room: &Room) {
    match drive::drive(gate, room).await {
        Ok(Some(rate)) => tracing::info!(room.id = %room.id, rate, "the rate was set as advised"),
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(room.id = %room.id, error = %Chain(&error), "the rate was not looked at");
        }
    }
}

async fn turn(gate: &Gate, room: &Room) -> Result<(), LineError> {
    // A little less than a period, or two gates whose timers drift would skip every other one.
    let rest = period(gate) - period(gate) / 5;
    let now = gate.room_clock.now();
    if rest <= TimeDelta::zero() || front::store::turn(&gate.redis, room.id, now, rest).await? {
        let ticked = tick::tick(gate, room).await?;
        gate.forecasts.took_turn(room.id);
        tracing::debug!(room.id = %room.id, called = ticked.called, bound = ?ticked.bound, "ticked");
    }
    Ok(())
}
