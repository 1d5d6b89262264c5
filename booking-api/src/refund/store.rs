//! The table `refund`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{OrderRef, RefundId},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Cause, Refund, RefundState};
use crate::{offer::store::currency, order::Order};

struct Row {
    event_id: Uuid,
    order_id: Uuid,
    refund_id: Uuid,
    cause: String,
    reason: String,
    requested_by: Uuid,
    amount_minor: i64,
    currency: String,
    state: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Refund {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let strange = |what: &str| StoreError::Unexpected(format!("a refund knows no {what}"));
        Ok(Self {
            id: row.refund_id.into(),
            order: OrderRef { event: row.event_id.into(), order: row.order_id.into() },
            cause: Cause::named(&row.cause).ok_or_else(|| strange(&row.cause))?,
            reason: row.reason,
            by: row.requested_by.into(),
            amount: Money { minor: row.amount_minor, currency: currency(&row.currency)? },
            state: RefundState::named(&row.state).ok_or_else(|| strange(&row.state))?,
            created_at: row.created_at,
        })
    }
}

/// Writes a new refund. The table lets an order be refunded once for an event that was called off.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, refund: &Refund) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into refund (event_id, order_id, refund_id, cause, reason, requested_by, amount_minor, currency, state,
           created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        refund.order.event.uuid(),
        refund.order.order.uuid(),
        refund.id.uuid(),
        refund.cause.name(),
        refund.reason,
        refund.by.uuid(),
        refund.amount.minor,
        refund.amount.currency.as_str(),
        refund.state.name(),
        refund.created_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends a refund.
///
/// # Errors
/// When the database fails.
pub async fn end(
    tx: &mut Tx,
    order: &Order,
    refund: RefundId,
    state: RefundState,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update refund set state = $4, ended_at = $5 where event_id = $1 and order_id = $2 and refund_id = $3",
        order.event.uuid(),
        order.id.uuid(),
        refund.uuid(),
        state.name(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The refund, while its order is locked.
///
/// # Errors
/// When the database fails.
pub async fn find(tx: &mut Tx, order: &Order, refund: RefundId) -> Result<Option<Refund>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, order_id, refund_id, cause, reason, requested_by, amount_minor, currency, state, created_at
         from refund where event_id = $1 and order_id = $2 and refund_id = $3",
        order.event.uuid(),
        order.id.uuid(),
        refund.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(Refund::try_from).transpose()
}

/// All refunds of an order, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_order(postgres: &Postgres, order: OrderRef) -> Result<Vec<Refund>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select event_id, order_id, refund_id, cause, reason, requested_by, amount_minor, currency, state, created_at
         from refund where event_id = $1 and order_id = $2 order by created_at, refund_id",
        order.event.uuid(),
        order.order.uuid()
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Refund::try_from).collect()
}

/// How much of the order went back, in minor units.
///
/// # Errors
/// When the database fails.
pub async fn given_back(tx: &mut Tx, order: &Order) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select coalesce(sum(amount_minor), 0)::bigint as "sum!" from refund
           where event_id = $1 and order_id = $2 and state = 'done'"#,
        order.event.uuid(),
        order.id.uuid()
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Lets a refund that the provider refused be pending again.
///
/// # Errors
/// When the database fails.
pub async fn pend(tx: &mut Tx, order: &Order, refund: RefundId) -> Result<(), StoreError> {
    sqlx::query!(
        "update refund set state = 'pending', ended_at = null
         where event_id = $1 and order_id = $2 and refund_id = $3 and state = 'refused'",
        order.event.uuid(),
        order.id.uuid(),
        refund.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Lets refunds of the order that the provider refused be pending again; returns how many there were.
///
/// # Errors
/// When the database fails.
pub async fn ask_again(tx: &mut Tx, order: &Order) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "update refund set state = 'pending', ended_at = null
         where event_id = $1 and order_id = $2 and state = 'refused'",
        order.event.uuid(),
        order.id.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected())
}
