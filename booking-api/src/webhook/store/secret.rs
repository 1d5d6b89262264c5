//! The secrets in `webhook_endpoint`, as they are kept.

use contracts::id::WebhookId;
use platform::postgres::{Postgres, StoreError};

/// The secrets of an endpoint: in the open where they were written before there was a key, else sealed.
#[derive(Clone)]
pub struct Kept {
    /// Which endpoint.
    pub id: WebhookId,
    /// In the open.
    pub secret: Option<Vec<u8>>,
    /// The one before it.
    pub previous_secret: Option<Vec<u8>>,
    /// Sealed.
    pub sealed_secret: Option<Vec<u8>>,
    /// The one before it.
    pub sealed_previous: Option<Vec<u8>>,
}

/// Endpoints with secrets that do not begin with `mark`, behind `after`, in their order.
///
/// # Errors
/// When the database fails.
pub async fn unsealed(
    postgres: &Postgres,
    mark: &[u8],
    after: Option<WebhookId>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query!(
        "select endpoint_id, secret, previous_secret, sealed_secret, sealed_previous from webhook_endpoint
         where ($2::uuid is null or endpoint_id > $2)
           and (secret is not null or previous_secret is not null
             or substring(sealed_secret for octet_length($1::bytea)) <> $1::bytea
             or substring(sealed_previous for octet_length($1)) <> $1)
         order by endpoint_id limit $3",
        mark,
        after.map(WebhookId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    let kept = rows.into_iter().map(|row| Kept {
        id: row.endpoint_id.into(),
        secret: row.secret,
        previous_secret: row.previous_secret,
        sealed_secret: row.sealed_secret,
        sealed_previous: row.sealed_previous,
    });
    Ok(kept.collect())
}

/// Writes the secrets of an endpoint sealed, and forgets what stood in the open; `false` where they were changed meanwhile.
///
/// # Errors
/// When the database fails.
pub async fn reseal(
    postgres: &Postgres,
    kept: &Kept,
    secret: &[u8],
    previous: Option<Vec<u8>>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update webhook_endpoint
         set sealed_secret = $2, sealed_previous = $3, secret = null, previous_secret = null
         where endpoint_id = $1 and secret is not distinct from $4 and previous_secret is not distinct from $5
           and sealed_secret is not distinct from $6 and sealed_previous is not distinct from $7",
        kept.id.uuid(),
        secret,
        previous,
        kept.secret,
        kept.previous_secret,
        kept.sealed_secret,
        kept.sealed_previous
    )
    .execute(postgres)
    .await?;
    Ok(done.rows_affected() == 1)
}
