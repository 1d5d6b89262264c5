//! Planned openings in PostgreSQL.

use chrono::{DateTime, Utc};
use contracts::id::{OpeningId, RoomId};
use platform::postgres::{Postgres, StoreError, Tx};
use serde_json::Value;
use uuid::Uuid;

use super::{Opening, OpeningState, Plan, Replaced};

struct Row {
    opening_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    state: String,
    reason: Option<String>,
    admit_per_minute: Option<i32>,
    max_active: Option<i32>,
    message: Option<String>,
    replaced: Option<Value>,
    begun_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Opening {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = [OpeningState::Open, OpeningState::Bypass, OpeningState::Reject]
            .into_iter()
            .find(|state| state.name() == row.state);
        let count = |value: i32| u32::try_from(value).unwrap_or_default();
        let replaced = row.replaced.map(serde_json::from_value::<Replaced>).transpose();
        Ok(Self {
            id: row.opening_id.into(),
            plan: Plan {
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                state: state.ok_or_else(|| StoreError::Unexpected(format!("an opening is {}", row.state)))?,
                reason: row.reason,
                admit_per_minute: row.admit_per_minute.map(count),
                max_active: row.max_active.map(count),
                message: row.message,
            },
            replaced: replaced.map_err(|error| StoreError::Unexpected(error.to_string()))?,
            begun_at: row.begun_at,
            ended_at: row.ended_at,
        })
    }
}

/// The openings of `room`, by their beginning, at most 1,000.
///
/// # Errors
/// When the database is away.
pub async fn of_room(postgres: &Postgres, room: RoomId) -> Result<Vec<Opening>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select opening_id, starts_at, ends_at, state, reason, admit_per_minute, max_active, message, replaced,
                begun_at, ended_at
         from opening where room_id = $1 order by starts_at limit 1000",
        room.uuid()
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Opening::try_from).collect()
}

/// As [`of_room`], those that have not ended, under the room's lock.
///
/// # Errors
/// When the database is away.
pub async fn to_come(tx: &mut Tx, room: RoomId) -> Result<Vec<Opening>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select opening_id, starts_at, ends_at, state, reason, admit_per_minute, max_active, message, replaced,
                begun_at, ended_at
         from opening where room_id = $1 and ended_at is null order by starts_at limit 1000",
        room.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(Opening::try_from).collect()
}

/// The rooms in which an opening is to begin or to end.
///
/// # Errors
/// When the database is away.
pub async fn due_rooms(postgres: &Postgres, now: Option<DateTime<Utc>>) -> Result<Vec<RoomId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select distinct room_id from opening
         where ended_at is null and case when begun_at is null then starts_at else ends_at end
               <= coalesce($1, clock_timestamp())",
        now
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(RoomId::from).collect())
}

/// Writes `plan` as that of the opening `id`, which is new or has not begun. `false` where it has.
///
/// # Errors
/// When the database is away, or another one lasts then (constraint `opening_one_at_a_time`).
pub async fn put(tx: &mut Tx, room: RoomId, id: OpeningId, plan: &Plan) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into opening (opening_id, room_id, starts_at, ends_at, state, reason, admit_per_minute, max_active, message)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (opening_id) do update
           set starts_at = excluded.starts_at, ends_at = excluded.ends_at, state = excluded.state,
               reason = excluded.reason, admit_per_minute = excluded.admit_per_minute,
               max_active = excluded.max_active, message = excluded.message
           where opening.room_id = excluded.room_id and opening.begun_at is null",
        id.uuid(),
        room.uuid(),
        plan.starts_at,
        plan.ends_at,
        plan.state.name(),
        plan.reason.as_deref(),
        plan.admit_per_minute.map(int),
        plan.max_active.map(int),
        plan.message.as_deref()
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Takes an opening away, if it has not begun. `false` where it has.
///
/// # Errors
/// When the database is away.
pub async fn delete(tx: &mut Tx, room: RoomId, id: OpeningId) -> Result<bool, StoreError> {
    let gone = sqlx::query!(
        "delete from opening where room_id = $1 and opening_id = $2 and begun_at is null",
        room.uuid(),
        id.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(gone.rows_affected() == 1)
}

/// Whether `room` has an opening called `id`.
///
/// # Errors
/// When the database is away.
pub async fn exists(tx: &mut Tx, room: RoomId, id: OpeningId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from opening where room_id = $1 and opening_id = $2) as "found!""#,
        room.uuid(),
        id.uuid()
    );
    Ok(found.fetch_one(&mut **tx).await?)
}

/// Marks an opening begun, with what it took the place of.
///
/// # Errors
/// When the database is away.
pub async fn mark_begun(
    tx: &mut Tx,
    id: OpeningId,
    replaced: &Replaced,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let replaced =
        serde_json::to_value(replaced).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    sqlx::query!(
        "update opening set begun_at = $2, replaced = $3 where opening_id = $1 and begun_at is null",
        id.uuid(),
        now,
        replaced
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Marks an opening ended: also one that could not begin.
///
/// # Errors
/// When the database is away.
pub async fn mark_ended(tx: &mut Tx, id: OpeningId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update opening set ended_at = $2, begun_at = coalesce(begun_at, $2) where opening_id = $1",
        id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Bounds are checked before; beyond them the database refuses.
fn int(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
