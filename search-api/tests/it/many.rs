//! Events by the thousand, changed by the thousand, and the comparison of what stands in the index, document by document.

use std::{collections::HashMap, sync::Mutex, time::Duration};

use contracts::id::EventId;
use search_api::{
    document,
    sync::reconcile::{Differences, reconcile},
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::world::{World, until_within};

/// How long the index may take to become true again.
const LIMIT: Duration = Duration::from_mins(5);

/// So many where time matters, so many where it does not.
#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings how long it may take")]
pub(crate) fn or_long(few: usize, many: usize) -> usize {
    if std::env::var("USHER_TEST_LONG").is_ok() { many } else { few }
}

/// Runs statements, each its own transaction unless they say otherwise.
pub(crate) async fn sql(postgres: &PgPool, sql: String) {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(postgres).await.unwrap();
}

/// Statements that change an event and raise its version, in one transaction.
pub(crate) fn changed(event: EventId, to: &str) -> String {
    format!(
        "begin;
         update event set {to} where event_id = '{event}';
         update search_version set version = version + 1, changed_in = pg_current_xact_id() where event_id = '{event}';
         commit"
    )
}

/// Makes so many events of this category in one transaction.
pub(crate) async fn events(postgres: &PgPool, number: usize, category: &str) {
    sql(
        postgres,
        format!(
            "with owner as (
               insert into account (account_id, email, role, created_at)
               select id, id || '@example.com', 'organizer', now() from gen_random_uuid() id returning account_id
             ), place as (
               insert into venue (venue_id, owner_id, name, city, country, latitude, longitude, time_zone)
               select gen_random_uuid(), account_id, 'Hall', 'Berlin', 'DE', 52.5, 13.4, 'Europe/Berlin' from owner
               returning venue_id, owner_id
             ), made as (
               insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end,
                                  currency, created_at)
               select gen_random_uuid(), owner_id, venue_id, 'Show ' || n, '{category}',
                      date_trunc('hour', now()) + interval '30 days' + n * interval '1 minute', '1970-01-01',
                      now() + interval '29 days', 'EUR', now()
               from place, generate_series(1, {number}) n
               returning event_id
             )
             insert into search_version (event_id, version) select event_id, 1 from made"
        ),
    )
    .await;
}

/// Gives so many events another title, each in a transaction of its own. Titles say the round.
pub(crate) async fn retitle(postgres: &PgPool, number: usize, round: &str) {
    sql(
        postgres,
        format!(
            "do $$ declare one uuid; begin
               for one in select event_id from event order by md5(event_id || '{round}') limit {number} loop
                 update event set title = 'Show {round} ' || left(md5(one::text), 6) where event_id = one;
                 update search_version set version = version + 1, changed_in = pg_current_xact_id()
                 where event_id = one;
                 commit;
               end loop;
             end $$"
        ),
    )
    .await;
}

/// Deletes so many events of this category as booking-api does, in one transaction.
pub(crate) async fn delete(postgres: &PgPool, number: usize, category: &str) {
    sql(
        postgres,
        format!(
            "with gone as (
               delete from event where event_id in
                 (select event_id from event where category = '{category}' order by event_id limit {number})
               returning event_id
             )
             update search_version set deleted = true, version = version + 1, changed_in = pg_current_xact_id()
             where event_id in (select event_id from gone)"
        ),
    )
    .await;
}

/// What differs between PostgreSQL and the index, document by document, all fields: none where all is true.
pub(crate) async fn differences(world: &World) -> Vec<String> {
    let mut differ = Vec::new();
    let (mut after, mut number) = (None, 0);
    loop {
        let page = document::store::page(&world.postgres, after, 1000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(*last);
        number += page.len();
        let path = format!("{}-write/_mget", world.index);
        let found = world.elastic(reqwest::Method::POST, &path, Some(&json!({"ids": page}))).await;
        let held: HashMap<&str, &Value> = found["docs"]
            .as_array()
            .map(|docs| docs.iter().filter_map(|doc| Some((doc["_id"].as_str()?, doc))).collect())
            .unwrap_or_default();
        for entry in document::store::look(&world.postgres, "", &page).await.unwrap().entries {
            let held = held.get(entry.event.to_string().as_str()).copied().unwrap_or(&Value::Null);
            if held["_version"] != entry.version || held["_source"] != entry.body() {
                differ.push(format!("{} at {}: {held}", entry.event, entry.version));
            }
        }
    }
    world.elastic(reqwest::Method::POST, &format!("{}-write/_refresh", world.index), None).await;
    let held = world.elastic(reqwest::Method::GET, &format!("{}-write/_count", world.index), None).await;
    if held["count"] != number {
        differ.push(format!("PostgreSQL has {number} events, the index {}", held["count"]));
    }
    differ
}

/// Waits until the index is what PostgreSQL says, document by document, and the comparison of the service finds nothing.
pub(crate) async fn until_true(world: &World) {
    let last = Mutex::new(Vec::new());
    let is_true = until_within(2 * LIMIT, || async {
        let differ = differences(world).await;
        let is_none = differ.is_empty();
        *last.lock().unwrap() = differ;
        is_none
    });
    if tokio::time::timeout(LIMIT, is_true).await.is_err() {
        let differ = last.lock().unwrap();
        panic!("{} documents differ, the first is {:?}", differ.len(), differ.first());
    }
    let sync = world.sync(&world.elasticsearch);
    assert_eq!(reconcile(&sync).await.unwrap(), Differences::default());
}
