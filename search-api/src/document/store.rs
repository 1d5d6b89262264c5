//! Reads documents from PostgreSQL: the version and what it stands for, in one statement and so from one snapshot.

use std::{collections::HashMap, hash::BuildHasher};

use chrono::{DateTime, Utc};
use contracts::{id::EventId, money::Money, popularity};
use platform::postgres::{Postgres, StoreError};
use sqlx::types::Uuid;

use super::{Availability, Entry, EventDocument, Venue};
use crate::refusal::Refusal;

/// One row of the statement below.
struct Row {
    event_id: Uuid,
    version: i64,
    deleted: bool,
    title: Option<String>,
    category: Option<String>,
    starts_at: Option<DateTime<Utc>>,
    sales_start: Option<DateTime<Utc>>,
    sales_end: Option<DateTime<Utc>>,
    currency: Option<String>,
    state: Option<String>,
    venue: Option<String>,
    city: Option<String>,
    country: Option<String>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    time_zone: Option<String>,
    performers: Vec<String>,
    price_from_minor: Option<i64>,
    price_to_minor: Option<i64>,
    bucket: Option<String>,
    sold: Option<i32>,
    refused: Option<i64>,
}

/// What PostgreSQL says of some events.
#[derive(Debug, Default)]
pub struct Said {
    /// What the index should hold.
    pub entries: Vec<Entry>,
    /// Events of which no document can be made.
    pub odd: Vec<Refusal>,
    /// Of those that were set aside before, the version that was.
    pub refused: HashMap<EventId, i64>,
}

/// What PostgreSQL says of `events`, in no particular order, and what `index` refused of them before; one that keeps no
/// refusals has no name. Nothing is said of an id without a row in `search_version`.
///
/// # Errors
/// [`StoreError`].
pub async fn look(postgres: &Postgres, index: &str, events: &[EventId]) -> Result<Said, StoreError> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.uuid()).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select v.event_id as "event_id!", v.version as "version!", v.deleted as "deleted!",
             e.title as "title?", e.category as "category?",
             case when isfinite(e.starts_at) then e.starts_at end as "starts_at?",
             case when isfinite(e.sales_start) then e.sales_start end as "sales_start?",
             case when isfinite(e.sales_end) then e.sales_end end as "sales_end?",
             e.currency as "currency?", e.state as "state?",
             place.name as "venue?", place.city as "city?", place.country as "country?",
             place.latitude as "latitude?", place.longitude as "longitude?", place.time_zone as "time_zone?",
             array(select p.name from event_performer ep join performer p using (performer_id)
                   where ep.event_id = v.event_id order by ep.billing, p.performer_id) as "performers!",
             coalesce(a.price_from_minor, price.lowest) as "price_from_minor?",
             coalesce(a.price_to_minor, price.highest) as "price_to_minor?",
             a.bucket as "bucket?", a.sold as "sold?", refusal.version as "refused?"
           from search_version v
           left join event e using (event_id)
           left join venue place using (venue_id)
           left join event_availability a using (event_id)
           left join lateral (select min(price_minor) as lowest, max(price_minor) as highest
                              from tier where tier.event_id = v.event_id) price on true
           left join search_refusal refusal on refusal.index_name = $2 and refusal.event_id = v.event_id
           where v.event_id = any($1)"#,
        &ids,
        index
    )
    .fetch_all(postgres)
    .await?;
    let mut said = Said::default();
    for row in rows {
        let (event, version) = (EventId::from(row.event_id), row.version);
        said.refused.extend(row.refused.map(|refused| (event, refused)));
        match entry(row) {
            Ok(entry) => said.entries.push(entry),
            Err(Odd(what)) => {
                let cause = format!("PostgreSQL has no usable {what}");
                said.odd.push(Refusal { event, version, cause });
            }
        }
    }
    Ok(said)
}

/// How many events there are, deleted ones too.
///
/// # Errors
/// [`StoreError`].
pub async fn count(postgres: &Postgres) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(r#"select count(*) as "count!" from search_version"#).fetch_one(postgres).await?)
}

/// The ids of `search_version` after `after`, in order, at most `limit`.
///
/// # Errors
/// [`StoreError`].
pub async fn page(
    postgres: &Postgres,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventId>, StoreError> {
    let ids = sqlx::query_scalar!(
        // No event is called so, and a statement that asks whether there is an id would be planned for one that has none.
        "select event_id from search_version where event_id > $1 order by event_id limit $2",
        after.map_or(Uuid::nil(), EventId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(ids.into_iter().map(EventId::from).collect())
}

/// The versions of those among `events` that have one.
///
/// # Errors
/// [`StoreError`].
pub async fn versions(postgres: &Postgres, events: &[EventId]) -> Result<HashMap<EventId, i64>, StoreError> {
    let ids: Vec<Uuid> = events.iter().map(|event| event.uuid()).collect();
    let rows = sqlx::query!("select event_id, version from search_version where event_id = any($1)", &ids)
        .fetch_all(postgres)
        .await?;
    Ok(rows.into_iter().map(|row| (row.event_id.into(), row.version)).collect())
}

/// Raises the version of each event past the one that the index holds, where it is not past it already: the index is
/// ahead of PostgreSQL (a restored backup, a hand in the index), or says something else under the same version.
/// Safe to repeat. Rows are taken in order, so that two of these do not wait for one another for ever.
///
/// # Errors
/// [`StoreError`]: some may have been raised; repeat all.
pub async fn bump_past<S: BuildHasher + Sync>(
    postgres: &Postgres,
    held: &HashMap<EventId, i64, S>,
) -> Result<(), StoreError> {
    let mut held: Vec<(Uuid, i64)> = held.iter().map(|(event, version)| (event.uuid(), *version)).collect();
    held.sort_unstable();
    for (event, version) in held {
        sqlx::query!(
            "update search_version set version = $2 + 1, changed_in = pg_current_xact_id()
             where event_id = $1 and version <= $2",
            event,
            version
        )
        .execute(postgres)
        .await?;
    }
    Ok(())
}

/// What is missing in the row of an event, or makes no sense.
struct Odd(&'static str);

fn entry(row: Row) -> Result<Entry, Odd> {
    let (event, version) = (EventId::from(row.event_id), row.version);
    let hidden = row.deleted || row.state.as_deref().is_none_or(|state| state == "draft");
    let document = if hidden { None } else { Some(document(row)?) };
    Ok(Entry { event, version, document })
}

fn document(row: Row) -> Result<EventDocument, Odd> {
    let currency = row.currency.and_then(|code| code.parse().ok()).ok_or(Odd("currency"))?;
    let money = |minor| Money { minor, currency };
    Ok(EventDocument {
        event_id: row.event_id.into(),
        title: row.title.ok_or(Odd("title"))?,
        category: row.category.ok_or(Odd("category"))?,
        starts_at: row.starts_at.ok_or(Odd("start"))?,
        time_zone: row.time_zone.ok_or(Odd("time zone"))?,
        venue: Venue {
            name: row.venue.ok_or(Odd("venue"))?,
            city: row.city.ok_or(Odd("city"))?,
            country: row.country.ok_or(Odd("country"))?,
            latitude: row.latitude.ok_or(Odd("latitude"))?,
            longitude: row.longitude.ok_or(Odd("longitude"))?,
        },
        performers: row.performers,
        price_from: row.price_from_minor.map(money),
        price_to: row.price_to_minor.map(money),
        availability: match row.bucket.as_deref() {
            // No row yet: the publisher has not looked at the event, so nothing was sold.
            None | Some("many") => Availability::Many,
            Some("few") => Availability::Few,
            Some("none") => Availability::None,
            Some(_) => return Err(Odd("availability")),
        },
        sales_start: row.sales_start.ok_or(Odd("start of sales"))?,
        sales_end: row.sales_end.ok_or(Odd("end of sales"))?,
        cancelled: row.state.as_deref() == Some("cancelled"),
        postponed: row.state.as_deref() == Some("postponed"),
        popularity: popularity::step(row.sold.unwrap_or_default().into()),
    })
}
