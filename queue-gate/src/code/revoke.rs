//! A code is good no longer.

use contracts::id::{CodeId, RoomId};
use platform::postgres::{self, StoreError, Tx};

use super::store;
use crate::{
    room::{self, Acting},
    state::Gate,
};

/// Why a code was not revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// There is no such room of this organizer.
    #[error("no room {0} of this organizer")]
    UnknownRoom(RoomId),
    /// The room has no such code.
    #[error("no code {0} in this room")]
    UnknownCode(CodeId),
    /// The store failed; revoke again.
    #[error("revoking a code failed")]
    Store(#[from] StoreError),
}

/// Revokes a code: nobody else uses it from now on. Places that were taken with it stay as they are. Revoking twice is no
/// error.
///
/// # Errors
/// [`RevokeError`].
pub async fn revoke(gate: &Gate, id: RoomId, acting: Acting, code: CodeId) -> Result<(), RevokeError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let written = write(gate, &mut tx, id, acting, code).await;
    let (tx, ()) = postgres::go_on(tx, written).await?;
    Ok(postgres::commit(tx).await?)
}

async fn write(
    gate: &Gate,
    tx: &mut Tx,
    id: RoomId,
    acting: Acting,
    code: CodeId,
) -> Result<(), RevokeError> {
    let locked = room::store::lock(tx, id).await?.filter(|room| room.owner == acting.owner);
    locked.ok_or(RevokeError::UnknownRoom(id))?;
    let is_news = store::revoke(tx, id, code, gate.clock.now()).await?;
    if is_news.ok_or(RevokeError::UnknownCode(code))? {
        let detail = serde_json::json!({ "codeId": code });
        room::store::append_log(tx, id, Some(acting.by), "codeRevoked", &detail).await?;
    }
    Ok(())
}
