//! What became of places that were called.

use chrono::{DateTime, Utc};
use contracts::{id::RoomId, place::PlaceNumber};
use platform::postgres::{Postgres, StoreError};

use super::{bigints, number};

/// What became last of a place that was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its slot lives and is called.
    Called,
    /// Its slot lives; shopping ends then.
    Inside(DateTime<Utc>),
    /// Nobody claimed.
    NoShow,
    /// Its slot ended otherwise.
    Over,
}

/// What became of `places`; those that never had a slot are missing.
///
/// # Errors
/// When the database is away.
pub async fn fates(
    postgres: &Postgres,
    room: RoomId,
    places: &[PlaceNumber],
) -> Result<Vec<(PlaceNumber, Fate)>, StoreError> {
    let rows = sqlx::query!(
        "select distinct on (place) place, state, cause, until
         from slot where room_id = $1 and place = any($2) order by place, tick desc",
        room.uuid(),
        &bigints(places)
    )
    .fetch_all(postgres)
    .await?;
    let fate = rows.into_iter().map(|row| {
        let fate = match (row.state.as_str(), row.cause.as_deref(), row.until) {
            ("called", ..) => Fate::Called,
            ("active", _, Some(until)) => Fate::Inside(until),
            (_, Some("no_show"), _) => Fate::NoShow,
            _ => Fate::Over,
        };
        (number(row.place), fate)
    });
    Ok(fate.collect())
}
