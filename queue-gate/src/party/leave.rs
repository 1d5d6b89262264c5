//! A member leaves a party.

use contracts::id::{RoomId, VisitorId};
use platform::postgres::{self, StoreError};

use super::store;
use crate::state::Gate;

/// Who keeps the place when `visitor` leaves the line: a member who stays. `None` where nobody does, and the place is to be
/// given up; then nobody joins the party any more.
///
/// # Errors
/// When the store is away.
pub async fn keeper(gate: &Gate, room: RoomId, visitor: VisitorId) -> Result<Option<VisitorId>, StoreError> {
    let Some(party) = store::of(&gate.postgres, room, visitor).await? else { return Ok(None) };
    let mut tx = postgres::begin(&gate.postgres).await?;
    // Whoever joins waits for this lock, and finds the party empty, or is found by it.
    store::lock(&mut tx, room, party).await?;
    let keeper = store::another(&mut tx, party, visitor).await?;
    if keeper.is_none() {
        store::remove_member(&mut tx, room, visitor, None).await?;
    }
    postgres::commit(tx).await?;
    Ok(keeper)
}

/// Notes that `visitor` has left the place to `keeper`, and a turn with it.
///
/// # Errors
/// When the store is away; leave again.
pub async fn left(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
    keeper: VisitorId,
) -> Result<(), StoreError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    store::remove_member(&mut tx, room, visitor, Some(keeper)).await?;
    postgres::commit(tx).await
}
