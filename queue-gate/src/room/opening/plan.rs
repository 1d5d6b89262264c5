//! Planning openings: adding, changing, taking away, as long as they have not begun.

use contracts::id::{OpeningId, RoomId};
use platform::postgres::StoreError;
use serde_json::{Value, json};

use super::{Opening, Plan, store};
use crate::{
    room::{
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
    let now = change::now(&mut tx, gate).await?;
    let room = before.id;
    let (kind, id, detail) = match act {
        Act::Add(plan) => {
            plan.check(&before, now).map_err(ChangeRoomError::from)?;
            let id = gate.ids.next();
            store::insert(&mut tx, room, id, plan).await?;
            ("openingPlanned", id, detail(id, Some(plan)))
        }
        Act::Replan(id, plan) => {
            plan.check(&before, now).map_err(ChangeRoomError::from)?;
            if !store::replan(&mut tx, room, *id, plan).await? {
                return Err(refusal(store::exists(&mut tx, room, *id).await?, *id));
            }
            ("openingReplanned", *id, detail(*id, Some(plan)))
        }
        Act::Remove(id) => {
            if !store::delete(&mut tx, room, *id).await? {
                return Err(refusal(store::exists(&mut tx, room, *id).await?, *id));
            }
            ("openingRemoved", *id, detail(*id, None))
        }
    };
    let after = before.clone();
    let changed = change::finish(gate, ask, tx, before, after, Entry { kind, detail }).await?;
    Ok((id, changed))
}

fn refusal(exists: bool, id: OpeningId) -> PlanError {
    if exists { PlanError::Begun(id) } else { PlanError::Unknown(id) }
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
