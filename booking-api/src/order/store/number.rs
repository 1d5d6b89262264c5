//! The column `booking_order.number`.

use contracts::id::EventId;
use platform::postgres::{Postgres, StoreError, Tx};

/// Events with orders that should have a number and have none.
///
/// # Errors
/// When the database fails.
pub async fn unnumbered(postgres: &Postgres, limit: i64) -> Result<Vec<EventId>, StoreError> {
    let events = sqlx::query_scalar!(
        "select distinct event_id from booking_order
         where number is null and state in ('paid', 'fulfilled', 'partly_refunded', 'refunded') limit $1",
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(events.into_iter().map(EventId::from).collect())
}

/// Takes the lock under which one copy numbers, until `tx` ends; `false` when another has it.
///
/// # Errors
/// When the database fails.
pub async fn alone(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let name = format!("order-number:{event}");
    Ok(sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "got!""#, name)
        .fetch_one(&mut **tx)
        .await?)
}

/// Gives the next numbers to the oldest orders without one; returns how many there were.
///
/// # Errors
/// When the database fails.
pub async fn give(tx: &mut Tx, event: EventId, limit: i64) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "with next as (
             select order_id, row_number() over (order by created_at, order_id) as n from booking_order
             where event_id = $1 and number is null and state in ('paid', 'fulfilled', 'partly_refunded', 'refunded')
             order by created_at, order_id limit $2)
         update booking_order
         set number = n + (select coalesce(max(number), 0) from booking_order as before where before.event_id = $1)
         from next where booking_order.event_id = $1 and booking_order.order_id = next.order_id",
        event.uuid(),
        limit
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected())
}
