//! What a site of the organizer's own shows of a room: a script ([`script`]) with an element for it, and what that asks
//! ([`ask`]). Everybody is told the same; nothing is told of anybody, and no cookie is read or given.

pub mod ask;
pub mod handler;
pub mod script;

use chrono::{DateTime, Utc};
use contracts::{frame::Wait, id::RoomId};
use serde::Serialize;

use crate::{
    room::{Room, RoomState},
    state::Gate,
};

/// The version of what is told. A script that knows another one shows the link alone.
const VERSION: u8 = 1;
/// After how many seconds somebody should ask again who stays.
const AGAIN: u32 = 10;

/// What everybody may know of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Public {
    v: u8,
    room_id: RoomId,
    /// What its organizer calls it.
    name: String,
    state: PublicState,
    /// When it opens next, where that is planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<DateTime<Utc>>,
    /// How many wait in line; absent while nobody can say.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<u64>,
    /// How long somebody is likely to wait who joins now, in seconds; absent where that cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait: Option<Wait>,
    /// Why nobody is let in, in the organizer's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    /// Where names are taken for tickets that come back.
    #[serde(skip_serializing_if = "Option::is_none")]
    waitlist: Option<String>,
    /// Where the line is.
    queue: String,
    /// After how many seconds to ask again.
    again: u32,
}

/// How a room is, for somebody who is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum PublicState {
    /// Nobody is called yet.
    Scheduled,
    /// The lobby of a draw is open.
    Lobby,
    /// People are called.
    Open,
    /// Nobody is called or let in for the moment.
    Paused,
    /// Everything is sold.
    SoldOut,
    /// Nobody has to wait.
    Free,
    /// It is over.
    Closed,
}

impl PublicState {
    /// That of `room`; while the record is away nobody new is called.
    pub fn of(room: &Room, is_record_away: bool) -> Self {
        match room.state {
            RoomState::Closed => Self::Closed,
            _ if room.lets_all_through() => Self::Free,
            RoomState::Open if is_record_away => Self::Paused,
            RoomState::Scheduled => Self::Scheduled,
            RoomState::Lobby => Self::Lobby,
            RoomState::Open | RoomState::Bypass => Self::Open,
            RoomState::Paused | RoomState::Reject => Self::Paused,
            RoomState::Drained => Self::SoldOut,
        }
    }
}

/// Where browsers find the gate, without a slash at the end.
pub fn base(gate: &Gate) -> &str {
    gate.config.public.public_url.as_str().trim_end_matches('/')
}

/// Where the line of `room` is: at the host of its site, where it guards one.
pub fn queue(gate: &Gate, room: &Room) -> String {
    match &room.policy.site {
        Some(site) => format!("{}://{}/queue/{}", gate.config.public.public_url.scheme(), site.host, room.id),
        None => format!("{}/queue/{}", base(gate), room.id),
    }
}
