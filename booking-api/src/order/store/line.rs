//! The table `order_line`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderId, RefundId, TicketId},
    money::{Currency, Money},
};
use platform::postgres::{StoreError, Tx, column};
use sqlx::PgExecutor;

use crate::{
    offer::Line,
    order::{Order, OrderLine},
};

/// Writes the lines of new orders of an event.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, event: EventId, lines: &[(OrderId, &Line)]) -> Result<(), StoreError> {
    let minor = |of: fn(&Line) -> Money| column(lines, |(_, line)| of(line).minor);
    sqlx::query!(
        "insert into order_line (event_id, order_id, ticket_id, place, price_minor, face_minor, discount_minor, fee_minor,
           tax_minor, tax_included)
         select $1, line.* from unnest($2::uuid[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
           $8::bigint[], $9::bigint[], $10::boolean[]) as line",
        event.uuid(),
        &column(lines, |(order, _)| order.uuid()),
        &column(lines, |(_, line)| line.ticket.int()),
        &column(lines, |(_, line)| line.place.clone()),
        &minor(|line| line.price),
        &minor(|line| line.face),
        &minor(|line| line.discount),
        &minor(|line| line.fee),
        &minor(|line| line.tax),
        &column(lines, |(_, line)| line.tax_included)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The tickets of an order, with their places; those that were returned too.
///
/// # Errors
/// When the database fails.
pub async fn tickets(
    tx: &mut Tx,
    event: EventId,
    order: OrderId,
) -> Result<Vec<(TicketId, String)>, StoreError> {
    Ok(tickets_of(tx, event, &[order]).await?.remove(&order).unwrap_or_default())
}

/// The tickets of each of `orders`, as of [`tickets`].
///
/// # Errors
/// When the database fails.
pub async fn tickets_of(
    tx: &mut Tx,
    event: EventId,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<(TicketId, String)>>, StoreError> {
    let rows = sqlx::query!(
        "select order_id, ticket_id, place from order_line where event_id = $1 and order_id = any($2) order by ticket_id",
        event.uuid(),
        &column(orders, |order| order.uuid())
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut tickets: HashMap<OrderId, Vec<_>> = HashMap::new();
    for row in rows {
        tickets.entry(row.order_id.into()).or_default().push((row.ticket_id.into(), row.place));
    }
    Ok(tickets)
}

struct Row {
    ticket_id: i32,
    place: String,
    price_minor: i64,
    face_minor: i64,
    discount_minor: i64,
    fee_minor: i64,
    tax_minor: i64,
    tax_included: bool,
    returned_at: Option<DateTime<Utc>>,
    refund_id: Option<uuid::Uuid>,
}

impl Row {
    fn line(self, currency: Currency) -> OrderLine {
        let money = |minor| Money { minor, currency };
        let line = Line {
            ticket: self.ticket_id.into(),
            place: self.place,
            price: money(self.price_minor),
            face: money(self.face_minor),
            discount: money(self.discount_minor),
            fee: money(self.fee_minor),
            tax: money(self.tax_minor),
            tax_included: self.tax_included,
            pool: None,
        };
        OrderLine { line, returned_at: self.returned_at, refund: self.refund_id.map(RefundId::from) }
    }
}

/// The lines of an order as they were ordered; inside a transaction that has locked the order, as they stay.
///
/// # Errors
/// When the database fails.
pub async fn of(database: impl PgExecutor<'_>, order: &Order) -> Result<Vec<OrderLine>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"select ticket_id, place, price_minor, coalesce(face_minor, price_minor) as "face_minor!", discount_minor, fee_minor,
             tax_minor, tax_included, returned_at, refund_id
           from order_line where event_id = $1 and order_id = $2 order by ticket_id"#,
        order.event.uuid(),
        order.id.uuid()
    )
    .fetch_all(database)
    .await?;
    Ok(rows.into_iter().map(|row| row.line(order.total.currency)).collect())
}

/// Puts other tickets in place of those of an order that is neither sold nor claims any: `instead` in the order of `before`.
/// What each costs stays.
///
/// # Errors
/// When the database fails.
pub async fn replace(
    tx: &mut Tx,
    order: &Order,
    before: &[TicketId],
    instead: &[Line],
) -> Result<(), StoreError> {
    sqlx::query!(
        "update order_line as line set ticket_id = new.ticket_id, place = new.place
         from unnest($3::integer[], $4::integer[], $5::text[]) as new (before, ticket_id, place)
         where event_id = $1 and order_id = $2 and line.ticket_id = new.before",
        order.event.uuid(),
        order.id.uuid(),
        &before.iter().map(|ticket| ticket.int()).collect::<Vec<_>>(),
        &instead.iter().map(|line| line.ticket.int()).collect::<Vec<_>>(),
        &instead.iter().map(|line| line.place.clone()).collect::<Vec<_>>()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that `tickets` are the order's no more: by a refund, or because the fan's bank took the money back.
///
/// # Errors
/// When the database fails.
pub async fn give_back(
    tx: &mut Tx,
    order: &Order,
    tickets: &[TicketId],
    refund: Option<RefundId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let numbers: Vec<i32> = tickets.iter().map(|ticket| ticket.int()).collect();
    sqlx::query!(
        "update order_line set returned_at = $4, refund_id = $5
         where event_id = $1 and order_id = $2 and ticket_id = any($3) and returned_at is null",
        order.event.uuid(),
        order.id.uuid(),
        &numbers,
        now,
        refund.map(RefundId::uuid)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
