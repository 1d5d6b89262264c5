//! What is published of a draw, from its first moment to its last.

use chrono::{DateTime, Utc};
use contracts::{id::RoomId, lobby::PlaceId, place::Lane};
use platform::postgres::StoreError;
use serde::{Deserialize, Serialize};

use super::{ALGORITHM, Phase, store::record};
use crate::{lane::Lanes, room::Room, state::Gate};

/// A draw as everybody sees it: `GET /queue/{roomId}/draw`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Published {
    /// Whose.
    pub room_id: RoomId,
    /// What is computed; [`ALGORITHM`].
    pub algorithm: String,
    /// How far it is.
    pub state: Phase,
    /// SHA-256 of the seed, in hex.
    pub commitment: String,
    /// The public value that was named beforehand, in words.
    pub beacon: Option<String>,
    /// What it turned out to be.
    pub beacon_value: Option<String>,
    /// What the draw does not prove, where it has no beacon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<String>,
    /// When the lobby began to be closed.
    pub opened_at: Option<DateTime<Utc>>,
    /// When the digest was published.
    pub frozen_at: Option<DateTime<Utc>>,
    /// How many entries the list has, once it is closed.
    pub entries: Option<u32>,
    /// SHA-256 of the list as it is published, in hex.
    pub digest: Option<String>,
    /// When the seed was published.
    pub drawn_at: Option<DateTime<Utc>>,
    /// The seed, in hex.
    pub seed: Option<String>,
    /// When every place was in the line, and calling began.
    pub done_at: Option<DateTime<Utc>>,
    /// Where the list is.
    pub list: String,
    /// What the lanes on the list are called; nothing where all come into `main`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<LaneName>,
}

/// What a lane on the list is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneName {
    /// The number that stands on the list.
    pub lane: Lane,
    /// Its name in the room.
    pub name: String,
}

/// What a draw without a beacon does not prove.
const CAVEAT: &str = "No public value of the future was named for this draw. The order follows from a seed that was \
    committed to beforehand and from the closed list; but somebody who knew the seed could have planned their entries.";

/// What is published of the draw of `room`; `None` where it has none.
///
/// # Errors
/// When the database is away.
pub async fn published(gate: &Gate, room: RoomId) -> Result<Option<Published>, StoreError> {
    let Some(draw) = record::get(&gate.postgres, room, None).await? else { return Ok(None) };
    Ok(Some(Published {
        room_id: room,
        algorithm: ALGORITHM.to_owned(),
        state: draw.phase,
        commitment: hex::encode(draw.commitment),
        caveat: draw.beacon.is_none().then(|| CAVEAT.to_owned()),
        beacon: draw.beacon,
        beacon_value: draw.beacon_value,
        opened_at: draw.opened_at,
        frozen_at: draw.list.map(|list| list.at),
        entries: draw.list.map(|list| list.entries),
        digest: draw.list.map(|list| hex::encode(list.digest)),
        drawn_at: draw.drawn_at,
        seed: draw.seed.map(|seed| hex::encode(seed.bytes())),
        done_at: draw.done_at,
        list: format!("/queue/{room}/draw/entries"),
        lanes: gate.rooms.get(room).map(|room| names(&room.policy.lanes)).unwrap_or_default(),
    }))
}

fn names(lanes: &Lanes) -> Vec<LaneName> {
    let others = lanes.rules().iter().filter(|rule| rule.lane != Lane::MAIN);
    let mut names: Vec<_> =
        others.map(|rule| LaneName { lane: rule.lane, name: rule.name.clone() }).collect();
    names.sort_unstable_by_key(|name| name.lane);
    names
}

/// What a fan can keep of a draw: where their entry stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Their entry on the published list.
    pub place_id: PlaceId,
    /// Its rank, from 1, once it is drawn.
    pub rank: Option<u32>,
    /// How many entries there are.
    pub entries: usize,
    /// The lane that it comes into, where that is another than `main`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<String>,
}

/// The receipt for `place`; `None` while the list is open, and where it is not on it.
///
/// # Errors
/// When the database is away.
pub async fn receipt(gate: &Gate, room: &Room, place: PlaceId) -> Result<Option<Receipt>, StoreError> {
    let Some(drawn) = gate.draws.list(gate, room.id).await? else { return Ok(None) };
    Ok(drawn.entry(place).map(|entry| Receipt {
        place_id: place,
        rank: drawn.rank(place),
        entries: drawn.list.len(),
        lane: room.policy.lanes.shown(entry.lane()),
    }))
}
