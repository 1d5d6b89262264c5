//! Promise S1 while an index is built beside the one in use: no search misses, no change is lost.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use platform::clock::SystemClock;
use search_api::{document::SHAPE, sync::rebuild::Progress};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    child::Child,
    many::{self, or_long},
    seed::{self, NewEvent},
    toll::{Toll, When},
    world::{World, elasticsearch, until, until_within},
};

/// Builds the index of `world` anew, as `search-api rebuild` does, and returns what it told.
async fn rebuild(world: &World) -> Vec<Progress> {
    let told = Mutex::new(Vec::new());
    let tell = |progress: &Progress| told.lock().unwrap().push(progress.clone());
    search_api::rebuild(&world.config(), Arc::new(SystemClock), &tell).await.unwrap();
    told.into_inner().unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_rebuild_under_changes_and_searches_misses_none_of_them(postgres: PgPool) {
    let number = or_long(3000, 50_000);
    many::events(&postgres, number, "concert").await;
    many::events(&postgres, number / 10, "sport").await;
    let world = World::start_behind(postgres.clone(), &elasticsearch(), &["--shared", "1ms"]);
    many::until_true(&world).await;
    let before = world.indices().await;

    let over = AtomicBool::new(false);
    let changes = async {
        let mut round = 0;
        while !over.load(Ordering::Relaxed) {
            round += 1;
            many::retitle(&postgres, 40, &format!("r{round}")).await;
            many::delete(&postgres, 3, "sport").await;
            many::events(&postgres, 2, "sport").await;
        }
        round
    };
    let searches = async {
        let mut asked = 0;
        while !over.load(Ordering::Relaxed) {
            let answer = world.search(&[("category", "concert")]).await;
            assert_eq!((answer.status, &answer.json()["total"]), (200, &json!(number)), "{answer:?}");
            asked += 1;
        }
        asked
    };
    let build = async {
        let told = rebuild(&world).await;
        over.store(true, Ordering::Relaxed);
        told
    };
    let (told, rounds, asked) = tokio::join!(build, changes, searches);
    eprintln!("while {number} documents were built, {rounds} rounds of changes, {asked} searches: {told:?}");
    assert!(rounds > 1 && asked > 1);
    assert!(
        told.iter().any(|told| matches!(told, Progress::Filling { done, .. } if *done >= number)),
        "{told:?}"
    );
    assert_eq!(told.last(), Some(&Progress::Removed));

    let after = world.indices().await;
    assert!(after.len() == 1 && after != before, "{before:?} gave way to {after:?}");
    many::until_true(&world).await;
    // The service leads again, and goes on with the new index.
    let event = seed::event(&postgres, NewEvent { title: "Zenith", ..NewEvent::default() }).await;
    world.until_found("zenith", &["Zenith"]).await;
    assert_eq!(world.document(event).await["_index"], after[0]);
    world.end().await;
}

/// Filled and compared already: only who follows can bring the change to the new index before it is in use.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_change_while_an_index_is_built_goes_to_both(postgres: PgPool) {
    let event = seed::event(&postgres, NewEvent { title: "Early", ..NewEvent::default() }).await;
    let world = World::start(postgres.clone());
    world.until_found("early", &["Early"]).await;
    let toll = Toll::start(&elasticsearch());
    let mut compared = toll.stop_at("-next/_search", When::Done);
    // The running service hands over.
    let child = Child::rebuild(&world, &toll.url());
    compared.comes().await;
    seed::retitle(&postgres, event, "Late").await;
    let title = async |alias: &str| {
        let path = format!("{}-{alias}/_doc/{event}", world.index);
        world.elastic(reqwest::Method::GET, &path, None).await["_source"]["shown"]["title"].clone()
    };
    // Before the request that is stopped runs out of time, and everything is compared once more.
    let soon = Duration::from_secs(8);
    until_within(soon, || async { title("write").await == "Late" && title("next").await == "Late" }).await;
    world.until_found("late", &["Late"]).await;
    child.kill();
    many::until_true(&world).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_build_that_loses_the_lead_begins_again(postgres: PgPool) {
    seed::event(&postgres, NewEvent { title: "Steadfast", ..NewEvent::default() }).await;
    let world = World::start(postgres.clone());
    world.until_found("steadfast", &["Steadfast"]).await;
    let before = world.indices().await;
    let toll = Toll::start(&elasticsearch());
    let mut compared = toll.stop_at("-next/_search", When::Done);
    let child = Child::rebuild(&world, &toll.url());
    compared.comes().await;
    // As PostgreSQL does with a leader that was silent for too long.
    let deposed = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted \
                   and objsubid = 1 and database = (select oid from pg_database where datname = current_database())";
    many::sql(&postgres, deposed.to_owned()).await;
    until_within(Duration::from_mins(1), || async { child.ended_well().is_some() }).await;
    assert_eq!(child.ended_well(), Some(true), "{}", child.said());
    assert!(child.said().contains("trying again"), "{}", child.said());
    let after = world.indices().await;
    assert!(after.len() == 1 && after != before, "{before:?} gave way to {after:?}");
    many::until_true(&world).await;
    world.end().await;
}

/// An index of the shape before, which lacks a field and holds what was there: what a service that was brought up to date
/// finds.
async fn age(world: &World) -> String {
    let live = world.indices().await.remove(0);
    let found = world.elastic(reqwest::Method::GET, &live, None).await;
    let mut mappings = found[&live]["mappings"].clone();
    mappings["properties"].as_object_mut().unwrap().remove("whole");
    let old = format!("{}-v{}-{}", world.index, SHAPE - 1, uuid::Uuid::from_u128(1).simple());
    let settings =
        json!({"analysis": found[&live]["settings"]["index"]["analysis"], "refresh_interval": "100ms"});
    let body = json!({"settings": settings, "mappings": mappings});
    let made = world.elastic(reqwest::Method::PUT, &old, Some(&body)).await;
    assert_eq!(made["acknowledged"], true, "{made}");
    let all =
        world.elastic(reqwest::Method::POST, &format!("{live}/_search?size=1000&version=true"), None).await;
    for hit in all["hits"]["hits"].as_array().unwrap() {
        let mut body = hit["_source"].clone();
        body.as_object_mut().unwrap().remove("whole");
        let (id, version) = (hit["_id"].as_str().unwrap(), &hit["_version"]);
        let path = format!("{old}/_doc/{id}?version={version}&version_type=external&refresh=true");
        world.elastic(reqwest::Method::PUT, &path, Some(&body)).await;
    }
    swap(world, &live, &old).await;
    old
}

/// Lets both aliases lead to another index, and removes the one before.
async fn swap(world: &World, from: &str, to: &str) {
    let write = format!("{}-write", world.index);
    let hidden = json!({"bool": {"must_not": {"term": {"deleted": true}}}});
    let actions = json!({"actions": [
        {"add": {"index": to, "alias": world.index, "filter": hidden}},
        {"add": {"index": to, "alias": write, "is_write_index": true}},
        {"remove_index": {"index": from}},
    ]});
    let done = world.elastic(reqwest::Method::POST, "_aliases", Some(&actions)).await;
    assert_eq!(done["acknowledged"], true, "{done}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_index_of_an_older_shape_answers_and_follows_until_the_new_one_is_there(postgres: PgPool) {
    many::events(&postgres, 500, "concert").await;
    let event = seed::event(&postgres, NewEvent { title: "Reshaped", ..NewEvent::default() }).await;
    let world = World::start(postgres.clone());
    world.until_total(501).await;
    world.stop().await;
    let old = age(&world).await;
    assert_eq!(world.indices().await, std::slice::from_ref(&old));

    // The first copy is stopped in the middle of building: the old index is in use, and follows.
    let toll = Toll::start(&elasticsearch());
    let mut shown = toll.stop_at("_settings", When::Asked);
    let child = Child::serve(&world, &toll.url());
    shown.comes().await;
    assert_eq!(world.indices().await, std::slice::from_ref(&old));
    seed::retitle(&postgres, event, "Meanwhile").await;
    let title = async || world.document(event).await["_source"]["shown"]["title"].clone();
    until(|| async { title().await == "Meanwhile" }).await;
    assert_eq!(world.document(event).await["_source"]["whole"], Value::Null, "it takes what it knows");
    child.kill();

    let again = world.again();
    until(|| async { world.indices().await != std::slice::from_ref(&old) }).await;
    many::until_true(&again).await;
    until(|| async { world.elastic(reqwest::Method::GET, &old, None).await["status"] == 404 }).await;
    again.until_found("meanwhile", &["Meanwhile"]).await;
    again.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_index_that_came_after_the_program_is_let_be_until_somebody_rebuilds(postgres: PgPool) {
    let event = seed::event(&postgres, NewEvent { title: "Tomorrow", ..NewEvent::default() }).await;
    let world = World::start(postgres.clone());
    world.until_found("tomorrow", &["Tomorrow"]).await;
    world.stop().await;
    let live = world.indices().await.remove(0);
    let newer = format!("{}-v{}-{}", world.index, SHAPE + 1, uuid::Uuid::from_u128(1).simple());
    let body = json!({"mappings": {"properties": {"id": {"type": "keyword"}}}});
    world.elastic(reqwest::Method::PUT, &newer, Some(&body)).await;
    swap(&world, &live, &newer).await;

    let child = Child::serve(&world, &elasticsearch());
    until(|| async { child.said().contains("newer shape than this program") }).await;
    assert_eq!(world.indices().await, std::slice::from_ref(&newer), "it is not ours to touch");
    assert_eq!(world.document(event).await["found"], false);

    rebuild(&world).await;
    let indices = world.indices().await;
    assert!(indices.len() == 1 && indices[0] != newer, "{indices:?}");
    let differ = many::differences(&world).await;
    assert!(differ.is_empty(), "{differ:?}");
    drop(child);
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_index_that_would_lack_too_much_is_not_put_in_use(postgres: PgPool) {
    many::events(&postgres, 100, "concert").await;
    let world = World::start(postgres.clone());
    world.until_total(100).await;
    let before = world.indices().await;
    many::sql(&postgres, "update event set starts_at = 'infinity' where title like 'Show 1%'".to_owned())
        .await;
    let error = search_api::rebuild(&world.config(), Arc::new(SystemClock), &|_| {}).await.unwrap_err();
    assert!(format!("{error:?}").contains("BadBuild"), "{error:?}");
    assert_eq!(world.indices().await, before);
    // What was built is left over, and removed by the copy that leads next.
    let ours = format!("{}-v*", world.index);
    let all = async || world.elastic(reqwest::Method::GET, &format!("{ours}/_alias"), None).await;
    until(|| async { all().await.as_object().unwrap().len() == 1 }).await;
    tokio::time::timeout(Duration::from_secs(30), world.until_total(100)).await.unwrap();
    world.end().await;
}
