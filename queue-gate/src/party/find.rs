//! The party that a visitor is in.

use contracts::id::VisitorId;
use platform::postgres::StoreError;

use super::{Party, store};
use crate::{room::Room, state::Gate};

/// The party that `visitor` is in, in the line of `room`.
///
/// # Errors
/// When the store is away.
pub async fn find(gate: &Gate, room: &Room, visitor: VisitorId) -> Result<Option<Party>, StoreError> {
    let Some(party) = store::of(&gate.postgres, room.id, visitor).await? else { return Ok(None) };
    let kept = store::get(&gate.postgres, room.id, party).await?;
    Ok(kept.map(|kept| Party { party, members: kept.members, limit: kept.limit }))
}
