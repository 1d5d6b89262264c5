//! Deciding an authorization whose time has come.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::Callback;
use crate::{
    authorization::{Authorization, Behaviour, State},
    ledger::{Entry, LedgerError},
    state::Sandbox,
};

/// How long after a callback the same one comes again that is replayed.
const AFTER_REPLAY: TimeDelta = TimeDelta::milliseconds(200);
/// How long after a forged callback the true one follows.
const AFTER_FORGED: TimeDelta = TimeDelta::milliseconds(50);

/// Decides the authorization `id`, unless the shop has voided it meanwhile.
///
/// # Errors
/// When the journal cannot be written; nothing was decided then.
pub fn decide(sandbox: &Sandbox, id: &str) -> Result<(), LedgerError> {
    let mut book = sandbox.ledger.lock();
    let Some(authorization) = book.authorization(id).filter(|one| one.state == State::Pending).cloned()
    else {
        return Ok(());
    };
    // The token was checked when it came in; one that a newer version no longer knows is declined.
    let behaviour = authorization.token.parse().unwrap_or(Behaviour::Declined);
    let callbacks = callbacks(sandbox, &authorization, behaviour, sandbox.clock.now());
    book.write(Entry::Decided { id: id.to_owned(), state: behaviour.outcome(), callbacks })
}

fn callbacks(
    sandbox: &Sandbox,
    of: &Authorization,
    behaviour: Behaviour,
    now: DateTime<Utc>,
) -> Vec<Callback> {
    let event = || format!("evt_{}", sandbox.ids.next::<Uuid>().simple());
    let callback = |event: String, at, forged| Callback {
        delivery: format!("del_{}", sandbox.ids.next::<Uuid>().simple()),
        event,
        authorization: of.id.clone(),
        outcome: behaviour.outcome(),
        at,
        forged,
        dispute: None,
    };
    match behaviour {
        Behaviour::Ok
        | Behaviour::Declined
        | Behaviour::Late(_)
        | Behaviour::Challenge
        | Behaviour::TimeOut
        | Behaviour::NoRefund
        | Behaviour::RefundLater => vec![callback(event(), now, false)],
        Behaviour::Replayed => {
            let again = event();
            (0..3).map(|nth| callback(again.clone(), now + AFTER_REPLAY * nth, false)).collect()
        }
        Behaviour::Double => {
            let twice = event();
            vec![
                callback(twice.clone(), now, false),
                callback(twice, now, false),
                callback(event(), now, false),
            ]
        }
        Behaviour::Lost => Vec::new(),
        Behaviour::Forged => {
            let forged = event();
            vec![callback(forged.clone(), now, true), callback(forged, now + AFTER_FORGED, false)]
        }
    }
}

/// A callback that tells how `of` stands.
pub fn told(sandbox: &Sandbox, of: &Authorization, outcome: State, now: DateTime<Utc>) -> Callback {
    Callback {
        delivery: format!("del_{}", sandbox.ids.next::<Uuid>().simple()),
        event: format!("evt_{}", sandbox.ids.next::<Uuid>().simple()),
        authorization: of.id.clone(),
        outcome,
        at: now,
        forged: false,
        dispute: None,
    }
}
