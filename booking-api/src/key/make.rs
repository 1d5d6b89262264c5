//! A new key.

use contracts::id::OrganizerKeyId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{KEYS_MAX, Kept, New, Terms, store};
use crate::{
    audit::{self, Actor, Did},
    state::Booking,
    team,
};

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// An event is not the organizer's.
    #[error("an event is not the organizer's")]
    UnknownEvent,
    /// As many keys hold as may.
    #[error("too many keys hold")]
    TooMany,
    /// The database failed.
    #[error("making a key failed")]
    Store(#[from] StoreError),
}

/// Makes a key of `organizer` on these terms, and tells it this once.
///
/// # Errors
/// [`MakeError`].
#[instrument(name = "key.make", skip_all)]
pub async fn make(app: &Booking, actor: &Actor, terms: Terms) -> Result<(Kept, String), MakeError> {
    let (organizer, by) = (actor.organizer, actor.account);
    let (id, new, now): (OrganizerKeyId, _, _) = (app.ids.next(), New::make(), app.clock.now());
    let (prefix, hash) = (new.prefix.clone(), new.hash());
    let kept = Kept { id, organizer, by, prefix, hash, terms, made_at: now, used_at: None, revoked_at: None };
    let mut tx = postgres::begin(&app.postgres).await?;
    if !team::store::owns_all(&mut tx, organizer, kept.terms.events()).await? {
        return Err(MakeError::UnknownEvent);
    }
    team::store::lock_team(&mut tx, organizer).await?;
    if store::count(&mut tx, organizer, now).await? >= KEYS_MAX {
        return Err(MakeError::TooMany);
    }
    store::insert(&mut tx, &kept).await?;
    audit::store::append(&mut tx, actor, did(&kept)).await?;
    postgres::commit(tx).await?;
    Ok((kept, new.text()))
}

/// What is written down of a key: what it may do, and nothing that it could be known by.
fn did(kept: &Kept) -> Did {
    Did::new("key.make", kept.id)
        .now("name", &kept.terms.name)
        .now("permissions", &kept.terms.may)
        .now("events", &kept.terms.scope)
        .now("endsAt", kept.terms.ends_at)
}
