//! The views of rooms, all that this service reads of them.

use chrono::{DateTime, Utc};
use contracts::id::{EventId, PassId, RoomId};
use platform::postgres::{Postgres, StoreError, Tx};

use super::Bypass;

/// The room that guards `event`, and whether it lets everybody through.
///
/// # Errors
/// When the database fails.
pub async fn room(postgres: &Postgres, event: EventId) -> Result<Option<(RoomId, Bypass)>, StoreError> {
    let row = sqlx::query!(
        r#"select room_id as "room_id!", bypass as "bypass!", bypass_lapses_at from guarded_event
           where event_id = $1"#,
        event.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| {
        let bypass = if row.bypass { Bypass::On } else { Bypass::Off { lapses_at: row.bypass_lapses_at } };
        (row.room_id.into(), bypass)
    }))
}

/// A session that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Which event it was for.
    pub event: EventId,
    /// Its room.
    pub room: RoomId,
    /// Its pass.
    pub pass: PassId,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
}

/// Sessions that ended before `now`, the first to end first, whose slots nobody has freed yet and with which nothing is
/// being paid; at most `limit`, after `after`.
///
/// # Errors
/// When the database fails.
pub async fn finished(
    postgres: &Postgres,
    now: DateTime<Utc>,
    after: Option<&Finished>,
    limit: i64,
) -> Result<Vec<Finished>, StoreError> {
    let rows = sqlx::query!(
        r#"select event_id as "event_id!", room_id as "room_id!", pass_id as "pass_id!", began_at as "began_at!",
             ended_at as "ended_at!"
           from finished_session as session
           where ended_at < $1
             and not exists (select from slot_release as release
                             where release.room_id = session.room_id and release.pass_id = session.pass_id)
             and not exists (select from booking_order as placed
                             where placed.event_id = session.event_id and placed.pass_id = session.pass_id
                               and placed.state in ('awaiting_payment', 'capturing'))
             and ($2::timestamptz is null or (ended_at, pass_id) > ($2, $3::uuid))
           order by ended_at, pass_id limit $4"#,
        now,
        after.map(|after| after.ended_at),
        after.map(|after| after.pass.uuid()),
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Finished {
            event: row.event_id.into(),
            room: row.room_id.into(),
            pass: row.pass_id.into(),
            began_at: row.began_at,
            ended_at: row.ended_at,
        })
        .collect())
}

/// Whether something is being paid that was ordered with the pass.
///
/// # Errors
/// When the database fails.
pub async fn is_paying(tx: &mut Tx, event: EventId, pass: PassId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from booking_order where event_id = $1 and pass_id = $2
             and state in ('awaiting_payment', 'capturing')) as "paying!""#,
        event.uuid(),
        pass.uuid()
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// The passes whose fans left after `since`, with their events.
///
/// # Errors
/// When the database fails.
pub async fn left(postgres: &Postgres, since: DateTime<Utc>) -> Result<Vec<(EventId, PassId)>, StoreError> {
    let rows = sqlx::query!(
        r#"select event_id as "event_id!", pass_id as "pass_id!" from left_session where ended_at > $1"#,
        since
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(|row| (row.event_id.into(), row.pass_id.into())).collect())
}
