//! The table `webhook_endpoint`.

pub mod delivery;
pub mod notice;
pub mod secret;

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, WebhookId};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Endpoint, OffCause, Written};

struct Found {
    endpoint_id: Uuid,
    url: String,
    description: Option<String>,
    kinds: Vec<String>,
    off_cause: Option<String>,
    off_at: Option<DateTime<Utc>>,
    previous_until: Option<DateTime<Utc>>,
    failures: i32,
    failing_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

impl TryFrom<Found> for Endpoint {
    type Error = StoreError;

    fn try_from(row: Found) -> Result<Self, StoreError> {
        let cause = row.off_cause.map(|name| {
            OffCause::named(&name).ok_or_else(|| StoreError::Unexpected(format!("there is no cause {name}")))
        });
        Ok(Self {
            id: row.endpoint_id.into(),
            url: row.url,
            description: row.description,
            kinds: row.kinds,
            off: cause.transpose()?.zip(row.off_at),
            previous_until: row.previous_until,
            failures: row.failures,
            failing_since: row.failing_since,
            created_at: row.created_at,
        })
    }
}

/// Lets one at a time change the endpoints of `owner`, until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn alone(tx: &mut Tx, owner: AccountId) -> Result<(), StoreError> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended('webhook ' || $1::text, 0))::text as "locked""#,
        owner.to_string()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}

/// All endpoints of `owner`, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn all(postgres: &Postgres, owner: AccountId) -> Result<Vec<Endpoint>, StoreError> {
    let rows = sqlx::query_as!(
        Found,
        "select endpoint_id, url, description, kinds, off_cause, off_at, previous_until, failures, failing_since, created_at
         from webhook_endpoint where owner_id = $1 and removed_at is null order by endpoint_id",
        owner.uuid()
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Endpoint::try_from).collect()
}

/// One of them.
///
/// # Errors
/// When the database fails.
pub async fn find(
    postgres: &Postgres,
    owner: AccountId,
    id: WebhookId,
) -> Result<Option<Endpoint>, StoreError> {
    let row = sqlx::query_as!(
        Found,
        "select endpoint_id, url, description, kinds, off_cause, off_at, previous_until, failures, failing_since, created_at
         from webhook_endpoint where owner_id = $1 and endpoint_id = $2 and removed_at is null",
        owner.uuid(),
        id.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(Endpoint::try_from).transpose()
}

/// How many endpoints `owner` has.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, owner: AccountId) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from webhook_endpoint where owner_id = $1 and removed_at is null"#,
        owner.uuid()
    );
    Ok(count.fetch_one(&mut **tx).await?)
}

/// Whether `owner` has one at this address.
///
/// # Errors
/// When the database fails.
pub async fn exists(tx: &mut Tx, owner: AccountId, url: &str) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from webhook_endpoint where owner_id = $1 and url = $2 and removed_at is null) as "found!""#,
        owner.uuid(),
        url
    );
    Ok(found.fetch_one(&mut **tx).await?)
}

/// Writes a new endpoint.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    owner: AccountId,
    id: WebhookId,
    written: &Written,
    sealed: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let is_on = written.enabled.unwrap_or(true);
    sqlx::query!(
        "insert into webhook_endpoint (endpoint_id, owner_id, url, description, kinds, sealed_secret, created_at, off_cause, off_at)
         values ($1, $2, $3, $4, $5, $6, $7, case when not $8 then 'organizer' end, case when not $8 then $7::timestamptz end)",
        id.uuid(),
        owner.uuid(),
        written.url,
        written.description,
        &written.types,
        sealed,
        now,
        is_on
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes over an endpoint. One that is switched on again, or is elsewhere now, is as good as new.
///
/// # Errors
/// When the database fails.
pub async fn update(
    tx: &mut Tx,
    owner: AccountId,
    id: WebhookId,
    written: &Written,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let is_on = written.enabled.unwrap_or(true);
    sqlx::query!(
        "update webhook_endpoint
         set url = $3, description = $4, kinds = $5,
           off_cause = case when not $6 then coalesce(off_cause, 'organizer') end,
           off_at = case when not $6 then coalesce(off_at, $7::timestamptz) end,
           failures = case when $6 and (off_cause is not null or url <> $3) then 0 else failures end,
           failing_since = case when $6 and (off_cause is not null or url <> $3) then null else failing_since end,
           rests_until = case when $6 and (off_cause is not null or url <> $3) then null else rests_until end
         where owner_id = $1 and endpoint_id = $2 and removed_at is null",
        owner.uuid(),
        id.uuid(),
        written.url,
        written.description,
        &written.types,
        is_on,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Removes an endpoint; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn remove(
    tx: &mut Tx,
    owner: AccountId,
    id: WebhookId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let removed = sqlx::query!(
        "update webhook_endpoint set removed_at = $3 where owner_id = $1 and endpoint_id = $2 and removed_at is null",
        owner.uuid(),
        id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(removed.rows_affected() == 1)
}

/// Gives the endpoint a new secret; the one before it signs too until then. `false` when there is no such endpoint.
///
/// # Errors
/// When the database fails.
pub async fn rotate(
    tx: &mut Tx,
    owner: AccountId,
    id: WebhookId,
    sealed: &[u8],
    until: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let rotated = sqlx::query!(
        "update webhook_endpoint
         set previous_secret = case when $4::timestamptz is not null then secret end,
           sealed_previous = case when $4 is not null then sealed_secret end, previous_until = $4,
           secret = null, sealed_secret = $3
         where owner_id = $1 and endpoint_id = $2 and removed_at is null",
        owner.uuid(),
        id.uuid(),
        sealed,
        until
    )
    .execute(&mut **tx)
    .await?;
    Ok(rotated.rows_affected() == 1)
}

/// Has an endpoint that rests tried at once.
///
/// # Errors
/// When the database fails.
pub async fn wake(tx: &mut Tx, id: WebhookId) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_endpoint set rests_until = null where endpoint_id = $1 and rests_until is not null",
        id.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
