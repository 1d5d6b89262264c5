//! Who was called when, and how forecasts turned out, in PostgreSQL.

use chrono::{DateTime, Utc};
use contracts::{id::RoomId, place::PlaceNumber};
use platform::postgres::{Postgres, StoreError};

use super::sample::Score;

/// A batch of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// Its tick.
    pub tick: i64,
    /// When it was applied; when it was granted, for one that is being applied.
    pub at: DateTime<Utc>,
    /// Whose turn it was.
    pub places: Vec<PlaceNumber>,
}

/// The batches of `room` after the tick `after` up to the tick `last`, in order, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn called(
    postgres: &Postgres,
    room: RoomId,
    after: i64,
    last: i64,
    limit: i64,
) -> Result<Vec<Called>, StoreError> {
    let rows = sqlx::query!(
        r#"select tick, coalesce(applied_at, granted_at) as "at!", places from batch
           where room_id = $1 and tick > $2 and tick <= $3 order by tick limit $4"#,
        room.uuid(),
        after,
        last,
        limit
    )
    .fetch_all(postgres)
    .await?;
    let place = |place: i64| PlaceNumber::from_raw(place.unsigned_abs());
    Ok(rows
        .into_iter()
        .map(|row| Called { tick: row.tick, at: row.at, places: row.places.into_iter().map(place).collect() })
        .collect())
}

/// Writes how the forecasts that the process `node` gave in `room` turned out so far.
///
/// # Errors
/// When the database is away; safe to repeat.
pub async fn write_score(
    postgres: &Postgres,
    room: RoomId,
    node: u32,
    score: Score,
) -> Result<(), StoreError> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    sqlx::query!(
        "insert into forecast_score (room_id, node, below, inside, above) values ($1, $2, $3, $4, $5)
         on conflict (room_id, node)
         do update set below = excluded.below, inside = excluded.inside, above = excluded.above",
        room.uuid(),
        i64::from(node),
        count(score.below),
        count(score.inside),
        count(score.above)
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// How all forecasts in `room` turned out that were kept.
///
/// # Errors
/// When the database is away.
pub async fn score(postgres: &Postgres, room: RoomId) -> Result<Score, StoreError> {
    let row = sqlx::query!(
        r#"select coalesce(sum(below), 0)::bigint as "below!", coalesce(sum(inside), 0)::bigint as "inside!",
                  coalesce(sum(above), 0)::bigint as "above!"
           from forecast_score where room_id = $1"#,
        room.uuid()
    )
    .fetch_one(postgres)
    .await?;
    Ok(Score {
        below: row.below.unsigned_abs(),
        inside: row.inside.unsigned_abs(),
        above: row.above.unsigned_abs(),
    })
}
