//! Asks PostgreSQL which versions changed.

use contracts::id::EventId;
use platform::postgres::{Postgres, StoreError};

/// Up to where changes were seen: the oldest transaction that was still running then (`xmin`). What commits later has
/// this number or a higher one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(i64);

/// What changed since a position, and the position from which to go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Events with their versions, some of them seen before.
    pub events: Vec<(EventId, i64)>,
    /// For the next time.
    pub position: Position,
}

/// What changed since `position`, in one snapshot with the next one. A transaction that commits late is not missed,
/// for its number was not below the position; what it shares numbers with is told again.
///
/// # Errors
/// [`StoreError`].
pub async fn changes(postgres: &Postgres, position: Position) -> Result<Changes, StoreError> {
    let rows = sqlx::query!(
        r#"select at.xmin as "xmin!", v.event_id as "event_id?", v.version as "version?"
           from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin) at
           left join search_version v on v.changed_in >= $1::text::xid8"#,
        position.0.to_string()
    )
    .fetch_all(postgres)
    .await?;
    let next = rows.first().map_or(position, |row| Position(row.xmin));
    let events = rows.into_iter().filter_map(|row| Some((row.event_id?.into(), row.version?))).collect();
    Ok(Changes { events, position: next })
}

/// The position of this moment: taken before everything is read, nothing is missed afterwards.
///
/// # Errors
/// [`StoreError`].
pub async fn position(postgres: &Postgres) -> Result<Position, StoreError> {
    let xmin =
        sqlx::query_scalar!(r#"select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as "xmin!""#)
            .fetch_one(postgres)
            .await?;
    Ok(Position(xmin))
}
