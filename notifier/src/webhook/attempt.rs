//! One attempt to tell one endpoint one notice.

use std::time::Duration;

use chrono::TimeDelta;
use http::StatusCode;
use platform::{
    postgres::{self, StoreError},
    telemetry::Chain,
};
use tracing::instrument;

use super::{
    Delivery, is_hopeless, pause_after,
    request::request,
    rest_after,
    send::{Answered, SendError},
    store::{self, Entry},
    switch_off::{self, Why},
};
use crate::{metrics, state::Notifier};

/// How an attempt went.
#[derive(Debug)]
struct Outcome {
    answered: Result<Answered, SendError>,
    lasted: Duration,
}

impl Outcome {
    /// Only 2xx says that the notice arrived.
    fn is_delivered(&self) -> bool {
        self.answered.as_ref().is_ok_and(|answered| answered.status.is_success())
    }

    fn entry(&self) -> Entry {
        Entry {
            duration_ms: i32::try_from(self.lasted.as_millis()).unwrap_or(i32::MAX),
            status: self.answered.as_ref().ok().map(|answered| answered.status.as_u16()),
            error: self.answered.as_ref().err().map(ToString::to_string),
        }
    }
}

/// Tells it once and writes down how that went. Safe to repeat: `webhook-id` is the same.
///
/// # Errors
/// How it went could not be written; the notice is due again when its lease ends.
#[instrument(name = "webhook.attempt", skip_all, fields(webhook.id = %delivery.endpoint, notice.id = %delivery.notice, delivery.attempt = delivery.attempt))]
pub async fn attempt(app: &Notifier, delivery: &Delivery) -> Result<(), StoreError> {
    let began = tokio::time::Instant::now();
    let answered = send(app, delivery).await;
    let outcome = Outcome { answered, lasted: began.elapsed() };
    if let Err(error) = &outcome.answered {
        if error.is_refusal() {
            metrics::webhook_address_refused();
        }
        tracing::debug!(error = %Chain(error), "an endpoint was not reached");
    }
    if outcome.is_delivered() {
        delivered(app, delivery, &outcome).await
    } else {
        failed(app, delivery, &outcome).await
    }
}

async fn send(app: &Notifier, delivery: &Delivery) -> Result<Answered, SendError> {
    let client = &app.webhooks.client;
    let target = client.target(&delivery.url)?;
    // Nobody is told anything that they could not check.
    if delivery.secrets.is_empty() {
        return Err(SendError::Unsigned);
    }
    let request = request(&target, delivery, app.clock.now())?;
    client.send(&target, request).await
}

async fn delivered(app: &Notifier, delivery: &Delivery, outcome: &Outcome) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    store::log(&mut tx, delivery, &outcome.entry(), now).await?;
    store::delivered(&mut tx, delivery, now).await?;
    store::is_well(&mut tx, delivery.endpoint).await?;
    postgres::commit(tx).await?;
    metrics::webhook_attempted("delivered");
    Ok(())
}

async fn failed(app: &Notifier, delivery: &Delivery, outcome: &Outcome) -> Result<(), StoreError> {
    let now = app.clock.now();
    let asked = outcome.answered.as_ref().ok().and_then(|answered| answered.retry_after);
    let is_gone = outcome.answered.as_ref().is_ok_and(|answered| answered.status == StatusCode::GONE);
    let pause = pause_after(delivery.turn, asked, app.chance()).filter(|_| !is_gone);
    let mut tx = postgres::begin(&app.postgres).await?;
    store::log(&mut tx, delivery, &outcome.entry(), now).await?;
    store::failed(&mut tx, delivery, pause.map(|pause| now + pause), now).await?;
    let health = store::is_ill(&mut tx, delivery.endpoint, now).await?;
    if let Some(health) = health {
        if let Some(rest) = rest_after(health.failures) {
            store::rest(&mut tx, delivery.endpoint, now + rest).await?;
        }
        if is_gone {
            switch_off::switch_off(app, &mut tx, delivery, Why::Gone, &health).await?;
        } else if is_hopeless(&app.webhooks.rules, health.failures, health.since, now) {
            switch_off::switch_off(app, &mut tx, delivery, Why::Failing, &health).await?;
        }
    }
    postgres::commit(tx).await?;
    metrics::webhook_attempted(if pause.is_some() { "retried" } else { "failed" });
    let (status, pause) = (outcome.entry().status, pause.map(|pause| TimeDelta::num_seconds(&pause)));
    tracing::info!(http.status = status, delivery.pause = pause, "an endpoint did not take a notice");
    Ok(())
}
