//! The table `payment_callback`.

use chrono::{DateTime, Utc};
use platform::postgres::{Postgres, StoreError, Tx};

use crate::payment::ProviderName;

/// Takes a callback in; `false` when it was taken in before.
///
/// # Errors
/// When the database fails.
pub async fn take_in(
    tx: &mut Tx,
    provider: ProviderName,
    id: &str,
    body: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into payment_callback (provider, callback_id, body, received_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        provider.name(),
        id,
        body,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Forgets callbacks that came before `before`.
///
/// # Errors
/// When the database fails.
pub async fn purge(postgres: &Postgres, before: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from payment_callback where received_at < $1", before).execute(postgres).await?;
    Ok(())
}
