//! Events as an organizer would have made them: rows, and the version raised in the same transaction.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::EventId;
use platform::{
    clock::{Clock, SystemClock},
    ids::{Ids, secret},
    postgres::Tx,
};
use sqlx::PgPool;
use uuid::Uuid;

/// An event to be made; the defaults are a concert in Berlin in thirty days, on sale.
pub(crate) struct NewEvent {
    pub(crate) title: &'static str,
    pub(crate) performers: &'static [&'static str],
    pub(crate) venue: &'static str,
    pub(crate) city: &'static str,
    pub(crate) country: &'static str,
    pub(crate) point: (f64, f64),
    pub(crate) time_zone: &'static str,
    pub(crate) starts_at: DateTime<Utc>,
    pub(crate) state: &'static str,
    /// Many, few, none; absent when nothing was sold yet.
    pub(crate) bucket: Option<&'static str>,
    /// How many were sold; counts only with a bucket.
    pub(crate) sold: i32,
    pub(crate) category: &'static str,
    pub(crate) currency: &'static str,
    /// The cheapest price, in minor units; the dearest is twice as much.
    pub(crate) price: i64,
    pub(crate) sales_start: DateTime<Utc>,
}

impl Default for NewEvent {
    fn default() -> Self {
        Self {
            title: "Untitled",
            performers: &[],
            venue: "Hall",
            city: "Berlin",
            country: "DE",
            point: (52.52, 13.40),
            time_zone: "Europe/Berlin",
            starts_at: in_days(30),
            state: "published",
            bucket: None,
            sold: 50,
            category: "concert",
            currency: "EUR",
            price: 4950,
            sales_start: DateTime::UNIX_EPOCH,
        }
    }
}

/// A moment so many days from now.
pub(crate) fn in_days(days: i64) -> DateTime<Utc> {
    SystemClock.now() + TimeDelta::days(days)
}

fn id() -> Uuid {
    Ids::new(u64::from_be_bytes(secret()), std::sync::Arc::new(SystemClock)).next()
}

/// Makes it and commits.
pub(crate) async fn event(postgres: &PgPool, new: NewEvent) -> EventId {
    let (account, venue, event) = (id(), id(), id());
    let mut tx = postgres.begin().await.unwrap();
    place(&mut tx, account, venue, &new).await;
    sqlx::query!(
        "insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end, currency,
                            state, created_at)
         values ($1, $2, $3, $4, $7, $5, $9, $5, $8, $6, now())",
        event,
        account,
        venue,
        new.title,
        new.starts_at,
        new.state,
        new.category,
        new.currency,
        new.sales_start
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query!(
        "insert into tier (event_id, tier_id, name, price_minor, general_admission, rank)
         values ($1, $2, 'Front', $4, true, 0), ($1, $3, 'Back', $5, true, 1)",
        event,
        id(),
        id(),
        new.price * 2,
        new.price
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    perform(&mut tx, account, event, new.performers).await;
    if let Some(bucket) = new.bucket {
        sqlx::query!(
            "insert into event_availability (event_id, total, sold, bucket, price_from_minor, price_to_minor)
             values ($1, 100000, $3, $2, $4, $5)",
            event,
            bucket,
            new.sold,
            new.price,
            new.price * 2
        )
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    bump(&mut tx, event.into()).await;
    tx.commit().await.unwrap();
    event.into()
}

async fn place(tx: &mut Tx, account: Uuid, venue: Uuid, new: &NewEvent) {
    sqlx::query!(
        "insert into account (account_id, email, role, created_at) values ($1, $2, 'organizer', now())",
        account,
        format!("{account}@example.com")
    )
    .execute(&mut **tx)
    .await
    .unwrap();
    sqlx::query!(
        "insert into venue (venue_id, owner_id, name, city, country, latitude, longitude, time_zone)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        venue,
        account,
        new.venue,
        new.city,
        new.country,
        new.point.0,
        new.point.1,
        new.time_zone
    )
    .execute(&mut **tx)
    .await
    .unwrap();
}

async fn perform(tx: &mut Tx, account: Uuid, event: Uuid, names: &[&str]) {
    for (billing, name) in (0_i16..).zip(names) {
        let performer = id();
        sqlx::query!(
            "insert into performer (performer_id, owner_id, name) values ($1, $2, $3)",
            performer,
            account,
            *name
        )
        .execute(&mut **tx)
        .await
        .unwrap();
        sqlx::query!(
            "insert into event_performer (event_id, performer_id, billing) values ($1, $2, $3)",
            event,
            performer,
            billing
        )
        .execute(&mut **tx)
        .await
        .unwrap();
    }
}

/// Gives it another title, and raises the version with it.
pub(crate) async fn retitle(postgres: &PgPool, event: EventId, title: &str) {
    let mut tx = postgres.begin().await.unwrap();
    sqlx::query!("update event set title = $2 where event_id = $1", event.uuid(), title)
        .execute(&mut *tx)
        .await
        .unwrap();
    bump(&mut tx, event).await;
    tx.commit().await.unwrap();
}

/// Deletes it as booking-api does.
pub(crate) async fn delete(postgres: &PgPool, event: EventId) {
    let mut tx = postgres.begin().await.unwrap();
    sqlx::query!("delete from event where event_id = $1", event.uuid()).execute(&mut *tx).await.unwrap();
    sqlx::query!(
        "update search_version set deleted = true, version = version + 1, changed_in = pg_current_xact_id()
         where event_id = $1",
        event.uuid()
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// Raises the version.
pub(crate) async fn bump(tx: &mut Tx, event: EventId) {
    sqlx::query!(
        "insert into search_version (event_id, version) values ($1, 1) on conflict (event_id)
         do update set version = search_version.version + 1, changed_in = pg_current_xact_id()",
        event.uuid()
    )
    .execute(&mut **tx)
    .await
    .unwrap();
}

/// The version.
pub(crate) async fn version(postgres: &PgPool, event: EventId) -> i64 {
    sqlx::query_scalar!("select version from search_version where event_id = $1", event.uuid())
        .fetch_one(postgres)
        .await
        .unwrap()
}

/// Sets versions back, as a backup that was brought back would: one is older, the other is not there.
pub(crate) async fn turn_back(postgres: &PgPool, older: EventId, gone: EventId) {
    sqlx::query!("update search_version set version = version - 1 where event_id = $1", older.uuid())
        .execute(postgres)
        .await
        .unwrap();
    sqlx::query!("delete from search_version where event_id = $1", gone.uuid())
        .execute(postgres)
        .await
        .unwrap();
}

/// Makes of it an event that no version of this code can read: its currency is none.
pub(crate) async fn spoil(postgres: &PgPool, event: EventId) {
    sqlx::query!("alter table event drop constraint event_currency_check").execute(postgres).await.unwrap();
    sqlx::query!("update event set currency = '?' where event_id = $1", event.uuid())
        .execute(postgres)
        .await
        .unwrap();
}
