//! The tables `event` and `event_performer`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, PerformerId, VenueId};
use platform::postgres::{Postgres, StoreError, Tx, column};
use uuid::Uuid;

use super::{Category, Event, EventFacts, Image, Links, Listed, Publication, Tier};
use crate::{
    catalog::{
        performer::PerformerFacts,
        venue::{Venue, VenueFacts},
    },
    presale::{self, Presale},
    seat,
};

/// An event with everything that its page tells, but what is left.
#[derive(Clone, Debug)]
pub struct EventDetail {
    /// The event.
    pub event: Event,
    /// Where.
    pub venue: Venue,
    /// With whom, in the order of the bill.
    pub performers: Vec<(PerformerId, PerformerFacts)>,
    /// The price categories, in the organizer's order.
    pub tiers: Vec<Tier>,
    /// When tickets are sold with a code only.
    pub presales: Vec<Presale>,
    /// Whether somebody may enter its waitlist, once it is sold out.
    pub has_waitlist: bool,
}

/// Writes the rows of new events.
///
/// # Errors
/// When the database fails; `event_owner_id_external_id_key` when another one has an external id.
pub async fn insert(
    tx: &mut Tx,
    owner: AccountId,
    new: &[(EventId, &EventFacts, VenueId, Publication)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let text = |of: fn(&EventFacts) -> &str| {
        new.iter().map(|(_, facts, ..)| of(facts).to_owned()).collect::<Vec<_>>()
    };
    let time =
        |of: fn(&EventFacts) -> DateTime<Utc>| new.iter().map(|(_, facts, ..)| of(facts)).collect::<Vec<_>>();
    sqlx::query!(
        "insert into event (event_id, owner_id, external_id, venue_id, title, description, category, starts_at,
             sales_start, sales_end, currency, ticket_limit, image_url, image_alt, state, created_at)
         select event_id, $1, nullif(external_id, ''), venue_id, title, description, category, starts_at,
             sales_start, sales_end, currency, ticket_limit, nullif(image_url, ''), nullif(image_alt, ''), state, $2
         from unnest($3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
             $10::timestamptz[], $11::timestamptz[], $12::text[], $13::integer[], $14::text[], $15::text[], $16::text[])
             as made(event_id, external_id, venue_id, title, description, category, starts_at, sales_start, sales_end,
             currency, ticket_limit, image_url, image_alt, state)",
        owner.uuid(),
        now,
        &new.iter().map(|(event, ..)| event.uuid()).collect::<Vec<_>>(),
        &text(|facts| facts.external_id.as_deref().unwrap_or_default()),
        &new.iter().map(|(_, _, venue, _)| venue.uuid()).collect::<Vec<_>>(),
        &text(|facts| &facts.title),
        &text(|facts| &facts.description),
        &text(|facts| facts.category.name()),
        &time(|facts| facts.starts_at),
        &time(|facts| facts.sales_start),
        &time(|facts| facts.sales_end),
        &text(|facts| &facts.currency),
        &new.iter().map(|(_, facts, ..)| facts.ticket_limit).collect::<Vec<_>>(),
        &text(|facts| facts.image.as_ref().map_or("", |image| &image.url)),
        &text(|facts| facts.image.as_ref().map_or("", |image| &image.alt)),
        &new.iter().map(|(.., publication)| publication.name().to_owned()).collect::<Vec<_>>()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes over the row of an event.
///
/// # Errors
/// When the database fails; `event_owner_id_external_id_key` when another one has the external id.
pub async fn update(
    tx: &mut Tx,
    event: EventId,
    facts: &EventFacts,
    venue: VenueId,
    publication: Publication,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update event set external_id = $2, venue_id = $3, title = $4, description = $5, category = $6, starts_at = $7,
             sales_start = $8, sales_end = $9, ticket_limit = $10, state = $11, image_url = $12, image_alt = $13,
             version = version + 1
         where event_id = $1",
        event.uuid(),
        facts.external_id,
        venue.uuid(),
        facts.title,
        facts.description,
        facts.category.name(),
        facts.starts_at,
        facts.sales_start,
        facts.sales_end,
        facts.ticket_limit,
        publication.name(),
        facts.image.as_ref().map(|image| image.url.as_str()),
        facts.image.as_ref().map(|image| image.alt.as_str())
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the event and what it consists of.
///
/// # Errors
/// When the database fails; a foreign key of the orders when somebody ordered.
pub async fn delete(tx: &mut Tx, event: EventId) -> Result<(), StoreError> {
    sqlx::query!("delete from event where event_id = $1", event.uuid()).execute(&mut **tx).await?;
    Ok(())
}

/// Makes `performers` the bill of the event.
///
/// # Errors
/// When the database fails.
pub async fn put_performers(
    tx: &mut Tx,
    event: EventId,
    performers: &[PerformerId],
) -> Result<(), StoreError> {
    sqlx::query!("delete from event_performer where event_id = $1", event.uuid()).execute(&mut **tx).await?;
    insert_performers(tx, &[(event, performers)]).await
}

/// Writes the bills of new events.
///
/// # Errors
/// When the database fails.
pub async fn insert_performers(tx: &mut Tx, bills: &[(EventId, &[PerformerId])]) -> Result<(), StoreError> {
    let (mut events, mut ids, mut billings) = (Vec::new(), Vec::new(), Vec::new());
    for (event, performers) in bills {
        for (billing, performer) in (0_i16..).zip(*performers) {
            events.push(event.uuid());
            ids.push(performer.uuid());
            billings.push(billing);
        }
    }
    sqlx::query!(
        "insert into event_performer (event_id, performer_id, billing)
         select * from unnest($1::uuid[], $2::uuid[], $3::smallint[])",
        &events,
        &ids,
        &billings
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks the event for a change, without keeping bookings of it waiting.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId) -> Result<Option<Event>, StoreError> {
    let row = sqlx::query!(
        "select owner_id, external_id, title, description, category, starts_at, sales_start, sales_end, currency,
             ticket_limit, image_url, image_alt, state, version
         from event where event_id = $1 for no key update",
        event.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        Ok(Event {
            id: event,
            owner: row.owner_id.into(),
            facts: EventFacts {
                external_id: row.external_id,
                title: row.title,
                description: row.description,
                category: category(&row.category)?,
                starts_at: row.starts_at,
                sales_start: row.sales_start,
                sales_end: row.sales_end,
                currency: row.currency,
                ticket_limit: row.ticket_limit,
                image: image(row.image_url, row.image_alt),
            },
            publication: publication(&row.state)?,
            version: row.version,
        })
    })
    .transpose()
}

/// The event with everything that its page tells.
///
/// # Errors
/// When the database fails.
pub async fn find(postgres: &Postgres, event: EventId) -> Result<Option<EventDetail>, StoreError> {
    let row = sqlx::query!(
        r#"select event.owner_id, event.external_id, title, description, category, starts_at, sales_start, sales_end,
             currency, ticket_limit, image_url, image_alt, state, event.version, venue_id, venue.owner_id as venue_owner,
             venue.external_id as venue_external_id, venue.name, venue.address, venue.city, venue.country,
             venue.latitude, venue.longitude, venue.time_zone, venue.version as venue_version,
             exists (select from waitlist where waitlist.event_id = event.event_id and is_open) as "has_waitlist!"
           from event join venue using (venue_id) where event_id = $1"#,
        event.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(EventDetail {
        event: Event {
            id: event,
            owner: row.owner_id.into(),
            facts: EventFacts {
                external_id: row.external_id,
                title: row.title,
                description: row.description,
                category: category(&row.category)?,
                starts_at: row.starts_at,
                sales_start: row.sales_start,
                sales_end: row.sales_end,
                currency: row.currency,
                ticket_limit: row.ticket_limit,
                image: image(row.image_url, row.image_alt),
            },
            publication: publication(&row.state)?,
            version: row.version,
        },
        venue: Venue {
            id: row.venue_id.into(),
            owner: row.venue_owner.into(),
            facts: VenueFacts {
                external_id: row.venue_external_id,
                name: row.name,
                address: row.address,
                city: row.city,
                country: row.country,
                latitude: row.latitude,
                longitude: row.longitude,
                time_zone: row.time_zone,
            },
            version: row.venue_version,
        },
        performers: performers(postgres, event).await?,
        tiers: seat::store::tiers(postgres, event).await?,
        presales: presale::store::of_event(postgres, event).await?,
        has_waitlist: row.has_waitlist,
    }))
}

async fn performers(
    postgres: &Postgres,
    event: EventId,
) -> Result<Vec<(PerformerId, PerformerFacts)>, StoreError> {
    let rows = sqlx::query!(
        "select performer_id, external_id, name from event_performer join performer using (performer_id)
         where event_id = $1 order by billing",
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.performer_id.into(), PerformerFacts { external_id: row.external_id, name: row.name }))
        .collect())
}

/// The events of `organizer`, the newest made first; of `among` only, where it names any.
///
/// # Errors
/// When the database fails.
pub async fn of_organizer(
    postgres: &Postgres,
    organizer: AccountId,
    among: Option<&[EventId]>,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let among: Option<Vec<Uuid>> = among.map(|events| column(events, |event| event.uuid()));
    let rows = sqlx::query!(
        "select event_id, title, starts_at, state, venue.name, venue.city
         from event join venue using (venue_id)
         where event.owner_id = $1
           and ($2::uuid[] is null or event_id = any($2))
           and ($3::uuid is null or event_id < $3)
         order by event_id desc limit $4",
        organizer.uuid(),
        among.as_deref(),
        before.map(EventId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    let listed = rows.into_iter().map(|row| {
        let publication = publication(&row.state)?;
        let (title, starts_at) = (row.title, row.starts_at);
        Ok(Listed { id: row.event_id.into(), title, starts_at, publication, venue: row.name, city: row.city })
    });
    listed.collect()
}

/// The owner's events among these external ids, with where they take place and with whom.
///
/// # Errors
/// When the database fails.
pub async fn find_by_external_ids(
    tx: &mut Tx,
    owner: AccountId,
    external_ids: &[String],
) -> Result<BTreeMap<String, (Event, Links)>, StoreError> {
    let rows = sqlx::query!(
        r#"select event_id, external_id as "external_id!", venue_id, title, description, category, starts_at,
             sales_start, sales_end, currency, ticket_limit, image_url, image_alt, state, version,
             array(select performer_id from event_performer where event_performer.event_id = event.event_id
                   order by billing) as "performers!"
           from event where owner_id = $1 and external_id = any($2)"#,
        owner.uuid(),
        external_ids
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let facts = EventFacts {
                external_id: Some(row.external_id.clone()),
                title: row.title,
                description: row.description,
                category: category(&row.category)?,
                starts_at: row.starts_at,
                sales_start: row.sales_start,
                sales_end: row.sales_end,
                currency: row.currency,
                ticket_limit: row.ticket_limit,
                image: image(row.image_url, row.image_alt),
            };
            let publication = publication(&row.state)?;
            let event = Event { id: row.event_id.into(), owner, facts, publication, version: row.version };
            let performers = row.performers.into_iter().map(PerformerId::from).collect();
            Ok((row.external_id, (event, Links { venue: row.venue_id.into(), performers })))
        })
        .collect()
}

/// Where a locked event takes place, and with whom.
///
/// # Errors
/// When the database fails.
pub async fn links(tx: &mut Tx, event: EventId) -> Result<Links, StoreError> {
    let row = sqlx::query!(
        r#"select venue_id, array(select performer_id from event_performer where event_id = $1 order by billing) as "performers!"
           from event where event_id = $1"#,
        event.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let performers = row.performers.into_iter().map(PerformerId::from).collect();
    Ok(Links { venue: row.venue_id.into(), performers })
}

fn category(name: &str) -> Result<Category, StoreError> {
    Category::named(name).ok_or_else(|| StoreError::Unexpected(format!("there is no category {name}")))
}

fn publication(name: &str) -> Result<Publication, StoreError> {
    Publication::named(name).ok_or_else(|| StoreError::Unexpected(format!("there is no state {name}")))
}

fn image(url: Option<String>, alt: Option<String>) -> Option<Image> {
    let (url, alt) = url.zip(alt)?;
    Some(Image { url, alt })
}

/// Marks where [`back_to_savepoint`] goes back to; a later mark replaces it.
///
/// # Errors
/// When the database fails.
pub async fn savepoint(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("savepoint row").execute(&mut **tx).await?;
    Ok(())
}

/// Undoes what was written since the last mark.
///
/// # Errors
/// When the database fails.
pub async fn back_to_savepoint(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query!("rollback to savepoint row").execute(&mut **tx).await?;
    Ok(())
}
