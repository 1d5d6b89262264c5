//! A place that Redis has lost comes back from what its holder carries (promise W3).

use contracts::{
    id::{RoomId, VisitorId},
    place::{self, PlaceNumber},
};

use super::{LineError, store, with_recovery};
use crate::{metrics, state::Gate};

/// Restores the place of `visitor` that `token` proves. Answers with the number that they hold now, which is the lowest
/// they ever proved; `None` where the token proves nothing for them or the place is over.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn restore(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
    token: &str,
) -> Result<Option<PlaceNumber>, LineError> {
    let Some(place) = place::verify(token, room, visitor, &gate.keys.secret) else { return Ok(None) };
    let restored = restore_all(gate, room, &[(place.number, visitor)]).await?;
    Ok(restored.first().copied().flatten())
}

/// Restores places whose numbers are known to be their visitors'.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn restore_all(
    gate: &Gate,
    room: RoomId,
    places: &[(PlaceNumber, VisitorId)],
) -> Result<Vec<Option<PlaceNumber>>, LineError> {
    let ask = || store::restore(&gate.redis, room, gate.room_clock.now(), places);
    let restored = with_recovery(gate, room, ask).await?;
    ::metrics::counter!(metrics::RESTORED)
        .increment(u64::try_from(restored.iter().flatten().count()).unwrap_or(0));
    Ok(restored)
}
