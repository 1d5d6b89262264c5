//! What the record says of a room's business, and who drives it.

use chrono::{DateTime, Utc};
use contracts::id::{EventId, RoomId};
use platform::postgres::{Postgres, StoreError};

use super::Signals;

/// What is committed of the last minute in `room`, and how many orders of its event are not paid. The order's table is
/// booking-api's.
///
/// # Errors
/// When the database is away.
pub async fn signals(
    postgres: &Postgres,
    room: RoomId,
    event: EventId,
    now: Option<DateTime<Utc>>,
) -> Result<Signals, StoreError> {
    let row = sqlx::query!(
        r#"with span as (select coalesce($3, clock_timestamp()) - interval '60 seconds' as since)
           select (select coalesce(sum(cardinality(places)), 0)::bigint from batch, span
                   where room_id = $1 and applied_at > since) as "called!",
                  (select count(*) from slot, span
                   where room_id = $1 and state = 'ended' and ended_at > since) as "ended!",
                  (select count(*) from slot, span
                   where room_id = $1 and state = 'ended' and ended_at > since and cause = 'purchased') as "paid!",
                  (select count(*) from booking_order
                   where event_id = $2 and state in ('awaiting_payment', 'capturing')) as "unpaid!""#,
        room.uuid(),
        event.uuid(),
        now
    )
    .fetch_one(postgres)
    .await?;
    let count = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    Ok(Signals {
        called: count(row.called),
        ended: count(row.ended),
        paid: count(row.paid),
        unpaid: count(row.unpaid),
        ..Signals::default()
    })
}

/// Takes the wheel of `room` for one change: `false` where a gate has done so within the last 10 seconds.
///
/// # Errors
/// When the database is away.
pub async fn take_wheel(
    postgres: &Postgres,
    room: RoomId,
    now: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let taken = sqlx::query!(
        "update room set driven_at = coalesce($2, clock_timestamp())
         where room_id = $1 and (driven_at is null or driven_at <= coalesce($2, clock_timestamp()) - interval '10 seconds')",
        room.uuid(),
        now
    )
    .execute(postgres)
    .await?;
    Ok(taken.rows_affected() == 1)
}
