//! The table `allocation`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, OrderId, OrderRef, TicketId, TicketRef, TierId},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx};

use super::{Allocation, Kind, PaidBy, take::Take};
use crate::{
    offer::store::currency,
    order::{self, Order},
};

/// Writes what an order is besides.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    order: &Order,
    take: &Take,
    organizer: AccountId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into allocation (event_id, order_id, kind, label, paid_by, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        order.event.uuid(),
        order.id.uuid(),
        take.kind.name(),
        take.label,
        take.paid_by.map(PaidBy::name),
        organizer.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn kind_of(name: &str) -> Result<Kind, StoreError> {
    Kind::named(name).ok_or_else(|| StoreError::Unexpected(format!("there is no allocation {name}")))
}

/// What an order is besides, if anything.
///
/// # Errors
/// When the database fails.
pub async fn kind(tx: &mut Tx, event: EventId, order: OrderId) -> Result<Option<Kind>, StoreError> {
    let kind = sqlx::query_scalar!(
        "select kind from allocation where event_id = $1 and order_id = $2",
        event.uuid(),
        order.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    kind.as_deref().map(kind_of).transpose()
}

/// Whether nobody chooses a seat in this tier; `None` when the event has no such tier.
///
/// # Errors
/// When the database fails.
pub async fn is_pool(postgres: &Postgres, event: EventId, tier: TierId) -> Result<Option<bool>, StoreError> {
    let found = sqlx::query_scalar!(
        "select general_admission from tier where event_id = $1 and tier_id = $2",
        event.uuid(),
        tier.uuid()
    );
    Ok(found.fetch_optional(postgres).await?)
}

/// The newest allocations of an event.
///
/// # Errors
/// When the database fails.
pub async fn list(postgres: &Postgres, event: EventId, limit: i64) -> Result<Vec<Allocation>, StoreError> {
    let rows = sqlx::query!(
        r#"select order_id, kind, label, paid_by, state, total_minor, currency, allocation.created_at,
             array(select ticket_id from order_line as line where line.event_id = allocation.event_id
                 and line.order_id = allocation.order_id order by ticket_id) as "tickets!"
           from allocation join booking_order using (event_id, order_id)
           where event_id = $1 order by allocation.created_at desc, order_id desc limit $2"#,
        event.uuid(),
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = order::store::state(&row.state)?;
            let reference = |ticket: i32| TicketRef { event, ticket: TicketId::from(ticket) };
            Ok(Allocation {
                order_id: OrderRef { event, order: row.order_id.into() },
                kind: kind_of(&row.kind)?,
                label: row.label,
                paid_by: row.paid_by.as_deref().and_then(PaidBy::named),
                state,
                total: Money { minor: row.total_minor, currency: currency(&row.currency)? },
                tickets: row.tickets.into_iter().map(reference).collect(),
                created_at: row.created_at,
            })
        })
        .collect()
}
