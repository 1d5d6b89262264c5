//! Rooms in PostgreSQL. Time comes from the database's clock, unless the caller moves it.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, EventId, RoomId};
use platform::postgres::{Postgres, StoreError, Tx};
use serde_json::Value;
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;

use super::{Exception, Room, RoomState, Settings, UnknownState};

struct RoomRow {
    room_id: Uuid,
    event_id: Uuid,
    owner_id: Uuid,
    name: String,
    state: String,
    settings_version: i64,
    admit_per_minute: i32,
    max_active: i32,
    claim_window: PgInterval,
    session_length: PgInterval,
    message: Option<String>,
    pause_reason: Option<String>,
    exception_from: Option<String>,
    exception_reason: Option<String>,
    failed_open_at: Option<DateTime<Utc>>,
    epoch: i32,
    policy: Value,
    created_at: DateTime<Utc>,
}

impl TryFrom<RoomRow> for Room {
    type Error = StoreError;

    fn try_from(row: RoomRow) -> Result<Self, StoreError> {
        let count = |value: i32| u32::try_from(value).unwrap_or_default();
        let state = |name: &str| -> Result<RoomState, StoreError> {
            name.parse().map_err(|error: UnknownState| StoreError::Unexpected(error.to_string()))
        };
        let exception = match (row.exception_from, row.exception_reason) {
            (Some(from), Some(reason)) => Some(Exception { from: state(&from)?, reason }),
            _ => None,
        };
        Ok(Self {
            id: row.room_id.into(),
            event: row.event_id.into(),
            owner: row.owner_id.into(),
            name: row.name,
            state: state(&row.state)?,
            version: row.settings_version,
            settings: Settings {
                admit_per_minute: count(row.admit_per_minute),
                max_active: count(row.max_active),
                claim_window: span(&row.claim_window)?,
                session_length: span(&row.session_length)?,
            },
            message: row.message,
            pause_reason: row.pause_reason,
            exception,
            failed_open_at: row.failed_open_at,
            epoch: count(row.epoch),
            policy: serde_json::from_value(row.policy).map_err(|error| {
                StoreError::Unexpected(format!("a room has a policy that is none: {error}"))
            })?,
            created_at: row.created_at,
        })
    }
}

/// A span of days has no fixed length and a room has none, so only the time part counts.
///
/// # Errors
/// Where it is counted in days.
pub fn span(interval: &PgInterval) -> Result<TimeDelta, StoreError> {
    if interval.months == 0 && interval.days == 0 {
        Ok(TimeDelta::microseconds(interval.microseconds))
    } else {
        Err(StoreError::Unexpected("a span of a room is counted in days".to_owned()))
    }
}

/// A span as the database has it.
pub fn interval(span: TimeDelta) -> PgInterval {
    PgInterval { months: 0, days: 0, microseconds: span.num_microseconds().unwrap_or(i64::MAX) }
}

/// What time it is in the database.
///
/// # Errors
/// When the database is away.
pub async fn now(postgres: &Postgres) -> Result<DateTime<Utc>, StoreError> {
    Ok(sqlx::query_scalar!(r#"select clock_timestamp() as "now!""#).fetch_one(postgres).await?)
}

/// All rooms that live or closed within the last day.
///
/// # Errors
/// When the database is away.
pub async fn all(postgres: &Postgres) -> Result<Vec<Room>, StoreError> {
    let rows = sqlx::query_as!(
        RoomRow,
        "select room_id, event_id, owner_id, name, state, settings_version, admit_per_minute, max_active,
                claim_window, session_length, message, pause_reason, exception_from, exception_reason,
                failed_open_at, epoch, policy, created_at
         from room where closed_at is null or closed_at > now() - interval '1 day'"
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Room::try_from).collect()
}

/// The rooms of `owner`, newest first, at most 1,000.
///
/// # Errors
/// When the database is away.
pub async fn of_owner(postgres: &Postgres, owner: AccountId) -> Result<Vec<Room>, StoreError> {
    let rows = sqlx::query_as!(
        RoomRow,
        "select room_id, event_id, owner_id, name, state, settings_version, admit_per_minute, max_active,
                claim_window, session_length, message, pause_reason, exception_from, exception_reason,
                failed_open_at, epoch, policy, created_at
         from room where owner_id = $1 and removed_at is null order by room_id desc limit 1000",
        owner.uuid()
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Room::try_from).collect()
}

/// The room called `id`, where it belongs to `owner`.
///
/// # Errors
/// When the database is away.
pub async fn get(postgres: &Postgres, id: RoomId, owner: AccountId) -> Result<Option<Room>, StoreError> {
    let row = sqlx::query_as!(
        RoomRow,
        "select room_id, event_id, owner_id, name, state, settings_version, admit_per_minute, max_active,
                claim_window, session_length, message, pause_reason, exception_from, exception_reason,
                failed_open_at, epoch, policy, created_at
         from room where room_id = $1 and owner_id = $2 and removed_at is null",
        id.uuid(),
        owner.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(Room::try_from).transpose()
}

/// Locks the room called `id` against other changes and against grants, and reads it.
///
/// # Errors
/// When the database is away, or somebody holds the row for longer than the lock timeout.
pub async fn lock(tx: &mut Tx, id: RoomId) -> Result<Option<Room>, StoreError> {
    let row = sqlx::query_as!(
        RoomRow,
        "select room_id, event_id, owner_id, name, state, settings_version, admit_per_minute, max_active,
                claim_window, session_length, message, pause_reason, exception_from, exception_reason,
                failed_open_at, epoch, policy, created_at
         from room where room_id = $1 for no key update",
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Room::try_from).transpose()
}

/// Who owns `event`; `None` where there is no such event. The table is booking-api's.
///
/// # Errors
/// When the database is away.
pub async fn event_owner(tx: &mut Tx, event: EventId) -> Result<Option<AccountId>, StoreError> {
    let owner = sqlx::query_scalar!("select owner_id from event where event_id = $1", event.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(owner.map(AccountId::from))
}

/// Writes a new room. `false` where the event has one that lives.
///
/// # Errors
/// When the database is away.
pub async fn insert(tx: &mut Tx, room: &Room) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into room (room_id, event_id, owner_id, name, state, settings_version, admit_per_minute, max_active,
                           claim_window, session_length, policy, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (event_id) where state <> 'closed' do nothing",
        room.id.uuid(),
        room.event.uuid(),
        room.owner.uuid(),
        room.name,
        room.state.name(),
        room.version,
        int(room.settings.admit_per_minute),
        int(room.settings.max_active),
        interval(room.settings.claim_window),
        interval(room.settings.session_length),
        policy(room)?,
        room.created_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes what may change of a locked room: state, settings, message, reasons, version.
///
/// # Errors
/// When the database is away.
pub async fn update(tx: &mut Tx, room: &Room) -> Result<(), StoreError> {
    let closed = room.state == RoomState::Closed;
    sqlx::query!(
        "update room set state = $2, settings_version = $3, admit_per_minute = $4, max_active = $5,
                         message = $6, pause_reason = $7, policy = $9,
                         exception_from = $10, exception_reason = $11, failed_open_at = $12,
                         claim_window = $13, session_length = $14,
                         closed_at = case when $8 then coalesce(closed_at, clock_timestamp()) end
         where room_id = $1",
        room.id.uuid(),
        room.state.name(),
        room.version,
        int(room.settings.admit_per_minute),
        int(room.settings.max_active),
        room.message,
        room.pause_reason,
        closed,
        policy(room)?,
        room.exception.as_ref().map(|exception| exception.from.name()),
        room.exception.as_ref().map(|exception| exception.reason.as_str()),
        room.failed_open_at,
        interval(room.settings.claim_window),
        interval(room.settings.session_length)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether a room was open at any time.
///
/// # Errors
/// When the database is away.
pub async fn was_open(tx: &mut Tx, room: RoomId) -> Result<bool, StoreError> {
    let was_open = sqlx::query_scalar!(
        r#"select exists (select from room_log where room_id = $1 and (detail->>'to' = 'open' or detail->>'state' = 'open'))
                  or exists (select from batch where room_id = $1)
                  or exists (select from suspension where room_id = $1) as "was_open!""#,
        room.uuid()
    );
    Ok(was_open.fetch_one(&mut **tx).await?)
}

/// Marks a locked room removed, and closes it.
///
/// # Errors
/// When the database is away.
pub async fn mark_removed(tx: &mut Tx, room: &Room) -> Result<(), StoreError> {
    sqlx::query!(
        "update room set state = 'closed', closed_at = clock_timestamp(), removed_at = clock_timestamp()
         where room_id = $1",
        room.id.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn policy(room: &Room) -> Result<Value, StoreError> {
    serde_json::to_value(&room.policy).map_err(|error| StoreError::Unexpected(error.to_string()))
}

/// Bounds are checked before; beyond them the database refuses.
fn int(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

/// Adds an entry to the log of `room`. The database chains it to the entry before, under the room's lock.
///
/// # Errors
/// When the database is away.
pub async fn append_log(
    tx: &mut Tx,
    room: RoomId,
    actor: Option<AccountId>,
    kind: &str,
    detail: &Value,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into room_log (room_id, at, actor_id, kind, detail) values ($1, clock_timestamp(), $2, $3, $4)",
        room.uuid(),
        actor.map(AccountId::uuid),
        kind,
        detail
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
