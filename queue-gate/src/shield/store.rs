//! What gates counted, in Redis: one field a gate, written over as a whole. It outlives a quiet day and nothing depends on
//! it.

use contracts::id::RoomId;
use platform::{postgres::StoreError, redis::Redis};
use redis::AsyncCommands;

use super::count::Counts;

/// How long the counts of a room live after the last was written, in seconds.
const FADES: i64 = 86_400;

fn key(room: RoomId) -> String {
    format!("q:{{{room}}}:shield")
}

/// Writes what `node` counted in `room`, over what it wrote before. Safe to repeat.
///
/// # Errors
/// When Redis is away.
pub async fn write(redis: &Redis, room: RoomId, node: u32, counts: &Counts) -> Result<(), StoreError> {
    let text = serde_json::to_string(counts).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let mut pipe = redis::pipe();
    pipe.hset(key(room), node, text).ignore().expire(key(room), FADES).ignore();
    Ok(pipe.query_async(&mut redis.clone()).await?)
}

/// What each gate counted in `room`. What another version wrote, and cannot be read, is left out.
///
/// # Errors
/// When Redis is away.
pub async fn read(redis: &Redis, room: RoomId) -> Result<Vec<Counts>, StoreError> {
    let texts: Vec<String> = redis.clone().hvals(key(room)).await?;
    Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
}
