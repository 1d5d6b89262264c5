//! A draw: everybody who is in the lobby when it closes gets a number by chance, and anyone can recompute which (promise W5).
//!
//! The seed is committed to when the room is made, and sealed until the list of entries is closed and its digest is
//! published. docs/waiting-room.md says in words what is computed; [`ranked`] is that computation.

pub mod advance;
pub mod announce;
pub mod enter;
pub mod gather;
pub mod handler;
pub mod known;
pub mod leave;
pub mod listed;
pub mod published;
pub mod resume;
pub mod reveal;
pub mod run;
pub mod seal;
pub mod stand;
pub mod store;
pub mod tell;
pub mod verify;

use chrono::{DateTime, Utc};
use contracts::{id::VisitorId, lobby::PlaceId, place::Lane};
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use listed::Listed;
pub use seal::Seed;

/// The name of the computation, in what is published.
pub const ALGORITHM: &str = "usher-draw-1";
/// How many numbers are kept for a draw; who comes late gets one behind them.
pub const RESERVED: u32 = 1 << 31;
/// The longest description of a public value, and the longest value, in characters.
pub const BEACON_MAX: usize = 300;
/// A digest, in bytes.
pub type Digest = [u8; 32];

/// In which order the places of a room are called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// First come, first served.
    #[default]
    Fifo,
    /// Everybody who is in the lobby when it closes is drawn; the others follow as they come.
    Draw(Announced),
}

/// What is known of a draw from its first moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announced {
    /// SHA-256 of the seed, in hex.
    pub commitment: String,
    /// A public value of the future that goes into the draw, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beacon: Option<String>,
    /// When the lobby is to close, as the organizer announced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<DateTime<Utc>>,
}

impl Order {
    /// The draw, where there is one.
    pub fn draw(&self) -> Option<&Announced> {
        match self {
            Self::Fifo => None,
            Self::Draw(announced) => Some(announced),
        }
    }

    /// The name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::Draw(_) => "draw",
        }
    }
}

/// How far a draw is. It never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// The seed is committed to; the lobby takes entries, or will.
    Committed,
    /// The lobby is being closed and copied.
    Opened,
    /// The list stands and its digest is published.
    Frozen,
    /// The seed is published.
    Drawn,
    /// Every place is in the line, and calling begins.
    Done,
}

impl Phase {
    /// The name in the database and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Opened => "opened",
            Self::Frozen => "frozen",
            Self::Drawn => "drawn",
            Self::Done => "done",
        }
    }

    /// The phase called `name`.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Committed, Self::Opened, Self::Frozen, Self::Drawn, Self::Done]
            .into_iter()
            .find(|phase| phase.name() == name)
    }
}

/// An entry: its place id, whose it is, and the lane that it comes into. Entries sort by place id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    ids: [u8; 32],
    lane: Lane,
}

impl Entry {
    /// From the bytes that stores hold.
    pub const fn new(ids: [u8; 32], lane: Lane) -> Self {
        Self { ids, lane }
    }

    /// The place id.
    pub fn place(&self) -> PlaceId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.ids[..16]);
        PlaceId::from_bytes(id)
    }

    /// Whose it is.
    pub fn visitor(&self) -> VisitorId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.ids[16..]);
        Uuid::from_bytes(id).into()
    }

    /// The lane that it comes into.
    pub const fn lane(&self) -> Lane {
        self.lane
    }

    /// What everybody may read of it.
    pub fn listed(&self) -> Listed {
        Listed { place: self.place(), lane: self.lane }
    }
}

/// Entries as they were copied from a lobby.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Place id and visitor of each, 16 bytes and 16.
    pub entries: Vec<u8>,
    /// The lane of each, a byte; nothing where all are in `main`.
    pub lanes: Vec<u8>,
}

/// The list that `pieces` hold: every entry once, in the order of their place ids. Where the lobby was lost while it was
/// copied an entry may be there twice; the lane with the higher number is the one that was proved then.
pub fn list_of(pieces: &[Piece]) -> Vec<Entry> {
    let entries = |piece: &Piece| -> Vec<Entry> {
        let lane = |index: usize| piece.lanes.get(index).copied().and_then(Lane::new).unwrap_or_default();
        let ids = piece.entries.as_chunks::<32>().0;
        ids.iter().enumerate().map(|(index, ids)| Entry::new(*ids, lane(index))).collect()
    };
    let mut list: Vec<Entry> = pieces.iter().flat_map(entries).collect();
    list.sort_unstable_by_key(|entry| (entry.ids, std::cmp::Reverse(entry.lane)));
    list.dedup_by_key(|entry| entry.place());
    list
}

/// What is published of `entries`: a line for each, as [`Listed`] writes it, and a line feed.
pub fn lines<'a>(entries: impl Iterator<Item = &'a Entry>) -> String {
    let mut text = String::with_capacity(entries.size_hint().0 * 33);
    for entry in entries {
        entry.listed().write(&mut text);
        text.push('\n');
    }
    text
}

/// How many lines are written at a time.
pub const LINES: usize = 2000;

/// SHA-256 of the list as it is published.
pub fn digest_of(list: &[Entry]) -> Digest {
    let mut digest = digest::Context::new(&digest::SHA256);
    for part in list.chunks(LINES) {
        digest.update(lines(part.iter()).as_bytes());
    }
    bytes32(digest.finish().as_ref())
}

/// SHA-256 of the seed: what is published before the draw.
pub fn commitment(seed: &Seed) -> Digest {
    bytes32(digest::digest(&digest::SHA256, seed.bytes()).as_ref())
}

/// The order of `places`, as indices into it: ascending by HMAC-SHA-256 of the place id under the key seed ‖ digest ‖ beacon
/// (32 bytes, 32 bytes, the value's UTF-8 as it stands; nothing where no beacon was named). Two equal ones, which nobody
/// will ever see, go by their place ids.
pub fn ranked(
    seed: &Seed,
    digest: &Digest,
    beacon: Option<&str>,
    places: &(impl Fn(usize) -> PlaceId + Sync),
    count: usize,
) -> Vec<u32> {
    let key = [seed.bytes().as_slice(), digest, beacon.unwrap_or_default().as_bytes()].concat();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let drawn = |index: usize| {
        let tag = bytes32(hmac::sign(&key, places(index).bytes()).as_ref());
        (tag, u32::try_from(index).unwrap_or(u32::MAX))
    };
    let helpers = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let part = count.div_ceil(helpers).max(1);
    let mut all: Vec<(Digest, u32)> = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..count)
            .step_by(part)
            .map(|first| {
                let drawn = &drawn;
                scope.spawn(move || (first..count.min(first + part)).map(drawn).collect::<Vec<_>>())
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    });
    all.sort_unstable();
    all.into_iter().map(|(_, index)| index).collect()
}

/// The 32 bytes of a SHA-256.
fn bytes32(bytes: &[u8]) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(bytes);
    digest
}

#[cfg(test)]
mod tests;
