//! What the fans of a draw hear who are connected to this process, until there is a line.

use contracts::id::VisitorId;

use super::{
    enter,
    stand::of_entry,
    store::line::{self, Stage, Status},
};
use crate::{
    line::LineError,
    live::{encode::Encoder, hub::Waiting},
    room::Room,
    state::Gate,
};

/// So many hear every tick; of more, each hears every so many ticks, and whenever something happens.
const FEW: usize = 500;
const SELDOM: u64 = 5;

/// Tells those who wait for the draw of `room`. Says who among them has a place by now that this process does not know:
/// they are to be looked up, and everybody told as in any other line. `None` where there is no line yet.
///
/// # Errors
/// When the line cannot be asked.
pub async fn tell(gate: &Gate, room: &Room, waiting: &Waiting) -> Result<Option<Vec<VisitorId>>, LineError> {
    if room.policy.order.draw().is_none() {
        return Ok(Some(Vec::new()));
    }
    let status = line::status(&gate.redis, room.id).await?;
    let is_other = gate.draws.is_another_epoch(room.id, status.epoch);
    let without = without_place(waiting);
    let Status { entries, tick, .. } = status;
    let frame = match status.stage {
        Stage::Done => return Ok(Some(without)),
        Stage::Frozen => of_entry(room, true, entries, tick),
        Stage::Lobby | Stage::Restoring => {
            if is_other {
                enter::again(gate, room, &without).await?;
            }
            of_entry(room, false, entries, tick)
        }
    };
    match Encoder::default().text(|out| serde_json::to_writer(out, &frame)) {
        Ok((frame, text)) => {
            let telling = gate.draws.telling(room.id, (status.stage, room.version));
            let mut turn = if without.len() > FEW { telling } else { None };
            waiting.for_each(|seat| {
                if turn.is_none_or(|turn| turn.is_multiple_of(SELDOM)) {
                    seat.tell(frame, text, false);
                }
                turn = turn.map(|turn| turn + 1);
            });
        }
        Err(error) => tracing::error!(%error, "a frame cannot be written"),
    }
    Ok(None)
}

/// The visitors of the seats that are about no place.
fn without_place(waiting: &Waiting) -> Vec<VisitorId> {
    let mut visitors = Vec::new();
    waiting.for_each(|seat| {
        if seat.place.is_none() {
            visitors.push(seat.visitor);
        }
    });
    visitors
}
