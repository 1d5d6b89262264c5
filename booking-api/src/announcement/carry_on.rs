//! Telling those who have tickets, until all of them are told.

use std::time::Duration;

use contracts::message::{EventChanged, Message};
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError},
    telemetry::Chain,
};

use super::store;
use crate::{offer, outbox, state::Booking};

/// How often we look.
const PERIOD: Duration = Duration::from_millis(500);
/// How many people one transaction tells.
pub const AT_ONCE: usize = 100;

/// Goes on until everybody is told, or something fails.
pub async fn tick(app: &Booking) {
    loop {
        match step(app).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "those who have tickets are told later");
                return;
            }
        }
    }
}

/// Tells the next [`AT_ONCE`] of one change; `false` when there is none that nobody works on. However often a copy dies in
/// the middle, everybody is told once: whom it was written to and who is left are one transaction.
///
/// # Errors
/// When the database fails.
pub async fn step(app: &Booking) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let Some(of) = store::take(&mut tx).await? else {
        postgres::rollback(tx).await;
        return Ok(false);
    };
    let readers = store::take_readers(&mut tx, &of, AT_ONCE).await?;
    let event_url = app.config.public.public_url.join(&format!("/e/{}", of.event));
    let event_url = event_url.map_err(|error| StoreError::Unexpected(error.to_string()))?.to_string();
    for account in &readers {
        let (event, to) = offer::store::mail(&mut tx, of.event, *account).await?;
        let was = store::was(&mut tx, &of, event.clone()).await?;
        let told = EventChanged { to, event, was, change: of.change, event_url: event_url.clone() };
        let (message, cause) =
            (Message::EventChanged(told), format!("{} {} {account}", of.event, of.version));
        outbox::append::append(&mut tx, &app.ids, (of.event, &message), &cause, app.clock.now()).await?;
    }
    if readers.len() < AT_ONCE {
        store::end(&mut tx, &of).await?;
    }
    postgres::commit(tx).await?;
    Ok(true)
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
