//! Entries of a waitlist as their fans see them.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, TicketRef, TierId, WaitlistEntryId, WaitlistOfferId};
use platform::postgres::StoreError;
use serde::Serialize;

use super::{Entry, EntryState, store};
use crate::state::Booking;

/// One's own entry.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// Which one.
    pub entry_id: WaitlistEntryId,
    /// The event.
    pub event_id: EventId,
    /// Where it stands.
    pub state: EntryState,
    /// How many tickets.
    pub quantity: u32,
    /// The tiers that will do; empty for all.
    pub tiers: Vec<TierId>,
    /// Since when.
    pub entered_at: DateTime<Utc>,
    /// How many wait in front, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ahead: Option<i64>,
    /// What waits for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferView>,
}

/// Seats that wait for a fan.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferView {
    /// Which offer: with it the fan who waited reserves.
    pub offer_id: WaitlistOfferId,
    /// Until when.
    pub until: DateTime<Utc>,
    /// The seats.
    pub ticket_ids: Vec<TicketRef>,
}

/// The newest entry of an account.
///
/// # Errors
/// When the database fails.
pub async fn own(app: &Booking, account: AccountId, event: EventId) -> Result<Option<EntryView>, StoreError> {
    match store::own(&app.postgres, event, account).await? {
        Some(entry) => Ok(Some(view(app, entry).await?)),
        None => Ok(None),
    }
}

/// The entry with its place and its offer.
///
/// # Errors
/// When the database fails.
pub async fn view(app: &Booking, entry: Entry) -> Result<EntryView, StoreError> {
    let (ahead, mut offer) = (store::ahead(&app.postgres, &entry).await?, None);
    if entry.state == EntryState::Offered
        && let Some(id) = store::offer::of_account(&app.postgres, entry.event, entry.account).await?
    {
        offer = store::offer::find(&app.postgres, entry.event, None, Some(id)).await?;
    }
    let reference = |ticket| TicketRef { event: entry.event, ticket };
    Ok(EntryView {
        entry_id: entry.id,
        event_id: entry.event,
        state: entry.state,
        quantity: entry.quantity,
        tiers: entry.tiers,
        entered_at: entry.entered_at,
        ahead: (entry.state == EntryState::Waiting).then_some(ahead),
        offer: offer.map(|offer| OfferView {
            offer_id: offer.id,
            until: offer.until,
            ticket_ids: offer.tickets.into_iter().map(reference).collect(),
        }),
    })
}
