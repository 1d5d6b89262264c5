//! Slots in PostgreSQL, as seen from the pass: claim, exchange, end.

use chrono::{DateTime, Utc};
use contracts::id::PassId;
use platform::postgres::{Postgres, StoreError};

/// Passes that were given and whose slot has ended, with when it ended and when shopping would have ended: those that
/// ended from `since` on, or all that could still be shown.
///
/// # Errors
/// When the database is away.
pub async fn ended_since(
    postgres: &Postgres,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<(PassId, DateTime<Utc>, DateTime<Utc>)>, StoreError> {
    let rows = sqlx::query!(
        r#"select pass_id, ended_at as "ended_at!", until as "until!" from slot
           where state = 'ended' and exchanged_at is not null and until is not null
             and ended_at >= coalesce($1, clock_timestamp() - interval '1 hour')"#,
        since
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(|row| (row.pass_id.into(), row.ended_at, row.until)).collect())
}
