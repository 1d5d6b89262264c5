//! Taking an offer: a hold on its seats, and an order that ends it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, TicketId, WaitlistOfferId};
use platform::postgres::{StoreError, Tx};

use super::{Offered, store};
use crate::{order::Order, state::Booking, transfer::hash};

/// The offer that `text` names, for `account`: the secret of its mail, which is good for whoever has it, or its id, which is
/// good for the account that waited. `None` when it is over, or never was.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(
    app: &Booking,
    account: AccountId,
    event: EventId,
    text: &str,
) -> Result<Option<Offered>, StoreError> {
    let now = app.clock.now();
    let found = match text.parse::<WaitlistOfferId>() {
        Ok(id) => {
            let found = store::offer::find(&app.postgres, event, None, Some(id)).await?;
            found.filter(|offered| offered.account == account)
        }
        Err(_) => match URL_SAFE_NO_PAD.decode(text) {
            Ok(key) => store::offer::find(&app.postgres, event, Some(&hash(&key)), None).await?,
            Err(_) => None,
        },
    };
    Ok(found.filter(|offered| now < offered.until))
}

/// Ends the offer for `order`, whose tickets are locked: from here on they are nobody's but the order's. `false` when it is
/// over, or not about these tickets; then nothing of the transaction may be committed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn accept(
    tx: &mut Tx,
    order: &Order,
    offer: WaitlistOfferId,
    tickets: &[TicketId],
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut freed = store::offer::accept(tx, (order.event, order.id), offer, now).await?;
    freed.sort_unstable();
    Ok(!freed.is_empty() && freed == tickets)
}
