//! An organizer wants to be told at an address.

use contracts::{id::WebhookId, webhook::Secret};
use platform::postgres;
use tracing::instrument;

use super::{Endpoint, MOST, ManageError, Written, host, own, rotate, seal, store};
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
};

/// Makes an endpoint, and returns it with its secret, which nobody is told again.
///
/// # Errors
/// [`ManageError`].
#[instrument(name = "webhook.create", skip_all, fields(webhook.id))]
pub async fn create(app: &Booking, by: &Actor, written: &Written) -> Result<(Endpoint, Secret), ManageError> {
    let owner = by.organizer;
    written.check(app.reach())?;
    let (id, secret): (WebhookId, Secret) = (app.ids.next(), rotate::new_secret());
    let sealed = seal::seal(&app.keys.seals, id, &secret);
    let mut tx = postgres::begin(&app.postgres).await?;
    store::alone(&mut tx, owner).await?;
    if store::exists(&mut tx, owner, &written.url).await? {
        return Err(ManageError::Exists);
    }
    if store::count(&mut tx, owner).await? >= MOST {
        return Err(ManageError::TooMany);
    }
    store::insert(&mut tx, owner, id, written, &sealed, app.clock.now()).await?;
    let did = Did::new("webhook.create", id).now("host", host(&written.url)).now("types", &written.types);
    let did = did.now("description", &written.description);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    tracing::Span::current().record("webhook.id", tracing::field::display(id));
    tracing::info!("an organizer made an endpoint");
    Ok((own(app, owner, id).await?, secret))
}
