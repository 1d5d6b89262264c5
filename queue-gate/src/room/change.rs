//! The one shape of every change to a room: lock it, decide, write it with its log entry, in one transaction. A preview
//! goes the same way and is undone at the end.

use chrono::{DateTime, Utc};
use contracts::id::{RoomId, StaffTokenId};
use platform::postgres::{self, StoreError, Tx};
use serde_json::Value;

use super::{Acting, IllegalStep, Room, RoomState, Step, WrongSetting, fail, store, suspension};
use crate::{mail, state::Gate};

/// Why a room was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeRoomError {
    /// There is none with this id that belongs to the caller.
    #[error("no room {0} of this organizer")]
    UnknownRoom(RoomId),
    /// Its state does not allow it.
    #[error("the step is not allowed")]
    Illegal(#[from] IllegalStep),
    /// Somebody changed it since the caller read it; the version stood in the body.
    #[error("the settings are at version {now}")]
    Stale {
        /// The version that holds now.
        now: i64,
    },
    /// Somebody changed it since the caller read it; the version stood in `If-Match`.
    #[error("the room is at version {now}")]
    Unmatched {
        /// The version that holds now.
        now: i64,
    },
    /// The caller did not say which version they read.
    #[error("the version that the change is made to is missing")]
    NoVersion,
    /// The room lists no such staff token.
    #[error("the room lists no staff token {0}")]
    UnknownStaffToken(StaffTokenId),
    /// A value lies outside its bounds.
    #[error("a setting is outside its bounds")]
    Wrong(#[from] WrongSetting),
    /// The store failed; nothing was changed, unless the outcome of the commit is unknown.
    #[error("changing the room failed")]
    Store(#[from] StoreError),
}

/// Who asks for a change of which room, and under what conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which room.
    pub room: RoomId,
    /// Who acts for the organizer, who must own it; none where the gate itself acts.
    pub acting: Option<Acting>,
    /// The versions to one of which the change may be made. Any where they are absent, and where the caller said so: then
    /// they are none.
    pub versions: Option<Vec<i64>>,
    /// Whether to say only what would happen.
    pub is_preview: bool,
}

impl Ask {
    /// What the gate itself wants of `room`.
    pub fn by_gate(room: RoomId) -> Self {
        Self { room, acting: None, versions: None, is_preview: false }
    }
}

/// What a change leaves in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What happened.
    pub kind: &'static str,
    /// The particulars.
    pub detail: Value,
}

/// A change that was made, or would be.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The room before it.
    pub before: Room,
    /// The room after it.
    pub room: Room,
    /// What is on the log, or would be.
    pub entry: Entry,
    /// Whether nothing was changed.
    pub is_preview: bool,
}

/// Changes a room as `decide` says. Every change raises the version, holds from the commit on for every grant, and is seen
/// by every gate within a second (promise W7). A preview does all of it and takes it back.
///
/// # Errors
/// Those of `decide`, [`ChangeRoomError::UnknownRoom`], and [`ChangeRoomError::Unmatched`].
pub async fn change(
    gate: &Gate,
    ask: &Ask,
    decide: impl FnOnce(&mut Room) -> Result<Entry, ChangeRoomError> + Send,
) -> Result<Changed, ChangeRoomError> {
    let (tx, before) = begin(gate, ask).await?;
    let mut room = before.clone();
    let (tx, entry) = postgres::go_on(tx, decide(&mut room)).await?;
    finish(gate, ask, tx, before, room, entry).await
}

/// The same for a body that may name the version that its caller read: it or `ask` does.
///
/// # Errors
/// Those of [`change`]; [`ChangeRoomError::NoVersion`] without a version, [`ChangeRoomError::Stale`] where somebody was faster.
pub async fn change_read(
    gate: &Gate,
    ask: &Ask,
    version: Option<i64>,
    decide: impl FnOnce(&mut Room) -> Result<Entry, ChangeRoomError> + Send,
) -> Result<Changed, ChangeRoomError> {
    need_version(ask, version)?;
    change(gate, ask, move |room| {
        if version.is_some_and(|version| version != room.version) {
            return Err(ChangeRoomError::Stale { now: room.version });
        }
        decide(room)
    })
    .await
}

/// Sees that the body or `ask` names a version.
///
/// # Errors
/// [`ChangeRoomError::NoVersion`].
pub fn need_version(ask: &Ask, version: Option<i64>) -> Result<(), ChangeRoomError> {
    if version.is_none() && ask.versions.is_none() { Err(ChangeRoomError::NoVersion) } else { Ok(()) }
}

/// Begins a change: locks the room, and sees whether `ask` may change it. For changes that write more than the room itself.
///
/// # Errors
/// [`ChangeRoomError::UnknownRoom`] and [`ChangeRoomError::Unmatched`].
pub async fn begin(gate: &Gate, ask: &Ask) -> Result<(Tx, Room), ChangeRoomError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let found = lock(&mut tx, ask).await;
    postgres::go_on(tx, found).await
}

async fn lock(tx: &mut Tx, ask: &Ask) -> Result<Room, ChangeRoomError> {
    let locked = store::lock(tx, ask.room).await?;
    let locked = locked.filter(|room| ask.acting.is_none_or(|acting| room.owner == acting.owner));
    let before = locked.ok_or(ChangeRoomError::UnknownRoom(ask.room))?;
    let other = |versions: &Vec<i64>| !versions.is_empty() && !versions.contains(&before.version);
    if ask.versions.as_ref().is_some_and(other) {
        return Err(ChangeRoomError::Unmatched { now: before.version });
    }
    Ok(before)
}

/// Ends a change that was begun: writes the room with its next version and the log `entry`, and commits; or takes everything
/// back, where `ask` is for a preview.
///
/// # Errors
/// When the database is away.
pub async fn finish(
    gate: &Gate,
    ask: &Ask,
    mut tx: Tx,
    before: Room,
    mut room: Room,
    mut entry: Entry,
) -> Result<Changed, ChangeRoomError> {
    room.version = before.version + 1;
    store::update(&mut tx, &room).await?;
    let now = gate.room_clock.now();
    if let Some(suspended) = suspension::follow(&mut tx, &before, &room, now).await? {
        entry.detail["suspension"] = suspended;
    }
    if room.state == RoomState::Closed {
        mail::store::forget_room(&mut tx, room.id).await?;
    }
    if fail::is_watched(&room) {
        // Whoever changed something was here: the room has not been quiet for long.
        suspension::store::begin_pulse(&mut tx, room.id, now).await?;
    }
    store::append_log(&mut tx, room.id, ask.acting.map(|acting| acting.by), entry.kind, &entry.detail)
        .await?;
    if ask.is_preview {
        postgres::rollback(tx).await;
        return Ok(Changed { before, room, entry, is_preview: true });
    }
    postgres::commit(tx).await?;
    gate.rooms.put(room.clone());
    tracing::info!(room.id = %room.id, room.version = room.version, "a room was {}", entry.kind);
    Ok(Changed { before, room, entry, is_preview: false })
}

/// What time it is for rooms.
///
/// # Errors
/// When the database is away.
pub async fn now(tx: &mut Tx, gate: &Gate) -> Result<DateTime<Utc>, StoreError> {
    suspension::store::now(tx, gate.room_clock.now()).await
}

/// Takes one step in the life of a room.
///
/// # Errors
/// [`ChangeRoomError`].
pub async fn step(
    gate: &Gate,
    ask: &Ask,
    step: Step,
    reason: Option<String>,
) -> Result<Changed, ChangeRoomError> {
    change(gate, ask, move |room| {
        let from = room.state;
        let detail_of =
            |to: &'static str| serde_json::json!({ "from": from.name(), "to": to, "reason": reason });
        room.take(step, reason.clone())?;
        Ok(Entry { kind: step.name(), detail: detail_of(room.state.name()) })
    })
    .await
}
