//! The tables `search_version`, `bump_job`, `availability_change` and `event_availability`.

use chrono::{DateTime, Utc};
use contracts::{
    frame::TierOffer,
    id::{EventId, PerformerId, VenueId},
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Availability, Bucket, TierLeft};

/// The most events whose versions are raised in the transaction that changed their venue or performer.
pub const AT_ONCE: i64 = 1000;

/// What was published last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// What was left.
    pub availability: Availability,
    /// When.
    pub at: DateTime<Utc>,
}

/// Events that are still to be raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BumpJob {
    id: i64,
    venue: Option<Uuid>,
    performer: Option<Uuid>,
    after: Option<Uuid>,
}

/// Says that the document of `event` may be different.
///
/// # Errors
/// When the database fails.
pub async fn bump(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into search_version (event_id, version) values ($1, 1)
         on conflict (event_id) do update
         set version = search_version.version + 1, deleted = false, changed_in = pg_current_xact_id()",
        event.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says that `event` is gone. The row stays: it is the tombstone.
///
/// # Errors
/// When the database fails.
pub async fn bury(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    sqlx::query!(
        "update search_version set version = version + 1, deleted = true, changed_in = pg_current_xact_id()
         where event_id = $1",
        event.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says it of all events at `venue`, which the caller has locked: now where they are few, else by a job that is
/// committed with the change.
///
/// # Errors
/// When the database fails.
pub async fn bump_venue(tx: &mut Tx, venue: VenueId) -> Result<(), StoreError> {
    bump_all(tx, BumpJob { id: 0, venue: Some(venue.uuid()), performer: None, after: None }).await
}

/// Says it of all events with `performer`, which the caller has locked.
///
/// # Errors
/// When the database fails.
pub async fn bump_performer(tx: &mut Tx, performer: PerformerId) -> Result<(), StoreError> {
    bump_all(tx, BumpJob { id: 0, venue: None, performer: Some(performer.uuid()), after: None }).await
}

async fn bump_all(tx: &mut Tx, job: BumpJob) -> Result<(), StoreError> {
    if let Some(last) = bump_next(tx, &job).await? {
        sqlx::query!(
            "insert into bump_job (venue_id, performer_id, after_event_id) values ($1, $2, $3)",
            job.venue,
            job.performer,
            last
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Locks a job that nobody works on.
///
/// # Errors
/// When the database fails.
pub async fn take_job(tx: &mut Tx) -> Result<Option<BumpJob>, StoreError> {
    let row = sqlx::query!(
        "select job_id, venue_id, performer_id, after_event_id from bump_job
         order by job_id limit 1 for update skip locked"
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| BumpJob {
        id: row.job_id,
        venue: row.venue_id,
        performer: row.performer_id,
        after: row.after_event_id,
    }))
}

/// Raises the next [`AT_ONCE`] events of `job`, in the order of their ids, so that no two that do this wait for each
/// other. Returns the last one when there may be more.
///
/// # Errors
/// When the database fails.
pub async fn bump_next(tx: &mut Tx, job: &BumpJob) -> Result<Option<Uuid>, StoreError> {
    let events = sqlx::query_scalar!(
        r#"select event_id as "event_id!" from (
             select event_id from event where venue_id = $1
             union all
             select event_id from event_performer where performer_id = $2
           ) named
           where $3::uuid is null or event_id > $3 order by event_id limit $4"#,
        job.venue,
        job.performer,
        job.after,
        AT_ONCE
    )
    .fetch_all(&mut **tx)
    .await?;
    sqlx::query!(
        "insert into search_version (event_id, version) select event_id, 1 from unnest($1::uuid[]) as event_id
         order by event_id
         on conflict (event_id) do update
         set version = search_version.version + 1, changed_in = pg_current_xact_id()
         where not search_version.deleted",
        &events
    )
    .execute(&mut **tx)
    .await?;
    let full = i64::try_from(events.len()).is_ok_and(|count| count == AT_ONCE);
    Ok(if full { events.last().copied() } else { None })
}

/// Notes how far the job is, or that it is done.
///
/// # Errors
/// When the database fails.
pub async fn advance_job(tx: &mut Tx, job: &BumpJob, last: Option<Uuid>) -> Result<(), StoreError> {
    match last {
        Some(last) => {
            sqlx::query!("update bump_job set after_event_id = $2 where job_id = $1", job.id, last)
                .execute(&mut **tx)
                .await?;
        }
        None => {
            sqlx::query!("delete from bump_job where job_id = $1", job.id).execute(&mut **tx).await?;
        }
    }
    Ok(())
}

/// Events of which something was sold or given back since they were last looked at; at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn changed(postgres: &Postgres, limit: i64) -> Result<Vec<EventId>, StoreError> {
    let events = sqlx::query_scalar!("select distinct event_id from availability_change limit $1", limit)
        .fetch_all(postgres)
        .await?;
    Ok(events.into_iter().map(EventId::from).collect())
}

/// Notes every event whose published number of sold tickets is wrong.
///
/// # Errors
/// When the database fails.
pub async fn note_differences(postgres: &Postgres) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into availability_change (event_id)
         select event_id from event_availability
         left join (select event_id, count(*) as sold from (
             select event_id from sale union all select event_id from waitlist_seat) as gone group by event_id) counted
           using (event_id)
         where event_availability.sold <> coalesce(counted.sold, 0)"
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Whether no other transaction publishes `event`; none will before this one ends.
///
/// # Errors
/// When the database fails.
pub async fn alone(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let locked = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('publish ' || $1::text, 0)) as "locked!""#,
        event.to_string()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(locked)
}

/// What was published last; none when the event is gone.
///
/// # Errors
/// When the database fails.
pub async fn published(tx: &mut Tx, event: EventId) -> Result<Option<Published>, StoreError> {
    let row = sqlx::query!(
        "select total, sold, bucket, price_from_minor, price_to_minor, computed_at from event_availability
         where event_id = $1",
        event.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        Ok(Published {
            availability: Availability {
                total: row.total.into(),
                sold: row.sold.into(),
                bucket: bucket(&row.bucket)?,
                price_from_minor: row.price_from_minor,
                price_to_minor: row.price_to_minor,
            },
            at: row.computed_at,
        })
    })
    .transpose()
}

/// Deletes the notes about `event` that are committed by now.
///
/// # Errors
/// When the database fails.
pub async fn forget_changes(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    sqlx::query!("delete from availability_change where event_id = $1", event.uuid())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What is left of each tier, by what is committed now.
///
/// # Errors
/// When the database fails.
pub async fn left(tx: &mut Tx, event: EventId) -> Result<Vec<TierLeft>, StoreError> {
    let rows = sqlx::query!(
        r#"select tier.price_minor, count(ticket.ticket_id) as "total!", count(coalesce(sale.ticket_id, kept.ticket_id)) as "sold!"
           from tier
           join ticket using (event_id, tier_id)
           left join sale on sale.event_id = ticket.event_id and sale.ticket_id = ticket.ticket_id
           left join waitlist_seat as kept on kept.event_id = ticket.event_id and kept.ticket_id = ticket.ticket_id
           where tier.event_id = $1
           group by tier.tier_id, tier.price_minor"#,
        event.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TierLeft { price_minor: row.price_minor, total: row.total, sold: row.sold })
        .collect())
}

/// Publishes what is left of events.
///
/// # Errors
/// When the database fails.
pub async fn write(
    tx: &mut Tx,
    left: &[(EventId, Availability)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let count = |of: fn(&Availability) -> i64| {
        left.iter().map(|(_, left)| i32::try_from(of(left)).unwrap_or(i32::MAX)).collect::<Vec<_>>()
    };
    // No price is negative, so that -1 can stand for none: an array of options cannot be checked.
    let price = |of: fn(&Availability) -> Option<i64>| {
        left.iter().map(|(_, left)| of(left).unwrap_or(-1)).collect::<Vec<_>>()
    };
    sqlx::query!(
        "insert into event_availability (event_id, total, sold, bucket, price_from_minor, price_to_minor, computed_at)
         select event_id, total, sold, bucket, nullif(price_from, -1), nullif(price_to, -1), $7
         from unnest($1::uuid[], $2::integer[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[])
             as made(event_id, total, sold, bucket, price_from, price_to)
         on conflict (event_id) do update
         set total = excluded.total, sold = excluded.sold, bucket = excluded.bucket,
             price_from_minor = excluded.price_from_minor, price_to_minor = excluded.price_to_minor,
             computed_at = excluded.computed_at",
        &left.iter().map(|(event, _)| event.uuid()).collect::<Vec<_>>(),
        &count(|left| left.total),
        &count(|left| left.sold),
        &left.iter().map(|(_, left)| left.bucket.name().to_owned()).collect::<Vec<_>>(),
        &price(|left| left.price_from_minor),
        &price(|left| left.price_to_minor),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The events on sale at `now` that a room guards, at most `limit`, those first that began to sell last.
///
/// # Errors
/// When the database fails.
pub async fn guarded_on_sale(
    postgres: &Postgres,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<EventId>, StoreError> {
    let events = sqlx::query_scalar!(
        "select event.event_id from event join guarded_event using (event_id)
         where event.state = 'published' and sales_start <= $1 and sales_end > $1
         order by sales_start desc, event.event_id limit $2",
        now,
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(events.into_iter().map(EventId::from).collect())
}

/// Writes what can be had of `event`, where that is not written already.
///
/// # Errors
/// When the database fails.
pub async fn write_stock(
    tx: &mut Tx,
    event: EventId,
    tiers: &[TierOffer],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let tiers = serde_json::to_value(tiers).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    sqlx::query!(
        "insert into event_stock (event_id, tiers, computed_at) values ($1, $2, $3)
         on conflict (event_id) do update set tiers = excluded.tiers, computed_at = excluded.computed_at
         where event_stock.tiers <> excluded.tiers",
        event.uuid(),
        tiers,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Says that there are new events.
///
/// # Errors
/// When the database fails.
pub async fn bump_new(tx: &mut Tx, events: &[EventId]) -> Result<(), StoreError> {
    let events: Vec<_> = events.iter().map(|event| event.uuid()).collect();
    sqlx::query!("insert into search_version (event_id, version) select event_id, 1 from unnest($1::uuid[]) as event_id", &events)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn bucket(name: &str) -> Result<Bucket, StoreError> {
    match name {
        "many" => Ok(Bucket::Many),
        "few" => Ok(Bucket::Few),
        "none" => Ok(Bucket::None),
        other => Err(StoreError::Unexpected(format!("there is no bucket {other}"))),
    }
}
