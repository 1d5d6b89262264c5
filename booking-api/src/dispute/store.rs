//! The table `dispute`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderId, OrderRef},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx};

use super::{Dispute, DisputeState, DisputeTold};
use crate::{offer::store::currency, order::Order, payment::ProviderName};

/// Writes what the provider told; `false` when that is no news. What was won or lost stays so, in whichever order the
/// provider's words come.
///
/// # Errors
/// When the database fails.
pub async fn write(
    tx: &mut Tx,
    provider: ProviderName,
    told: &DisputeTold,
    (event, order, n): (EventId, OrderId, i32),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let closed = (told.state != DisputeState::Opened).then_some(now);
    let written = sqlx::query!(
        "insert into dispute (provider, dispute_id, event_id, order_id, n, amount_minor, currency, state, opened_at,
           closed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (provider, dispute_id) do update set state = excluded.state, closed_at = excluded.closed_at
         where dispute.state = 'opened' and excluded.state <> 'opened'",
        provider.name(),
        told.id,
        event.uuid(),
        order.uuid(),
        n,
        told.amount.minor,
        told.amount.currency.as_str(),
        told.state.name(),
        now,
        closed
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Whether a bank is looking at a payment of the order, which is locked.
///
/// # Errors
/// When the database fails.
pub async fn is_open(tx: &mut Tx, order: &Order) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from dispute where event_id = $1 and order_id = $2 and state = 'opened') as "open!""#,
        order.event.uuid(),
        order.id.uuid()
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// The disputes of an order, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn of_order(postgres: &Postgres, order: OrderRef) -> Result<Vec<Dispute>, StoreError> {
    let rows = sqlx::query!(
        "select dispute_id, amount_minor, currency, state, opened_at from dispute
         where event_id = $1 and order_id = $2 order by opened_at, dispute_id",
        order.event.uuid(),
        order.order.uuid()
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = DisputeState::named(&row.state)
                .ok_or_else(|| StoreError::Unexpected(format!("a dispute knows no {}", row.state)))?;
            let amount = Money { minor: row.amount_minor, currency: currency(&row.currency)? };
            Ok(Dispute { dispute_id: row.dispute_id, amount, state, opened_at: row.opened_at })
        })
        .collect()
}
