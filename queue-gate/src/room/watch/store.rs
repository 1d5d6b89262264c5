//! A room's numbers in PostgreSQL, and the last number of its line in Redis.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use contracts::{id::RoomId, place::PlaceNumber};
use platform::{
    postgres::{Postgres, StoreError},
    redis::Redis,
};
use redis::Script;
use serde::Serialize;

use super::{NoShows, Waited};
use crate::{
    admission::{census::Census, store::bigint},
    line::{
        LineError,
        store::{integer, on, run},
    },
    line_script,
    room::Room,
};

static LAST: LazyLock<Script> = line_script!("lua/last.lua");

/// One minute of a room.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Minute {
    /// When it began.
    pub minute: DateTime<Utc>,
    /// The room's state when it had ended.
    pub state: String,
    /// In line then; absent while Redis was away.
    pub waiting: Option<i64>,
    /// Parked then.
    pub away: Option<i64>,
    /// Called then.
    pub called: i64,
    /// Inside then.
    pub active: i64,
    /// Called in it.
    pub admitted: i64,
    /// Turns that ended in it and that nobody had claimed.
    pub no_shows: i64,
    /// The rate that was allowed.
    pub target: i32,
    /// Half of those called in it had waited so many seconds at most.
    pub wait_p50: Option<f64>,
    /// Nine in ten of them.
    pub wait_p90: Option<f64>,
}

/// What time it is, the turns that nobody claimed, and how long the last thousand who were called had waited: from the mark
/// that their number was given by, so to a few seconds.
///
/// # Errors
/// When the database is away.
pub async fn numbers(
    postgres: &Postgres,
    room: RoomId,
    now: Option<DateTime<Utc>>,
) -> Result<(DateTime<Utc>, NoShows, Waited), StoreError> {
    let row = sqlx::query!(
        r#"with clock as (select coalesce($2, clock_timestamp()) as now), called as (
             select place, granted_at from batch, unnest(places) as place
             where room_id = $1 and granted_at > (select now from clock) - interval '5 minutes'
             order by granted_at desc limit 1000
           ), waited as (
             select greatest(0, extract(epoch from granted_at - (select at from line_mark
               where line_mark.room_id = $1 and number >= place order by number limit 1)))::float8 as seconds from called
           )
           select (select now from clock) as "now!",
                  (select count(*) from slot where room_id = $1 and cause = 'no_show') as "no_shows!",
                  (select count(*) from slot where room_id = $1 and cause = 'no_show'
                   and ended_at > (select now from clock) - interval '60 seconds') as "of_late!",
                  (select percentile_cont(0.5) within group (order by seconds) from waited) as p50,
                  (select percentile_cont(0.9) within group (order by seconds) from waited) as p90,
                  (select count(seconds) from waited) as "of!""#,
        room.uuid(),
        now
    )
    .fetch_one(postgres)
    .await?;
    let no_shows = NoShows { last_minute: row.of_late, total: row.no_shows };
    Ok((row.now, no_shows, Waited { p50: row.p50, p90: row.p90, of: row.of }))
}

/// The last number that the line of `room` has given; `None` where it has given none.
///
/// # Errors
/// When Redis is away.
pub async fn last_number(redis: &Redis, room: RoomId) -> Result<Option<PlaceNumber>, LineError> {
    let (epoch, given): (String, String) = run(redis, &on(&LAST, room)).await?;
    let (epoch, given) = (integer(&epoch)?, integer(&given)?);
    let of = |epoch, given| PlaceNumber::new(epoch, given);
    Ok((given > 0)
        .then(|| of(u32::try_from(epoch).unwrap_or(u32::MAX), u32::try_from(given).unwrap_or(u32::MAX))))
}

/// Marks that `number` had been given by now, where that is news and no gate has marked anything within 4 seconds.
///
/// # Errors
/// When the database is away.
pub async fn mark(
    postgres: &Postgres,
    room: RoomId,
    number: PlaceNumber,
    now: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into line_mark (room_id, number, at)
         select $1, $2, coalesce($3, clock_timestamp())
         where not exists (select from line_mark where room_id = $1
                           and (number >= $2 or at > coalesce($3, clock_timestamp()) - interval '4 seconds'))
         on conflict do nothing",
        room.uuid(),
        bigint(number),
        now
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Whether the minute before this one is on record.
///
/// # Errors
/// When the database is away.
pub async fn has_minute(
    postgres: &Postgres,
    room: RoomId,
    now: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from room_minute where room_id = $1
             and minute = date_trunc('minute', coalesce($2, clock_timestamp())) - interval '1 minute') as "found!""#,
        room.uuid(),
        now
    );
    Ok(found.fetch_one(postgres).await?)
}

/// Puts the minute before this one on record, once: what happened in it, and how many are where now that it is over. Marks
/// that are a day old are of no more use.
///
/// # Errors
/// When the database is away.
pub async fn add_minute(
    postgres: &Postgres,
    room: &Room,
    census: &Census,
    now: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    let count = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    sqlx::query!(
        r#"with span as (
             select date_trunc('minute', coalesce($2, clock_timestamp())) - interval '1 minute' as since,
                    date_trunc('minute', coalesce($2, clock_timestamp())) as till
           ), called as (
             select place, granted_at from batch, span, unnest(places) as place
             where room_id = $1 and granted_at >= since and granted_at < till
           ), waited as (
             select greatest(0, extract(epoch from granted_at - (select at from line_mark
               where line_mark.room_id = $1 and number >= place order by number limit 1)))::float8 as seconds
             from (select * from called limit 5000) as sample
           ), old as (
             delete from line_mark where room_id = $1 and at < (select since from span) - interval '1 day'
           )
           insert into room_minute (room_id, minute, state, waiting, away, called, active, admitted, no_shows, target,
                                    wait_p50, wait_p90)
           select $1, since, $3, $4, $5, $6, $7, (select count(*) from called),
                  (select count(*) from slot where room_id = $1 and cause = 'no_show'
                   and ended_at >= since and ended_at < till), $8,
                  (select percentile_cont(0.5) within group (order by seconds) from waited),
                  (select percentile_cont(0.9) within group (order by seconds) from waited)
           from span on conflict do nothing"#,
        room.id.uuid(),
        now,
        room.state.name(),
        census.waiting.map(count),
        census.away.map(count),
        count(census.called),
        count(census.active),
        i32::try_from(room.settings.admit_per_minute).unwrap_or(i32::MAX)
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// The minutes of `room` after `after`, oldest first, at most `limit`.
///
/// # Errors
/// When the database is away.
pub async fn minutes(
    postgres: &Postgres,
    room: RoomId,
    after: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Minute>, StoreError> {
    Ok(sqlx::query_as!(
        Minute,
        "select minute, state, waiting, away, called, active, admitted, no_shows, target, wait_p50, wait_p90
         from room_minute where room_id = $1 and minute > $2 order by minute limit $3",
        room.uuid(),
        after,
        limit
    )
    .fetch_all(postgres)
    .await?)
}
