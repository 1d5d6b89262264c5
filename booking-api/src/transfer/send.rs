//! Sending a ticket.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, OrderRef, TicketRef},
    message::{Message, Recipient, TransferOffered},
};
use platform::{
    ids::secret,
    postgres::{self, StoreError, Tx},
};
use tracing::instrument;

use super::{LASTS, Transfer, TransferState, hash, store};
use crate::{
    account::Email,
    door,
    idempotency::{self, Done, Run},
    invalid::{Checks, Invalid},
    offer,
    order::{self, Order},
    outbox,
    state::Booking,
    ticket::{self, Living},
};

/// Why the ticket stays.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// There is no such ticket, or it was not issued.
    #[error("there is no such ticket")]
    Unknown,
    /// Somebody else holds it.
    #[error("somebody else holds the ticket")]
    NotYours,
    /// The address is none.
    #[error("the transfer is not valid")]
    Invalid(#[from] Invalid),
    /// The organizer lets nobody send tickets.
    #[error("tickets of this event cannot be sent")]
    Forbidden,
    /// The event has begun.
    #[error("the event has begun")]
    Begun,
    /// Somebody was let in with it.
    #[error("the ticket was used")]
    Used,
    /// It is on its way to somebody else.
    #[error("the ticket is on its way already")]
    Open,
    /// The database failed.
    #[error("sending a ticket failed")]
    Store(#[from] StoreError),
}

/// Offers the ticket to whoever reads the mail to `email`. Its code stays good until somebody accepts. Sending it to the
/// same address again gives the transfer that is open.
///
/// # Errors
/// [`SendError`].
#[instrument(name = "transfer.send", skip_all, fields(event.id = %of.event, ticket.id = %of.ticket))]
pub async fn send(
    app: &Booking,
    holder: AccountId,
    of: TicketRef,
    email: &str,
    run: Option<&Run>,
    answer: impl Fn(&Transfer) -> Done + Send,
) -> Result<Done, SendError> {
    let email = Email::parse(email);
    let mut checks = Checks::default();
    checks.that(email.is_some(), "/email", "is an address like ada@example.org");
    checks.done()?;
    let email = email.ok_or_else(|| Invalid(Vec::new()))?;
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let (bought, living) = lock(&mut tx, holder, of).await?;
    let transfer = match still_open(&mut tx, of, email.as_str(), now).await? {
        Some(open) => open,
        None => write(app, &mut tx, of, &bought, &living, &email).await?,
    };
    let done = answer(&transfer);
    if let Some(run) = run {
        idempotency::store::finish(&mut tx, holder, run, &done).await?;
    }
    postgres::commit(tx).await?;
    Ok(done)
}

/// Locks the ticket for its holder: the order first, because whoever takes a sale back locks in this order too.
async fn lock(tx: &mut Tx, holder: AccountId, of: TicketRef) -> Result<(Order, Living), SendError> {
    let bought = store::order_of(tx, of.event, of.ticket).await?.ok_or(SendError::Unknown)?;
    let bought = order::store::lock(tx, of.event, bought).await?.ok_or(SendError::Unknown)?;
    let passages = door::store::scans::lock_attendance(tx, of.event, of.ticket).await?;
    let living = ticket::store::lock_living(tx, of.event, of.ticket).await?.ok_or(SendError::Unknown)?;
    if living.holder != holder {
        return Err(SendError::NotYours);
    }
    if passages > 0 {
        return Err(SendError::Used);
    }
    Ok((bought, living))
}

/// The transfer of the ticket that is open, if it goes to the same address. One that is past its time is ended.
async fn still_open(
    tx: &mut Tx,
    of: TicketRef,
    email: &str,
    now: DateTime<Utc>,
) -> Result<Option<Transfer>, SendError> {
    let Some(open) = store::lock_open(tx, of.event, of.ticket).await? else { return Ok(None) };
    if !open.is_open(now) {
        store::end(tx, &open, TransferState::Expired, None, now).await?;
        return Ok(None);
    }
    if open.email == email { Ok(Some(open)) } else { Err(SendError::Open) }
}

/// Writes the transfer, the order's history, and the mail with its secret.
async fn write(
    app: &Booking,
    tx: &mut Tx,
    of: TicketRef,
    bought: &Order,
    living: &Living,
    email: &Email,
) -> Result<Transfer, SendError> {
    let now = app.clock.now();
    if !store::is_allowed(tx, of.event).await? {
        return Err(SendError::Forbidden);
    }
    let (event, from) = offer::store::mail(tx, of.event, living.holder).await?;
    if event.starts_at <= now {
        return Err(SendError::Begun);
    }
    let key: [u8; 32] = secret();
    let transfer = Transfer {
        event: of.event,
        id: app.ids.next(),
        ticket: of.ticket,
        serial: living.serial,
        order: bought.id,
        from: living.holder,
        email: email.as_str().to_owned(),
        secret_hash: hash(&key),
        state: TransferState::Offered,
        until: (now + LASTS).min(event.starts_at),
        to: None,
    };
    store::insert(tx, &transfer, now).await?;
    let place = store::place_of(tx, of.event, of.ticket).await?;
    let cause = format!("a ticket was sent on, and waits to be accepted: {place}");
    order::store::history::note(tx, (of.event, bought.id), bought.state, &cause, now).await?;
    let path = format!("/ticket/accept#{}.{}", transfer.reference(), URL_SAFE_NO_PAD.encode(key));
    let accept_url = app.config.public.public_url.join(&path);
    // Nobody knows who that is; most likely they read what their friend reads.
    let to = Recipient { email: transfer.email.clone(), name: None, language: from.language };
    let message = Message::TransferOffered(TransferOffered {
        to,
        from: from.name.unwrap_or(from.email),
        order: OrderRef { event: of.event, order: bought.id },
        event,
        place,
        accept_url: accept_url.map_err(|error| StoreError::Unexpected(error.to_string()))?.to_string(),
        until: transfer.until,
    });
    outbox::append::append(tx, &app.ids, (transfer.event, &message), &transfer.reference().to_string(), now)
        .await?;
    Ok(transfer)
}
