//! The table `venue`.

use contracts::id::{AccountId, VenueId};
use platform::postgres::{Postgres, StoreError, Tx};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Venue, VenueFacts};
use crate::catalog::{Owned, Put};

struct Row {
    venue_id: Uuid,
    owner_id: Uuid,
    external_id: Option<String>,
    name: String,
    address: Option<String>,
    city: String,
    country: String,
    latitude: f64,
    longitude: f64,
    time_zone: String,
    version: i64,
}

impl From<Row> for Venue {
    fn from(row: Row) -> Self {
        Self {
            id: row.venue_id.into(),
            owner: row.owner_id.into(),
            version: row.version,
            facts: VenueFacts {
                external_id: row.external_id,
                name: row.name,
                address: row.address,
                city: row.city,
                country: row.country,
                latitude: row.latitude,
                longitude: row.longitude,
                time_zone: row.time_zone,
            },
        }
    }
}

/// The venue with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(database: impl PgExecutor<'_>, id: VenueId) -> Result<Option<Venue>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select venue_id, owner_id, external_id, name, address, city, country, latitude, longitude, time_zone, version
         from venue where venue_id = $1",
        id.uuid()
    )
    .fetch_optional(database)
    .await?;
    Ok(row.map(Venue::from))
}

/// The venues of `organizer`, the newest made first.
///
/// # Errors
/// When the database fails.
pub async fn of_organizer(
    postgres: &Postgres,
    organizer: AccountId,
    before: Option<VenueId>,
    limit: i64,
) -> Result<Vec<Venue>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select venue_id, owner_id, external_id, name, address, city, country, latitude, longitude, time_zone, version
         from venue where owner_id = $1 and ($2::uuid is null or venue_id < $2) order by venue_id desc limit $3",
        organizer.uuid(),
        before.map(VenueId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(Venue::from).collect())
}

/// Locks the venue for a change and says whose it is.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, id: VenueId) -> Result<Option<Owned>, StoreError> {
    let row = sqlx::query!("select owner_id, version from venue where venue_id = $1 for update", id.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|row| Owned { owner: row.owner_id.into(), version: row.version }))
}

/// Keeps the venue as it is until the transaction ends, for an event that names it.
///
/// # Errors
/// When the database fails.
pub async fn keep(tx: &mut Tx, id: VenueId) -> Result<Option<Owned>, StoreError> {
    let row = sqlx::query!("select owner_id, version from venue where venue_id = $1 for share", id.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(row.map(|row| Owned { owner: row.owner_id.into(), version: row.version }))
}

/// Keeps the venues as they are until the transaction ends, for events that name them.
///
/// # Errors
/// When the database fails.
pub async fn keep_all(tx: &mut Tx, ids: &[VenueId]) -> Result<(), StoreError> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    sqlx::query_scalar!(
        "select venue_id from venue where venue_id = any($1) order by venue_id for share",
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a venue with the id `new`, or over the one of the same owner and external id.
///
/// # Errors
/// When the database fails.
pub async fn upsert(
    tx: &mut Tx,
    new: VenueId,
    owner: AccountId,
    facts: &VenueFacts,
) -> Result<Put<VenueId>, StoreError> {
    let written = sqlx::query_scalar!(
        "insert into venue (venue_id, owner_id, external_id, name, address, city, country, latitude, longitude, time_zone)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (owner_id, external_id) do update
         set name = excluded.name, address = excluded.address, city = excluded.city, country = excluded.country,
             latitude = excluded.latitude, longitude = excluded.longitude, time_zone = excluded.time_zone,
             version = venue.version + 1
         where (venue.name, venue.address, venue.city, venue.country, venue.latitude, venue.longitude, venue.time_zone)
             is distinct from (excluded.name, excluded.address, excluded.city, excluded.country, excluded.latitude,
             excluded.longitude, excluded.time_zone)
         returning venue_id",
        new.uuid(),
        owner.uuid(),
        facts.external_id,
        facts.name,
        facts.address,
        facts.city,
        facts.country,
        facts.latitude,
        facts.longitude,
        facts.time_zone
    )
    .fetch_optional(&mut **tx)
    .await?;
    match written {
        Some(id) if id == new.uuid() => Ok(Put::Created(new)),
        Some(id) => Ok(Put::Updated(id.into())),
        None => {
            let id = sqlx::query_scalar!(
                "select venue_id from venue where owner_id = $1 and external_id = $2",
                owner.uuid(),
                facts.external_id
            )
            .fetch_one(&mut **tx)
            .await?;
            Ok(Put::Unchanged(id.into()))
        }
    }
}

/// Writes over the venue.
///
/// # Errors
/// When the database fails; `venue_owner_id_external_id_key` when another one has the external id.
pub async fn update(tx: &mut Tx, id: VenueId, facts: &VenueFacts) -> Result<(), StoreError> {
    sqlx::query!(
        "update venue set external_id = $2, name = $3, address = $4, city = $5, country = $6, latitude = $7,
             longitude = $8, time_zone = $9, version = version + 1
         where venue_id = $1",
        id.uuid(),
        facts.external_id,
        facts.name,
        facts.address,
        facts.city,
        facts.country,
        facts.latitude,
        facts.longitude,
        facts.time_zone
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the venue.
///
/// # Errors
/// When the database fails; `event_venue_id_fkey` when an event names it.
pub async fn delete(tx: &mut Tx, id: VenueId) -> Result<(), StoreError> {
    sqlx::query!("delete from venue where venue_id = $1", id.uuid()).execute(&mut **tx).await?;
    Ok(())
}
