//! The view `ended_session`, which booking-api owns.

use chrono::{DateTime, Utc};
use contracts::id::SessionId;
use platform::postgres::{Postgres, StoreError};

/// The sessions that were ended from `since` on, each with when, and when its last token ends; from the beginning those whose
/// tokens may still hold.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn ended_since(
    postgres: &Postgres,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<(SessionId, DateTime<Utc>, DateTime<Utc>)>, StoreError> {
    let rows = sqlx::query!(
        r#"select session_id as "session_id!", ended_at as "ended_at!", token_ends_at as "token_ends_at!"
           from ended_session
           where ended_at >= coalesce($1, '-infinity'::timestamptz) and (token_ends_at > clock_timestamp() or $1 is not null)"#,
        since
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(|row| (row.session_id.into(), row.ended_at, row.token_ends_at)).collect())
}
