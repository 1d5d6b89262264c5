//! The table `webhook_notice`, and whom each notice is for.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, NoticeId, WebhookId};
use platform::postgres::{StoreError, Tx, column};

/// A notice to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: NoticeId,
    /// Its kind.
    pub kind: &'static str,
    /// What it is about.
    pub cause: String,
    /// What is sent.
    pub body: String,
}

/// Writes notices for the organizer of `event`, each with a delivery for every endpoint that wants its kind. One that
/// nobody wants is not written, nor one whose cause was told before.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, event: EventId, rows: &[Row], now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "with listening as (
             select endpoint_id, owner_id, kinds from webhook_endpoint join event using (owner_id)
             where event_id = $1 and off_cause is null and removed_at is null),
         told as (
             insert into webhook_notice (notice_id, owner_id, kind, cause, body, created_at)
             select notice_id, owner_id, kind, cause, body, $2
             from unnest($3::uuid[], $4::text[], $5::text[], $6::text[]) as made (notice_id, kind, cause, body)
             cross join lateral (select owner_id from listening where kind = any(kinds) limit 1) as wanted
             on conflict (owner_id, kind, cause) do nothing
             returning notice_id, kind)
         insert into webhook_delivery (endpoint_id, notice_id, next_attempt_at, created_at)
         select endpoint_id, notice_id, $2, $2 from told join listening on kind = any(kinds)",
        event.uuid(),
        now,
        &column(rows, |row| row.id.uuid()),
        &column(rows, |row| row.kind.to_owned()),
        &column(rows, |row| row.cause.clone()),
        &column(rows, |row| row.body.clone())
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a notice for one endpoint, whatever it wants.
///
/// # Errors
/// When the database fails.
pub async fn insert_for(
    tx: &mut Tx,
    owner: AccountId,
    endpoint: WebhookId,
    (notice, kind, body): (NoticeId, &str, &str),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with told as (
             insert into webhook_notice (notice_id, owner_id, kind, cause, body, created_at)
             values ($1, $2, $3, $1::uuid::text, $4, $5) returning notice_id)
         insert into webhook_delivery (endpoint_id, notice_id, next_attempt_at, created_at)
         select $6, notice_id, $5, $5 from told",
        notice.uuid(),
        owner.uuid(),
        kind,
        body,
        now,
        endpoint.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
