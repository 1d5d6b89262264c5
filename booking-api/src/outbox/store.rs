//! The tables `outbox` and `slot_release`, of which this service only appends.

use chrono::{DateTime, Utc};
use contracts::{
    id::{MessageId, PassId, RoomId},
    release::ReleaseCause,
};
use platform::postgres::{StoreError, Tx, column};

/// A message to be written.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: MessageId,
    /// What kind it is of.
    pub kind: &'static str,
    /// What it is about.
    pub cause: String,
    /// What it says.
    pub body: serde_json::Value,
}

/// Writes messages, but none of a kind with a cause that is there.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, rows: &[Row], now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into outbox (message_id, kind, cause, body, created_at, next_attempt_at)
         select new.*, $5, $5 from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[]) as new
         on conflict (kind, cause) do nothing",
        &column(rows, |row| row.id.uuid()),
        &column(rows, |row| row.kind.to_owned()),
        &column(rows, |row| row.cause.clone()),
        &column(rows, |row| row.body.clone()),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Tells the gate that passes need their slots no longer. Once said it stays said.
///
/// # Errors
/// When the database fails.
pub async fn release_slots(
    tx: &mut Tx,
    passes: &[(RoomId, PassId)],
    cause: ReleaseCause,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into slot_release (room_id, pass_id, cause, created_at)
         select new.*, $3, $4 from unnest($1::uuid[], $2::uuid[]) as new
         on conflict (room_id, pass_id) do nothing",
        &column(passes, |(room, _)| room.uuid()),
        &column(passes, |(_, pass)| pass.uuid()),
        cause.name(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
