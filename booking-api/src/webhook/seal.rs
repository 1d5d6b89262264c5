//! The secrets of endpoints are kept sealed. What was written before there was a key, or is sealed under one that another has
//! followed, is sealed anew.

use std::time::Duration;

use contracts::{
    id::WebhookId,
    webhook::{SEALED, Secret},
};
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::StoreError,
    sealed::{NotOpen, Seals},
    telemetry::Chain,
};

use super::store;
use crate::state::Booking;

/// How often we look: at the start, and in case an older copy of this service has written something since.
const PERIOD: Duration = Duration::from_mins(1);
/// How many are looked at together.
const TAKE: i64 = 100;

/// The secret of the endpoint `id`, as it is kept.
pub fn seal(seals: &Seals, id: WebhookId, secret: &Secret) -> Vec<u8> {
    seals.seal(SEALED, id.uuid().as_bytes(), secret.bytes())
}

/// Seals anew what is not as it should be; returns how many endpoints that were.
///
/// # Errors
/// When the database fails; safe to repeat.
pub async fn tick(app: &Booking) -> Result<usize, StoreError> {
    let seals = &app.keys.seals;
    let (mut done, mut after) = (0, None);
    loop {
        let found = store::secret::unsealed(&app.postgres, &seals.mark(), after, TAKE).await?;
        let Some(last) = found.last() else { return Ok(done) };
        after = Some(last.id);
        for kept in &found {
            match anew(seals, kept) {
                Ok((secret, previous)) => {
                    done += usize::from(store::secret::reseal(&app.postgres, kept, &secret, previous).await?);
                }
                Err(error) => {
                    tracing::error!(webhook.id = %kept.id, error = %Chain(&error), "a secret cannot be opened");
                }
            }
        }
    }
}

/// The secrets of an endpoint, sealed by the key that seals now.
fn anew(seals: &Seals, kept: &store::secret::Kept) -> Result<(Vec<u8>, Option<Vec<u8>>), NotOpen> {
    let of = kept.id.uuid();
    let one = |plain: &Option<Vec<u8>>, sealed: &Option<Vec<u8>>| match (plain, sealed) {
        (Some(plain), _) => Ok(Some(plain.clone())),
        (None, Some(sealed)) => seals.open(SEALED, of.as_bytes(), sealed).map(Some),
        (None, None) => Ok(None),
    };
    let secret = one(&kept.secret, &kept.sealed_secret)?.ok_or(NotOpen::NoKey)?;
    let previous = one(&kept.previous_secret, &kept.sealed_previous)?;
    let seal = |bytes: Vec<u8>| seals.seal(SEALED, of.as_bytes(), &bytes);
    Ok((seal(secret), previous.map(seal)))
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || match tick(&app).await {
        Ok(0) => {}
        Ok(done) => tracing::info!(endpoints = done, "secrets of webhooks were sealed"),
        Err(error) => tracing::warn!(error = %Chain(&error), "secrets of webhooks are sealed later"),
    }));
}
