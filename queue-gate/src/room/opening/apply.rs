//! Openings begin and end by themselves: each boundary once, in one transaction under the room's lock, by whichever gate comes
//! first.

use contracts::id::RoomId;
use platform::{postgres, telemetry::Chain};
use serde_json::json;

use super::{Opening, plan, store};
use crate::{
    room::{
        Room,
        change::{self, Ask, ChangeRoomError, Entry},
    },
    state::Gate,
};

/// How many boundaries one look applies in one room.
const AT_ONCE: usize = 10;

/// Applies every boundary that is due. Any number of gates may do this.
pub async fn apply_due(gate: &Gate) {
    let rooms = match store::due_rooms(&gate.postgres, gate.room_clock.now()).await {
        Ok(rooms) => rooms,
        Err(error) => return tracing::warn!(error = %Chain(&error), "planned openings could not be read"),
    };
    for room in rooms {
        for _ in 0..AT_ONCE {
            match next(gate, room).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    tracing::warn!(room.id = %room, error = %Chain(&error), "a planned opening waits");
                    break;
                }
            }
        }
    }
}

/// Applies the next boundary of `room`, if it is due.
async fn next(gate: &Gate, room: RoomId) -> Result<bool, ChangeRoomError> {
    let ask = Ask::by_gate(room);
    let (mut tx, before) = change::begin(gate, &ask).await?;
    let now = change::now(&mut tx, gate).await?;
    let openings = store::to_come(&mut tx, room).await?;
    let due = |opening: &&Opening| match opening.begun_at {
        None => opening.plan.starts_at <= now,
        Some(_) => opening.plan.ends_at <= now,
    };
    let Some(opening) = openings.iter().find(due) else {
        postgres::rollback(tx).await;
        return Ok(false);
    };
    let mut after = before.clone();
    let mut detail = plan::detail(opening.id, Some(&opening.plan));
    let (id, is_over) = (opening.id, opening.plan.ends_at <= now);
    let kind = match &opening.replaced {
        Some(replaced) => {
            let next = openings.iter().map(|other| other.plan.starts_at).find(|starts_at| *starts_at > now);
            opening.plan.end(&mut after, replaced, next);
            store::mark_ended(&mut tx, id, now).await?;
            "openingEnded"
        }
        // Nobody was there to begin it.
        None if is_over => {
            store::mark_ended(&mut tx, id, now).await?;
            "openingMissed"
        }
        None => match opening.plan.begin(&mut after) {
            Ok(replaced) => {
                store::mark_begun(&mut tx, id, &replaced, now).await?;
                "openingBegun"
            }
            Err(error) => {
                after = before.clone();
                detail["why"] = json!(error.to_string());
                store::mark_ended(&mut tx, id, now).await?;
                "openingSkipped"
            }
        },
    };
    states(&mut detail, &before, &after);
    change::finish(gate, &ask, tx, before, after, Entry { kind, detail }).await?;
    Ok(true)
}

fn states(detail: &mut serde_json::Value, before: &Room, after: &Room) {
    detail["from"] = json!(before.state.name());
    detail["to"] = json!(after.state.name());
}
