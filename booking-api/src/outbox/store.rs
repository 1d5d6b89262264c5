//! The tables `outbox` and `slot_release`, of which this service only appends.

use chrono::{DateTime, Utc};
use contracts::{
    id::{MessageId, PassId, RoomId},
    release::ReleaseCause,
};
use platform::postgres::{StoreError, Tx};

/// Writes a message, unless one of its kind with its cause is there.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    id: MessageId,
    kind: &str,
    cause: &str,
    body: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into outbox (message_id, kind, cause, body, created_at, next_attempt_at)
         values ($1, $2, $3, $4, $5, $5) on conflict (kind, cause) do nothing",
        id.uuid(),
        kind,
        cause,
        body,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Tells the gate that a pass needs its slot no longer. Once said it stays said.
///
/// # Errors
/// When the database fails.
pub async fn release_slot(
    tx: &mut Tx,
    (room, pass): (RoomId, PassId),
    cause: ReleaseCause,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into slot_release (room_id, pass_id, cause, created_at) values ($1, $2, $3, $4)
         on conflict (room_id, pass_id) do nothing",
        room.uuid(),
        pass.uuid(),
        cause.name(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
