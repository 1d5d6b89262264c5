//! The tables `event_mail_job` and `event_mail_reader`.

use contracts::{
    id::AccountId,
    message::{EventBrief, EventChange},
};
use platform::postgres::{StoreError, Tx};

use super::Announcement;

const CHANGES: [(EventChange, &str); 5] = [
    (EventChange::Moved, "moved"),
    (EventChange::Postponed, "postponed"),
    (EventChange::Resumed, "resumed"),
    (EventChange::Cancelled, "cancelled"),
    (EventChange::CalledOff, "calledOff"),
];

fn name(change: EventChange) -> &'static str {
    CHANGES.iter().find(|(one, _)| *one == change).map_or("moved", |(_, name)| name)
}

fn named(name: &str) -> Result<EventChange, StoreError> {
    let found = CHANGES.iter().find(|(_, other)| *other == name).map(|(change, _)| *change);
    found.ok_or_else(|| StoreError::Unexpected(format!("there is no change {name}")))
}

/// Writes what is to be told, and to whom: everybody who has a ticket now. Where the event was called off, only those who did
/// not buy it: the others hear of their refund.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, of: &Announcement) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into event_mail_job (event_id, version, change, was_starts_at, was_venue_id, at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        of.event.uuid(),
        of.version,
        name(of.change),
        of.was_starts_at,
        of.was_venue.uuid(),
        of.at
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into event_mail_reader (event_id, version, account_id)
         select distinct $1::uuid, $2::bigint, coalesce(holder_id, account_id)
         from issued_ticket join booking_order using (event_id, order_id)
         where event_id = $1 and revoked_at is null and (not $3 or coalesce(holder_id, account_id) <> account_id)
         on conflict do nothing",
        of.event.uuid(),
        of.version,
        of.change == EventChange::CalledOff
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks what is to be told and nobody works on.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx) -> Result<Option<Announcement>, StoreError> {
    let row = sqlx::query!(
        "select event_id, version, change, was_starts_at, was_venue_id, at from event_mail_job
         order by at limit 1 for update skip locked"
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        Ok(Announcement {
            event: row.event_id.into(),
            version: row.version,
            change: named(&row.change)?,
            was_starts_at: row.was_starts_at,
            was_venue: row.was_venue_id.into(),
            at: row.at,
        })
    })
    .transpose()
}

/// The next who are to be told, and are not to be told any more when the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn take_readers(tx: &mut Tx, of: &Announcement, most: usize) -> Result<Vec<AccountId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "delete from event_mail_reader where event_id = $1 and version = $2 and account_id in (
           select account_id from event_mail_reader where event_id = $1 and version = $2 order by account_id limit $3)
         returning account_id",
        of.event.uuid(),
        of.version,
        i64::try_from(most).unwrap_or(i64::MAX)
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(AccountId::from).collect())
}

/// What was said of the event before the change, apart from what did not change.
///
/// # Errors
/// When the database fails.
pub async fn was(tx: &mut Tx, of: &Announcement, now: EventBrief) -> Result<EventBrief, StoreError> {
    let row =
        sqlx::query!("select name, city, time_zone from venue where venue_id = $1", of.was_venue.uuid())
            .fetch_optional(&mut **tx)
            .await?;
    let starts_at = of.was_starts_at;
    // A venue that is gone has no name any more.
    let Some(row) = row else { return Ok(EventBrief { starts_at, ..now }) };
    Ok(EventBrief { starts_at, venue: row.name, city: row.city, time_zone: row.time_zone, ..now })
}

/// Everybody is told.
///
/// # Errors
/// When the database fails.
pub async fn end(tx: &mut Tx, of: &Announcement) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from event_mail_job where event_id = $1 and version = $2",
        of.event.uuid(),
        of.version
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
