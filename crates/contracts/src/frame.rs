//! What the gate sends to a waiting browser, over WebSocket as one JSON text a frame. Documented in docs/API.md.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{id::EventId, money::Money, place::PlaceNumber};

/// The version of this schema, in every frame. A browser that knows less reloads the page.
pub const VERSION: u8 = 1;

/// One frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// The version of what frames say: [`VERSION`].
    pub v: u8,
    /// The tick of the room that this is the view of; never falls.
    pub tick: u64,
    /// Where the fan stands.
    #[serde(flatten)]
    pub place: PlaceView,
    /// The organizer's words, when there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Prices and what is left, in the organizer's order. Only in some frames: what is absent is as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiers: Option<Vec<TierOffer>>,
}

/// What is left of one price category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TierOffer {
    /// What the organizer calls it.
    pub name: String,
    /// What one ticket costs.
    pub price: Money,
    /// How many tickets can be had: neither sold nor held by somebody inside. Absent where the organizer keeps that to
    /// themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
}

/// Whether somebody at this place is likely to find a ticket, coarsely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Chance {
    /// More is left than those ahead are likely to buy, with room to spare.
    High,
    /// About as much is left as those ahead are likely to buy, or a little more.
    Fair,
    /// Less is left than those ahead are likely to buy.
    Low,
    /// Nothing is left.
    None,
}

/// Where a fan stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PlaceView {
    /// In line.
    Waiting {
        /// The number on the place; it never changes.
        number: PlaceNumber,
        /// Live places ahead.
        ahead: u64,
        /// Live places behind.
        behind: u64,
        /// The priority lane that the place is in, where it is in one: ahead and behind are counted within it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lane: Option<String>,
        /// Seconds until the turn, as an interval from a likely earliest to a likely latest; none while it cannot be told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wait: Option<Wait>,
        /// People called per minute at the moment, measured over the last minute.
        pace: u32,
        /// Why `ahead` is larger than in the frame before; absent when it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<RiseReason>,
        /// Whether there is likely to be a ticket left; absent where nobody can tell, or the organizer does not want to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        chance: Option<Chance>,
    },
    /// In line, and the room is paused.
    Paused {
        /// The number on the place.
        number: PlaceNumber,
        /// Live places ahead.
        ahead: u64,
        /// Live places behind.
        behind: u64,
        /// The priority lane that the place is in, where it is in one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lane: Option<String>,
        /// Why, in the organizer's words.
        why: String,
    },
    /// Nobody has to wait at the moment: the room lets everybody through.
    Free {
        /// Where to go.
        event: EventId,
        /// Why, in words for the fan.
        why: String,
    },
    /// In the lobby of a draw: everybody in it gets a number by chance when it opens, whenever they came.
    Lobby {
        /// Entries so far.
        entries: u64,
        /// When the draw is to be, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opens_at: Option<DateTime<Utc>>,
        /// SHA-256 of the seed of the draw, in hex: the gate is bound to the seed from now on.
        commitment: String,
    },
    /// The lobby is closed and its order is being drawn: some seconds.
    Drawing {
        /// Entries in the draw.
        entries: u64,
    },
    /// Everything is sold and nobody is called. The place is kept: if tickets come back, the line goes on.
    SoldOut {
        /// The number on the place.
        number: PlaceNumber,
        /// Live places ahead.
        ahead: u64,
        /// Live places behind.
        behind: u64,
        /// Why, in words for the fan.
        why: String,
        /// Where the organizer takes the names of those who would like a ticket that comes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waitlist: Option<String>,
    },
    /// It is the fan's turn: claim before the deadline.
    Called {
        /// The number on the place.
        number: PlaceNumber,
        /// The end of the claim window.
        claim_by: DateTime<Utc>,
        /// What the pass opens.
        event: EventId,
    },
    /// Inside already: another tab claimed.
    Active {
        /// What the pass opens.
        event: EventId,
        /// When shopping ends.
        until: DateTime<Utc>,
    },
    /// The fan's turn is over, or the room was closed: nobody is called any more.
    Ended {
        /// Why, in words for the fan.
        why: String,
    },
    /// The gate knows no such place (any more): take one anew.
    Unknown,
}

/// An interval of seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Likely not before.
    pub from: u32,
    /// Likely not after.
    pub to: u32,
}

/// Why a fan has more people ahead than a moment ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RiseReason {
    /// Fans with earlier numbers came back to their places.
    EarlierFansReturned,
    /// The place came into another lane, in which more are ahead.
    LaneChanged,
    /// The line was rebuilt after a fault, from what fans carry.
    LineRestored,
}
