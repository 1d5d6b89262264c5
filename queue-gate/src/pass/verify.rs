//! Whether a request may pass: the pass in its cookie, looked at without asking any store.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    assertion::Admitted,
    id::{EventId, VisitorId},
    pass,
};
use http::HeaderMap;

use super::revoke::Ending;
use crate::{extractors::cookies, state::Gate};

/// How long after the end of shopping a pass still confirms what is held: the hold and the payment behind it.
/// The slot is kept as long.
pub const CONFIRM_WITHIN: TimeDelta = TimeDelta::minutes(20);

/// What a request's pass is good for. `admitted` is what goes into the assertion; an assertion must not hold beyond
/// [`Admission::slot_ends`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Everything that is guarded.
    Shop(Admitted),
    /// Shopping is over: only `PUT /booking/confirm`, and only for what is held already.
    ConfirmOnly(Admitted),
    /// Its holder has bought, and the slot is free: only `PUT /booking/confirm`, and without a word of the pass, so that the
    /// service says again what it confirmed before and confirms nothing else.
    Bought(Admitted),
}

impl Admission {
    /// What the pass says.
    pub fn admitted(&self) -> &Admitted {
        match self {
            Self::Shop(admitted) | Self::ConfirmOnly(admitted) | Self::Bought(admitted) => admitted,
        }
    }

    /// When the slot ends: nothing may be asserted beyond.
    pub fn slot_ends(&self) -> DateTime<Utc> {
        self.admitted().until + CONFIRM_WITHIN
    }
}

/// The admission to `event` that the cookies in `headers` prove for `visitor` at `now`; `None` where they prove none:
/// no pass, a forged one, another visitor's, another event's, one that was revoked or is over.
pub fn admission(
    gate: &Gate,
    headers: &HeaderMap,
    visitor: VisitorId,
    event: EventId,
    now: DateTime<Utc>,
) -> Option<Admission> {
    let keys = gate.keys.public();
    let holds = |token: &str| {
        let pass = gate.passes.verify_within(token, &keys, now, CONFIRM_WITHIN).ok()?;
        let ending = gate.revoked.how(&pass.jti);
        let own = pass.sub == visitor && pass.event == event && ending != Some(Ending::Revoked);
        own.then_some((pass, ending))
    };
    let (pass, ending) = cookies(headers, &pass::cookie(event)).find_map(holds)?;
    let admitted = Admitted { id: pass.jti, room: pass.room, event, kind: pass.kind, until: pass.exp };
    Some(match ending {
        Some(_) => Admission::Bought(admitted),
        None if now < pass.exp => Admission::Shop(admitted),
        None => Admission::ConfirmOnly(admitted),
    })
}
