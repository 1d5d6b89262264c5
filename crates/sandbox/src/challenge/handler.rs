//! The page of the second step.

use axum::{extract::State as Extract, response::Html};
use platform::http::{Path, Problem};

use super::prove::{self, Proof};
use crate::{authorization::State, problems::UNKNOWN_AUTHORIZATION, state::Sandbox};

/// `GET /challenge/{id}`: asks the payer.
///
/// # Errors
/// A problem.
pub async fn show(
    Extract(sandbox): Extract<Sandbox>,
    Path(id): Path<String>,
) -> Result<Html<String>, Problem> {
    let book = sandbox.ledger.lock();
    let of = book.authorization(&id).ok_or_else(|| Problem::of(UNKNOWN_AUTHORIZATION))?;
    Ok(Html(format!(
        "<!doctype html><html lang=\"en\"><title>Is it you?</title><h1>Is it you?</h1>\
         <p>Somebody wants to pay {amount}. This bank is a sandbox: say whether it is you.</p>\
         <form method=\"post\" action=\"/challenge/{id}/pass\"><button>It is me</button></form>\
         <form method=\"post\" action=\"/challenge/{id}/fail\"><button>It is not</button></form></html>",
        amount = of.amount,
        id = of.id,
    )))
}

/// `POST /challenge/{id}/{pass|fail}`: what the payer said.
///
/// # Errors
/// A problem.
pub async fn prove(
    Extract(sandbox): Extract<Sandbox>,
    Path((id, proof)): Path<(String, Proof)>,
) -> Result<Html<&'static str>, Problem> {
    Ok(Html(match prove::prove(&sandbox, &id, proof)? {
        State::Declined => {
            "<!doctype html><title>Declined</title><p>The payment was declined. Go back to the shop.</p>"
        }
        State::Pending | State::Authorised | State::Captured | State::Voided | State::Refunded => {
            "<!doctype html><title>Thank you</title><p>Thank you. Go back to the shop.</p>"
        }
    }))
}
