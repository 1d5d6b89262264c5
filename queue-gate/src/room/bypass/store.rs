//! How many requests each rule let through, in PostgreSQL.

use std::collections::HashMap;

use contracts::id::RoomId;
use platform::postgres::{Postgres, StoreError};

/// Adds `requests` to those that `rule` of `room` let through.
///
/// # Errors
/// When the database is away.
pub async fn add(postgres: &Postgres, room: RoomId, rule: &str, requests: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into bypass_count (room_id, rule, requests) values ($1, $2, $3)
         on conflict (room_id, rule) do update set requests = bypass_count.requests + excluded.requests",
        room.uuid(),
        rule,
        requests
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// How many requests the rules of `room` let through, by name; also those that it has no longer.
///
/// # Errors
/// When the database is away.
pub async fn of(postgres: &Postgres, room: RoomId) -> Result<HashMap<String, u64>, StoreError> {
    let rows = sqlx::query!("select rule, requests from bypass_count where room_id = $1", room.uuid())
        .fetch_all(postgres)
        .await?;
    Ok(rows.into_iter().map(|row| (row.rule, row.requests.unsigned_abs())).collect())
}
