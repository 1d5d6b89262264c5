//! Slots in PostgreSQL, as seen from the pass: claim, exchange, end. Time is the database's, unless a test moves it.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{PassId, RoomId, VisitorId},
    place::PlaceNumber,
};
use platform::{
    postgres::{Postgres, StoreError},
    revoked::Written,
};
use uuid::Uuid;

use super::{revoke::Ending, verify::CONFIRM_WITHIN};

/// A slot that was claimed and not exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Its pass.
    pub pass: PassId,
    /// Its place.
    pub place: PlaceNumber,
    /// When shopping would end, were it exchanged now.
    pub until: DateTime<Utc>,
    /// Until when it can be exchanged.
    pub ends_at: DateTime<Utc>,
}

/// What the last slot of a visitor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastSlot {
    /// Claimed, and waiting for its exchange.
    Claimed(Claimed),
    /// Exchanged: the visitor is inside.
    Exchanged,
    /// Called, and its window is over.
    Missed,
    /// Ended because nobody claimed; the place may be called once more.
    NoShow,
    /// Ended otherwise.
    Over,
}

/// A session that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The place that was called for it.
    pub place: PlaceNumber,
    /// When shopping ends.
    pub until: DateTime<Utc>,
}

/// A slot that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its place.
    pub place: PlaceNumber,
    /// When shopping would have ended.
    pub until: Option<DateTime<Utc>>,
}

/// Claims the called slot of `visitor`, if its window is not over. The slot of `place`, of which the line says that they
/// hold it, is theirs whoever it was called for: several may hold one, and a line that was lost knows nobody.
///
/// # Errors
/// When the database is away.
pub async fn claim(
    postgres: &Postgres,
    room: RoomId,
    visitor: VisitorId,
    place: Option<PlaceNumber>,
    now: Option<DateTime<Utc>>,
) -> Result<Option<Claimed>, StoreError> {
    let row = sqlx::query!(
        r#"update slot set state = 'active', visitor_id = $2,
                  until = coalesce($4, clock_timestamp()) + room.session_length,
                  ends_at = coalesce($4, clock_timestamp()) + interval '5 minutes'
           from room
           where room.room_id = $1 and slot.room_id = $1 and slot.state = 'called'
             and slot.until > coalesce($4, clock_timestamp())
             and (slot.visitor_id = $2 or slot.place = $3)
           returning slot.pass_id, slot.place, slot.until as "until!", slot.ends_at as "ends_at!""#,
        room.uuid(),
        visitor.uuid(),
        place.map(bigint),
        now
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| Claimed {
        pass: row.pass_id.into(),
        place: PlaceNumber::from_raw(row.place.unsigned_abs()),
        until: row.until,
        ends_at: row.ends_at,
    }))
}

/// The last slot of `visitor` in `room`.
///
/// # Errors
/// When the database is away.
pub async fn last_slot(
    postgres: &Postgres,
    room: RoomId,
    visitor: VisitorId,
    now: Option<DateTime<Utc>>,
) -> Result<Option<LastSlot>, StoreError> {
    let row = sqlx::query!(
        r#"select pass_id, place, state, cause, until, ends_at, exchanged_at is not null as "exchanged!",
                  coalesce(until <= coalesce($3, clock_timestamp()), false) as "over!"
           from slot where room_id = $1 and visitor_id = $2 order by tick desc limit 1"#,
        room.uuid(),
        visitor.uuid(),
        now
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| match (row.state.as_str(), row.until, row.ends_at) {
        ("active", Some(until), Some(ends_at)) if !row.exchanged => LastSlot::Claimed(Claimed {
            pass: row.pass_id.into(),
            place: PlaceNumber::from_raw(row.place.unsigned_abs()),
            until,
            ends_at,
        }),
        ("active", ..) => LastSlot::Exchanged,
        ("called", ..) if row.over => LastSlot::Missed,
        ("ended", ..) if row.cause.as_deref() == Some("no_show") => LastSlot::NoShow,
        _ => LastSlot::Over,
    }))
}

/// Begins the session of a claimed slot, once: shopping for the room's session length, or to the end that the frame told
/// after the claim where the length was shortened since; and the hold and the payment behind it.
///
/// # Errors
/// When the database is away.
pub async fn exchange(
    postgres: &Postgres,
    room: RoomId,
    pass: PassId,
    visitor: VisitorId,
    now: Option<DateTime<Utc>>,
) -> Result<Option<Begun>, StoreError> {
    let row = sqlx::query!(
        r#"update slot set exchanged_at = coalesce($4, clock_timestamp()),
                  until = greatest(slot.until, coalesce($4, clock_timestamp()) + room.session_length),
                  ends_at = greatest(slot.until, coalesce($4, clock_timestamp()) + room.session_length) + interval '20 minutes'
           from room
           where room.room_id = $1 and slot.room_id = $1 and slot.pass_id = $2 and slot.visitor_id = $3
             and slot.state = 'active' and slot.exchanged_at is null
             and slot.ends_at > coalesce($4, clock_timestamp())
           returning slot.place, slot.until as "until!""#,
        room.uuid(),
        pass.uuid(),
        visitor.uuid(),
        now
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| Begun { place: PlaceNumber::from_raw(row.place.unsigned_abs()), until: row.until }))
}

/// A session that is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Renewal {
    /// Its room.
    pub room: RoomId,
    /// Its pass.
    pub pass: PassId,
    /// How long it is to go on from now.
    pub length: TimeDelta,
    /// How long after its beginning it ends at the latest.
    pub longest: TimeDelta,
}

/// Lets sessions go on; their slots with them. Says of each that has not ended its place and when shopping ends now: never
/// earlier than before.
///
/// # Errors
/// When the database is away.
pub async fn renew(
    postgres: &Postgres,
    renewals: &[Renewal],
    now: Option<DateTime<Utc>>,
) -> Result<Vec<(PassId, PlaceNumber, DateTime<Utc>)>, StoreError> {
    let rooms: Vec<Uuid> = renewals.iter().map(|renewal| renewal.room.uuid()).collect();
    let passes: Vec<Uuid> = renewals.iter().map(|renewal| renewal.pass.uuid()).collect();
    let lengths: Vec<i64> = renewals.iter().map(|renewal| renewal.length.num_seconds()).collect();
    let longest: Vec<i64> = renewals.iter().map(|renewal| renewal.longest.num_seconds()).collect();
    let rows = sqlx::query!(
        r#"with due as (
             select distinct on (room_id, pass_id) room_id, pass_id, length, longest
             from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[]) as asked (room_id, pass_id, length, longest)
           ), ends as (
             select due.room_id, due.pass_id,
                    greatest(slot.until, least(coalesce($5, clock_timestamp()) + due.length * interval '1 second',
                                               slot.exchanged_at + due.longest * interval '1 second')) as until
             from due join slot on slot.room_id = due.room_id and slot.pass_id = due.pass_id
             where slot.state = 'active' and slot.exchanged_at is not null
               and slot.until > coalesce($5, clock_timestamp())
           )
           update slot set until = ends.until, ends_at = ends.until + interval '20 minutes' from ends
           where slot.room_id = ends.room_id and slot.pass_id = ends.pass_id and slot.state = 'active'
           returning slot.pass_id, slot.place, slot.until as "until!""#,
        &rooms,
        &passes,
        &lengths,
        &longest,
        now
    )
    .fetch_all(postgres)
    .await?;
    let renewed = |place: i64| PlaceNumber::from_raw(place.unsigned_abs());
    Ok(rows.into_iter().map(|row| (row.pass_id.into(), renewed(row.place), row.until)).collect())
}

/// Ends the slot behind `pass`. `None` where it has ended.
///
/// # Errors
/// When the database is away.
pub async fn leave(
    postgres: &Postgres,
    room: RoomId,
    pass: PassId,
    now: Option<DateTime<Utc>>,
) -> Result<Option<Left>, StoreError> {
    let row = sqlx::query!(
        "update slot set state = 'ended', ended_at = coalesce($3, clock_timestamp()), cause = 'left'
         where room_id = $1 and pass_id = $2 and state <> 'ended' returning place, until",
        room.uuid(),
        pass.uuid(),
        now
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| Left { place: PlaceNumber::from_raw(row.place.unsigned_abs()), until: row.until }))
}

/// Ends the slot of `place` while it is only called. `false` where it is not.
///
/// # Errors
/// When the database is away.
pub async fn decline(
    postgres: &Postgres,
    room: RoomId,
    place: PlaceNumber,
    now: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let ended = sqlx::query!(
        "update slot set state = 'ended', ended_at = coalesce($3, clock_timestamp()), cause = 'left'
         where room_id = $1 and place = $2 and state = 'called'",
        room.uuid(),
        bigint(place),
        now
    )
    .execute(postgres)
    .await?;
    Ok(ended.rows_affected() > 0)
}

/// Passes that were given and whose slot has ended: those that ended from `since` on, or all that could still be shown. Each is
/// remembered for as long as it could be shown.
///
/// # Errors
/// When the database is away.
pub async fn ended_since(
    postgres: &Postgres,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Written<PassId, Ending>>, StoreError> {
    let rows = sqlx::query!(
        r#"select pass_id, cause as "cause!", ended_at as "ended_at!", until as "until!" from slot
           where state = 'ended' and exchanged_at is not null and until is not null
             and ended_at >= coalesce($1, clock_timestamp() - interval '1 hour')"#,
        since
    )
    .fetch_all(postgres)
    .await?;
    let ended = rows.into_iter().map(|row| Written {
        id: row.pass_id.into(),
        how: Ending::of(&row.cause),
        at: row.ended_at,
        forget_at: row.until + CONFIRM_WITHIN,
    });
    Ok(ended.collect())
}

/// Epochs stay below 2²⁰, so it always fits.
fn bigint(place: PlaceNumber) -> i64 {
    i64::try_from(place.raw()).unwrap_or(i64::MAX)
}
