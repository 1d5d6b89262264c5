//! A seat of somebody who listens over plain HTTP, by a stream of events or by asking again and again. It counts as a
//! live connection like a WebSocket, from here until it is dropped.

use contracts::{
    frame::{Frame, PlaceView},
    id::{RoomId, VisitorId},
};
use tokio::sync::watch;

use super::{
    Facts, facts, first_frame,
    held::Held,
    hub::{Note, lock},
    seen::Seen,
    websocket::attach,
};
use crate::{
    draw,
    line::{LineError, Standing},
    room::Room,
    state::Gate,
};

/// Why somebody cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The visitor has no place in this line.
    #[error("no place in this line")]
    NoPlace,
    /// As many listen as this process takes.
    #[error("the gate is full")]
    Full,
    /// The line could not be asked.
    #[error("the line could not be asked")]
    Line(#[from] LineError),
}

/// Somebody who listens.
pub struct Listener {
    gate: Gate,
    room: RoomId,
    id: u64,
    notes: watch::Receiver<Note>,
    is_crowded: bool,
}

/// A frame on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The JSON.
    pub text: String,
    /// What its reader has seen then.
    pub seen: Seen,
    /// Whether it is the last one.
    pub is_last: bool,
}

/// Seats `visitor`, who has a place in `room`; with the frame to begin with, or none where `after` says that they have
/// seen it.
///
/// # Errors
/// [`ListenError`]; nobody is seated then.
pub async fn listen(
    gate: &Gate,
    room: &Room,
    visitor: VisitorId,
    after: Option<Seen>,
) -> Result<(Listener, Option<Told>), ListenError> {
    if gate.hub.open() >= gate.config.line.sockets {
        return Err(ListenError::Full);
    }
    let counts = counts(gate, room.id);
    if let Some(frame) = draw::stand::stand(gate, room, visitor).await? {
        let told = Told::of(&frame, counts);
        let listener = seat(gate, room.id, visitor, None)?;
        return Ok((listener, after.is_none_or(|after| after.mark != told.seen.mark).then_some(told)));
    }
    let standing = attach(gate, room.id, visitor).await?.ok_or(ListenError::NoPlace)?;
    let (mut held, first) = resume(standing, after, counts);
    let frame = first_frame(gate, room, standing.tick, first);
    let told = Told::of(&frame, counts);
    held.is_news = first.reason.is_some() || after.is_none_or(|after| after.mark != told.seen.mark);
    let listener = seat(gate, room.id, visitor, Some(held))?;
    let first = held.is_news.then_some(told);
    Ok((listener, first))
}

fn seat(gate: &Gate, room: RoomId, visitor: VisitorId, held: Option<Held>) -> Result<Listener, ListenError> {
    let (id, notes) = gate.hub.enter(room, visitor, held).ok_or(ListenError::Full)?;
    Ok(Listener { gate: gate.clone(), room, id, notes, is_crowded: false })
}

/// A place as somebody goes on seeing it who has seen `after`: what is ahead does not rise without a reason. `counts` are
/// those of the line by now.
pub fn resume(standing: Standing, after: Option<Seen>, counts: (u64, u64)) -> (Held, Facts) {
    let mut held = Held::new(standing);
    if let Some(after) = after {
        (held.shown, held.seen) = (after.ahead, after.counts);
    }
    let reason = held.settle(standing.ahead, counts);
    (held, Facts { ahead: held.shown, reason, ..facts(standing) })
}

/// The line's counts of places that came back and that were restored, as of the last telling.
pub fn counts(gate: &Gate, room: RoomId) -> (u64, u64) {
    let waiting = gate.hub.room(room);
    let told = lock(&waiting.told);
    told.shape.as_ref().map_or((u64::MAX, u64::MAX), |shape| (shape.returned, shape.restored))
}

impl Told {
    /// `frame`, made when the line's counts were `counts`.
    pub fn of(frame: &Frame, counts: (u64, u64)) -> Self {
        let is_last = matches!(frame.place, PlaceView::Ended { .. } | PlaceView::Unknown);
        let text = serde_json::to_string(frame).unwrap_or_default();
        Self { text, seen: Seen::of(frame, counts), is_last }
    }
}

impl Listener {
    /// The next frame that this seat is told; `None` when no more will come. Safe to cancel.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            self.notes.changed().await.ok()?;
            let note = self.notes.borrow_and_update().clone();
            let text = match note {
                Note::Frame(text) | Note::Last(text) => text,
                Note::Silence => continue,
                Note::Crowded => {
                    self.is_crowded = true;
                    return None;
                }
            };
            match serde_json::from_str(&text) {
                Ok(frame) => return Some(Told::of(&frame, counts(&self.gate, self.room))),
                Err(error) => tracing::error!(%error, "a frame cannot be read again"),
            }
        }
    }

    /// Whether this seat gave way to a newer one of the same visitor.
    pub fn is_crowded(&self) -> bool {
        self.is_crowded
    }

    /// The gate that they listen to.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }
}

impl Drop for Listener {
    /// Gives the seat up: the place counts as unseen from now on, unless another connection is about it.
    fn drop(&mut self) {
        let Some(number) = self.gate.hub.leave(self.room, self.id) else { return };
        let (gate, room) = (self.gate.clone(), self.room);
        self.gate.lifecycle.spawn(async move { gate.presence.detach(room, number).await });
    }
}
