//! The session of the fan whose request passes through: it goes on while they shop, where their room says so, and it ends
//! when the service behind says so.

use contracts::{
    assertion::Admitted,
    id::{EventId, VisitorId},
};
use http::{HeaderMap, HeaderName, HeaderValue};
use platform::{http::InRequest, telemetry::Chain};

use crate::{
    metrics,
    pass::{
        handler::cookie,
        leave, renew,
        verify::{Admission, CONFIRM_WITHIN},
    },
    state::Gate,
};

/// What a service says in an answer to end the session of the fan who asked: `Usher-Session: end`. No client hears it.
const TOLD: HeaderName = HeaderName::from_static("usher-session");

/// The cookie with the pass that `visitor` gets anew, where their session goes on.
pub async fn go_on(
    gate: &Gate,
    visitor: VisitorId,
    event: EventId,
    admission: Option<&Admission>,
) -> Option<HeaderValue> {
    let admission = admission?;
    let room = gate.rooms.get(admission.admitted().room)?;
    let due = renew::due(gate, &room, admission)?;
    let (pass, token) =
        Box::pin(renew::renew(gate, &room, visitor, admission.admitted(), due).in_request()).await?;
    ::metrics::counter!(metrics::RENEWED).increment(1);
    cookie(event, &token, (pass.exp + CONFIRM_WITHIN - gate.clock.now()).num_seconds().max(0)).ok()
}

/// Removes the service's word on the session from `headers`, and ends the session where it says so. The answer then takes the
/// pass away; where the slot could not be ended it ends by itself, as without the word.
pub async fn hear(
    gate: &Gate,
    headers: &mut HeaderMap,
    admission: Option<&Admission>,
) -> Option<HeaderValue> {
    let word = headers.remove(&TOLD)?;
    let admitted = admission.filter(|_| word.as_bytes().eq_ignore_ascii_case(b"end"))?.admitted();
    Box::pin(end(gate, admitted).in_request()).await
}

async fn end(gate: &Gate, admitted: &Admitted) -> Option<HeaderValue> {
    match leave::leave(gate, admitted.room, admitted.id).await {
        Ok(()) => {
            ::metrics::counter!(metrics::ENDED_BY_ORIGIN).increment(1);
            cookie(admitted.event, "", 0).ok()
        }
        Err(error) => {
            tracing::warn!(room.id = %admitted.room, error = %Chain(&error), "a session could not be ended");
            None
        }
    }
}
