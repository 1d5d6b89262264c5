//! The table `event_cancellation`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderId},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx};

use super::{Cancellation, Progress};
use crate::offer::store::currency;

/// Calls a locked event off; `false` when it was before.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, of: &Cancellation) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into event_cancellation (event_id, requested_by, reason, cancelled_at, next_look_at)
         values ($1, $2, $3, $4, $4) on conflict do nothing",
        of.event.uuid(),
        of.by.uuid(),
        of.reason,
        of.at
    )
    .execute(&mut **tx)
    .await?;
    if written.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "update event set state = 'cancelled', version = version + 1 where event_id = $1",
        of.event.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// The cancellation of the event, if it was called off so.
///
/// # Errors
/// When the database fails.
pub async fn find(postgres: &Postgres, event: EventId) -> Result<Option<Cancellation>, StoreError> {
    let row = sqlx::query!(
        "select requested_by, reason, cancelled_at from event_cancellation where event_id = $1",
        event.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| Cancellation {
        event,
        by: row.requested_by.into(),
        reason: row.reason,
        at: row.cancelled_at,
    }))
}

/// Cancellations that are due to be looked at, leased until `lease`.
///
/// # Errors
/// When the database fails.
pub async fn due(
    postgres: &Postgres,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Cancellation>, StoreError> {
    let rows = sqlx::query!(
        "update event_cancellation set next_look_at = $2
         where event_id in (
             select event_id from event_cancellation where next_look_at <= $1
             order by next_look_at limit $3 for update skip locked)
         returning event_id, requested_by, reason, cancelled_at",
        now,
        lease,
        limit
    )
    .fetch_all(postgres)
    .await?;
    let of = |row: (uuid::Uuid, uuid::Uuid, String, DateTime<Utc>)| Cancellation {
        event: row.0.into(),
        by: row.1.into(),
        reason: row.2,
        at: row.3,
    };
    Ok(rows
        .into_iter()
        .map(|row| of((row.event_id, row.requested_by, row.reason, row.cancelled_at)))
        .collect())
}

/// Says when somebody looks again.
///
/// # Errors
/// When the database fails.
pub async fn look_again(postgres: &Postgres, event: EventId, at: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("update event_cancellation set next_look_at = $2 where event_id = $1", event.uuid(), at)
        .execute(postgres)
        .await?;
    Ok(())
}

/// Orders of the event that are open, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn open(
    postgres: &Postgres,
    event: EventId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<OrderId>, StoreError> {
    let orders = sqlx::query_scalar!(
        "select order_id from booking_order
         where event_id = $1 and ($2::uuid is null or order_id > $2)
           and state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded')
         order by order_id limit $3",
        event.uuid(),
        after.map(OrderId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(orders.into_iter().map(OrderId::from).collect())
}

/// How far the refunds are.
///
/// # Errors
/// When the database fails, or there is no such event.
pub async fn progress(postgres: &Postgres, event: EventId) -> Result<Progress, StoreError> {
    let orders = sqlx::query!(
        r#"select count(*) as "open!", count(*) filter (where exists (
             select from dispute where dispute.event_id = booking_order.event_id
               and dispute.order_id = booking_order.order_id and dispute.state = 'opened')) as "disputed!"
           from booking_order where event_id = $1
             and state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded')"#,
        event.uuid()
    )
    .fetch_one(postgres)
    .await?;
    let refunds = sqlx::query!(
        r#"select count(*) filter (where refund.state = 'pending') as "pending!",
             count(*) filter (where refund.state = 'done') as "done!",
             count(*) filter (where refund.state = 'refused') as "refused!",
             coalesce(sum(amount_minor) filter (where refund.state = 'done'), 0)::bigint as "given_back!",
             coalesce(sum(amount_minor) filter (where refund.state <> 'done'), 0)::bigint as "owed!",
             (select currency from event where event_id = $1) as "currency!"
           from refund where event_id = $1 and cause = 'event_cancelled'"#,
        event.uuid()
    )
    .fetch_one(postgres)
    .await?;
    let currency = currency(&refunds.currency)?;
    Ok(Progress {
        open: orders.open,
        disputed: orders.disputed,
        pending: refunds.pending,
        done: refunds.done,
        refused: refunds.refused,
        given_back: Money { minor: refunds.given_back, currency },
        owed: Money { minor: refunds.owed, currency },
    })
}
