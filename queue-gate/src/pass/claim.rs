//! A called fan takes their turn.

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::{
    id::{RoomId, VisitorId},
    pass::{ADMISSION_LASTS, AdmissionToken},
    place::PlaceNumber,
    token,
};
use platform::postgres::StoreError;

use super::{
    store::{self, Claimed, LastSlot},
    tell_line,
    verify::CONFIRM_WITHIN,
};
use crate::{
    admission::front::store::Outcome,
    line::{self, LineError, PlaceState},
    state::Gate,
};

/// A fan may hear of the call a moment before PostgreSQL has marked it: how often, and how long each time, to wait.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// What a fan gets for claiming.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Good for one exchange, by the same visitor.
    pub token: String,
    /// When it lapses.
    pub expires_at: DateTime<Utc>,
}

/// Why a turn was not claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// It is not the visitor's turn.
    #[error("the visitor is not called")]
    NotCalled,
    /// It was, and the window is over.
    #[error("the claim window is over")]
    Over,
    /// The admission was exchanged already: the visitor is inside.
    #[error("the visitor is inside")]
    Inside,
    /// The line could not be asked.
    #[error("claiming failed")]
    Line(#[from] LineError),
    /// The store failed; claim again.
    #[error("claiming failed")]
    Store(#[from] StoreError),
}

/// Claims the turn of `visitor`, who must be called and in time. Until the exchange, claiming again gives a token for the
/// same pass.
///
/// # Errors
/// [`ClaimError`].
pub async fn claim(gate: &Gate, room: RoomId, visitor: VisitorId) -> Result<Admission, ClaimError> {
    let mut place = None;
    for _ in 0..TRIES {
        let now = gate.room_clock.now();
        if let Some(claimed) = store::claim(&gate.postgres, room, visitor, place, now).await? {
            tell_line(gate, room, claimed.place, Outcome::Inside(claimed.until + CONFIRM_WITHIN)).await;
            return Ok(admission(gate, room, visitor, &claimed));
        }
        let refusal = match store::last_slot(&gate.postgres, room, visitor, now).await? {
            Some(LastSlot::Claimed(claimed)) => return Ok(admission(gate, room, visitor, &claimed)),
            Some(LastSlot::Exchanged) => return Err(ClaimError::Inside),
            Some(LastSlot::Missed) => return Err(ClaimError::Over),
            Some(LastSlot::NoShow) => ClaimError::Over,
            Some(LastSlot::Over) | None => ClaimError::NotCalled,
        };
        place = Some(called_place(gate, room, visitor).await?.ok_or(refusal)?);
        tokio::time::sleep(PAUSE).await;
    }
    Err(ClaimError::NotCalled)
}

/// The place of `visitor`, if the line shows it as called.
async fn called_place(
    gate: &Gate,
    room: RoomId,
    visitor: VisitorId,
) -> Result<Option<PlaceNumber>, LineError> {
    let ask = || line::store::stand(&gate.redis, room, gate.room_clock.now(), visitor);
    let standing = line::with_recovery(gate, room, ask).await?;
    Ok(standing.filter(|standing| standing.state == PlaceState::Called).map(|standing| standing.number))
}

fn admission(gate: &Gate, room: RoomId, visitor: VisitorId, claimed: &Claimed) -> Admission {
    let now = gate.clock.now();
    // The clocks of the database and of this machine may differ; the token never lasts longer than it may.
    let expires_at = claimed.ends_at.min(now + ADMISSION_LASTS);
    let claims = AdmissionToken { sub: visitor, jti: claimed.pass, room, iat: now, exp: expires_at };
    Admission { token: token::sign(&claims, &gate.keys.signing), expires_at }
}
