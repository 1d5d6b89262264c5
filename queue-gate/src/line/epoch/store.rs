//! Epochs in PostgreSQL and in Redis.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use contracts::{
    id::{RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use platform::{
    postgres::{Postgres, StoreError, Tx},
    redis::Redis,
};
use redis::Script;

use crate::{
    admission,
    line::{
        LineError, PlaceState,
        store::{integer, on, run},
    },
    line_script,
};

static HEALTH: LazyLock<Script> = line_script!("../lua/health.lua");
static PROJECT: LazyLock<Script> = line_script!("../lua/project.lua");
static FENCE: LazyLock<Script> = line_script!("../lua/fence.lua");
static REMERGE: LazyLock<Script> = line_script!("../lua/remerge.lua");
static BEGIN: LazyLock<Script> = line_script!("../lua/begin.lua");

/// Who did not show up so often is not called again.
const MISSES: i64 = 2;

/// What a Redis says of itself and of a line in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The Redis that answers.
    pub run_id: String,
    /// The one that the line belongs to; empty where there is none.
    pub line_run_id: String,
}

impl Health {
    /// Whether the line is where it was.
    pub fn is_whole(&self) -> bool {
        self.run_id == self.line_run_id
    }
}

/// What became of raising an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// It is this now.
    To {
        /// The epoch.
        epoch: u32,
        /// The last tick that was applied: a batch that was granted after it is applied to the new epoch.
        last_tick: i64,
    },
    /// Somebody else raised it in between.
    ByAnother,
    /// The room has left this Redis for another: nothing must be written to it any more.
    Left,
}

/// A place that was called once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CalledBefore {
    /// Its number.
    pub number: PlaceNumber,
    /// Whose it is, where that is known.
    pub visitor: Option<VisitorId>,
    /// Called, inside or ended; away for one who did not show up and is called once more.
    pub state: PlaceState,
    /// The end of the claim window or of the session.
    pub ends: Option<DateTime<Utc>>,
    /// How often its holder did not show up.
    pub missed: u32,
    /// The lane that it was called from.
    pub lane: Lane,
}

/// Waits until no other gate recovers `room`; none does until `tx` ends.
///
/// # Errors
/// When the database is away, or another gate is at it for longer than the lock timeout.
pub async fn take_turn(tx: &mut Tx, room: RoomId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended('recover ' || $1::uuid::text, 0)) as "none!: ()""#,
        room.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The epoch of `room`, and the Redis that it belongs to.
///
/// # Errors
/// When the database is away.
pub async fn home(postgres: &Postgres, room: RoomId) -> Result<Option<(u32, String)>, StoreError> {
    let row = sqlx::query!("select epoch, redis_run_id from room where room_id = $1", room.uuid())
        .fetch_optional(postgres)
        .await?;
    let home = |row: Option<String>, epoch: i32| Some((u32::try_from(epoch).unwrap_or_default(), row?));
    Ok(row.and_then(|row| home(row.redis_run_id, row.epoch)))
}

/// Bars the line of `room` in a Redis that the room has left for the one called `run_id`. `false` where it lives here.
///
/// # Errors
/// When Redis is away; safe to repeat.
pub async fn fence(redis: &Redis, room: RoomId, epoch: u32, run_id: &str) -> Result<bool, LineError> {
    let mut call = on(&FENCE, room);
    call.arg(epoch).arg(run_id);
    run(redis, &call).await
}

/// The epoch of `room`; `None` where there is no such room.
///
/// # Errors
/// When the database is away.
pub async fn current(postgres: &Postgres, room: RoomId) -> Result<Option<u32>, StoreError> {
    let epoch = sqlx::query_scalar!("select epoch from room where room_id = $1", room.uuid())
        .fetch_optional(postgres)
        .await?;
    Ok(epoch.map(|epoch| u32::try_from(epoch).unwrap_or_default()))
}

/// Raises the epoch of `room` above `from`, for the Redis called `run_id`, and gives every called place a full window
/// again, or what is left of its own where that is longer: its holder could not claim while the line was lost.
///
/// # Errors
/// When the database is away.
pub async fn raise(
    tx: &mut Tx,
    room: RoomId,
    from: u32,
    run_id: &str,
    now: Option<DateTime<Utc>>,
) -> Result<Raised, StoreError> {
    let left = sqlx::query_scalar!(
        r#"select exists (select from room_log l join room r using (room_id)
             where r.room_id = $1 and r.redis_run_id <> $2
               and l.kind = 'epochRaised' and l.detail ->> 'runId' = $2) as "left!""#,
        room.uuid(),
        run_id
    )
    .fetch_one(&mut **tx)
    .await?;
    if left {
        return Ok(Raised::Left);
    }
    let raised = sqlx::query!(
        "update room set epoch = epoch + 1, redis_run_id = $3, epoch_since = coalesce($4, clock_timestamp())
         where room_id = $1 and epoch = $2 returning epoch, last_tick",
        room.uuid(),
        i32::try_from(from).unwrap_or(i32::MAX),
        run_id,
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(raised) = raised else { return Ok(Raised::ByAnother) };
    // The row is locked: no batch is granted or marked until the epoch stands.
    let unapplied = sqlx::query_scalar!(
        "select min(tick) from batch where room_id = $1 and applied_at is null",
        room.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let last_tick = unapplied.map_or(raised.last_tick, |tick| tick - 1);
    sqlx::query!(
        "update slot set until = greatest(slot.until, coalesce($2, clock_timestamp()) + room.claim_window)
         from room where room.room_id = $1 and slot.room_id = $1 and slot.state = 'called' and slot.until is not null",
        room.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(Raised::To { epoch: u32::try_from(raised.epoch).unwrap_or_default(), last_tick })
}

/// Leaves a raised epoch in the room's log, where [`raise`] looks for the ones that were left.
///
/// # Errors
/// When the database is away.
pub async fn log_raised(tx: &mut Tx, room: RoomId, epoch: u32, run_id: &str) -> Result<(), StoreError> {
    let detail = serde_json::json!({ "epoch": epoch, "runId": run_id });
    crate::room::store::append_log(tx, room, None, "epochRaised", &detail).await
}

/// Every place of `room` that was ever called. Those of a batch that is not applied come later, with the batch.
///
/// # Errors
/// When the database is away.
pub async fn called_before(postgres: &Postgres, room: RoomId) -> Result<Vec<CalledBefore>, StoreError> {
    let rows = sqlx::query!(
        r#"select distinct on (place) place, visitor_id, state, until, lane, cause = 'no_show' as no_show,
                  count(*) filter (where cause = 'no_show') over (partition by place) as "missed!"
           from slot where room_id = $1 and not (state = 'called' and until is null)
           order by place, tick desc"#,
        room.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let called = rows.into_iter().map(|row| CalledBefore {
        number: PlaceNumber::from_raw(row.place.unsigned_abs()),
        visitor: row.visitor_id.map(VisitorId::from),
        state: match row.state.as_str() {
            "called" => PlaceState::Called,
            "active" => PlaceState::Inside,
            _ if row.no_show == Some(true) && row.missed < MISSES => PlaceState::Away,
            _ => PlaceState::Ended,
        },
        ends: row.until,
        missed: u32::try_from(row.missed).unwrap_or(u32::MAX),
        lane: admission::store::lane(row.lane),
    });
    Ok(called.collect())
}

/// What Redis says of itself and of the line of `room`.
///
/// # Errors
/// When Redis is away.
pub async fn health(redis: &Redis, room: RoomId) -> Result<Health, LineError> {
    let answer: Vec<String> = run(redis, &on(&HEALTH, room)).await?;
    let [run_id, line_run_id, epoch] = answer.as_slice() else {
        return Err(StoreError::Unexpected("the line says nothing of its health".to_owned()).into());
    };
    integer(epoch)?;
    Ok(Health { run_id: run_id.clone(), line_run_id: line_run_id.clone() })
}

/// Writes called places into the line. `false` when Redis is another than `run_id` by now.
///
/// # Errors
/// When Redis is away; safe to repeat.
pub async fn project(
    redis: &Redis,
    room: RoomId,
    run_id: &str,
    places: &[CalledBefore],
) -> Result<bool, LineError> {
    let mut call = on(&PROJECT, room);
    call.arg(run_id);
    for place in places {
        let visitor = place.visitor.map(|visitor| visitor.uuid().into_bytes().to_vec()).unwrap_or_default();
        let state = match place.state {
            PlaceState::Called => "c",
            PlaceState::Inside => "i",
            PlaceState::Away => "a",
            PlaceState::Waiting | PlaceState::Ended => "e",
        };
        let ends = place.ends.map_or(0, |ends| ends.timestamp_millis());
        call.arg(place.number.raw()).arg(visitor).arg(state).arg(ends).arg(place.missed.min(1));
        call.arg(place.lane.number());
    }
    Ok(run::<i64>(redis, &call).await? >= 0)
}

/// Writes which places were given up for which into the line. `false` when Redis is another than `run_id` by now.
///
/// # Errors
/// When Redis is away; safe to repeat.
pub async fn remerge(
    redis: &Redis,
    room: RoomId,
    run_id: &str,
    merged: &[(PlaceNumber, PlaceNumber, Lane)],
) -> Result<bool, LineError> {
    let mut call = on(&REMERGE, room);
    call.arg(run_id);
    for (place, into, lane) in merged {
        call.arg(place.raw()).arg(into.raw()).arg(lane.number());
    }
    run(redis, &call).await
}

/// Begins `epoch` in Redis. `false` when Redis is another than `run_id` by now.
///
/// # Errors
/// When Redis is away; safe to repeat.
pub async fn begin(
    redis: &Redis,
    room: RoomId,
    epoch: u32,
    run_id: &str,
    last_tick: i64,
) -> Result<bool, LineError> {
    let mut call = on(&BEGIN, room);
    call.arg(epoch).arg(run_id).arg(last_tick);
    run(redis, &call).await
}
