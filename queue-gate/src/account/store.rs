//! The views `ended_session` and `team_grant`, which booking-api owns.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, RoomId, SessionId},
    team::{Member, Scope, TeamRole},
};
use platform::{
    postgres::{Postgres, StoreError},
    revoked::Written,
};

/// The sessions that were ended from `since` on, each with when, and when its last token ends; from the beginning those whose
/// tokens may still hold.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn ended_since(
    postgres: &Postgres,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Written<SessionId>>, StoreError> {
    let rows = sqlx::query!(
        r#"select session_id as "session_id!", ended_at as "ended_at!", token_ends_at as "token_ends_at!"
           from ended_session
           where ended_at >= coalesce($1, '-infinity'::timestamptz) and (token_ends_at > clock_timestamp() or $1 is not null)"#,
        since
    )
    .fetch_all(postgres)
    .await?;
    let ended = rows.into_iter().map(|row| Written {
        id: row.session_id.into(),
        how: (),
        at: row.ended_at,
        forget_at: row.token_ends_at,
    });
    Ok(ended.collect())
}

/// For whom `account` works.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn teams(postgres: &Postgres, account: AccountId) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query!(
        r#"select organizer_id as "organizer_id!", role as "role!", all_events as "all_events!",
                  event_ids as "event_ids!"
           from team_grant where account_id = $1 order by organizer_id"#,
        account.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let members = rows.into_iter().map(|row| {
        let unknown = || StoreError::Unexpected(format!("there is no role {}", row.role));
        let events = row.event_ids.into_iter().map(EventId::from).collect();
        Ok(Member {
            organizer: row.organizer_id.into(),
            role: TeamRole::named(&row.role).ok_or_else(unknown)?,
            scope: if row.all_events { Scope::All } else { Scope::Events(events) },
        })
    });
    members.collect()
}

/// The event that a room guards, or guarded.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn event(postgres: &Postgres, room: RoomId) -> Result<Option<EventId>, StoreError> {
    let event = sqlx::query_scalar!("select event_id from room where room_id = $1", room.uuid());
    Ok(event.fetch_optional(postgres).await?.map(Into::into))
}
