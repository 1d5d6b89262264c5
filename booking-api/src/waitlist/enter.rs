//! A fan enters the waitlist.

use std::sync::Arc;

use contracts::{
    id::{AccountId, EventId, TierId},
    language::Language,
};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{Entry, EntryState, store};
use crate::{
    cache::Missing,
    offer::{self, NotOnSale},
    seat::availability,
    state::Booking,
};

/// Why nobody entered.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// There is no such event.
    #[error("there is no such event")]
    UnknownEvent,
    /// The event has no waitlist, or it is closed.
    #[error("nobody may enter the waitlist")]
    Closed,
    /// It is not on sale any more, or not yet.
    #[error(transparent)]
    NotOnSale(#[from] NotOnSale),
    /// The event has no such tier.
    #[error("the event has no such tier")]
    UnknownTier,
    /// One account may not have so many.
    #[error("one account may have {limit} tickets, and has {have}")]
    TooMany {
        /// The most.
        limit: u32,
        /// What it has bought.
        have: u32,
    },
    /// There are as many tickets as the fan wants: they can be reserved.
    #[error("there are tickets left")]
    NotSoldOut,
    /// A store failed.
    #[error("entering a waitlist failed")]
    Store(#[from] StoreError),
    /// Nobody knows what the event sells: a store failed.
    #[error("what the event sells is not known")]
    Away(#[source] Arc<StoreError>),
}

impl From<Missing> for EnterError {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Self::UnknownEvent,
            Missing::Store(error) => Self::Away(error),
        }
    }
}

/// Enters the list of a sold-out event for `quantity` tickets of `tiers`, or of any. Who is on it stays where they are:
/// the entry that there is, and `false`, is the answer then.
///
/// # Errors
/// [`EnterError`].
#[instrument(name = "waitlist.enter", skip_all, fields(event.id = %event))]
pub async fn enter(
    app: &Booking,
    (account, language): (AccountId, Option<Language>),
    event: EventId,
    quantity: u32,
    tiers: Vec<TierId>,
) -> Result<(Entry, bool), EnterError> {
    if let Some(living) = living(app, account, event).await? {
        return Ok((living, false));
    }
    let list = store::find(&app.postgres, event).await?;
    let offer = offer::store::offer(&app.postgres, event, account, None).await?;
    let offer = offer.ok_or(EnterError::UnknownEvent)?;
    if !list.is_some_and(|list| list.is_open) {
        return Err(EnterError::Closed);
    }
    let now = app.clock.now();
    offer.on_sale(now)?;
    if quantity.saturating_add(offer.bought) > offer.limit {
        return Err(EnterError::TooMany { limit: offer.limit, have: offer.bought });
    }
    let layout = availability::layout(app, event).await?;
    let is_known = |tier: &TierId| layout.tiers.iter().any(|of| of.id == *tier);
    if !tiers.iter().all(is_known) {
        return Err(EnterError::UnknownTier);
    }
    let snapshot = availability::snapshot(app, event).await?.value;
    let would_do = layout.tiers.iter().zip(&snapshot.tiers);
    let mut would_do = would_do.filter(|(tier, _)| tiers.is_empty() || tiers.contains(&tier.id));
    if would_do.any(|(_, left)| *left >= quantity) {
        return Err(EnterError::NotSoldOut);
    }
    let state = EntryState::Waiting;
    let entry = Entry { id: app.ids.next(), event, n: 0, account, quantity, tiers, state, entered_at: now };
    if let Some(language) = language {
        offer::store::reads(&app.postgres, account, language).await?;
    }
    let is_new = store::insert(&app.postgres, &entry).await?;
    // A twin may have been quicker, or the organizer has closed the list.
    let entry = living(app, account, event).await?.ok_or(EnterError::Closed)?;
    Ok((entry, is_new))
}

/// The entry of the account that waits, or that seats wait for.
async fn living(app: &Booking, account: AccountId, event: EventId) -> Result<Option<Entry>, StoreError> {
    let own = store::own(&app.postgres, event, account).await?;
    Ok(own.filter(|entry| matches!(entry.state, EntryState::Waiting | EntryState::Offered)))
}
