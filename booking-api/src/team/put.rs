//! Somebody comes to work for an organizer, or works as something else from now on.

use chrono::{DateTime, Utc};
use contracts::id::AccountId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Listed, MEMBERS_MAX, Place, store};
use crate::{
    account,
    audit::{self, Actor, Did},
    invalid::Invalid,
    state::Booking,
};

/// Why nobody comes.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// The address or the place is none.
    #[error("the member is not valid")]
    Invalid(#[from] Invalid),
    /// No account with a password has the address.
    #[error("nobody has the address")]
    UnknownAccount,
    /// They do not work for the organizer.
    #[error("they do not work for the organizer")]
    UnknownMember,
    /// An event is not the organizer's.
    #[error("an event is not the organizer's")]
    UnknownEvent,
    /// As many work for the organizer as may.
    #[error("too many work for the organizer")]
    TooMany,
    /// The database failed.
    #[error("changing a team failed")]
    Store(#[from] StoreError),
}

/// Has the account with `email` work for `organizer`, and says whether it is new there. Repeating changes the place.
///
/// # Errors
/// [`PutError`].
#[instrument(name = "team.add", skip_all)]
pub async fn add(app: &Booking, by: &Actor, email: &str, place: &Place) -> Result<(Listed, bool), PutError> {
    let email = account::check_person(email, None)?;
    let found = account::store::find_by_email(&app.postgres, &email).await?;
    let (found, _) = found.ok_or(PutError::UnknownAccount)?;
    if found.id == by.organizer {
        // They are the owner already, for good.
        return Err(PutError::UnknownAccount);
    }
    let (added_at, is_new) = put(app, by, found.id, place, true).await?;
    Ok((
        Listed {
            account: found.id,
            email: found.email.as_str().to_owned(),
            role: place.role,
            scope: place.scope.clone(),
            added_at,
        },
        is_new,
    ))
}

/// Gives somebody who works for `organizer` another place.
///
/// # Errors
/// [`PutError`].
#[instrument(name = "team.change", skip_all)]
pub async fn change(app: &Booking, by: &Actor, member: AccountId, place: &Place) -> Result<(), PutError> {
    put(app, by, member, place, false).await.map(|_| ())
}

async fn put(
    app: &Booking,
    by: &Actor,
    member: AccountId,
    place: &Place,
    may_be_new: bool,
) -> Result<(DateTime<Utc>, bool), PutError> {
    let organizer = by.organizer;
    let mut tx = postgres::begin(&app.postgres).await?;
    audit::store::alone(&mut tx, "team", format!("{organizer} {member}")).await?;
    let before = store::lock(&mut tx, organizer, member).await?;
    let is_there = before.is_some();
    if !is_there && !may_be_new {
        return Err(PutError::UnknownMember);
    }
    if !is_there && store::count(&mut tx, organizer).await? >= MEMBERS_MAX {
        return Err(PutError::TooMany);
    }
    if !store::owns_all(&mut tx, organizer, place.events()).await? {
        return Err(PutError::UnknownEvent);
    }
    let since = store::put(&mut tx, (organizer, member, by.account), place, app.clock.now()).await?;
    let did = Did::new(if is_there { "team.change" } else { "team.add" }, member);
    let did = did.set("role", before.as_ref().map(|before| before.role), place.role);
    let did = did.set("events", before.as_ref().map(|before| &before.scope), &place.scope);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    app.teams.forget(member).await;
    Ok((since, !is_there))
}
