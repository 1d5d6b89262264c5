//! What the notifier writes of webhooks: how attempts went, and how endpoints are.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use contracts::{
    id::{MessageId, WebhookId},
    language::Language,
    message::Recipient,
    webhook::{SEALED, Secret},
};
use platform::{
    postgres::{Postgres, StoreError, Tx},
    sealed::Seals,
    telemetry::Chain,
};

use super::{Delivery, Rules, TIRED_AFTER, switch_off::Why};

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How long the attempt took.
    pub duration_ms: i32,
    /// What was answered.
    pub status: Option<u16>,
    /// What went wrong where nothing was.
    pub error: Option<String>,
}

/// How an endpoint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Failures in a row.
    pub failures: i32,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// Leases what is due at `now` for up to `room` endpoints, but those in `busy`: a few notices for each, one for an
/// endpoint that fails again and again, none while it rests. Endpoints that work come first.
///
/// Atomic, and never waits: what another copy is taking is passed over.
///
/// # Errors
/// Nothing was leased, or (when the answer was lost) it comes back when the lease ends.
pub async fn take(
    (postgres, seals): (&Postgres, &Seals),
    rules: &Rules,
    busy: &BTreeSet<WebhookId>,
    room: usize,
    now: DateTime<Utc>,
) -> Result<Vec<Delivery>, StoreError> {
    let rows = sqlx::query!(
        r#"with ready as (
             select endpoint_id, url, secret, sealed_secret,
               case when previous_until > $1 then previous_secret end as previous,
               case when previous_until > $1 then sealed_previous end as sealed_previous,
               case when failures < $5 then $4::integer else 1 end as most
             from webhook_endpoint
             cross join lateral (
               select next_attempt_at from webhook_delivery
               where webhook_delivery.endpoint_id = webhook_endpoint.endpoint_id and state = 'due'
               order by next_attempt_at limit 1) as first
             where off_cause is null and removed_at is null and coalesce(rests_until <= $1, true)
               and first.next_attempt_at <= $1 and endpoint_id <> all($6)
             order by failures >= $5, first.next_attempt_at limit $3),
           taken as (
             select ready.*, due.notice_id from ready
             cross join lateral (
               select notice_id from webhook_delivery
               where webhook_delivery.endpoint_id = ready.endpoint_id and state = 'due' and next_attempt_at <= $1
               order by next_attempt_at limit ready.most for update skip locked) as due)
           update webhook_delivery set attempts = attempts + 1, tries = tries + 1, next_attempt_at = $2
           from taken join webhook_notice using (notice_id)
           where webhook_delivery.endpoint_id = taken.endpoint_id and webhook_delivery.notice_id = taken.notice_id
           returning taken.endpoint_id, taken.notice_id, taken.url, taken.secret, taken.sealed_secret,
             taken.previous, taken.sealed_previous, body, attempts, tries"#,
        now,
        now + rules.lease,
        i64::try_from(room).unwrap_or(i64::MAX),
        i32::from(rules.at_once),
        TIRED_AFTER,
        &busy.iter().map(|endpoint| endpoint.uuid()).collect::<Vec<_>>()
    )
    .fetch_all(postgres)
    .await?;
    let mut taken = Vec::with_capacity(rows.len());
    for row in rows {
        let endpoint = row.endpoint_id.into();
        let kept = [(row.secret, row.sealed_secret), (row.previous, row.sealed_previous)];
        taken.push(Delivery {
            endpoint,
            notice: row.notice_id.into(),
            url: row.url,
            secrets: kept.into_iter().filter_map(|kept| opened(seals, endpoint, kept)).collect(),
            body: row.body,
            attempt: row.attempts,
            turn: row.tries,
        });
    }
    Ok(taken)
}

/// A secret of `endpoint` as it signs: sealed, or in the open where it was written before there was a key. One that does not open
/// signs nothing.
fn opened(
    seals: &Seals,
    endpoint: WebhookId,
    (plain, sealed): (Option<Vec<u8>>, Option<Vec<u8>>),
) -> Option<Secret> {
    let Some(sealed) = sealed else { return plain.and_then(Secret::new) };
    match seals.open(SEALED, endpoint.uuid().as_bytes(), &sealed) {
        Ok(bytes) => Secret::new(bytes),
        Err(error) => {
            tracing::error!(webhook.id = %endpoint, error = %Chain(&error), "a secret cannot be opened");
            None
        }
    }
}

/// Writes down how an attempt went.
///
/// # Errors
/// When the database fails.
pub async fn log(
    tx: &mut Tx,
    delivery: &Delivery,
    entry: &Entry,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into webhook_attempt (endpoint_id, notice_id, attempt, at, duration_ms, status, error)
         values ($1, $2, $3, $4, $5, $6, left($7, 500)) on conflict do nothing",
        delivery.endpoint.uuid(),
        delivery.notice.uuid(),
        delivery.attempt,
        now,
        entry.duration_ms,
        entry.status.and_then(|status| i16::try_from(status).ok()),
        entry.error
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The notice arrived. Where another copy has taken it since, that one's word counts.
///
/// # Errors
/// When the database fails.
pub async fn delivered(tx: &mut Tx, delivery: &Delivery, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_delivery set state = 'delivered', done_at = $4
         where endpoint_id = $1 and notice_id = $2 and attempts = $3 and state = 'due'",
        delivery.endpoint.uuid(),
        delivery.notice.uuid(),
        delivery.attempt,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The notice did not arrive: it is due again at `next`, or failed for good.
///
/// # Errors
/// When the database fails.
pub async fn failed(
    tx: &mut Tx,
    delivery: &Delivery,
    next: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_delivery
         set next_attempt_at = coalesce($4::timestamptz, $5), state = case when $4::timestamptz is null then 'failed' else 'due' end,
           done_at = case when $4::timestamptz is null then $5::timestamptz end
         where endpoint_id = $1 and notice_id = $2 and attempts = $3 and state = 'due'",
        delivery.endpoint.uuid(),
        delivery.notice.uuid(),
        delivery.attempt,
        next,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The endpoint took something: whatever was wrong with it is over.
///
/// # Errors
/// When the database fails.
pub async fn is_well(tx: &mut Tx, endpoint: WebhookId) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_endpoint set failures = 0, failing_since = null, rests_until = null
         where endpoint_id = $1 and failures > 0",
        endpoint.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The endpoint failed once more; how it is now. `None` when it is switched off already, or gone.
///
/// # Errors
/// When the database fails.
pub async fn is_ill(
    tx: &mut Tx,
    endpoint: WebhookId,
    now: DateTime<Utc>,
) -> Result<Option<Health>, StoreError> {
    let row = sqlx::query!(
        r#"update webhook_endpoint set failures = failures + 1, failing_since = coalesce(failing_since, $2)
           where endpoint_id = $1 and off_cause is null and removed_at is null
           returning failures, failing_since as "since!""#,
        endpoint.uuid(),
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Health { failures: row.failures, since: row.since }))
}

/// Leaves the endpoint alone until then.
///
/// # Errors
/// When the database fails.
pub async fn rest(tx: &mut Tx, endpoint: WebhookId, until: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update webhook_endpoint set rests_until = $2 where endpoint_id = $1",
        endpoint.uuid(),
        until
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Switches the endpoint off and says whose it is; `None` when it was off before.
///
/// # Errors
/// When the database fails.
pub async fn switch_off(
    tx: &mut Tx,
    endpoint: WebhookId,
    why: Why,
    now: DateTime<Utc>,
) -> Result<Option<Recipient>, StoreError> {
    let row = sqlx::query!(
        "update webhook_endpoint set off_cause = $2, off_at = $3 from account
         where endpoint_id = $1 and off_cause is null and account_id = owner_id
         returning account.email, account.name, account.language",
        endpoint.uuid(),
        why.name(),
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    let language = |code: Option<String>| code.as_deref().and_then(Language::of).unwrap_or_default();
    Ok(row.map(|row| Recipient { email: row.email, name: row.name, language: language(row.language) }))
}

/// Has a mail sent, once for its cause.
///
/// # Errors
/// When the database fails.
pub async fn append_mail(
    tx: &mut Tx,
    id: MessageId,
    kind: &str,
    cause: &str,
    body: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into outbox (message_id, kind, cause, body, created_at, next_attempt_at)
         values ($1, $2, $3, $4, $5, $5) on conflict (kind, cause) do nothing",
        id.uuid(),
        kind,
        cause,
        body,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets up to `most` notices of before `before`, with their deliveries and their log, and endpoints that were removed
/// before then.
///
/// # Errors
/// When the database fails.
pub async fn forget(postgres: &Postgres, before: DateTime<Utc>, most: i64) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from webhook_notice where notice_id in (
           select notice_id from webhook_notice where created_at < $1 order by created_at limit $2)",
        before,
        most
    )
    .execute(postgres)
    .await?;
    sqlx::query!(
        "delete from webhook_endpoint where removed_at < $1
           and not exists (select from webhook_delivery where webhook_delivery.endpoint_id = webhook_endpoint.endpoint_id)",
        before
    )
    .execute(postgres)
    .await?;
    Ok(())
}
