//! A new secret for an endpoint. For a while the old one signs beside it, so that the receiver changes over in its own time.

use chrono::TimeDelta;
use contracts::{id::WebhookId, webhook::Secret};
use platform::{ids, postgres};
use tracing::instrument;

use super::{Endpoint, ManageError, own, seal, store};
use crate::{
    audit::{self, Actor, Did},
    invalid::Checks,
    state::Booking,
};

/// The longest that two secrets sign: a week.
const LONGEST: i64 = 168;
/// How long they do where nobody says: a day.
const HOURS: i64 = 24;

/// A secret that nobody can guess.
///
/// # Panics
/// Never: 32 bytes are enough.
pub fn new_secret() -> Secret {
    Secret::new(ids::secret::<32>().to_vec()).expect("32 bytes are between 24 and 64")
}

/// Gives the endpoint a new secret. The one before it signs too for so many hours; 0 for not at all, when it is known to
/// others. At most two sign: the one before the last is worth nothing from now on.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.rotate", skip_all, fields(webhook.id = %id))]
pub async fn rotate(
    app: &Booking,
    by: &Actor,
    id: WebhookId,
    hours: Option<i64>,
) -> Result<(Endpoint, Secret), ManageError> {
    let hours = hours.unwrap_or(HOURS);
    let mut checks = Checks::default();
    checks.that((0..=LONGEST).contains(&hours), "/keepHours", format!("lies between 0 and {LONGEST}"));
    checks.done()?;
    let (secret, now) = (new_secret(), app.clock.now());
    let until = (hours > 0).then(|| now + TimeDelta::hours(hours));
    let sealed = seal::seal(&app.keys.seals, id, &secret);
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::rotate(&mut tx, by.organizer, id, &sealed, until).await? {
        return Err(ManageError::Unknown);
    }
    audit::store::append(&mut tx, by, Did::new("webhook.rotate", id).now("keepHours", hours)).await?;
    postgres::commit(tx).await?;
    tracing::info!("an endpoint has a new secret");
    Ok((own(app, by.organizer, id).await?, secret))
}
