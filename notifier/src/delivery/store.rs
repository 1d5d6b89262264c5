//! The notifier's columns of `outbox`.

use chrono::{DateTime, Utc};
use contracts::message::Message;
use platform::postgres::{Postgres, StoreError};

use super::Delivery;

/// Leases up to `limit` messages that are due at `now`, the longest due first, until `lease_ends`.
///
/// Atomic, and never waits: what another copy is taking at this moment is passed over. A message is leased to one taker
/// at a time; each lease is counted as an attempt, so that a message which kills its taker is set aside too.
///
/// # Errors
/// Nothing was leased, or (when the answer was lost) it comes back when the lease ends.
pub async fn take(
    postgres: &Postgres,
    now: DateTime<Utc>,
    lease_ends: DateTime<Utc>,
    limit: u16,
) -> Result<Vec<Delivery>, StoreError> {
    let rows = sqlx::query!(
        r#"update outbox set attempts = attempts + 1, next_attempt_at = $2
           where message_id in (
               select message_id from outbox
               where next_attempt_at <= $1 and delivered_at is null and given_up_at is null
               order by next_attempt_at limit $3 for update skip locked)
           returning message_id, body, created_at, attempts"#,
        now,
        lease_ends,
        i64::from(limit)
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Delivery {
            id: row.message_id.into(),
            body: row.body,
            created_at: row.created_at,
            attempt: row.attempts.unsigned_abs(),
        })
        .collect())
}

/// Writes down that the server accepted the mail, and forgets what it said where nobody needs it any more. `false` when another copy has taken the message since.
///
/// # Errors
/// It may not be written down: then the mail goes out again when the lease ends, under the same `Message-ID`.
pub async fn mark_delivered(
    postgres: &Postgres,
    delivery: &Delivery,
    at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        r#"update outbox set delivered_at = $3, last_error = null,
             body = case when kind = any($4) then jsonb_build_object('kind', kind) else body end
           where message_id = $1 and attempts = $2 and delivered_at is null"#,
        delivery.id.uuid(),
        fence(delivery),
        at,
        &forgotten()
    )
    .execute(postgres)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes the message due again at `next`, with what went wrong.
///
/// # Errors
/// Nothing is lost: it is due when the lease ends.
pub async fn retry(
    postgres: &Postgres,
    delivery: &Delivery,
    next: DateTime<Utc>,
    why: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"update outbox set next_attempt_at = $3, last_error = $4
           where message_id = $1 and attempts = $2 and delivered_at is null"#,
        delivery.id.uuid(),
        fence(delivery),
        next,
        why
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Sets the message aside, with the reason: nobody takes it any more until a person makes it due again.
///
/// # Errors
/// Nothing is lost: it is due when the lease ends.
pub async fn give_up(
    postgres: &Postgres,
    delivery: &Delivery,
    at: DateTime<Utc>,
    why: &str,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"update outbox set given_up_at = $3, last_error = $4,
             body = case when kind = any($5) then jsonb_build_object('kind', kind) else body end
           where message_id = $1 and attempts = $2 and delivered_at is null"#,
        delivery.id.uuid(),
        fence(delivery),
        at,
        why,
        &forgotten()
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// The kinds of message that are not kept when they are done with.
fn forgotten() -> Vec<String> {
    Message::FORGOTTEN.map(str::to_owned).into()
}

fn fence(delivery: &Delivery) -> i32 {
    i32::try_from(delivery.attempt).unwrap_or(i32::MAX)
}
