//! An organizer's codes, with how often each was used.

use contracts::id::{AccountId, CodeId, RoomId};
use platform::postgres::StoreError;

use super::store::{self, Kept};
use crate::{room, room::Room, state::Gate};

/// How many codes one answer holds.
pub const PAGE: i64 = 1000;
/// How many codes one export holds.
pub const EXPORT: i64 = 100_000;

/// Why codes are not shown.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// There is no such room of this organizer.
    #[error("no room {0} of this organizer")]
    UnknownRoom(RoomId),
    /// The store failed.
    #[error("listing codes failed")]
    Store(#[from] StoreError),
}

/// The codes of the room called `id` after the code `after`, in the order of their ids, at most `limit`.
///
/// # Errors
/// [`ListError`].
pub async fn list(
    gate: &Gate,
    id: RoomId,
    actor: AccountId,
    after: Option<CodeId>,
    limit: i64,
) -> Result<(Room, Vec<Kept>), ListError> {
    let room = room::store::get(&gate.postgres, id, actor).await?.ok_or(ListError::UnknownRoom(id))?;
    let codes = store::list(&gate.postgres, id, after, limit).await?;
    Ok((room, codes))
}
