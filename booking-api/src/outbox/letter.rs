//! Mails that did not go out: what their organizer sees of them, and how they are sent again.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, MessageId};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::store;
use crate::{
    audit::{self, Actor, Did},
    offer::own::{NotOwned, own},
    state::Booking,
};

/// How many of them one call shows.
pub const PAGE: i64 = 100;

/// A mail that was set aside: refused for good, or tried too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Which one.
    pub id: MessageId,
    /// What it tells.
    pub kind: String,
    /// Where it was to go.
    pub to: Option<String>,
    /// When what it tells happened.
    pub created_at: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was set aside.
    pub given_up_at: DateTime<Utc>,
    /// What the mail server said.
    pub error: Option<String>,
}

/// Why an organizer can do nothing with a mail.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// There is no such event, or it is another organizer's.
    #[error(transparent)]
    Event(#[from] NotOwned),
    /// No mail of this id was set aside.
    #[error("there is no such mail")]
    Unknown,
    /// The database failed.
    #[error("reading mails failed")]
    Store(#[from] StoreError),
}

/// The mails about an event that were set aside, the oldest first.
///
/// # Errors
/// [`LetterError`].
pub async fn list(
    app: &Booking,
    organizer: AccountId,
    event: EventId,
    after: Option<MessageId>,
) -> Result<Vec<Letter>, LetterError> {
    own(&app.postgres, organizer, event).await?;
    Ok(store::set_aside(&app.postgres, event, after, PAGE).await?)
}

/// Has a mail sent again that was set aside: whatever was wrong is mended, the organizer says.
///
/// # Errors
/// [`LetterError`].
#[instrument(name = "outbox.again", skip_all, fields(event.id = %event, message.id = %id))]
pub async fn again(app: &Booking, by: &Actor, event: EventId, id: MessageId) -> Result<(), LetterError> {
    own(&app.postgres, by.organizer, event).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    if !store::again(&mut tx, event, id, app.clock.now()).await? {
        return Err(LetterError::Unknown);
    }
    audit::store::append(&mut tx, by, Did::new("outbox.again", id).of(event)).await?;
    postgres::commit(tx).await?;
    tracing::info!("a mail is sent again");
    Ok(())
}
