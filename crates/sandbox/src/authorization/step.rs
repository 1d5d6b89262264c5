//! Capturing, voiding, refunding.

use super::{Authorization, Step, WrongState};
use crate::{
    ledger::{Entry, KeyReused, LedgerError},
    state::Sandbox,
};

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// There is no such authorization.
    #[error("there is no such authorization")]
    Unknown,
    /// The state forbids it.
    #[error(transparent)]
    WrongState(#[from] WrongState),
    /// The key came with something else before.
    #[error(transparent)]
    KeyReused(#[from] KeyReused),
    /// The journal cannot be written.
    #[error("writing the journal failed")]
    Ledger(#[from] LedgerError),
}

/// Takes `step`, once however often it is asked.
///
/// # Errors
/// [`StepError`]; nothing changed then.
pub fn step(sandbox: &Sandbox, key: &str, id: &str, step: Step) -> Result<Authorization, StepError> {
    let request = serde_json::json!(["step", id, step]).to_string();
    let mut book = sandbox.ledger.lock();
    let before = book.authorization(id).ok_or(StepError::Unknown)?.clone();
    book.seen(key, &request)?;
    let state = before.state.after(step)?;
    if state != before.state {
        book.write(Entry::Stepped { key: key.to_owned(), request, id: id.to_owned(), state })?;
    }
    Ok(Authorization { state, ..before })
}
