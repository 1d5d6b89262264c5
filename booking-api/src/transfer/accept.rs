//! Accepting a ticket: the old code dies and the new one is given out, in one transaction.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::{
    id::{AccountId, OrderRef, TicketRef, TransferRef},
    language::Language,
    message::{IssuedTicket, Message, TicketGone, TicketReceived},
};
use platform::postgres::{self, StoreError, Tx};
use tracing::instrument;

use super::{Transfer, TransferState, store};
use crate::{
    door, offer,
    order::{self, Order},
    outbox,
    state::Booking,
    ticket::{self, Because, issue::Issue},
    webhook,
};

/// Why nothing was accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// The token is none, or there was no such transfer.
    #[error("there is no such transfer")]
    Unknown,
    /// It was accepted by somebody, taken back, or is past its end; or the ticket went back.
    #[error("the ticket cannot be accepted any more")]
    Over,
    /// Somebody was let in with it.
    #[error("the ticket was used")]
    Used,
    /// The database failed.
    #[error("accepting a ticket failed")]
    Store(#[from] StoreError),
}

/// Gives the ticket to `account`, once. Accepting again gives the same ticket.
///
/// # Errors
/// [`AcceptError`]; the old code is as good as it was.
#[instrument(name = "transfer.accept", skip_all, fields(event.id, ticket.id))]
pub async fn accept(
    app: &Booking,
    (account, language): (AccountId, Option<Language>),
    token: &str,
) -> Result<TicketRef, AcceptError> {
    let (of, secret) = read(token).ok_or(AcceptError::Unknown)?;
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let found = store::find(&mut tx, of.event, of.transfer).await?.ok_or(AcceptError::Unknown)?;
    if !found.knows(&secret) {
        return Err(AcceptError::Unknown);
    }
    let ticket = TicketRef { event: of.event, ticket: found.ticket };
    tracing::Span::current().record("event.id", tracing::field::display(of.event));
    tracing::Span::current().record("ticket.id", tracing::field::display(found.ticket));
    // In the order in which everybody locks: order, ticket at the door, code, transfer.
    let bought = order::store::lock(&mut tx, of.event, found.order).await?.ok_or(AcceptError::Unknown)?;
    let passages = door::store::scans::lock_attendance(&mut tx, of.event, found.ticket).await?;
    let living = ticket::store::lock_living(&mut tx, of.event, found.ticket).await?;
    let transfer = store::lock(&mut tx, of.event, of.transfer).await?.ok_or(AcceptError::Unknown)?;
    if transfer.state == TransferState::Accepted && transfer.to == Some(account) {
        return Ok(ticket);
    }
    let is_same = living.is_some_and(|living| living.serial == transfer.serial && living.order == bought.id);
    if !transfer.is_open(now) || !is_same {
        return Err(AcceptError::Over);
    }
    if passages > 0 {
        return Err(AcceptError::Used);
    }
    ticket::store::revoke(&mut tx, of.event, transfer.ticket, Because::Transferred, now).await?;
    let issue = Issue { ticket: transfer.ticket, order: bought.id, holder: account };
    let mut issued = ticket::issue::issue(app, &mut tx, of.event, &[issue]).await?;
    let code = issued.remove(&transfer.ticket).ok_or(AcceptError::Unknown)?;
    if let Some(language) = language {
        offer::store::reads(&mut *tx, account, language).await?;
    }
    store::end(&mut tx, &transfer, TransferState::Accepted, Some(account), now).await?;
    tell(app, &mut tx, &transfer, &bought, account, code).await?;
    postgres::commit(tx).await?;
    Ok(ticket)
}

/// Writes it into the order's history, and to both by mail.
async fn tell(
    app: &Booking,
    tx: &mut Tx,
    transfer: &Transfer,
    bought: &Order,
    account: AccountId,
    code: String,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let place = store::place_of(tx, transfer.event, transfer.ticket).await?;
    let cause = format!("a ticket went to somebody else, with a new code: {place}");
    order::store::history::note(tx, (transfer.event, bought.id), bought.state, &cause, now).await?;
    let ticket = TicketRef { event: transfer.event, ticket: transfer.ticket };
    let order = OrderRef { event: transfer.event, order: bought.id };
    let ticket_url = app.config.public.public_url.join(&format!("/ticket/{ticket}"));
    let ticket_url = ticket_url.map_err(|error| StoreError::Unexpected(error.to_string()))?.to_string();
    let (event, to) = offer::store::mail(tx, transfer.event, account).await?;
    let issued = IssuedTicket { ticket, place: place.clone(), code };
    let cause = transfer.reference().to_string();
    let told = vec![webhook::tell::issued(order, &issued, true, &cause)];
    webhook::tell::tell(app, tx, transfer.event, told).await?;
    let received = Message::TicketReceived(TicketReceived { to, order, event, ticket: issued, ticket_url });
    outbox::append::append(tx, &app.ids, (transfer.event, &received), &cause, now).await?;
    let (event, to) = offer::store::mail(tx, transfer.event, transfer.from).await?;
    let gone = Message::TicketGone(TicketGone { to, order, event, place });
    outbox::append::append(tx, &app.ids, (transfer.event, &gone), &cause, now).await
}

/// `TRANSFER.SECRET`.
fn read(token: &str) -> Option<(TransferRef, Vec<u8>)> {
    let (of, secret) = token.split_once('.')?;
    Some((of.parse().ok()?, URL_SAFE_NO_PAD.decode(secret).ok()?))
}
