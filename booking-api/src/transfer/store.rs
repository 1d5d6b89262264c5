//! The tables `ticket_transfer` and `transfer_rule`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, OrderId, TicketId, TicketRef, TransferId},
    message::EventBrief,
    ticket_code::TicketCode,
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Transfer, TransferState, mine::Held};
use crate::offer::place;

struct Row {
    event_id: Uuid,
    transfer_id: Uuid,
    ticket_id: i32,
    serial: i32,
    order_id: Uuid,
    from_id: Uuid,
    to_email: String,
    secret_hash: Vec<u8>,
    state: String,
    until: DateTime<Utc>,
    to_id: Option<Uuid>,
}

impl TryFrom<Row> for Transfer {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = TransferState::named(&row.state)
            .ok_or_else(|| StoreError::Unexpected(format!("there is no state {}", row.state)))?;
        Ok(Self {
            event: row.event_id.into(),
            id: row.transfer_id.into(),
            ticket: row.ticket_id.into(),
            serial: row.serial.unsigned_abs(),
            order: row.order_id.into(),
            from: row.from_id.into(),
            email: row.to_email,
            secret_hash: row.secret_hash,
            state,
            until: row.until,
            to: row.to_id.map(Into::into),
        })
    }
}

/// Writes a new transfer.
///
/// # Errors
/// When the database fails, or the ticket is on its way already.
pub async fn insert(tx: &mut Tx, transfer: &Transfer, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into ticket_transfer (event_id, transfer_id, ticket_id, serial, order_id, from_id, to_email, secret_hash,
           state, created_at, until)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        transfer.event.uuid(),
        transfer.id.uuid(),
        transfer.ticket.int(),
        i32::try_from(transfer.serial).unwrap_or(i32::MAX),
        transfer.order.uuid(),
        transfer.from.uuid(),
        transfer.email,
        transfer.secret_hash,
        transfer.state.name(),
        now,
        transfer.until
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The transfer with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, event: EventId, id: TransferId) -> Result<Option<Transfer>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, transfer_id, ticket_id, serial, order_id, from_id, to_email, secret_hash, state, until, to_id
         from ticket_transfer where event_id = $1 and transfer_id = $2",
        event.uuid(),
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Transfer::try_from).transpose()
}

/// The same, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId, id: TransferId) -> Result<Option<Transfer>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, transfer_id, ticket_id, serial, order_id, from_id, to_email, secret_hash, state, until, to_id
         from ticket_transfer where event_id = $1 and transfer_id = $2 for update",
        event.uuid(),
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Transfer::try_from).transpose()
}

/// The transfer of a ticket that nobody has ended, locked until the transaction ends. It may be past its time.
///
/// # Errors
/// When the database fails.
pub async fn lock_open(
    tx: &mut Tx,
    event: EventId,
    ticket: TicketId,
) -> Result<Option<Transfer>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, transfer_id, ticket_id, serial, order_id, from_id, to_email, secret_hash, state, until, to_id
         from ticket_transfer where event_id = $1 and ticket_id = $2 and state = 'offered' for update",
        event.uuid(),
        ticket.int()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Transfer::try_from).transpose()
}

/// Ends a transfer.
///
/// # Errors
/// When the database fails.
pub async fn end(
    tx: &mut Tx,
    transfer: &Transfer,
    state: TransferState,
    to: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update ticket_transfer set state = $3, ended_at = $4, to_id = $5 where event_id = $1 and transfer_id = $2",
        transfer.event.uuid(),
        transfer.id.uuid(),
        state.name(),
        now,
        to.map(Uuid::from)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The order of the living code of a ticket.
///
/// # Errors
/// When the database fails.
pub async fn order_of(tx: &mut Tx, event: EventId, ticket: TicketId) -> Result<Option<OrderId>, StoreError> {
    let order = sqlx::query_scalar!(
        "select order_id from issued_ticket where event_id = $1 and ticket_id = $2 and revoked_at is null",
        event.uuid(),
        ticket.int()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(order.map(Into::into))
}

/// Where a ticket is, in words.
///
/// # Errors
/// When the database fails.
pub async fn place_of(tx: &mut Tx, event: EventId, ticket: TicketId) -> Result<String, StoreError> {
    let row = sqlx::query!(
        "select section, row_name, seat_name, tier.name as tier from ticket join tier using (event_id, tier_id)
         where event_id = $1 and ticket_id = $2",
        event.uuid(),
        ticket.int()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(place(row.section.as_deref(), row.row_name.as_deref(), row.seat_name.as_deref(), &row.tier))
}

/// Whether tickets of the event may be sent.
///
/// # Errors
/// When the database fails.
pub async fn is_allowed(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let allowed = sqlx::query_scalar!("select allowed from transfer_rule where event_id = $1", event.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(allowed.unwrap_or(true))
}

/// Writes whether they may.
///
/// # Errors
/// When the database fails.
pub async fn set_rule(tx: &mut Tx, event: EventId, may_be_sent: bool) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into transfer_rule (event_id, allowed) values ($1, $2)
         on conflict (event_id) do update set allowed = excluded.allowed",
        event.uuid(),
        may_be_sent
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The tickets that an account holds, or one of them, the next event first.
///
/// # Errors
/// When the database fails.
pub async fn held(
    postgres: &Postgres,
    account: AccountId,
    of: Option<TicketRef>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Held>, StoreError> {
    let rows = sqlx::query!(
        r#"select issued.event_id, issued.ticket_id, issued.serial, issued.order_id, section, row_name, seat_name,
             tier.name as tier, title, venue.name as venue, city, starts_at, time_zone,
             way.to_email as "to_email?", way.until as "until?", coalesce(rule.allowed, true) as "allowed!"
           from issued_ticket as issued
             join booking_order as bought on bought.event_id = issued.event_id and bought.order_id = issued.order_id
             join ticket on ticket.event_id = issued.event_id and ticket.ticket_id = issued.ticket_id
             join tier on tier.event_id = ticket.event_id and tier.tier_id = ticket.tier_id
             join event on event.event_id = issued.event_id join venue using (venue_id)
             left join transfer_rule as rule on rule.event_id = issued.event_id
             left join ticket_transfer as way on way.event_id = issued.event_id and way.ticket_id = issued.ticket_id
               and way.state = 'offered' and way.until > $4
           where issued.revoked_at is null
             and (issued.holder_id = $1 or issued.holder_id is null and bought.account_id = $1)
             and ($2::uuid is null or issued.event_id = $2 and issued.ticket_id = $3)
           order by starts_at, issued.event_id, issued.ticket_id limit $5"#,
        account.uuid(),
        of.map(|of| of.event.uuid()),
        of.map(|of| of.ticket.int()),
        now,
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Held {
            code: TicketCode {
                event: row.event_id.into(),
                ticket: row.ticket_id.into(),
                order: row.order_id.into(),
                serial: row.serial.unsigned_abs(),
            },
            place: place(
                row.section.as_deref(),
                row.row_name.as_deref(),
                row.seat_name.as_deref(),
                &row.tier,
            ),
            event: EventBrief {
                title: row.title,
                venue: row.venue,
                city: row.city,
                starts_at: row.starts_at,
                time_zone: row.time_zone,
                brand: None,
            },
            on_its_way: row.to_email.zip(row.until),
            may_be_sent: row.allowed,
        })
        .collect())
}
