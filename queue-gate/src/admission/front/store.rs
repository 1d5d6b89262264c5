//! Admission's scripts on the line in Redis.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use platform::{postgres::StoreError, redis::Redis};
use redis::Script;
use uuid::Uuid;

use crate::{
    admission::{
        Spot,
        store::{Batch, Told},
    },
    line::{
        LineError,
        store::{integer, lane, moved, on, run},
    },
    line_script,
};

static TURN: LazyLock<Script> = line_script!("lua/turn.lua");
static SNAPSHOT: LazyLock<Script> = line_script!("lua/snapshot.lua");
static APPLY: LazyLock<Script> = line_script!("lua/apply.lua");
static SETTLE: LazyLock<Script> = line_script!("lua/settle.lua");
static OVERDUE: LazyLock<Script> = line_script!("lua/overdue.lua");
static COUNT: LazyLock<Script> = line_script!("lua/count.lua");

/// How many places of a batch one call of Redis calls, so that others are served between the parts of a large one.
pub const APPLIED_AT_ONCE: usize = 120;
/// How many places of the front one call looks at.
pub const LOOKED_AT_ONCE: usize = 300;
/// How many outcomes one call writes.
const SETTLED_AT_ONCE: usize = 100;
/// How many places of a lane, beside those that are wanted, one tick looks at for those who are away. The next tick finds
/// these parked, and goes on behind them.
const LOOK_AT: usize = 1250;

/// The front of the line as of a moment ago.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    /// The line's epoch.
    pub epoch: u32,
    /// The last tick that was applied.
    pub tick: i64,
    /// How many places were parked on the way.
    pub parked: u64,
    /// The places to be called next, of each lane.
    pub places: Vec<Spot>,
}

/// What becomes of a called place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Claimed; the slot ends then at the latest.
    Inside(DateTime<Utc>),
    /// Over.
    Over,
    /// Nobody claimed: parked, to be called once more at most.
    NoShow,
}

/// Whether it is this gate's turn to tick `room`: no gate did within `period`.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away.
pub async fn turn(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    period: TimeDelta,
) -> Result<bool, LineError> {
    let mut call = on(&TURN, room);
    call.arg(moved(now)).arg(period.num_milliseconds());
    run(redis, &call).await
}

/// The first `want` places of each lane whose holders were here within `grace`; those in front of them who were not are parked.
/// A long front is read in parts, from its first place on. Whoever comes back meanwhile, in front of a part that is read, is
/// called a tick later, as if they had come back when it was over.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn snapshot(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    grace: TimeDelta,
    want: usize,
) -> Result<Front, LineError> {
    let look = async |begins: String| {
        let mut call = on(&SNAPSHOT, room);
        call.arg(moved(now)).arg(grace.num_milliseconds()).arg(want).arg(want + LOOK_AT);
        call.arg(LOOKED_AT_ONCE).arg(begins);
        part(&run::<Vec<String>>(redis, &call).await?)
    };
    let (mut front, mut ends) = look(String::new()).await?;
    while !ends.is_empty() {
        let (next, its_end) = look(ends).await?;
        front.parked += next.parked;
        // The line has moved on. What is granted on an older front is refused, by its tick and its epoch.
        if (next.epoch, next.tick) != (front.epoch, front.tick) {
            break;
        }
        front.places.extend(next.places);
        ends = its_end;
    }
    Ok(front)
}

/// A part of the front, and where the next one begins.
fn part(answer: &[String]) -> Result<(Front, String), LineError> {
    let [epoch, tick, parked, ends, places @ ..] = answer else {
        return Err(StoreError::Unexpected("the line shows no front".to_owned()).into());
    };
    let spot = |[of, number]: &[String; 2]| -> Result<Spot, LineError> {
        Ok(Spot { lane: lane(of)?, number: PlaceNumber::from_raw(integer(number)?) })
    };
    let places = places.as_chunks::<2>().0.iter().map(spot);
    let front = Front {
        epoch: u32::try_from(integer(epoch)?).unwrap_or(u32::MAX),
        tick: i64::try_from(integer(tick)?).unwrap_or(i64::MAX),
        parked: integer(parked)?,
        places: places.collect::<Result<_, _>>()?,
    };
    Ok((front, ends.clone()))
}

/// Calls the places of `batch`. Says of each whose it is, in which epoch, and whether those not found may still come back.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat: the tick decides.
pub async fn apply(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    batch: &Batch,
) -> Result<Told, LineError> {
    let mut told = Told { epoch: 0, may_return: false, visitors: Vec::with_capacity(batch.places.len()) };
    let mut parts = batch.places.chunks(APPLIED_AT_ONCE).peekable();
    while let Some(part) = parts.next() {
        let mut call = on(&APPLY, room);
        call.arg(moved(now)).arg(batch.tick).arg(batch.epoch).arg(batch.claim_window.num_milliseconds());
        // The tick is written with the last part: until then the batch is not applied, and nobody grants another.
        call.arg(if parts.peek().is_none() { by_lane(&batch.places) } else { String::new() });
        for spot in part {
            call.arg(spot.number.raw()).arg(spot.lane.number());
        }
        take_in(&mut told, run(redis, &call).await?)?;
    }
    Ok(told)
}

/// How many of `places` are in each of the eight lanes.
fn by_lane(places: &[Spot]) -> String {
    let mut lanes = [0_usize; 8];
    for spot in places {
        if let Some(count) = lanes.get_mut(usize::from(spot.lane.number())) {
            *count += 1;
        }
    }
    lanes.map(|count| count.to_string()).join(",")
}

fn take_in(told: &mut Told, answer: Vec<redis::Value>) -> Result<(), LineError> {
    let mut answer = answer.into_iter();
    told.may_return |= matches!(answer.next(), Some(redis::Value::Int(1)));
    let Some(redis::Value::Int(epoch)) = answer.next() else {
        return Err(StoreError::Unexpected("the line has no epoch".to_owned()).into());
    };
    let epoch = u32::try_from(epoch).unwrap_or_default();
    if told.epoch != 0 && told.epoch != epoch {
        return Err(LineError::Lost);
    }
    told.epoch = epoch;
    for value in answer {
        let bytes: Vec<u8> = redis::from_redis_value(value)
            .map_err(|error| StoreError::from(redis::RedisError::from(error)))?;
        told.visitors.push(Uuid::from_slice(&bytes).ok().map(VisitorId::from));
    }
    Ok(())
}

/// Writes what became of called places into the line.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn settle(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    outcomes: &[(PlaceNumber, Outcome)],
) -> Result<(), LineError> {
    for part in outcomes.chunks(SETTLED_AT_ONCE) {
        let mut call = on(&SETTLE, room);
        call.arg(moved(now));
        for (place, outcome) in part {
            let (letter, ends) = match outcome {
                Outcome::Inside(ends) => ("i", ends.timestamp_millis()),
                Outcome::Over => ("e", 0),
                Outcome::NoShow => ("n", 0),
            };
            call.arg(place.raw()).arg(letter).arg(ends);
        }
        run::<i64>(redis, &call).await?;
    }
    Ok(())
}

/// At most `limit` of the places that the line shows as called, and as inside, though their time is over.
///
/// # Errors
/// When Redis is away.
pub async fn overdue(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    limit: u32,
) -> Result<Vec<PlaceNumber>, LineError> {
    let mut call = on(&OVERDUE, room);
    call.arg(moved(now)).arg(limit);
    let numbers: Vec<u64> = run(redis, &call).await?;
    Ok(numbers.into_iter().map(PlaceNumber::from_raw).collect())
}

/// How many places are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Parked.
    pub away: u64,
    /// Waiting, by lane.
    pub waiting: [u64; Lane::COUNT],
}

/// How many places wait in each lane, and how many are parked.
///
/// # Errors
/// When Redis is away.
pub async fn count(redis: &Redis, room: RoomId) -> Result<Counts, LineError> {
    let counts: Vec<u64> = run(redis, &on(&COUNT, room)).await?;
    let (away, waiting) = counts.split_first().ok_or_else(|| unreadable("counts"))?;
    Ok(Counts { away: *away, waiting: waiting.try_into().map_err(|_| unreadable("counts"))? })
}

fn unreadable(what: &str) -> LineError {
    StoreError::Unexpected(format!("the line answers {what} of another version")).into()
}
