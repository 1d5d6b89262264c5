//! The tables `booking_order`, `order_line` and `order_history`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, HoldId, OrderId, TicketId},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Order, OrderState};
use crate::offer::{Line, store::currency};

struct Row {
    event_id: Uuid,
    order_id: Uuid,
    account_id: Uuid,
    visitor_id: Option<Uuid>,
    room_id: Option<Uuid>,
    pass_id: Option<Uuid>,
    hold_id: Uuid,
    state: String,
    total_minor: i64,
    currency: String,
    until: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Order {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = OrderState::named(&row.state)
            .ok_or_else(|| StoreError::Unexpected(format!("there is no state {}", row.state)))?;
        Ok(Self {
            event: row.event_id.into(),
            id: row.order_id.into(),
            account: row.account_id.into(),
            visitor: row.visitor_id.map(Into::into),
            pass: row.room_id.zip(row.pass_id).map(|(room, pass)| (room.into(), pass.into())),
            hold: row.hold_id.into(),
            state,
            total: Money { minor: row.total_minor, currency: currency(&row.currency)? },
            until: row.until,
            created_at: row.created_at,
        })
    }
}

/// Writes a new order; `false` when its hold was confirmed before.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, order: &Order) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into booking_order (event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state,
           total_minor, currency, until, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (event_id, hold_id) do nothing",
        order.event.uuid(),
        order.id.uuid(),
        order.account.uuid(),
        order.visitor.map(Uuid::from),
        order.pass.map(|(room, _)| room.uuid()),
        order.pass.map(|(_, pass)| pass.uuid()),
        order.hold.uuid(),
        order.state.name(),
        order.total.minor,
        order.total.currency.as_str(),
        order.until,
        order.created_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes the lines of a new order.
///
/// # Errors
/// When the database fails.
pub async fn insert_lines(
    tx: &mut Tx,
    event: EventId,
    order: OrderId,
    lines: &[Line],
) -> Result<(), StoreError> {
    let tickets: Vec<i32> = lines.iter().map(|line| line.ticket.int()).collect();
    let places: Vec<String> = lines.iter().map(|line| line.place.clone()).collect();
    let prices: Vec<i64> = lines.iter().map(|line| line.price.minor).collect();
    sqlx::query!(
        "insert into order_line (event_id, order_id, ticket_id, place, price_minor)
         select $1, $2, line.* from unnest($3::integer[], $4::text[], $5::bigint[]) as line",
        event.uuid(),
        order.uuid(),
        &tickets,
        &places,
        &prices
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The order, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId, order: OrderId) -> Result<Option<Order>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state, total_minor, currency,
           until, created_at
         from booking_order where event_id = $1 and order_id = $2 for update",
        event.uuid(),
        order.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Order::try_from).transpose()
}

/// The order.
///
/// # Errors
/// When the database fails.
pub async fn find(postgres: &Postgres, event: EventId, order: OrderId) -> Result<Option<Order>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state, total_minor, currency,
           until, created_at
         from booking_order where event_id = $1 and order_id = $2",
        event.uuid(),
        order.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(Order::try_from).transpose()
}

/// The order that confirms `hold`.
///
/// # Errors
/// When the database fails.
pub async fn find_by_hold(
    postgres: &Postgres,
    event: EventId,
    hold: HoldId,
) -> Result<Option<Order>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state, total_minor, currency,
           until, created_at
         from booking_order where event_id = $1 and hold_id = $2",
        event.uuid(),
        hold.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(Order::try_from).transpose()
}

/// The open order of `account` that has `ticket`.
///
/// # Errors
/// When the database fails.
pub async fn find_by_ticket(
    postgres: &Postgres,
    event: EventId,
    ticket: TicketId,
    account: AccountId,
) -> Result<Option<Order>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state, total_minor, currency,
           until, created_at
         from booking_order join order_line using (event_id, order_id)
         where event_id = $1 and ticket_id = $2 and account_id = $3
           and state in ('awaiting_payment', 'capturing', 'paid')",
        event.uuid(),
        ticket.int(),
        account.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(Order::try_from).transpose()
}

/// The newest orders of an account.
///
/// # Errors
/// When the database fails.
pub async fn of_account(
    postgres: &Postgres,
    account: AccountId,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state, total_minor, currency,
           until, created_at
         from booking_order where account_id = $1 order by created_at desc, order_id desc limit $2",
        account.uuid(),
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Orders that await a payment past their end.
///
/// # Errors
/// When the database fails.
pub async fn overdue(postgres: &Postgres, now: DateTime<Utc>, limit: i64) -> Result<Vec<Order>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state, total_minor, currency,
           until, created_at
         from booking_order where state = 'awaiting_payment' and until <= $1 order by until limit $2",
        now,
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Writes a new state.
///
/// # Errors
/// When the database fails.
pub async fn set_state(
    tx: &mut Tx,
    event: EventId,
    order: OrderId,
    state: OrderState,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update booking_order set state = $3 where event_id = $1 and order_id = $2",
        event.uuid(),
        order.uuid(),
        state.name()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes what happened.
///
/// # Errors
/// When the database fails.
pub async fn note(
    tx: &mut Tx,
    (event, order): (EventId, OrderId),
    state: OrderState,
    cause: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into order_history (event_id, order_id, at, state, cause) values ($1, $2, $3, $4, $5)",
        event.uuid(),
        order.uuid(),
        now,
        state.name(),
        cause
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// One entry of an order's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Where the order stood then.
    pub state: OrderState,
    /// Why.
    pub cause: String,
}

/// What happened to the order, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn history(postgres: &Postgres, event: EventId, order: OrderId) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query!(
        "select at, state, cause from order_history where event_id = $1 and order_id = $2 order by entry",
        event.uuid(),
        order.uuid()
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = OrderState::named(&row.state)
                .ok_or_else(|| StoreError::Unexpected(format!("there is no state {}", row.state)))?;
            Ok(Entry { at: row.at, state, cause: row.cause })
        })
        .collect()
}

/// The tickets of an order, with their places.
///
/// # Errors
/// When the database fails.
pub async fn lines(
    tx: &mut Tx,
    event: EventId,
    order: OrderId,
) -> Result<Vec<(TicketId, String)>, StoreError> {
    let rows = sqlx::query!(
        "select ticket_id, place from order_line where event_id = $1 and order_id = $2 order by ticket_id",
        event.uuid(),
        order.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.ticket_id.into(), row.place)).collect())
}

/// The tickets of an order, with places and prices as they were ordered.
///
/// # Errors
/// When the database fails.
pub async fn lines_of(postgres: &Postgres, order: &Order) -> Result<Vec<Line>, StoreError> {
    let rows = sqlx::query!(
        "select ticket_id, place, price_minor from order_line where event_id = $1 and order_id = $2
         order by ticket_id",
        order.event.uuid(),
        order.id.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let currency = order.total.currency;
    Ok(rows
        .into_iter()
        .map(|row| Line {
            ticket: row.ticket_id.into(),
            place: row.place,
            price: Money { minor: row.price_minor, currency },
            pool: None,
        })
        .collect())
}
