//! The table `payment_callback`.

use chrono::{DateTime, Utc};
use platform::postgres::{Postgres, StoreError, Tx, column};

use crate::payment::ProviderName;

/// Takes callbacks in, and returns the ids of those that were not taken in before.
///
/// # Errors
/// When the database fails.
pub async fn take_in(
    tx: &mut Tx,
    provider: ProviderName,
    callbacks: &[(&str, &serde_json::Value)],
    now: DateTime<Utc>,
) -> Result<Vec<String>, StoreError> {
    // In the order of the ids, so that two who take in several do not wait for each other.
    let new = sqlx::query_scalar!(
        "insert into payment_callback (provider, callback_id, body, received_at)
         select $1, id, body, $4 from unnest($2::text[], $3::jsonb[]) as new (id, body) order by id
         on conflict do nothing returning callback_id",
        provider.name(),
        &column(callbacks, |(id, _)| (*id).to_owned()),
        &column(callbacks, |(_, body)| (*body).clone()),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(new)
}

/// Forgets callbacks of this transaction again: they are taken in by another.
///
/// # Errors
/// When the database fails.
pub async fn put_back(tx: &mut Tx, provider: ProviderName, ids: &[String]) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from payment_callback where provider = $1 and callback_id = any($2)",
        provider.name(),
        ids
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets callbacks that came before `before`.
///
/// # Errors
/// When the database fails.
pub async fn purge(postgres: &Postgres, before: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from payment_callback where received_at < $1", before).execute(postgres).await?;
    Ok(())
}
