//! An admission token becomes a pass, once.

use contracts::{
    id::VisitorId,
    pass::{AdmissionToken, Pass, PassKind},
    token::{self, BadToken},
};
use platform::postgres::StoreError;

use super::{store, tell_line, verify::CONFIRM_WITHIN};
use crate::{admission::front::store::Outcome, metrics, room::Room, state::Gate};

/// Why a token was not exchanged.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Not ours, of another room, or of another visitor.
    #[error("the admission is not the visitor's")]
    NotTheirs,
    /// It has lapsed.
    #[error("the admission has lapsed")]
    Lapsed,
    /// It was exchanged before, or its slot has ended.
    #[error("the admission was used")]
    Used,
    /// The store failed. The exchange may have happened; then the slot ends by itself.
    #[error("exchanging failed")]
    Store(#[from] StoreError),
}

/// Exchanges the admission token of `visitor` for a pass to the event of `room`. Works once.
///
/// # Errors
/// [`ExchangeError`].
pub async fn exchange(
    gate: &Gate,
    room: &Room,
    visitor: VisitorId,
    admission: &str,
) -> Result<(Pass, String), ExchangeError> {
    let now = gate.clock.now();
    let claims: AdmissionToken =
        token::verify(admission, &gate.keys.public(), now).map_err(|error| match error {
            BadToken::Expired => ExchangeError::Lapsed,
            BadToken::Forged | BadToken::NotYet => ExchangeError::NotTheirs,
        })?;
    if claims.sub != visitor || claims.room != room.id {
        return Err(ExchangeError::NotTheirs);
    }
    let begun = store::exchange(&gate.postgres, room.id, claims.jti, visitor, gate.room_clock.now()).await?;
    let begun = begun.ok_or(ExchangeError::Used)?;
    tell_line(gate, room.id, begun.place, Outcome::Inside(begun.until + CONFIRM_WITHIN)).await;
    let pass = Pass {
        sub: visitor,
        jti: claims.jti,
        room: room.id,
        event: room.event,
        kind: PassKind::Admitted,
        iat: now,
        exp: begun.until,
    };
    ::metrics::counter!(metrics::PASSES).increment(1);
    let token = token::sign(&pass, &gate.keys.signing);
    Ok((pass, token))
}
