//! Nobody is mailed any more, and the address is gone.

use contracts::{
    id::{RoomId, VisitorId},
    place::PlaceNumber,
};
use platform::postgres::StoreError;

use super::store;
use crate::state::Gate;

/// Forgets what `visitor` asked for.
///
/// # Errors
/// When the store is away; safe to repeat.
pub async fn withdraw(gate: &Gate, room: RoomId, visitor: VisitorId) -> Result<(), StoreError> {
    store::forget(&gate.postgres, room, visitor, None).await
}

/// The same when they leave the line; and what anybody asked for at the `place` that nobody holds any more.
///
/// # Errors
/// When the store is away; safe to repeat.
pub async fn left(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
    place: Option<PlaceNumber>,
) -> Result<(), StoreError> {
    store::forget(&gate.postgres, room, visitor, place).await
}
