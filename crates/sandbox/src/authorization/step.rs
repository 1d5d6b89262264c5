//! Capturing, voiding, refunding.

use contracts::money::Money;

use super::{Authorization, Behaviour, DisputeState, State, Step, WrongState};
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
    /// It is more than was taken, or of another currency.
    #[error("that cannot be given back")]
    BadAmount,
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
pub fn step(
    sandbox: &Sandbox,
    key: &str,
    id: &str,
    step: Step,
    amount: Option<Money>,
) -> Result<Authorization, StepError> {
    let request = serde_json::json!(["step", id, step, amount]).to_string();
    let mut book = sandbox.ledger.lock();
    let before = book.authorization(id).ok_or(StepError::Unknown)?.clone();
    if book.seen(key, &request)?.is_some() {
        return Ok(before);
    }
    let (mut state, mut refunded) = (before.state.after(step)?, before.refunded);
    if step == Step::Refund {
        refuse_refund(&before)?;
        if before.token.parse() == Ok(Behaviour::RefundLater) {
            let refused = before.refused_refund.as_deref();
            if refused.is_none() {
                book.write(Entry::RefundRefused { key: key.to_owned(), id: id.to_owned() })?;
            }
            if refused.is_none_or(|refused| refused == key) {
                return Err(WrongState { state: before.state, step }.into());
            }
        }
        let left = before.amount.minor - before.refunded;
        let asked = amount.unwrap_or(Money { minor: left, ..before.amount });
        if asked.currency != before.amount.currency || !(0..=left).contains(&asked.minor) {
            return Err(StepError::BadAmount);
        }
        refunded += asked.minor;
        state = if refunded == before.amount.minor { State::Refunded } else { before.state };
    }
    let after = Authorization { state, refunded, ..before.clone() };
    if after != before {
        book.write(Entry::Stepped { key: key.to_owned(), request, id: id.to_owned(), state, refunded })?;
    }
    Ok(after)
}

/// An amount that a bank looks at, or that was ordered to stay, stays.
fn refuse_refund(of: &Authorization) -> Result<(), WrongState> {
    let is_disputed = of.dispute.as_ref().is_some_and(|dispute| dispute.state != DisputeState::Won);
    if is_disputed || of.token.parse() == Ok(Behaviour::NoRefund) {
        return Err(WrongState { state: of.state, step: Step::Refund });
    }
    Ok(())
}
