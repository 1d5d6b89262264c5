//! `kill -9` of whoever keeps the index, at every step: nothing is lost, nothing is left behind, and search is whole.

use std::time::Duration;

use serde_json::json;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::{
    child::Child,
    many,
    seed::{self, NewEvent},
    toll::{Toll, When},
    world::{World, elasticsearch, until},
};

/// How long a step may take to be reached.
const REACHED_WITHIN: Duration = Duration::from_mins(1);
/// How many events there are.
const EVENTS: usize = 700;

/// A world with events whose own service has stopped.
async fn stopped(postgres: &PgPool) -> World {
    many::events(postgres, EVENTS, "concert").await;
    let world = World::start(postgres.clone());
    many::until_true(&world).await;
    world.stop().await;
    world
}

/// How many events a search of the alias finds, past all services.
async fn found(world: &World) -> u64 {
    let path = format!("{}/_count", world.index);
    world.elastic(reqwest::Method::GET, &path, None).await["count"].as_u64().unwrap()
}

/// Lets `child` run into `step` and kills it there.
async fn kill_at(toll: &Toll, (step, when): (&str, When), child: impl FnOnce() -> Child) {
    let mut step_comes = toll.stop_at(step, when);
    let child = child();
    let came = timeout(REACHED_WITHIN, step_comes.comes()).await;
    assert!(came.is_ok(), "{step} was not reached: {}", child.said());
    child.kill();
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_indexer_killed_at_any_step_loses_nothing(postgres: PgPool) {
    let world = stopped(&postgres).await;
    let toll = Toll::start(&elasticsearch());
    let mut round = 0;
    for step in ["_alias", "-write/_bulk", "-write/_mget", "-write/_search"] {
        for when in [When::Asked, When::Done] {
            round += 1;
            many::retitle(&postgres, 20, &format!("k{round}")).await;
            kill_at(&toll, (step, when), || Child::serve(&world, &toll.url())).await;
        }
    }
    // One that is up to date and gets a change: written or not, it was not confirmed.
    for when in [When::Asked, When::Done] {
        round += 1;
        let child = Child::serve(&world, &toll.url());
        many::until_true(&world).await;
        let mut written = toll.stop_at("-write/_bulk", when);
        many::retitle(&postgres, 20, &format!("k{round}")).await;
        timeout(REACHED_WITHIN, written.comes()).await.unwrap();
        child.kill();
    }
    assert_eq!(found(&world).await, u64::try_from(EVENTS).unwrap(), "search was whole all the time");
    let again = world.again();
    many::until_true(&again).await;
    again.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_indexer_killed_while_its_slot_is_made_leaves_none_that_is_in_the_way(postgres: PgPool) {
    // A slot is not there before every transaction under way has ended.
    let mut open = postgres.begin().await.unwrap();
    sqlx::raw_sql("select pg_current_xact_id()").execute(&mut *open).await.unwrap();
    let world = World::start(postgres.clone());
    world.stop().await;
    // So patient that the server does not end by itself what it began for this one.
    let patient = ["--postgres-lock-timeout", "1h", "--postgres-statement-timeout", "1h"];
    let child = Child::serve_with(&world, &elasticsearch(), &patient);
    // Who makes it, by process of the server.
    let makers = async || -> Vec<i32> {
        let sql = "select pid from pg_stat_activity where datname = current_database() and state = 'active'
                   and query like '%pg_create_logical_replication_slot%' and pid <> pg_backend_pid()";
        let rows = sqlx::raw_sql(sql).fetch_all(&postgres).await.unwrap();
        rows.iter().map(|row| sqlx::Row::get(row, 0)).collect()
    };
    until(|| async { !makers().await.is_empty() }).await;
    let before = makers().await;
    child.kill();
    let again = world.again();
    // Nor does the server notice that nobody waits any more: the next copy ends what is in its way.
    until(|| async { makers().await.iter().all(|pid| !before.contains(pid)) }).await;
    open.rollback().await.unwrap();
    seed::event(&postgres, NewEvent { title: "Onward", ..NewEvent::default() }).await;
    again.until_found("onward", &["Onward"]).await;
    many::until_true(&again).await;
    again.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_rebuild_killed_at_any_step_leaves_search_whole_and_nothing_behind(postgres: PgPool) {
    let world = stopped(&postgres).await;
    let toll = Toll::start(&elasticsearch());
    let mut round = 0;
    let steps = [
        format!("PUT /{}-v", world.index),
        "-next/_bulk".to_owned(),
        "/_settings".to_owned(),
        "/_refresh".to_owned(),
        "-next/_mget".to_owned(),
        "POST /_aliases".to_owned(),
        format!("DELETE /{}-v", world.index),
    ];
    for step in &steps {
        for when in [When::Asked, When::Done] {
            round += 1;
            kill_at(&toll, (step, when), || Child::rebuild(&world, &toll.url())).await;
            assert_eq!(found(&world).await, u64::try_from(EVENTS).unwrap(), "{step} {when:?}");
            assert_eq!(world.indices().await.len(), 1, "{step} {when:?}");
            // The service leads next: it removes what was left, and follows.
            let again = world.again();
            many::retitle(&postgres, 5, &format!("b{round}")).await;
            let ours = format!("{}-v*/_alias", world.index);
            until(|| async {
                let all = world.elastic(reqwest::Method::GET, &ours, None).await;
                all.as_object().is_some_and(|all| all.len() == 1)
            })
            .await;
            many::until_true(&again).await;
            again.stop().await;
        }
    }
    // And one that is let be.
    let child = Child::rebuild(&world, &toll.url());
    until(|| async { child.ended_well().is_some() }).await;
    assert_eq!(child.ended_well(), Some(true), "{}", child.said());
    assert!(child.said().contains(&format!("{EVENTS} of {EVENTS} documents")), "{}", child.said());
    assert!(child.said().contains("the old index is removed"), "{}", child.said());
    let again = world.again();
    many::until_true(&again).await;
    again.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_builder_that_hangs_and_wakes_up_when_another_leads_harms_nothing(postgres: PgPool) {
    let world = stopped(&postgres).await;
    let before = world.indices().await;
    let toll = Toll::start(&elasticsearch());
    let mut swap = toll.stop_at("POST /_aliases", When::Asked);
    let builder = Child::rebuild(&world, &toll.url());
    timeout(REACHED_WITHIN, swap.comes()).await.unwrap();
    builder.stand_still();
    let next = world.elastic(reqwest::Method::GET, &format!("_alias/{}-next", world.index), None).await;
    let built = next.as_object().unwrap().keys().next().unwrap().clone();
    let second = world.again();
    many::retitle(&postgres, 20, "meanwhile").await;
    many::until_true(&second).await;
    assert_eq!(world.indices().await, before, "what hangs is not in use");
    swap.go_on();
    builder.wake_up();
    // What it had built is out of date by now: it begins again, when the one that leads has handed over.
    until(|| async { builder.ended_well().is_some() }).await;
    assert_eq!(builder.ended_well(), Some(true), "{}", builder.said());
    assert!(builder.said().contains("trying again"), "{}", builder.said());
    let after = world.indices().await;
    assert!(after.len() == 1 && after != before && after[0] != built, "{after:?} after {built}");
    many::until_true(&second).await;
    second.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn another_copy_leads_within_seconds_of_a_death_and_of_a_hanging(postgres: PgPool) {
    let event = seed::event(&postgres, NewEvent { title: "First", ..NewEvent::default() }).await;
    let world = World::start(postgres.clone());
    world.until_found("first", &["First"]).await;
    world.stop().await;
    let leader = Child::serve(&world, &elasticsearch());
    until(|| async { leader.said().contains("following PostgreSQL") }).await;
    let second = world.again();
    leader.kill();
    let began = tokio::time::Instant::now();
    seed::retitle(&postgres, event, "Second").await;
    second.until_found("second", &["Second"]).await;
    eprintln!("found {:?} after the leader was killed", began.elapsed());
    second.stop().await;

    // One that hangs keeps its connections, and the lock with them, until PostgreSQL has had enough of its silence.
    let leader = Child::serve(&world, &elasticsearch());
    until(|| async { leader.said().contains("following PostgreSQL") }).await;
    let third = world.again();
    leader.stand_still();
    let began = tokio::time::Instant::now();
    seed::retitle(&postgres, event, "Third").await;
    third.until_found("third", &["Third"]).await;
    eprintln!("found {:?} after the leader began to hang", began.elapsed());
    drop(leader);
    many::until_true(&third).await;
    third.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn one_transaction_with_more_changes_than_a_batch_is_followed(postgres: PgPool) {
    let number = many::or_long(5000, 100_000);
    let world = World::start(postgres.clone());
    world.until_total(0).await;
    many::events(&postgres, number, "concert").await;
    many::until_true(&world).await;
    assert_eq!(world.search(&[]).await.json()["total"], json!(number));
    world.end().await;
}
