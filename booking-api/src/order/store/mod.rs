//! The table `booking_order`; its lines and its history have files of their own.

pub mod history;
pub mod line;
pub mod number;

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, HoldId, OrderId, TicketId},
    language::Language,
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx, column};
use uuid::Uuid;

use super::{Order, OrderState};
use crate::offer::store::currency;

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
    number: Option<i64>,
    takes_equivalent: bool,
    language: String,
}

/// The orders that the rest of the query picks.
macro_rules! orders {
    ($which:literal, $($value:expr),*) => {
        sqlx::query_as!(
            Row,
            "select event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state, total_minor, currency,
               until, created_at, number, takes_equivalent, language
             from booking_order " + $which,
            $($value),*
        )
    };
}

/// The state that a row names.
///
/// # Errors
/// When there is none: another version of the service wrote it.
pub fn state(name: &str) -> Result<OrderState, StoreError> {
    OrderState::named(name).ok_or_else(|| StoreError::Unexpected(format!("there is no state {name}")))
}

impl TryFrom<Row> for Order {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = state(&row.state)?;
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
            number: row.number,
            takes_equivalent: row.takes_equivalent,
            language: Language::of(&row.language).unwrap_or_default(),
        })
    }
}

/// Writes a new order; `false` when its hold was confirmed before.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, order: &Order) -> Result<bool, StoreError> {
    Ok(insert_all(tx, &[order]).await? == 1)
}

/// Writes new orders, and returns how many: fewer than there are when the hold of one was confirmed before.
///
/// # Errors
/// When the database fails.
#[expect(clippy::as_conversions, reason = "so the macro is told that a value may be null")]
pub async fn insert_all(tx: &mut Tx, orders: &[&Order]) -> Result<usize, StoreError> {
    let visitors: Vec<Option<Uuid>> = column(orders, |order| order.visitor.map(Uuid::from));
    let rooms: Vec<Option<Uuid>> = column(orders, |order| order.pass.map(|(room, _)| room.uuid()));
    let passes: Vec<Option<Uuid>> = column(orders, |order| order.pass.map(|(_, pass)| pass.uuid()));
    let written = sqlx::query!(
        "insert into booking_order (event_id, order_id, account_id, visitor_id, room_id, pass_id, hold_id, state,
           total_minor, currency, until, created_at, takes_equivalent, language)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
           $8::text[], $9::bigint[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::boolean[], $14::text[])
         on conflict (event_id, hold_id) do nothing",
        &column(orders, |order| order.event.uuid()),
        &column(orders, |order| order.id.uuid()),
        &column(orders, |order| order.account.uuid()),
        &visitors as &[Option<Uuid>],
        &rooms as &[Option<Uuid>],
        &passes as &[Option<Uuid>],
        &column(orders, |order| order.hold.uuid()),
        &column(orders, |order| order.state.name().to_owned()),
        &column(orders, |order| order.total.minor),
        &column(orders, |order| order.total.currency.as_str().to_owned()),
        &column(orders, |order| order.until),
        &column(orders, |order| order.created_at),
        &column(orders, |order| order.takes_equivalent),
        &column(orders, |order| order.language.code().to_owned())
    )
    .execute(&mut **tx)
    .await?;
    Ok(usize::try_from(written.rows_affected()).unwrap_or(usize::MAX))
}

/// The order, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId, order: OrderId) -> Result<Option<Order>, StoreError> {
    let row = orders!("where event_id = $1 and order_id = $2 for update", event.uuid(), order.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(Order::try_from).transpose()
}

/// Those of `orders` that nobody else has locked, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_free(tx: &mut Tx, event: EventId, orders: &[OrderId]) -> Result<Vec<Order>, StoreError> {
    let ids = column(orders, |order| order.uuid());
    let rows = orders!(
        "where event_id = $1 and order_id = any($2) order by order_id for update skip locked",
        event.uuid(),
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// The order.
///
/// # Errors
/// When the database fails.
pub async fn find(postgres: &Postgres, event: EventId, order: OrderId) -> Result<Option<Order>, StoreError> {
    let row = orders!("where event_id = $1 and order_id = $2", event.uuid(), order.uuid())
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
    let row = orders!("where event_id = $1 and hold_id = $2", event.uuid(), hold.uuid())
        .fetch_optional(postgres)
        .await?;
    row.map(Order::try_from).transpose()
}

/// Those of `holds` that were confirmed before.
///
/// # Errors
/// When the database fails.
pub async fn confirmed(tx: &mut Tx, event: EventId, holds: &[HoldId]) -> Result<HashSet<HoldId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select hold_id from booking_order where event_id = $1 and hold_id = any($2)",
        event.uuid(),
        &column(holds, |hold| hold.uuid())
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(found.into_iter().map(HoldId::from).collect())
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
    let row = orders!(
        "join order_line using (event_id, order_id)
         where event_id = $1 and ticket_id = $2 and account_id = $3 and returned_at is null
           and state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded')",
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
    let rows = orders!(
        "where account_id = $1 order by created_at desc, order_id desc limit $2",
        account.uuid(),
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Those of `orders` that await a payment, and whose end has not come.
///
/// # Errors
/// When the database fails.
pub async fn awaiting(
    postgres: &Postgres,
    orders: &[(EventId, OrderId)],
    now: DateTime<Utc>,
) -> Result<HashSet<OrderId>, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select order_id as "order_id!" from unnest($1::uuid[], $2::uuid[]) as asked (event_id, order_id)
             join booking_order using (event_id, order_id)
           where state = 'awaiting_payment' and until > $3"#,
        &column(orders, |(event, _)| event.uuid()),
        &column(orders, |(_, order)| order.uuid()),
        now
    )
    .fetch_all(postgres)
    .await?;
    Ok(found.into_iter().map(OrderId::from).collect())
}

/// Orders that await a payment past their end.
///
/// # Errors
/// When the database fails.
pub async fn overdue(postgres: &Postgres, now: DateTime<Utc>, limit: i64) -> Result<Vec<Order>, StoreError> {
    let rows =
        orders!("where state = 'awaiting_payment' and until <= $1 order by until limit $2", now, limit)
            .fetch_all(postgres)
            .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Paid orders of events that have begun and take place.
///
/// # Errors
/// When the database fails.
pub async fn begun(postgres: &Postgres, now: DateTime<Utc>, limit: i64) -> Result<Vec<Order>, StoreError> {
    let rows = orders!(
        "where state = 'paid'
           and event_id in (select event_id from event where starts_at <= $1 and state <> 'cancelled') limit $2",
        now,
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Orders of an event for its organizer, in the order of their ids (and so by age), after `after`.
///
/// # Errors
/// When the database fails.
pub async fn of_event(
    postgres: &Postgres,
    event: EventId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows = orders!(
        "where event_id = $1 and ($2::uuid is null or order_id > $2) order by order_id limit $3",
        event.uuid(),
        after.map(OrderId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// Writes the new state of `orders`.
///
/// # Errors
/// When the database fails.
pub async fn set_state(
    tx: &mut Tx,
    event: EventId,
    orders: &[OrderId],
    state: OrderState,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update booking_order set state = $3 where event_id = $1 and order_id = any($2)",
        event.uuid(),
        &column(orders, |order| order.uuid()),
        state.name()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
