//! One try to deliver one callback.

use std::time::Duration;

use chrono::TimeDelta;
use platform::telemetry::Chain;

use super::{
    Callback,
    sign::{HEADER, sign},
};
use crate::{
    authorization::{Authorization, DisputeState},
    ledger::Entry,
    state::Sandbox,
};

/// Tries `delivery` once. Without a 2xx it is put off, each time for twice as long.
pub async fn deliver(sandbox: &Sandbox, delivery: &str) {
    let found = {
        let book = sandbox.ledger.lock();
        book.callback(delivery).and_then(|(callback, tries)| {
            book.authorization(&callback.authorization).cloned().map(|of| (callback, tries, of))
        })
    };
    let Some((callback, tries, of)) = found else { return };
    let arrived = post(sandbox, &callback, &of.callback_url, body(&callback, &of)).await;
    let mut book = sandbox.ledger.lock();
    if arrived || callback.forged {
        if let Err(error) = book.write(Entry::Delivered { delivery: delivery.to_owned() }) {
            tracing::error!(error = %Chain(&error), "a delivered callback could not be noted and will be repeated");
            book.try_again(delivery, sandbox.clock.now() + pause(sandbox, tries));
        }
    } else {
        book.try_again(delivery, sandbox.clock.now() + pause(sandbox, tries));
    }
}

fn body(callback: &Callback, of: &Authorization) -> String {
    let mut body = serde_json::json!({
        "id": callback.event, "type": callback.outcome, "authorization": of.id, "reference": of.reference,
        "amount": of.amount, "at": callback.at,
    });
    if let Some(dispute) = &callback.dispute {
        let kind = match dispute.state {
            DisputeState::Open => "disputeOpened",
            DisputeState::Won => "disputeWon",
            DisputeState::Lost => "disputeLost",
        };
        body["type"] = kind.into();
        body["dispute"] = dispute.id.clone().into();
        body["amount"]["minor"] = dispute.amount.into();
    }
    body.to_string()
}

async fn post(sandbox: &Sandbox, callback: &Callback, url: &str, body: String) -> bool {
    let secret: &[u8] = if callback.forged { b"not the secret that we share" } else { &sandbox.secret };
    let signature = sign(secret, sandbox.clock.now().timestamp(), body.as_bytes());
    let request =
        sandbox.client.post(url).header(HEADER, signature).header("content-type", "application/json");
    match request.body(body).send().await {
        Ok(answer) if answer.status().is_success() => true,
        Ok(answer) => {
            tracing::info!(http.status = answer.status().as_u16(), callback.forged, "a callback was refused");
            false
        }
        Err(error) => {
            tracing::info!(error = %Chain(&error), "a callback did not arrive");
            false
        }
    }
}

fn pause(sandbox: &Sandbox, tries: u32) -> TimeDelta {
    let (from, to) = (sandbox.config.retry_from, sandbox.config.retry_to);
    let pause = from.checked_mul(2_u32.saturating_pow(tries)).map_or(to, |pause: Duration| pause.min(to));
    TimeDelta::from_std(pause).unwrap_or_default()
}
