//! The line in Redis: one typed function a script. All keys of a room share one hash tag; they live while the room does
//! and a day longer.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{AccountId, RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use platform::{postgres::StoreError, redis::Redis};
use redis::{FromRedisValue, Script, ScriptInvocation};

use super::{Joined, Joining, LineError, PlaceState, Standing};
use crate::{lane::Shares, party::store::Merge};

/// How long the keys of a closed room live on, in seconds.
const FADES: i64 = 86_400;

/// A script of the line: the prelude, then the file.
#[macro_export]
macro_rules! line_script {
    ($file:literal) => {
        std::sync::LazyLock::new(|| {
            redis::Script::new(concat!(
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/line/lua/prelude.lua")),
                include_str!($file)
            ))
        })
    };
}

static JOIN: LazyLock<Script> = line_script!("lua/join.lua");
static RESTORE: LazyLock<Script> = line_script!("lua/restore.lua");
static STAND: LazyLock<Script> = line_script!("lua/stand.lua");
static LOOK: LazyLock<Script> = line_script!("lua/look.lua");
static ATTACH: LazyLock<Script> = line_script!("lua/attach.lua");
static DETACH: LazyLock<Script> = line_script!("lua/detach.lua");
static LEAVE: LazyLock<Script> = line_script!("lua/leave.lua");
static MERGE: LazyLock<Script> = line_script!("lua/merge.lua");
static RETIRE: LazyLock<Script> = line_script!("lua/retire.lua");

/// The names of the keys.
pub mod keys {
    use super::RoomId;

    /// All keys of a room, in the order in which the scripts' prelude names them.
    pub fn all(room: RoomId) -> [String; 17] {
        let names = [
            "waiting:main",
            "away",
            "called",
            "active",
            "place",
            "by_visitor",
            "state",
            "moved",
            "nodes",
            "pace",
            "waiting:1",
            "waiting:2",
            "waiting:3",
            "waiting:4",
            "waiting:5",
            "waiting:6",
            "waiting:7",
        ];
        names.map(|name| format!("q:{{{room}}}:{name}"))
    }
}

/// A call of `script` on the line of `room`.
pub fn on(script: &Script, room: RoomId) -> ScriptInvocation<'_> {
    let mut call = script.prepare_invoke();
    for key in keys::all(room) {
        call.key(key);
    }
    call
}

/// Runs `call`.
///
/// # Errors
/// [`LineError::Lost`] where the script says so; else that Redis is away.
pub async fn run<T: FromRedisValue>(redis: &Redis, call: &ScriptInvocation<'_>) -> Result<T, LineError> {
    call.invoke_async(&mut redis.clone()).await.map_err(|error| match error.code() {
        Some("LINELOST") => LineError::Lost,
        _ => LineError::Store(error.into()),
    })
}

/// The argument for a moved clock; empty means Redis's own.
pub fn moved(now: Option<DateTime<Utc>>) -> String {
    now.map(|now| now.timestamp_millis().to_string()).unwrap_or_default()
}

/// Puts visitors at the end of the lanes of `room` that they have a claim to, in this order, and answers in it. `shares`
/// is the room's order of lanes.
///
/// Atomic: a visitor holds one number, an account too, and no two places share one. Safe to repeat: joining again returns the first
/// number, in the earlier in order of the lane that it is in and the one that is claimed.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; joining may have happened then, so join again.
pub async fn join(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    shares: &Shares,
    visitors: &[Joining],
) -> Result<Vec<Joined>, LineError> {
    let mut call = on(&JOIN, room);
    call.arg(moved(now)).arg(shares.ranks());
    for Joining { visitor, lane, account } in visitors {
        call.arg(visitor.uuid().as_bytes())
            .arg(lane.map(|lane| lane.number().to_string()).unwrap_or_default());
        call.arg(account_bytes(account.as_ref()));
    }
    let answers: Vec<(u64, bool, u64, String)> = run(redis, &call).await?;
    let joined = |(number, again, ahead, of): (u64, bool, u64, String)| -> Result<Joined, LineError> {
        Ok(Joined { number: PlaceNumber::from_raw(number), again, ahead, lane: lane(&of)? })
    };
    answers.into_iter().map(joined).collect()
}

/// Brings places back that were proved, each into the lane that was, where this Redis lost them. Answers for each with the number that the visitor
/// holds now: the lowest of their own; `None` where the place is over.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn restore(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    shares: &Shares,
    places: &[(PlaceNumber, Lane, VisitorId)],
) -> Result<Vec<Option<PlaceNumber>>, LineError> {
    let mut call = on(&RESTORE, room);
    call.arg(moved(now)).arg(shares.ranks());
    for (number, lane, visitor) in places {
        call.arg(number.raw()).arg(visitor.uuid().as_bytes()).arg(lane.number());
    }
    let numbers: Vec<String> = run(redis, &call).await?;
    Ok(numbers.into_iter().map(|number| number.parse().ok().map(PlaceNumber::from_raw)).collect())
}

/// Where `visitor` stands; asking is a sign of life and brings a parked place back. `None` without a place.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn stand(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    visitor: VisitorId,
) -> Result<Option<Standing>, LineError> {
    let mut call = on(&STAND, room);
    call.arg(moved(now)).arg(visitor.uuid().as_bytes());
    standing(&run::<Vec<String>>(redis, &call).await?)
}

/// Where the places with these numbers stand, without a sign of life; `None` for those that are not there.
///
/// # Errors
/// When Redis is away.
pub async fn look(
    redis: &Redis,
    room: RoomId,
    numbers: &[PlaceNumber],
) -> Result<Vec<Option<Standing>>, LineError> {
    let mut call = on(&LOOK, room);
    for number in numbers {
        call.arg(number.raw());
    }
    run::<Vec<Vec<String>>>(redis, &call).await?.iter().map(|answer| standing(answer)).collect()
}

/// Notes that `node` has the live sockets of `visitors`, and says where they stand.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn attach(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    (node, lease): (u32, TimeDelta),
    visitors: &[VisitorId],
) -> Result<Vec<Option<Standing>>, LineError> {
    let mut call = on(&ATTACH, room);
    call.arg(moved(now)).arg(&node.to_be_bytes()).arg(lease.num_milliseconds());
    for visitor in visitors {
        call.arg(visitor.uuid().as_bytes());
    }
    run::<Vec<Vec<String>>>(redis, &call).await?.iter().map(|answer| standing(answer)).collect()
}

/// Notes that `node` has the live sockets of these places no longer. A socket that another node has is left alone.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn detach(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    node: u32,
    numbers: &[PlaceNumber],
) -> Result<(), LineError> {
    let mut call = on(&DETACH, room);
    call.arg(moved(now)).arg(&node.to_be_bytes());
    for number in numbers {
        call.arg(number.raw());
    }
    run::<i64>(redis, &call).await.map(drop)
}

/// Takes `visitor` out of the line, and the place with them unless `keeper` keeps it. Says which place that was and where
/// it stood; one that is called or inside is left as it is.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn leave(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    visitor: VisitorId,
    account: Option<AccountId>,
    keeper: Option<VisitorId>,
) -> Result<Option<(PlaceNumber, PlaceState)>, LineError> {
    let mut call = on(&LEAVE, room);
    call.arg(moved(now)).arg(visitor.uuid().as_bytes()).arg(account_bytes(account.as_ref()));
    call.arg(keeper.map(|keeper| keeper.uuid().as_bytes().to_vec()).unwrap_or_default());
    let answer: Vec<String> = run(redis, &call).await?;
    let [number, state] = answer.as_slice() else { return Ok(None) };
    Ok(Some((PlaceNumber::from_raw(integer(number)?), place_state(state)?)))
}

/// Lets a visitor hold the place that `merge` names, and gives theirs up for it. `false` where a place was called, and so
/// nothing was done.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away; safe to repeat.
pub async fn merge(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    merge: &Merge,
) -> Result<bool, LineError> {
    let mut call = on(&MERGE, room);
    call.arg(moved(now)).arg(merge.visitor.uuid().as_bytes());
    call.arg(merge.given_up.map(|place| place.raw().to_string()).unwrap_or_default());
    call.arg(merge.into.raw()).arg(merge.lane.number());
    run(redis, &call).await
}

/// An account as scripts take it; empty for none.
pub fn account_bytes(account: Option<&AccountId>) -> Vec<u8> {
    account.map(|account| account.uuid().as_bytes().to_vec()).unwrap_or_default()
}

/// Lets the line of a closed room fade.
///
/// # Errors
/// When Redis is away; safe to repeat.
pub async fn retire(redis: &Redis, room: RoomId) -> Result<(), LineError> {
    let mut call = on(&RETIRE, room);
    call.arg(FADES);
    run::<i64>(redis, &call).await.map(drop)
}

fn standing(answer: &[String]) -> Result<Option<Standing>, LineError> {
    let [number, state, ahead, waiting, ends, tick, _epoch, of] = answer else { return Ok(None) };
    let ends = i64::try_from(integer(ends)?).ok().filter(|ends| *ends > 0);
    Ok(Some(Standing {
        number: PlaceNumber::from_raw(integer(number)?),
        state: place_state(state)?,
        lane: lane(of)?,
        ahead: integer(ahead)?,
        waiting: integer(waiting)?,
        ends: ends.and_then(DateTime::from_timestamp_millis),
        tick: integer(tick)?,
    }))
}

fn place_state(letter: &str) -> Result<PlaceState, LineError> {
    match letter {
        "w" => Ok(PlaceState::Waiting),
        "a" => Ok(PlaceState::Away),
        "c" => Ok(PlaceState::Called),
        "i" => Ok(PlaceState::Inside),
        "e" => Ok(PlaceState::Ended),
        other => Err(StoreError::Unexpected(format!("the line knows no state {other}")).into()),
    }
}

/// A lane, as the line writes it.
///
/// # Errors
/// When it is none: another version of the scripts wrote it.
pub fn lane(text: &str) -> Result<Lane, LineError> {
    let lane = text.parse().ok().and_then(Lane::new);
    lane.ok_or_else(|| StoreError::Unexpected(format!("the line holds {text} for a lane")).into())
}

/// An integer of the line.
///
/// # Errors
/// When it is none: another version of the scripts wrote it.
pub fn integer(text: &str) -> Result<u64, LineError> {
    text.parse().map_err(|_| StoreError::Unexpected(format!("the line holds {text} for a number")).into())
}
