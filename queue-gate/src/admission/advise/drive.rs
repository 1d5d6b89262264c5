//! The advice for a room as it is now; and the wheel, where its organizer has handed it over.

use contracts::id::RoomId;
use dashmap::DashMap;
use platform::postgres::StoreError;
use serde_json::json;
use tokio::time::{Duration, Instant};

use super::{AIM_MS, Advice, Drive, Signals, advise, store};
use crate::{
    admission::front,
    room::{
        CALLS_MAX, Room, RoomState, Settings, WrongSetting,
        change::{self, Ask, ChangeRoomError, Changed, Entry},
    },
    state::Gate,
};

/// The record is asked no oftener than this.
const ONCE: Duration = Duration::from_secs(1);

/// What was seen of rooms a moment ago.
#[derive(Debug, Default)]
pub struct Seen(DashMap<RoomId, (Instant, Signals)>);

/// What is seen of `room`.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn look(gate: &Gate, room: &Room) -> Result<Signals, StoreError> {
    let known = gate.seen.0.get(&room.id).map(|seen| *seen).filter(|(at, _)| at.elapsed() < ONCE);
    let committed = if let Some((_, seen)) = known {
        seen
    } else {
        let now = gate.room_clock.now();
        let mut seen = store::signals(&gate.postgres, room.id, room.event, now).await?;
        // A line that cannot be counted calls nobody more.
        seen.waiting =
            front::store::count(&gate.redis, room.id).await.map_or(0, |line| line.waiting.iter().sum());
        gate.seen.0.insert(room.id, (Instant::now(), seen));
        seen
    };
    let origin = gate.gateway.origin();
    Ok(Signals {
        rate: room.settings.admit_per_minute,
        answers: origin.answers,
        errors: origin.errors,
        latency_ms: origin.latency_ms,
        ..committed
    })
}

/// What to do with the rate of `room`, and what that rests on.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn advice(gate: &Gate, room: &Room) -> Result<(Advice, Signals), StoreError> {
    let seen = look(gate, room).await?;
    let limits = room.policy.drive.unwrap_or(Drive { min: 1, max: CALLS_MAX, latency_ms: AIM_MS });
    Ok((advise(limits, &seen), seen))
}

/// Sets the rate of `room` as advised, where its organizer lets the gate do so and no other gate just did. The change is
/// one of settings: with a version, on the log, with its reasons. A room that changed since it was read is left alone.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn drive(gate: &Gate, room: &Room) -> Result<Option<u32>, ChangeRoomError> {
    if room.policy.drive.is_none() || room.state != RoomState::Open {
        return Ok(None);
    }
    if !store::take_wheel(&gate.postgres, room.id, gate.room_clock.now()).await? {
        return Ok(None);
    }
    let (Advice { rate, reasons, .. }, _) = advice(gate, room).await?;
    if rate == room.settings.admit_per_minute {
        return Ok(None);
    }
    let ask = Ask { versions: Some(vec![room.version]), ..Ask::by_gate(room.id) };
    let changed = change::change(gate, &ask, move |room| {
        let from = std::mem::replace(&mut room.settings.admit_per_minute, rate);
        room.policy.check(room.settings)?;
        let detail = json!({ "from": from, "to": rate, "reasons": reasons });
        Ok(Entry { kind: "driven", detail })
    });
    match changed.await {
        Ok(_) => Ok(Some(rate)),
        // Somebody else had the last word.
        Err(ChangeRoomError::Unmatched { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Hands the rate of a room over to the gate, between two limits; or takes it back at once.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] for limits out of bounds, and those of every change.
pub async fn hand(gate: &Gate, ask: &Ask, drive: Option<Drive>) -> Result<Changed, ChangeRoomError> {
    if let Some(drive) = drive {
        check(drive)?;
    }
    change::change(gate, ask, move |room| {
        room.policy.drive = drive;
        if let Some(drive) = drive {
            // Whatever the rate will be, the rest of the policy must bear it.
            room.policy.check(Settings { admit_per_minute: drive.max, ..room.settings })?;
        }
        let kind = if drive.is_some() { "handedOver" } else { "handedBack" };
        Ok(Entry { kind, detail: json!({ "drive": drive, "rate": room.settings.admit_per_minute }) })
    })
    .await
}

fn check(drive: Drive) -> Result<(), WrongSetting> {
    let wrong = |field, bounds: &str| Err(WrongSetting { field, bounds: bounds.to_owned() });
    match drive {
        Drive { min: 0, .. } => wrong("min", "at least 1"),
        Drive { min, max, .. } if max < min => wrong("max", "no less than min"),
        Drive { max, .. } if max > CALLS_MAX => wrong("max", &format!("at most {CALLS_MAX}")),
        Drive { latency_ms, .. } if !(10..=60_000).contains(&latency_ms) => {
            wrong("latencyMs", "between 10 and 60000")
        }
        _ => Ok(()),
    }
}
