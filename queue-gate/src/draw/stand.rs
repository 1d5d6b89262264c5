//! What a fan in a draw is told while there is no line yet.

use contracts::{
    frame::{Frame, PlaceView, VERSION},
    id::VisitorId,
};

use super::enter::{self, Entered};
use crate::{line::LineError, room::Room, state::Gate};

/// The frame for `visitor`, where theirs is an entry in the draw of `room`; `None` where the line says what they have.
///
/// # Errors
/// When a store is away.
pub async fn stand(gate: &Gate, room: &Room, visitor: VisitorId) -> Result<Option<Frame>, LineError> {
    if room.policy.order.draw().is_none() {
        return Ok(None);
    }
    Ok(frame(room, enter::look(gate, room.id, visitor).await?))
}

/// The frame for what a visitor has; `None` where that is the line's.
pub fn frame(room: &Room, entered: Entered) -> Option<Frame> {
    let (is_drawn, entries, tick) = match entered {
        Entered::Lobby { entries, tick, .. } => (false, entries, tick),
        Entered::Drawing { entries, tick, .. } => (true, entries, tick),
        Entered::Line { .. } | Entered::Nothing => return None,
    };
    of_entry(room, is_drawn, entries, tick)
}

/// The frame for an entry in the draw of `room`, before or while it is drawn; `None` where it has no draw.
pub fn of_entry(room: &Room, is_drawn: bool, entries: u64, tick: u64) -> Option<Frame> {
    let draw = room.policy.order.draw()?;
    let place = if room.lets_all_through() {
        let why = room.why().unwrap_or("Nobody has to wait at the moment.").to_owned();
        PlaceView::Free { event: room.event, why }
    } else if is_drawn {
        PlaceView::Drawing { entries }
    } else {
        let (opens_at, commitment) = (draw.opens_at, draw.commitment.clone());
        PlaceView::Lobby { entries, opens_at, commitment }
    };
    Some(Frame { v: VERSION, tick, place, message: room.message.clone(), tiers: None })
}
