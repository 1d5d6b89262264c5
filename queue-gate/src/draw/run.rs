//! The loop of the draws: whichever gate comes first leads one to its end; when it falls silent another goes on.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use contracts::id::RoomId;
use platform::{lifecycle::every, telemetry::Chain};

use super::{
    advance::{Next, Portion, step},
    store::line,
};
use crate::{
    line::{LineError, with_recovery},
    room::{Room, RoomState},
    state::Gate,
};

/// How often a gate looks whether there is something to draw.
const LOOK: Duration = Duration::from_millis(200);
/// For how long a gate leads without a word: longer than any step, so that work is seldom done twice.
pub const LEADS: TimeDelta = TimeDelta::seconds(3);

/// Starts the loop of `gate`.
pub fn spawn(gate: &Gate) {
    let (own, stopping) = (gate.clone(), gate.lifecycle.stopping());
    gate.lifecycle.spawn(every(stopping, LOOK, async move || {
        for room in own.rooms.all().into_iter().filter(|room| is_due(&own, room)) {
            if let Err(error) = advance(&own, room.id, Portion::USUAL).await {
                tracing::warn!(room.id = %room.id, error = %Chain(&error), "a draw stands still");
            }
        }
    }));
}

fn is_due(gate: &Gate, room: &Arc<Room>) -> bool {
    let opened = matches!(room.state, RoomState::Open | RoomState::Paused | RoomState::Drained);
    opened && room.policy.order.draw().is_some() && !gate.draws.is_settled(room.id)
}

/// Takes steps of the draw of `room` until it is over or has to wait. Another gate that leads is left alone.
///
/// # Errors
/// When a store is away. Nothing is half done that the next call does not finish.
pub async fn advance(gate: &Gate, room: RoomId, portion: Portion) -> Result<Next, LineError> {
    loop {
        let now = || gate.room_clock.now();
        let lead = || line::lead(&gate.redis, room, now(), gate.hub.node, LEADS);
        if !with_recovery(gate, room, lead).await? {
            return Ok(Next::Wait);
        }
        match with_recovery(gate, room, || step(gate, room, portion)).await? {
            Next::Step => {}
            Next::Wait => return Ok(Next::Wait),
            Next::Over => {
                gate.draws.settle(room);
                return Ok(Next::Over);
            }
        }
    }
}
