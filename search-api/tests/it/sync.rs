//! Promise S1: what commits in PostgreSQL shows in search, in order, and nothing stays wrong.

use std::time::Duration;

use contracts::id::EventId;
use search_api::{document, sync::reconcile::Differences, sync::reconcile::reconcile};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    many,
    seed::{self, NewEvent},
    world::{World, until},
};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_commits_is_found_changes_and_disappears(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let event = seed::event(&postgres, NewEvent { title: "Aurora Nights", ..NewEvent::default() }).await;
    world.until_found("aurora", &["Aurora Nights"]).await;

    seed::retitle(&postgres, event, "Boreal Nights").await;
    world.until_found("boreal", &["Boreal Nights"]).await;
    assert!(world.titles("aurora").await.is_empty(), "the old title is gone");

    seed::delete(&postgres, event).await;
    world.until_found("boreal", &[]).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_deleted_event_does_not_come_back_by_a_late_write(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let event = seed::event(&postgres, NewEvent { title: "Lazarus", ..NewEvent::default() }).await;
    world.until_found("lazarus", &["Lazarus"]).await;
    let before = world.sync(&world.elasticsearch);
    let late = document::store::look(&postgres, "", &[event]).await.unwrap().entries;
    seed::delete(&postgres, event).await;
    world.until_found("lazarus", &[]).await;

    let written = before.index.write(&late).await.unwrap();
    assert_eq!(written, [search_api::index::Written::Conflict]);
    let held = before.index.held(&[event]).await.unwrap();
    assert!(held[&event].deleted, "a tombstone remembers the version, for ever and not for a minute");
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_older_document_never_covers_a_newer_one(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let event = seed::event(&postgres, NewEvent { title: "First Words", ..NewEvent::default() }).await;
    world.until_found("words", &["First Words"]).await;
    let older = document::store::look(&postgres, "", &[event]).await.unwrap().entries;
    seed::retitle(&postgres, event, "Last Words").await;
    world.until_found("words", &["Last Words"]).await;

    let sync = world.sync(&world.elasticsearch);
    assert_eq!(sync.index.write(&older).await.unwrap(), [search_api::index::Written::Conflict]);
    assert_eq!(world.document(event).await["_source"]["shown"]["title"], "Last Words");
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_was_there_before_the_first_start_is_found(postgres: PgPool) {
    for title in ["Early One", "Early Two"] {
        seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await;
    }
    let draft = NewEvent { title: "Early Draft", state: "draft", ..NewEvent::default() };
    seed::event(&postgres, draft).await;
    let world = World::start(postgres);
    world.until_found("early", &["Early One", "Early Two"]).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_broken_by_hand_in_the_index_is_mended(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let mut events: Vec<EventId> = Vec::new();
    for title in ["Missing", "Altered", "Ahead", "Whole"] {
        events.push(seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await);
    }
    world.until_total(4).await;
    let sync = world.sync(&world.elasticsearch);
    // The service compares too, when it begins: it must not mend what is to be found here.
    world.stop().await;
    until(|| async { reconcile(&sync).await.unwrap() == Differences::default() }).await;

    let mut altered = world.document(events[1]).await["_source"].clone();
    altered["shown"]["title"] = json!("Something Else");
    altered["name"] = json!(["something else"]);
    altered["digest"] = json!("0");
    world.forget(events[0]).await;
    world.meddle(events[1], seed::version(&postgres, events[1]).await, &altered).await;
    world.meddle(events[2], 900, &altered).await;
    let stranger = EventId::from(uuid::Uuid::from_u128(5));
    altered["id"] = json!(stranger);
    world.meddle(stranger, 3, &altered).await;
    world.elastic(reqwest::Method::POST, &format!("{}-write/_refresh", world.index), None).await;

    let found = reconcile(&sync).await.unwrap();
    assert_eq!(found, Differences { behind: 1, astray: 2, surplus: 1 });
    let again = world.again();
    until(|| async {
        let mut titles = again.search(&[]).await.titles();
        titles.sort_unstable();
        titles == ["Ahead", "Altered", "Missing", "Whole"]
    })
    .await;
    assert_eq!(reconcile(&sync).await.unwrap(), Differences::default(), "it converges");
    assert!(seed::version(&postgres, events[2]).await > 900, "PostgreSQL goes on from there");

    seed::retitle(&postgres, events[2], "Onward").await;
    again.until_found("onward", &["Onward"]).await;
    again.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_too_much_is_found_before_between_and_after_the_events_however_much_it_is(postgres: PgPool) {
    // More events than are compared at once, and more strangers between two of them.
    const EVENTS: usize = 510;
    many::events(&postgres, EVENTS, "concert").await;
    let world = World::start(postgres.clone());
    world.until_total(u64::try_from(EVENTS).unwrap()).await;
    let sync = world.sync(&world.elasticsearch);
    world.stop().await;
    until(|| async { reconcile(&sync).await.unwrap() == Differences::default() }).await;
    let events = document::store::page(&postgres, None, 1000).await.unwrap();
    let first = events[0].uuid().as_u128();
    let mut strangers: Vec<u128> = (1..=EVENTS).map(|more| first + u128::try_from(more).unwrap()).collect();
    strangers.extend([5, events[505].uuid().as_u128() + 1, u128::MAX]);
    let document = world.document(events[0]).await["_source"].clone();
    let strange = |stranger: &u128| {
        let id = EventId::from(uuid::Uuid::from_u128(*stranger));
        let mut document = document.clone();
        document["id"] = json!(id);
        (id, document)
    };
    let documents: Vec<_> = strangers.iter().map(strange).collect();
    world.meddle_with_all(3, &documents).await;
    world.elastic(reqwest::Method::POST, &format!("{}-write/_refresh", world.index), None).await;

    let found = reconcile(&sync).await.unwrap();
    assert_eq!(found, Differences { surplus: strangers.len(), ..Differences::default() });
    world.elastic(reqwest::Method::POST, &format!("{}-write/_refresh", world.index), None).await;
    assert_eq!(reconcile(&sync).await.unwrap(), Differences::default());
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_index_that_somebody_removed_is_built_again(postgres: PgPool) {
    let world = World::start(postgres.clone());
    seed::event(&postgres, NewEvent { title: "Phoenix", ..NewEvent::default() }).await;
    world.until_found("phoenix", &["Phoenix"]).await;
    for name in world.indices().await {
        world.elastic(reqwest::Method::DELETE, &name, None).await;
    }
    // Also while nothing changes.
    until(|| async { !world.indices().await.is_empty() }).await;
    seed::event(&postgres, NewEvent { title: "Phoenix Two", ..NewEvent::default() }).await;
    world.until_found("phoenix", &["Phoenix", "Phoenix Two"]).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_index_of_an_older_shape_is_replaced(postgres: PgPool) {
    let world = World::start(postgres.clone());
    seed::event(&postgres, NewEvent { title: "Reshaped", ..NewEvent::default() }).await;
    world.until_found("reshaped", &["Reshaped"]).await;
    world.stop().await;
    for name in world.indices().await {
        world.elastic(reqwest::Method::DELETE, &name, None).await;
    }
    let (name, old) = (world.index.clone(), format!("{}-v1-old", world.index));
    let aliases = json!({"aliases": {name.clone(): {}, format!("{name}-write"): {"is_write_index": true}}});
    world.elastic(reqwest::Method::PUT, &old, Some(&aliases)).await;
    assert_eq!(world.indices().await, std::slice::from_ref(&old));

    let again = world.again();
    again.until_found("reshaped", &["Reshaped"]).await;
    let indices = again.indices().await;
    assert!(indices.len() == 1 && indices[0] != old, "{indices:?}");
    again.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn changes_while_nobody_ran_are_caught_up(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let event = seed::event(&postgres, NewEvent { title: "Before", ..NewEvent::default() }).await;
    world.until_found("before", &["Before"]).await;
    world.stop().await;
    seed::retitle(&postgres, event, "Meanwhile").await;
    let again = world.again();
    again.until_found("meanwhile", &["Meanwhile"]).await;
    again.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn two_copies_share_one_index_and_one_takes_over(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let second = world.again();
    let event = seed::event(&postgres, NewEvent { title: "Relay", ..NewEvent::default() }).await;
    world.until_found("relay", &["Relay"]).await;
    second.until_found("relay", &["Relay"]).await;
    world.stop().await;
    seed::retitle(&postgres, event, "Handed Over").await;
    second.until_found("handed", &["Handed Over"]).await;
    second.end().await;
}

/// Not a promise by itself: it prints how long a commit takes to be found, and fails only when that is absurd.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_commit_is_found_soon(postgres: PgPool) {
    let world = World::start_behind(postgres.clone(), &crate::world::elasticsearch(), &["--shared", "1ms"]);
    let event = seed::event(&postgres, NewEvent { title: "Lag", ..NewEvent::default() }).await;
    world.until_found("lag", &["Lag"]).await;
    let mut lags = Vec::new();
    for turn in 0..turns() {
        let title = format!("Lag turn{turn}");
        seed::retitle(&postgres, event, &title).await;
        let committed = tokio::time::Instant::now();
        world.until_found(&format!("turn{turn}"), &[&title]).await;
        lags.push(committed.elapsed());
    }
    lags.sort_unstable();
    let at = |percent: usize| lags[(percent * lags.len() / 100).min(lags.len() - 1)];
    eprintln!("commit to found: p50 {:?}, p95 {:?}, p99 {:?}, max {:?}", at(50), at(95), at(99), at(100));
    assert!(at(50) < Duration::from_secs(5), "half of the changes took longer than {:?}", at(50));
    world.end().await;
}

/// How many changes are measured: many where time does not matter.
#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings how long it may take")]
fn turns() -> usize {
    if std::env::var("USHER_TEST_LONG").is_ok() { 100 } else { 20 }
}
