//! Suspensions in PostgreSQL.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::RoomId;
use platform::postgres::{Postgres, StoreError, Tx};

use super::Cause;

/// An interval that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Why it was.
    pub cause: String,
    /// Since when.
    pub began_at: DateTime<Utc>,
    /// Until when.
    pub ended_at: DateTime<Utc>,
    /// How many visitors were let through, as far as it is counted.
    pub visitors: i64,
}

/// Begins an interval. The room's row must be locked by `tx`.
///
/// # Errors
/// When the database is away, or another interval of the room has not ended.
pub async fn begin(
    tx: &mut Tx,
    room: RoomId,
    cause: Cause,
    reason: &str,
    now: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into suspension (room_id, cause, reason, began_at)
         values ($1, $2, $3, coalesce($4, clock_timestamp()))",
        room.uuid(),
        cause.name(),
        reason,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends the interval of `room`. `None` where there is none.
///
/// # Errors
/// When the database is away.
pub async fn end(tx: &mut Tx, room: RoomId, now: Option<DateTime<Utc>>) -> Result<Option<Ended>, StoreError> {
    let row = sqlx::query!(
        r#"update suspension set ended_at = greatest(began_at, coalesce($2, clock_timestamp()))
           where room_id = $1 and ended_at is null returning cause, began_at, ended_at as "ended_at!", visitors"#,
        room.uuid(),
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Ended {
        cause: row.cause,
        began_at: row.began_at,
        ended_at: row.ended_at,
        visitors: row.visitors,
    }))
}

/// Adds `visitors` to the latest interval of `room`, which may have ended a moment ago.
///
/// # Errors
/// When the database is away.
pub async fn add_visitors(postgres: &Postgres, room: RoomId, visitors: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "update suspension set visitors = visitors + $2
         where room_id = $1 and suspension_id = (select max(suspension_id) from suspension where room_id = $1)",
        room.uuid(),
        visitors
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Notes that a tick of `room` got through.
///
/// # Errors
/// When the database is away.
pub async fn pulse(postgres: &Postgres, room: RoomId, now: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into room_pulse (room_id, at) values ($1, coalesce($2, clock_timestamp()))
         on conflict (room_id) do update set at = greatest(room_pulse.at, excluded.at)",
        room.uuid(),
        now
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Notes that `room` is looked after from now on.
///
/// # Errors
/// When the database is away.
pub async fn begin_pulse(tx: &mut Tx, room: RoomId, now: Option<DateTime<Utc>>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into room_pulse (room_id, at) values ($1, coalesce($2, clock_timestamp()))
         on conflict (room_id) do update set at = excluded.at",
        room.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether no tick of `room` got through for `span`.
///
/// # Errors
/// When the database is away.
pub async fn is_quiet(
    tx: &mut Tx,
    room: RoomId,
    span: TimeDelta,
    now: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let quiet = sqlx::query_scalar!(
        r#"select at + make_interval(secs => $3) <= coalesce($2, clock_timestamp()) as "quiet!"
           from room_pulse where room_id = $1"#,
        room.uuid(),
        now,
        span.as_seconds_f64()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(quiet.unwrap_or(false))
}

/// What time it is: the database's, unless the caller moves it.
///
/// # Errors
/// When the database is away.
pub async fn now(tx: &mut Tx, now: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, StoreError> {
    let now = sqlx::query_scalar!(r#"select coalesce($1, clock_timestamp()) as "now!""#, now);
    Ok(now.fetch_one(&mut **tx).await?)
}
