//! What everybody may read of a room's log: what happened to the line, and no word of who did it or whom it was about.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::RoomId;
use platform::postgres::StoreError;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{LIMIT, LogEntry, store};
use crate::{room::Room, state::Gate};

/// How long one answer serves everybody.
const KEPT: TimeDelta = TimeDelta::seconds(2);
/// What a detail may say in public. Anything else stays with the organizer.
const PUBLIC: [&str; 6] = ["from", "to", "reason", "suspension", "epoch", "state"];
/// What of the settings is public.
const SETTINGS: [&str; 6] =
    ["admitPerMinute", "maxActive", "claimWindow", "sessionLength", "interval", "message"];

/// The public log.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublicLog {
    room_id: RoomId,
    state: &'static str,
    /// The hash of the last of these entries: who notes it can tell later whether the log was changed.
    head: Option<String>,
    entries: Vec<PublicEntry>,
    minutes: Vec<Minute>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct PublicEntry {
    entry: i64,
    at: DateTime<Utc>,
    kind: String,
    detail: Value,
    hash: String,
}

/// How many were called in a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Minute {
    at: DateTime<Utc>,
    called: i64,
}

/// The public logs that were read a moment ago.
#[derive(Debug, Default)]
pub struct PublicLogs(Mutex<HashMap<RoomId, Read>>);

/// When one was read, and what it said.
type Read = (DateTime<Utc>, Arc<PublicLog>);

/// The public log of `room`, as of at most two seconds ago.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn public(gate: &Gate, room: &Room) -> Result<Arc<PublicLog>, StoreError> {
    let now = gate.clock.now();
    let kept = {
        let mut logs = gate.public_logs.0.lock().unwrap_or_else(PoisonError::into_inner);
        logs.retain(|_, (at, _)| now - *at < KEPT);
        logs.get(&room.id).map(|(_, log)| log.clone())
    };
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let entries = store::told(&gate.postgres, room.id, LIMIT).await?;
    let minutes = store::minutes(&gate.postgres, room.id, gate.room_clock.now()).await?;
    let log = Arc::new(PublicLog {
        room_id: room.id,
        state: room.state.name(),
        head: entries.last().map(|entry| entry.hash.clone()),
        entries: entries.into_iter().map(without_identities).collect(),
        minutes: minutes.into_iter().map(|(at, called)| Minute { at, called }).collect(),
    });
    let mut logs = gate.public_logs.0.lock().unwrap_or_else(PoisonError::into_inner);
    logs.insert(room.id, (now, log.clone()));
    Ok(log)
}

fn without_identities(entry: LogEntry) -> PublicEntry {
    let LogEntry { entry, at, kind, detail, hash, .. } = entry;
    PublicEntry { entry, at, kind, detail: public_detail(detail), hash }
}

/// What of `detail` is public.
fn public_detail(detail: Value) -> Value {
    let Value::Object(members) = detail else { return Value::Object(Map::new()) };
    let kept = members.into_iter().filter_map(|(name, value)| {
        let value = match value {
            Value::Object(inner) if name == "from" || name == "to" => Value::Object(
                inner.into_iter().filter(|(name, _)| SETTINGS.contains(&name.as_str())).collect(),
            ),
            value => value,
        };
        let is_public = PUBLIC.contains(&name.as_str()) || SETTINGS.contains(&name.as_str());
        (is_public && !value.is_null()).then_some((name, value))
    });
    Value::Object(kept.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_to_be_public_is_not_told() {
        let detail = json!({
            "from": { "admitPerMinute": 1, "codes": ["x"] }, "to": { "admitPerMinute": 2, "owner": "ada" },
            "reason": null, "places": 4, "visitor": "ada", "state": "open",
        });
        let told = json!({ "from": { "admitPerMinute": 1 }, "to": { "admitPerMinute": 2 }, "state": "open" });
        assert_eq!(public_detail(detail), told);
        assert_eq!(public_detail(json!("ada")), json!({}));
    }
}
