//! What the record knows of a past sale.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::RoomId;
use platform::postgres::{Postgres, StoreError};
use uuid::Uuid;

use super::{
    fans::{FANS_MAX, Habits},
    request::Recorded,
};
use crate::{admission::store::lane, lane::Lanes};

/// The sale of `room`, as far as it was recorded: who was called. A fan is taken to have come when the gate first saw
/// them (their id says when), or when the room was made, whichever was later, and into the lane from which they were called;
/// those who were never called are not in it. `lanes` are those of the room.
///
/// # Errors
/// When the database is away.
pub async fn recorded(postgres: &Postgres, room: RoomId, lanes: Lanes) -> Result<Recorded, StoreError> {
    let rows = sqlx::query!(
        r#"select distinct on (slot.place) slot.visitor_id, slot.lane, batch.applied_at, room.created_at
           from slot join batch using (room_id, tick) join room using (room_id)
           where slot.room_id = $1 order by slot.place, slot.tick limit $2"#,
        room.uuid(),
        i64::from(FANS_MAX)
    )
    .fetch_all(postgres)
    .await?;
    let came = |id: Option<Uuid>, called: Option<DateTime<Utc>>, made: DateTime<Utc>| {
        let seen = id.and_then(|id| id.get_timestamp()).map(|at| at.to_unix());
        let seen =
            seen.and_then(|(seconds, nanos)| DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos));
        let called = called.unwrap_or(made);
        seen.unwrap_or(called).clamp(made.min(called), called).timestamp_millis()
    };
    let fan =
        rows.into_iter().map(|row| (came(row.visitor_id, row.applied_at, row.created_at), lane(row.lane)));
    let mut arrivals: Vec<_> = fan.collect();
    arrivals.sort_unstable();
    let first = arrivals.first().map_or(0, |(at, _)| *at);
    for (at, _) in &mut arrivals {
        *at -= first;
    }
    Ok(Recorded { arrivals, lanes, habits: habits(postgres, room).await? })
}

/// How those behaved who were called. What nobody did is as usual.
async fn habits(postgres: &Postgres, room: RoomId) -> Result<Habits, StoreError> {
    let row = sqlx::query!(
        r#"select count(*) as "called!", count(*) filter (where cause = 'no_show') as "no_shows!",
                  count(exchanged_at) as "entered!", count(*) filter (where cause = 'purchased') as "bought!",
                  (extract(epoch from avg(exchanged_at - batch.applied_at)) * 1000)::bigint as claims_after,
                  (extract(epoch from avg(ended_at - exchanged_at)) * 1000)::bigint as shops_for
           from slot join batch using (room_id, tick) where room_id = $1"#,
        room.uuid()
    )
    .fetch_one(postgres)
    .await?;
    let usual = Habits::default();
    let share = |part: i64, whole: i64, usual: f64| {
        let count = |value: i64| f64::from(u32::try_from(value).unwrap_or(u32::MAX));
        if whole > 0 { (count(part) / count(whole)).clamp(0.0, 1.0) } else { usual }
    };
    let span =
        |millis: Option<i64>, usual| millis.map_or(usual, |millis| TimeDelta::milliseconds(millis.max(1)));
    Ok(Habits {
        no_show: share(row.no_shows, row.called, usual.no_show),
        buys: share(row.bought, row.entered, usual.buys),
        claims_after: span(row.claims_after, usual.claims_after),
        shops_for: span(row.shops_for, usual.shops_for),
        ..usual
    })
}
