//! The tables `outbox` and `slot_release`, of which this service only appends.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, MessageId, PassId, RoomId},
    release::ReleaseCause,
};
use platform::postgres::{Postgres, StoreError, Tx, column};

use super::letter::Letter;

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
pub async fn insert(
    tx: &mut Tx,
    event: Option<EventId>,
    rows: &[Row],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into outbox (message_id, kind, cause, body, created_at, next_attempt_at, event_id)
         select new.*, $5, $5, $6 from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[]) as new
         on conflict (kind, cause) do nothing",
        &column(rows, |row| row.id.uuid()),
        &column(rows, |row| row.kind.to_owned()),
        &column(rows, |row| row.cause.clone()),
        &column(rows, |row| row.body.clone()),
        now,
        event.map(EventId::uuid)
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

/// The messages about `event` that were set aside, from `after` on in the order of their age, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn set_aside(
    postgres: &Postgres,
    event: EventId,
    after: Option<MessageId>,
    most: i64,
) -> Result<Vec<Letter>, StoreError> {
    let rows = sqlx::query!(
        r#"select message_id, kind, body #>> '{to,email}' as email, created_at, attempts, given_up_at as "given_up_at!",
             last_error
           from outbox
           where event_id = $1 and given_up_at is not null and ($2::uuid is null or message_id > $2)
           order by message_id limit $3"#,
        event.uuid(),
        after.map(MessageId::uuid),
        most
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Letter {
            id: row.message_id.into(),
            kind: row.kind,
            to: row.email,
            created_at: row.created_at,
            attempts: row.attempts,
            given_up_at: row.given_up_at,
            error: row.last_error,
        })
        .collect())
}

/// Makes a message that was set aside due again, its attempts forgotten. `false` when none of this id was.
///
/// # Errors
/// When the database fails.
pub async fn again(
    tx: &mut Tx,
    event: EventId,
    id: MessageId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update outbox set given_up_at = null, attempts = 0, next_attempt_at = $3
         where event_id = $1 and message_id = $2 and given_up_at is not null",
        event.uuid(),
        id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}
