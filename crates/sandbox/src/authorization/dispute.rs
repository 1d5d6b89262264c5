//! Payers who take a payment up with their bank.

use uuid::Uuid;

use super::{Authorization, Dispute, DisputeState, State, Step, WrongState, step::StepError};
use crate::{callback::decide, ledger::Entry, state::Sandbox};

/// Opens a dispute about what is left of a captured amount. One that is open is left as it is.
///
/// # Errors
/// [`StepError`].
pub fn open(sandbox: &Sandbox, id: &str) -> Result<Authorization, StepError> {
    let mut book = sandbox.ledger.lock();
    let of = book.authorization(id).ok_or(StepError::Unknown)?.clone();
    if of.dispute.is_some() {
        return Ok(of);
    }
    if of.state != State::Captured {
        return Err(WrongState { state: of.state, step: Step::Refund }.into());
    }
    let dispute = Dispute {
        id: format!("dp_{}", sandbox.ids.next::<Uuid>().simple()),
        amount: of.amount.minor - of.refunded,
        state: DisputeState::Open,
    };
    write(sandbox, &mut book, of, dispute)
}

/// The bank has decided. What is decided stays so.
///
/// # Errors
/// [`StepError`].
pub fn close(sandbox: &Sandbox, id: &str, state: DisputeState) -> Result<Authorization, StepError> {
    let mut book = sandbox.ledger.lock();
    let of = book.authorization(id).ok_or(StepError::Unknown)?.clone();
    let dispute = of.dispute.clone().ok_or(StepError::Unknown)?;
    if dispute.state != DisputeState::Open {
        return Ok(of);
    }
    write(sandbox, &mut book, of, Dispute { state, ..dispute })
}

fn write(
    sandbox: &Sandbox,
    book: &mut crate::ledger::Book,
    of: Authorization,
    dispute: Dispute,
) -> Result<Authorization, StepError> {
    let of = Authorization { dispute: Some(dispute.clone()), ..of };
    let mut callback = decide::told(sandbox, &of, of.state, sandbox.clock.now());
    callback.dispute = Some(dispute.clone());
    book.write(Entry::Disputed { id: of.id.clone(), dispute, callback })?;
    Ok(of)
}
