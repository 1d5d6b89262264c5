//! The shape of a line, from Redis.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::RoomId,
    place::{Lane, PlaceNumber},
};
use platform::{postgres::StoreError, redis::Redis};
use redis::{FromRedisValue, Script};

use super::{
    Pace,
    shape::{FRONT, LaneShape, PART, Shape},
};
use crate::{
    lane::Shares,
    line::{
        LineError,
        store::{integer, moved, on, run},
    },
    line_script,
};

static VIEW: LazyLock<Script> = line_script!("lua/view.lua");

/// The shape of the line of `room`, and the numbers of the places that moved since `since`. Renews the lease of `node`: the
/// places whose sockets it has count as seen until its end.
///
/// # Errors
/// [`LineError::Lost`], or Redis is away.
pub async fn view(
    redis: &Redis,
    room: RoomId,
    now: Option<DateTime<Utc>>,
    (node, lease): (u32, TimeDelta),
    since: DateTime<Utc>,
) -> Result<(Shape, Vec<PlaceNumber>), LineError> {
    let mut call = on(&VIEW, room);
    call.arg(moved(now)).arg(&node.to_be_bytes()).arg(lease.num_milliseconds());
    call.arg(since.timestamp_millis()).arg(FRONT).arg(PART);
    let answer: Vec<redis::Value> = run(redis, &call).await?;
    let mut answer = answer.into_iter();
    let (head, moves): (Vec<String>, Vec<u64>) = (next(&mut answer)?, next(&mut answer)?);
    let [now, epoch, tick, returned, restored, _away, over] = head.as_slice() else {
        return Err(shapeless());
    };
    let over = i64::try_from(integer(over)?).unwrap_or(0).clamp(1000, 60_000);
    let mut lanes = Vec::new();
    while answer.len() > 0 {
        lanes.push(lane(&mut answer, TimeDelta::milliseconds(over))?);
    }
    let shape = Shape {
        now: i64::try_from(integer(now)?).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default(),
        epoch: integer(epoch)?,
        tick: integer(tick)?,
        returned: integer(returned)?,
        restored: integer(restored)?,
        lanes,
        bands: None,
        shares: Shares::default(),
    };
    Ok((shape, moves.into_iter().map(PlaceNumber::from_raw).collect()))
}

/// The next lane of the answer, of which calls were counted `over` so long.
fn lane(
    answer: &mut impl Iterator<Item = redis::Value>,
    over: TimeDelta,
) -> Result<(Lane, LaneShape), LineError> {
    let ((number, calls, waiting), front): ((u8, u32, u64), Vec<u64>) = (next(answer)?, next(answer)?);
    let edges: Vec<u64> = next(answer)?;
    let edges = edges.as_chunks::<2>().0.iter().map(|[rank, number]| (*rank, *number)).collect();
    let lane = Lane::new(number).ok_or_else(shapeless)?;
    // As if they came by chance and nobody left: all that one minute can say.
    let pace = Pace { calls, over, unevenness: 1000, leaving: 0 };
    Ok((lane, LaneShape { pace, waiting, front, edges }))
}

fn next<T: FromRedisValue>(answer: &mut impl Iterator<Item = redis::Value>) -> Result<T, LineError> {
    let value = answer.next().ok_or_else(shapeless)?;
    redis::from_redis_value(value).map_err(|error| StoreError::from(redis::RedisError::from(error)).into())
}

fn shapeless() -> LineError {
    StoreError::Unexpected("the line has no shape".to_owned()).into()
}
