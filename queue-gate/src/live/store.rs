//! The shape of a line, from Redis.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{id::RoomId, place::PlaceNumber};
use platform::{postgres::StoreError, redis::Redis};
use redis::Script;

use super::{
    Pace,
    shape::{FRONT, PART, Shape},
};
use crate::{
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
    type Answer = (Vec<String>, Vec<u64>, Vec<u64>, Vec<u64>);
    let mut call = on(&VIEW, room);
    call.arg(moved(now)).arg(&node.to_be_bytes()).arg(lease.num_milliseconds());
    call.arg(since.timestamp_millis()).arg(FRONT).arg(PART);
    let (head, front, edges, moves): Answer = run(redis, &call).await?;
    let [now, epoch, tick, returned, restored, calls, waiting, _away, over] = head.as_slice() else {
        return Err(StoreError::Unexpected("the line has no shape".to_owned()).into());
    };
    let over = i64::try_from(integer(over)?).unwrap_or(0).clamp(1000, 60_000);
    let shape = Shape {
        now: i64::try_from(integer(now)?).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default(),
        epoch: integer(epoch)?,
        tick: integer(tick)?,
        returned: integer(returned)?,
        restored: integer(restored)?,
        pace: Pace {
            calls: u32::try_from(integer(calls)?).unwrap_or(u32::MAX),
            over: TimeDelta::milliseconds(over),
        },
        waiting: integer(waiting)?,
        front,
        edges: edges.as_chunks::<2>().0.iter().map(|[rank, number]| (*rank, *number)).collect(),
    };
    Ok((shape, moves.into_iter().map(PlaceNumber::from_raw).collect()))
}
