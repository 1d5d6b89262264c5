//! The table `order_history`.

use chrono::{DateTime, Utc};
use contracts::id::{EventId, OrderId};
use platform::postgres::{Postgres, StoreError, Tx, column};

use crate::order::OrderState;

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
    note_all(tx, event, &[order], state, cause, now).await
}

/// Writes that the same happened to several orders.
///
/// # Errors
/// When the database fails.
pub async fn note_all(
    tx: &mut Tx,
    event: EventId,
    orders: &[OrderId],
    state: OrderState,
    cause: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into order_history (event_id, order_id, at, state, cause)
         select $1, order_id, $3, $4, $5 from unnest($2::uuid[]) as order_id",
        event.uuid(),
        &column(orders, |order| order.uuid()),
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
            let state = super::state(&row.state)?;
            Ok(Entry { at: row.at, state, cause: row.cause })
        })
        .collect()
}
