//! Somebody works for an organizer no longer.

use contracts::id::AccountId;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did, Means},
    state::Booking,
};

/// Takes `member` out of the team; `false` when they are not in it. What they may do is gone everywhere
/// within two seconds.
///
/// # Errors
/// When the database fails.
#[instrument(name = "team.remove", skip_all)]
pub async fn remove(app: &Booking, by: &Actor, member: AccountId) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let before = store::lock(&mut tx, by.organizer, member).await?;
    let removed = store::remove(&mut tx, by.organizer, member).await?;
    if let Some(before) = before {
        let did = Did::new("team.remove", member).was("role", before.role).was("events", before.scope);
        audit::store::append(&mut tx, by, did).await?;
    }
    postgres::commit(tx).await?;
    app.teams.forget(member).await;
    Ok(removed)
}

/// Has `member` leave the team of `organizer` by themselves; `false` when they are not in it.
///
/// # Errors
/// When the database fails.
#[instrument(name = "team.leave", skip_all)]
pub async fn leave(
    app: &Booking,
    organizer: AccountId,
    member: AccountId,
    request: Option<String>,
) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let Some(place) = store::lock(&mut tx, organizer, member).await? else { return Ok(false) };
    store::remove(&mut tx, organizer, member).await?;
    let by = Actor { organizer, account: member, means: Means::Role(place.role), request };
    let did = Did::new("team.leave", member).was("role", place.role).was("events", place.scope);
    audit::store::append(&mut tx, &by, did).await?;
    postgres::commit(tx).await?;
    app.teams.forget(member).await;
    Ok(true)
}
