//! Grants and slots in PostgreSQL. Time is the database's, read after the room's row is locked, unless a test moves it.

mod fate;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{PassId, RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use platform::postgres::{Postgres, StoreError, Tx};
use sqlx::postgres::types::PgInterval;
use uuid::Uuid;

use super::{Owed, Recent, Spot};
use crate::room::store::{interval, span};
pub use fate::{Fate, fates};

/// What a grant is decided on, all of it read under the lock.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// What time it is; never earlier than at the last grant.
    pub now: DateTime<Utc>,
    /// Since when the line is in the Redis where it is.
    pub epoch_since: Option<DateTime<Utc>>,
    /// The last tick that was granted.
    pub last_tick: i64,
    /// How many are called or inside.
    pub taken: u32,
    /// The batches that still count in the rate, and the last one, in their order.
    pub recent: Vec<Recent>,
}

/// A batch as it was granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its tick.
    pub tick: i64,
    /// The epoch in which it was granted.
    pub epoch: u32,
    /// Who is called.
    pub places: Vec<Spot>,
    /// What each lane is owed after it.
    pub owed: Owed,
    /// How long its places may be claimed: as the room's settings were, whenever it is applied and by whom.
    pub claim_window: TimeDelta,
}

struct UnappliedRow {
    tick: i64,
    epoch: i32,
    places: Vec<i64>,
    lanes: Option<Vec<i16>>,
    owed: Option<Vec<i64>>,
    claim_window: PgInterval,
}

/// What the line answered when it was told of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its epoch.
    pub epoch: u32,
    /// Whether places that it does not know may still come back, because it was lost since the grant.
    pub may_return: bool,
    /// Whose the places are, in the batch's order; `None` where the line does not know.
    pub visitors: Vec<Option<VisitorId>>,
}

/// A slot that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The room.
    pub room: RoomId,
    /// Whose it was.
    pub place: PlaceNumber,
    /// Its pass.
    pub pass: PassId,
    /// Why.
    pub cause: String,
    /// When shopping would have ended.
    pub until: Option<DateTime<Utc>>,
}

/// Reads what a grant is decided on. The room's row must be locked by `tx`.
///
/// # Errors
/// When the database is away.
pub async fn ledger(tx: &mut Tx, room: RoomId, now: Option<DateTime<Utc>>) -> Result<Ledger, StoreError> {
    let head = sqlx::query!(
        r#"select greatest(last_granted_at, coalesce($2, clock_timestamp())) as "now!", epoch_since, last_tick,
                  (select count(*) from slot where room_id = $1 and state <> 'ended') as "taken!"
           from room where room_id = $1"#,
        room.uuid(),
        now
    )
    .fetch_one(&mut **tx)
    .await?;
    let recent = sqlx::query!(
        r#"select coalesce(applied_at, $2) as "at!", granted_at, cardinality(places) as "calls!", owed from batch
           where room_id = $1 and (applied_at is null or applied_at > $2 - interval '60 seconds' or tick = $3)
           order by tick"#,
        room.uuid(),
        head.now,
        head.last_tick
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(Ledger {
        now: head.now,
        epoch_since: head.epoch_since,
        last_tick: head.last_tick,
        taken: u32::try_from(head.taken).unwrap_or(u32::MAX),
        recent: recent
            .into_iter()
            .map(|row| Recent {
                at: row.at,
                granted: row.granted_at,
                calls: u32::try_from(row.calls).unwrap_or(u32::MAX),
                owed: owed(row.owed),
            })
            .collect(),
    })
}

/// Which of `places` have a slot that lives.
///
/// # Errors
/// When the database is away.
pub async fn with_slot(tx: &mut Tx, room: RoomId, places: &[Spot]) -> Result<Vec<PlaceNumber>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select place from slot where room_id = $1 and place = any($2) and state <> 'ended'",
        room.uuid(),
        &numbers(places)
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(number).collect())
}

/// Grants `batch` at `now`, with a slot for each place. The key (room, tick) refuses a second one.
///
/// # Errors
/// When the database is away, or another batch is not applied.
pub async fn grant(
    tx: &mut Tx,
    room: RoomId,
    batch: &Batch,
    passes: &[PassId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let places = numbers(&batch.places);
    let lanes: Vec<i16> = batch.places.iter().map(|spot| i16::from(spot.lane.number())).collect();
    let passes: Vec<Uuid> = passes.iter().map(|pass| pass.uuid()).collect();
    let epoch = i32::try_from(batch.epoch).unwrap_or(i32::MAX);
    sqlx::query!(
        "insert into batch (room_id, tick, places, epoch, granted_at, lanes, owed, claim_window)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        room.uuid(),
        batch.tick,
        &places,
        epoch,
        now,
        &lanes,
        &batch.owed.0,
        interval(batch.claim_window)
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into slot (room_id, pass_id, place, tick, state, lane)
         select $1, new.pass, new.place, $2, 'called', new.lane
         from unnest($3::bigint[], $4::uuid[], $5::smallint[]) as new (place, pass, lane)",
        room.uuid(),
        batch.tick,
        &places,
        &passes,
        &lanes
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update room set last_tick = $2, last_granted_at = $3 where room_id = $1",
        room.uuid(),
        batch.tick,
        now
    )
    .execute(&mut **tx)
    .await?;
    let mut detail = serde_json::json!({ "tick": batch.tick, "places": places.len() });
    if lanes.iter().any(|lane| *lane > 0) {
        let calls = |lane: Lane| batch.places.iter().filter(|spot| spot.lane == lane).count();
        detail["lanes"] = Lane::all().map(calls).collect();
    }
    crate::room::store::append_log(tx, room, None, "called", &detail).await
}

/// The batch of `room` that is granted and not applied.
///
/// # Errors
/// When the database is away.
pub async fn unapplied(postgres: &Postgres, room: RoomId) -> Result<Option<Batch>, StoreError> {
    let row = sqlx::query_as!(
        UnappliedRow,
        r#"select tick, batch.epoch, places, lanes, owed, coalesce(batch.claim_window, room.claim_window) as "claim_window!"
           from batch join room using (room_id) where room_id = $1 and applied_at is null"#,
        room.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    let batch = |row: UnappliedRow| {
        Ok(Batch {
            tick: row.tick,
            epoch: u32::try_from(row.epoch).unwrap_or_default(),
            places: spots(row.places, row.lanes),
            owed: owed(row.owed),
            claim_window: span(&row.claim_window)?,
        })
    };
    row.map(batch).transpose()
}

/// The epoch of `room`, which stays as it is until `tx` ends.
///
/// # Errors
/// When the database is away.
pub async fn epoch(tx: &mut Tx, room: RoomId) -> Result<Option<u32>, StoreError> {
    let epoch = sqlx::query_scalar!("select epoch from room where room_id = $1 for share", room.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(epoch.map(|epoch| u32::try_from(epoch).unwrap_or_default()))
}

/// Marks a batch applied and begins the claim windows, as the line has answered. A place that the line does not know has
/// its slot released, unless it may return. `false` when another gate has marked the batch.
///
/// # Errors
/// When the database is away.
pub async fn mark_applied(
    tx: &mut Tx,
    room: RoomId,
    batch: &Batch,
    told: &Told,
    now: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let marked = sqlx::query!(
        "update batch set applied_at = greatest(granted_at, coalesce($3, clock_timestamp()))
         where room_id = $1 and tick = $2 and applied_at is null",
        room.uuid(),
        batch.tick,
        now
    )
    .execute(&mut **tx)
    .await?;
    if marked.rows_affected() == 0 {
        return Ok(false);
    }
    let places = numbers(&batch.places);
    // The nil UUID stands for nobody: an array of optional ones cannot be bound and checked at once.
    let visitors: Vec<Uuid> =
        told.visitors.iter().map(|visitor| visitor.map_or(Uuid::nil(), VisitorId::uuid)).collect();
    sqlx::query!(
        "update slot set visitor_id = seen.visitor, until = batch.applied_at + $6,
                state = case when seen.visitor is null and not $5 then 'ended' else 'called' end,
                ended_at = case when seen.visitor is null and not $5 then batch.applied_at end,
                cause = case when seen.visitor is null and not $5 then 'gone' end
         from (select place, nullif(id, '00000000-0000-0000-0000-000000000000') as visitor
               from unnest($3::bigint[], $4::uuid[]) as told (place, id)) as seen, batch
         where slot.room_id = $1 and slot.tick = $2 and slot.place = seen.place and slot.state = 'called'
           and batch.room_id = $1 and batch.tick = $2",
        room.uuid(),
        batch.tick,
        &places,
        &visitors,
        told.may_return,
        interval(batch.claim_window)
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// Ends the slots of `room` whose time is over: called ones at the end of their window, active ones at their recorded end.
///
/// # Errors
/// When the database is away.
pub async fn expire(
    postgres: &Postgres,
    room: RoomId,
    now: Option<DateTime<Utc>>,
) -> Result<Vec<Ended>, StoreError> {
    let rows = sqlx::query!(
        r#"update slot set state = 'ended', ended_at = coalesce($2, clock_timestamp()),
                  cause = case state when 'called' then 'no_show' else 'expired' end
           where room_id = $1 and state <> 'ended'
             and case state when 'called' then until else ends_at end <= coalesce($2, clock_timestamp())
           returning place, pass_id, cause as "cause!", until"#,
        room.uuid(),
        now
    )
    .fetch_all(postgres)
    .await?;
    let ended = rows.into_iter().map(|row| Ended {
        room,
        place: number(row.place),
        pass: row.pass_id.into(),
        cause: row.cause,
        until: row.until,
    });
    Ok(ended.collect())
}

/// Consumes what booking-api released, at most `limit` rows, and ends the slots that it names. Rows that another gate has
/// in hand are left to it.
///
/// # Errors
/// When the database is away.
pub async fn consume_releases(
    postgres: &Postgres,
    now: Option<DateTime<Utc>>,
    limit: i64,
) -> Result<Vec<Ended>, StoreError> {
    let rows = sqlx::query!(
        r#"with due as (
             select release_id, room_id, pass_id, cause from slot_release
             where consumed_at is null order by release_id limit $2 for update skip locked
           ), done as (
             update slot_release set consumed_at = coalesce($1, clock_timestamp())
             from due where slot_release.release_id = due.release_id
           )
           update slot set state = 'ended', ended_at = coalesce($1, clock_timestamp()), cause = due.cause
           from due where slot.room_id = due.room_id and slot.pass_id = due.pass_id and slot.state <> 'ended'
           returning slot.room_id, slot.place, slot.pass_id, slot.cause as "cause!", slot.until"#,
        now,
        limit
    )
    .fetch_all(postgres)
    .await?;
    let ended = rows.into_iter().map(|row| Ended {
        room: row.room_id.into(),
        place: number(row.place),
        pass: row.pass_id.into(),
        cause: row.cause,
        until: row.until,
    });
    Ok(ended.collect())
}

/// How many slots of `room` are called and active, and how many calls counted in the last minute.
///
/// # Errors
/// When the database is away.
pub async fn slots(
    postgres: &Postgres,
    room: RoomId,
    now: Option<DateTime<Utc>>,
) -> Result<(u64, u64, u64), StoreError> {
    let row = sqlx::query!(
        r#"select (select count(*) from slot where room_id = $1 and state = 'called') as "called!",
                  (select count(*) from slot where room_id = $1 and state = 'active') as "active!",
                  (select coalesce(sum(cardinality(places)), 0)::bigint from batch where room_id = $1
                   and applied_at > coalesce($2, clock_timestamp()) - interval '60 seconds') as "admitted!""#,
        room.uuid(),
        now
    )
    .fetch_one(postgres)
    .await?;
    Ok((row.called.unsigned_abs(), row.active.unsigned_abs(), row.admitted.unsigned_abs()))
}

/// A number as PostgreSQL stores it: epochs stay below 2²⁰, so it always fits.
pub fn bigint(place: PlaceNumber) -> i64 {
    i64::try_from(place.raw()).unwrap_or(i64::MAX)
}

fn bigints(places: &[PlaceNumber]) -> Vec<i64> {
    places.iter().copied().map(bigint).collect()
}

fn numbers(places: &[Spot]) -> Vec<i64> {
    places.iter().map(|spot| bigint(spot.number)).collect()
}

/// A batch that an older gate granted knows no lanes: all of it is of the main one.
fn spots(places: Vec<i64>, lanes: Option<Vec<i16>>) -> Vec<Spot> {
    let lanes = lanes.unwrap_or_default().into_iter().map(lane).chain(std::iter::repeat(Lane::MAIN));
    places.into_iter().zip(lanes).map(|(place, lane)| Spot { lane, number: number(place) }).collect()
}

/// A lane as PostgreSQL stores it: a check holds it between 0 and 7.
pub fn lane(stored: i16) -> Lane {
    u8::try_from(stored).ok().and_then(Lane::new).unwrap_or_default()
}

fn owed(stored: Option<Vec<i64>>) -> Owed {
    Owed(stored.unwrap_or_default().try_into().unwrap_or_default())
}

fn number(place: i64) -> PlaceNumber {
    PlaceNumber::from_raw(place.unsigned_abs())
}
