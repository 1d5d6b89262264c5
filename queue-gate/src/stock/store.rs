//! What booking-api publishes of its events, and what the record says of a room's slots.

use std::collections::HashMap;

use contracts::id::{EventId, RoomId};
use platform::postgres::{Postgres, StoreError};

use super::Stock;

/// What is left of `events`; those of which nothing is published are missing. The tables are booking-api's.
///
/// # Errors
/// When the database is away.
pub async fn of(postgres: &Postgres, events: &[EventId]) -> Result<HashMap<EventId, Stock>, StoreError> {
    let rows = sqlx::query!(
        r#"select event_id as "event_id!", total as "total!", sold as "sold!", tiers as "tiers?" from event_availability
           left join event_stock using (event_id) where event_id = any($1)"#,
        &events.iter().map(|event| event.uuid()).collect::<Vec<_>>()
    )
    .fetch_all(postgres)
    .await?;
    let count = |count: i32| u64::from(count.unsigned_abs());
    rows.into_iter()
        .map(|row| {
            let tiers = row.tiers.map(serde_json::from_value).transpose();
            let tiers = tiers.map_err(|error| StoreError::Unexpected(format!("no tiers: {error}")))?;
            let stock =
                Stock { total: count(row.total), sold: count(row.sold), tiers: tiers.unwrap_or_default() };
            Ok((row.event_id.into(), stock))
        })
        .collect()
}

/// How many were ever called in each of `rooms`, and how many are called or inside.
///
/// # Errors
/// When the database is away.
pub async fn called(
    postgres: &Postgres,
    rooms: &[RoomId],
) -> Result<HashMap<RoomId, (u64, u64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select room_id, count(*) as "called!", count(*) filter (where state <> 'ended') as "inside!"
           from slot where room_id = any($1) group by room_id"#,
        &rooms.iter().map(|room| room.uuid()).collect::<Vec<_>>()
    )
    .fetch_all(postgres)
    .await?;
    let counts = rows
        .into_iter()
        .map(|row| (row.room_id.into(), (row.called.unsigned_abs(), row.inside.unsigned_abs())));
    Ok(counts.collect())
}

/// Whether `room` was drained by a gate, and not by its organizer.
///
/// # Errors
/// When the database is away.
pub async fn drained_by_gate(postgres: &Postgres, room: RoomId) -> Result<bool, StoreError> {
    let by_gate = sqlx::query_scalar!(
        r#"select actor_id is null as "by_gate!" from room_log
           where room_id = $1 and kind = 'drained' order by entry desc limit 1"#,
        room.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(by_gate.unwrap_or(false))
}
