//! Planning openings: adding, changing, taking away, as long as they have not begun.

use contracts::id::{OpeningId, RoomId};
use platform::postgres::{self, StoreError, Tx};
use serde_json::{Value, json};

use super::{Opening, Plan, store};
use crate::{
    room::{
        Room,
        change::{self, Ask, ChangeRoomError, Changed, Entry},
        log,
    },
    state::Gate,
};

/// Why openings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Another one lasts then.
    #[error("another opening of the room lasts then")]
    Overlaps,
    /// The room has none with this id.
    #[error("no opening {0} of this room")]
    Unknown(OpeningId),
    /// It has begun.
    #[error("opening {0} has begun")]
    Begun(OpeningId),
    /// As for every change of the room.
    #[error("the room was not changed")]
    Change(#[from] ChangeRoomError),
}

impl From<StoreError> for PlanError {
    fn from(error: StoreError) -> Self {
        match error.constraint() {
            Some("opening_one_at_a_time") => Self::Overlaps,
            _ => Self::Change(error.into()),
        }
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Plans one more.
    Add(Plan),
    /// Plans one otherwise.
    Replan(OpeningId, Plan),
    /// Takes one away.
    Remove(OpeningId),
}

/// Does `act`; says which opening it was.
///
/// # Errors
/// [`PlanError`]. Nothing has changed then.
pub async fn plan(gate: &Gate, ask: &Ask, act: &Act) -> Result<(OpeningId, Changed), PlanError> {
    let (mut tx, before) = change::begin(gate, ask).await?;
    let written = write(gate, &mut tx, &before, act).await;
    let (tx, (id, entry)) = postgres::go_on(tx, written).await?;
    let after = before.clone();
    let changed = change::finish(gate, ask, tx, before, after, entry).await?;
    Ok((id, changed))
}

async fn write(gate: &Gate, tx: &mut Tx, room: &Room, act: &Act) -> Result<(OpeningId, Entry), PlanError> {
    let (id, plan, kind) = match act {
        Act::Add(plan) => (gate.ids.next(), Some(plan), "openingPlanned"),
        Act::Replan(id, plan) => (*id, Some(plan), "openingReplanned"),
        Act::Remove(id) => (*id, None, "openingRemoved"),
    };
    let now = change::now(tx, gate).await?;
    if let Some(plan) = plan {
        plan.check(room, now).map_err(ChangeRoomError::from)?;
    }
    if !matches!(act, Act::Add(_)) && !store::exists(tx, room.id, id).await? {
        return Err(PlanError::Unknown(id));
    }
    let is_written = match plan {
        Some(plan) => store::put(tx, room.id, id, plan).await?,
        None => store::delete(tx, room.id, id).await?,
    };
    if !is_written {
        return Err(PlanError::Begun(id));
    }
    Ok((id, Entry { kind, detail: detail(id, plan) }))
}

/// What the log says of an opening.
pub fn detail(id: OpeningId, plan: Option<&Plan>) -> Value {
    let mut detail = json!({ "openingId": id });
    if let Some(plan) = plan {
        detail["startsAt"] = json!(plan.starts_at);
        detail["endsAt"] = json!(plan.ends_at);
        detail["state"] = json!(plan.state);
        detail["reason"] = json!(plan.reason);
        detail["admitPerMinute"] = json!(plan.admit_per_minute);
        detail["maxActive"] = json!(plan.max_active);
        detail["message"] = json!(plan.message);
    }
    detail
}

/// The openings of a room of the organizer's, by their beginning.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`].
pub async fn openings(
    gate: &Gate,
    room: RoomId,
    actor: contracts::id::AccountId,
) -> Result<Vec<Opening>, ChangeRoomError> {
    let room = log::own(gate, room, actor).await?;
    Ok(store::of_room(&gate.postgres, room).await?)
}
