//! Offering seats that came back.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, TicketId},
    message::{Message, SeatsOffered},
};
use platform::{
    ids::secret,
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError, Tx},
    telemetry::Chain,
};
use tracing::instrument;

use super::{Entry, EntryState, Offered, Waitlist, share, store};
use crate::{mirror, offer, outbox, sale, state::Booking, transfer::hash};

/// How often we look.
const PERIOD: Duration = Duration::from_millis(500);
/// How many events are looked up at once.
const EVENTS: i64 = 64;
/// How many who wait one tick looks at: enough for the seats of any one return; the rest have their turn next time.
const AT_ONCE: i64 = 1000;

/// Offers what came back, of every event; ends offers that are over. Events whose seats wait for neighbours, or which
/// cannot be served, stay due for long: each tick goes through all, so that they hold up nobody.
pub async fn tick(app: &Booking) {
    let mut after = None;
    loop {
        let due = match store::offer::due(&app.postgres, app.clock.now(), after, EVENTS).await {
            Ok(due) => due,
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "seats that came back could not be read");
                return;
            }
        };
        for event in &due {
            if let Err(error) = serve(app, *event).await {
                tracing::warn!(event.id = %event, error = %Chain(&error), "seats that came back are offered later");
            }
        }
        after = due.last().copied();
        if after.is_none() {
            return;
        }
    }
}

/// The same for one event, in one transaction under the lock of its list: of two who serve at once one does, and a death in
/// between leaves everything as it was.
///
/// # Errors
/// When the database fails.
#[instrument(name = "waitlist.serve", skip_all, fields(event.id = %event))]
pub async fn serve(app: &Booking, event: EventId) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let Some(list) = store::lock(&mut tx, event).await? else {
        postgres::rollback(tx).await;
        return Ok(());
    };
    let loose = store::offer::loose(&mut tx, event, now).await?;
    sale::store::lock(&mut tx, event, &loose).await?;
    let lapsed = store::offer::lapse(&mut tx, event, &loose, now).await?;
    let kept = store::offer::kept(&mut tx, event, &loose).await?;
    // After the end of sales nobody can take an offer: everything goes the way of all seats.
    let is_sold = store::offer::is_sold(&mut tx, event, now).await?;
    let waiting = if is_sold { store::waiting(&mut tx, event, AT_ONCE).await? } else { Vec::new() };
    let shares = share(&kept, &waiting, list.offer_lasts, now);
    let mut offered = 0;
    for (entry, tickets) in shares.offers {
        let Some(entry) = waiting.iter().find(|waiting| waiting.id == entry) else { continue };
        // Of who left at this moment the seats stay kept: the next time they are somebody else's.
        offered += u64::from(offer_to(app, &mut tx, &list, entry, &tickets).await?);
    }
    if !shares.free.is_empty() {
        store::offer::let_go(&mut tx, event, &shares.free).await?;
        sale::store::bump(&mut tx, event, &shares.free, false).await?;
    }
    postgres::commit(tx).await?;
    mirror::apply::follow(app, event).await;
    if offered + lapsed > 0 {
        tracing::info!(event.id = %event, offered, lapsed, free = shares.free.len(), "a waitlist was served");
    }
    Ok(())
}

/// Offers `tickets` to an entry, and mails it; `false` when it waits no longer, and then nothing was written.
async fn offer_to(
    app: &Booking,
    tx: &mut Tx,
    list: &Waitlist,
    entry: &Entry,
    tickets: &[TicketId],
) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let of = (entry.event, entry.id);
    if !store::step(tx, of, EntryState::Waiting, EntryState::Offered, now).await? {
        return Ok(false);
    }
    let key: [u8; 32] = secret();
    let offered = Offered {
        id: app.ids.next(),
        account: entry.account,
        until: now + list.offer_lasts,
        tickets: tickets.to_vec(),
    };
    store::offer::insert(tx, entry.event, entry.id, &offered, &hash(&key), now).await?;
    tell(app, tx, entry, &offered, &URL_SAFE_NO_PAD.encode(key), now).await?;
    Ok(true)
}

async fn tell(
    app: &Booking,
    tx: &mut Tx,
    entry: &Entry,
    offered: &Offered,
    token: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (event, to) = offer::store::mail(tx, entry.event, entry.account).await?;
    // Behind the #, where no server and no log sees it.
    let address = app.config.public.public_url.join(&format!("/e/{}#offer={token}", entry.event));
    let lines = offer::store::lines(&mut **tx, entry.event, &offered.tickets, None).await?;
    let message = Message::SeatsOffered(SeatsOffered {
        to,
        event,
        places: lines.into_iter().map(|line| line.place).collect(),
        until: offered.until,
        offer_url: address.map_err(|error| StoreError::Unexpected(error.to_string()))?.to_string(),
    });
    outbox::append::append(tx, &app.ids, (entry.event, &message), &offered.id.to_string(), now).await
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
