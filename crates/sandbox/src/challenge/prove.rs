//! What the payer said.

use serde::Deserialize;

use crate::{
    authorization::{State, step::StepError},
    callback::decide,
    ledger::Entry,
    state::Sandbox,
};

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Proof {
    /// It is they.
    Pass,
    /// It is not, or they could not prove it.
    Fail,
}

/// Ends the wait: the authorization is decided, and the shop hears of it. One that is decided stays as it is.
///
/// # Errors
/// [`StepError`].
pub fn prove(sandbox: &Sandbox, id: &str, proof: Proof) -> Result<State, StepError> {
    let mut book = sandbox.ledger.lock();
    let of = book.authorization(id).ok_or(StepError::Unknown)?.clone();
    if of.state != State::Pending || !of.challenged {
        return Ok(of.state);
    }
    let state = match proof {
        Proof::Pass => State::Authorised,
        Proof::Fail => State::Declined,
    };
    let callbacks = vec![decide::told(sandbox, &of, state, sandbox.clock.now())];
    book.write(Entry::Decided { id: id.to_owned(), state, callbacks })?;
    Ok(state)
}
