//! A place that Redis has lost comes back from what its holder carries (promise W3).

use contracts::{
    id::VisitorId,
    place::{self, Lane, PlaceNumber},
};

use super::{LineError, store, with_recovery};
use crate::{metrics, room::Room, state::Gate};

/// Restores the place of `visitor` that `token` proves. Answers with the number that they hold now, which is the lowest
/// they ever proved; `None` where the token proves nothing for them or the place is over.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn restore(
    gate: &Gate,
    room: &Room,
    visitor: VisitorId,
    token: &str,
) -> Result<Option<PlaceNumber>, LineError> {
    let Some(place) = place::verify(token, room.id, visitor, &gate.keys.secret) else { return Ok(None) };
    let restored = restore_all(gate, room, &[(place.number, place.lane, visitor)]).await?;
    Ok(restored.first().copied().flatten())
}

/// Restores places whose numbers and lanes are known to be their visitors'.
///
/// # Errors
/// When the line cannot be asked; safe to repeat.
pub async fn restore_all(
    gate: &Gate,
    room: &Room,
    places: &[(PlaceNumber, Lane, VisitorId)],
) -> Result<Vec<Option<PlaceNumber>>, LineError> {
    let shares = room.policy.lanes.shares();
    let ask = || store::restore(&gate.redis, room.id, gate.room_clock.now(), &shares, places);
    let restored = with_recovery(gate, room.id, ask).await?;
    ::metrics::counter!(metrics::RESTORED)
        .increment(u64::try_from(restored.iter().flatten().count()).unwrap_or(0));
    Ok(restored)
}
