//! The table `issued_ticket`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, OrderId},
    ticket_code::TicketCode,
};
use platform::postgres::{Postgres, StoreError, Tx};

use crate::offer::place;

/// Writes an issue.
///
/// # Errors
/// When the database fails, or the ticket is not sold.
pub async fn insert(tx: &mut Tx, code: TicketCode, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into issued_ticket (event_id, ticket_id, serial, order_id, issued_at) values ($1, $2, $3, $4, $5)",
        code.event.uuid(),
        code.ticket.int(),
        i32::try_from(code.serial).unwrap_or(i32::MAX),
        code.order.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What the codes of an order's tickets say.
///
/// # Errors
/// When the database fails.
pub async fn codes(
    postgres: &Postgres,
    event: EventId,
    order: OrderId,
) -> Result<Vec<TicketCode>, StoreError> {
    let rows = sqlx::query!(
        "select ticket_id, serial from issued_ticket where event_id = $1 and order_id = $2 order by ticket_id",
        event.uuid(),
        order.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TicketCode {
            event,
            ticket: row.ticket_id.into(),
            order,
            serial: u32::try_from(row.serial).unwrap_or_default(),
        })
        .collect())
}

/// The place of a ticket, if `code` is the newest issue of it and the event is the organizer's.
///
/// # Errors
/// When the database fails.
pub async fn place_of(
    postgres: &Postgres,
    code: TicketCode,
    organizer: AccountId,
) -> Result<Option<String>, StoreError> {
    let row = sqlx::query!(
        r#"select section, row_name, seat_name, tier.name as tier
           from issued_ticket join ticket using (event_id, ticket_id) join tier using (event_id, tier_id)
             join event using (event_id)
           where event_id = $1 and ticket_id = $2 and issued_ticket.order_id = $3 and serial = $4 and owner_id = $5
             and not exists (select from issued_ticket as later where later.event_id = issued_ticket.event_id
                 and later.ticket_id = issued_ticket.ticket_id and later.serial > issued_ticket.serial)"#,
        code.event.uuid(),
        code.ticket.int(),
        code.order.uuid(),
        i32::try_from(code.serial).unwrap_or(i32::MAX),
        organizer.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| {
        place(row.section.as_deref(), row.row_name.as_deref(), row.seat_name.as_deref(), &row.tier)
    }))
}
