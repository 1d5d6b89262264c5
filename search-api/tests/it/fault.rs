//! Promise S1 while Elasticsearch is away and nothing stands in for it, and what a fan is told meanwhile.

use sqlx::PgPool;

use crate::{
    proxy::Proxy,
    seed::{self, NewEvent},
    world::{World, elasticsearch, until},
};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn search_says_that_it_is_away_and_catches_up_afterwards(postgres: PgPool) {
    let proxy = Proxy::start(&elasticsearch()).await;
    let world = World::start_behind(postgres.clone(), &proxy.url(), &[]);
    let event = seed::event(&postgres, NewEvent { title: "Steady", ..NewEvent::default() }).await;
    world.until_found("steady", &["Steady"]).await;

    proxy.cut();
    let answer = world.search(&[("token", "steady again")]).await;
    assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("2")), "{answer:?}");
    assert_eq!(answer.json()["type"], "/problems/search-unavailable");
    let page = world.get("/search?token=other", "text/html").await;
    assert_eq!((page.status, page.retry_after.as_deref()), (503, Some("2")));
    assert!(page.text.contains("data-test=\"trouble\""), "a browser gets a page");
    assert_eq!(world.get("/", "text/html").await.status, 200, "the home page comes anyway");
    seed::retitle(&postgres, event, "Meanwhile").await;
    seed::event(&postgres, NewEvent { title: "Newcomer", ..NewEvent::default() }).await;

    proxy.heal();
    world.until_found("meanwhile", &["Meanwhile"]).await;
    world.until_found("newcomer", &["Newcomer"]).await;
    assert!(world.titles("steady").await.is_empty());
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_start_without_elasticsearch_in_reach_ends_well(postgres: PgPool) {
    let proxy = Proxy::start(&elasticsearch()).await;
    proxy.cut();
    seed::event(&postgres, NewEvent { title: "Patient", ..NewEvent::default() }).await;
    let world = World::start_behind(postgres, &proxy.url(), &[]);
    assert_eq!(world.search(&[]).await.status, 503);
    proxy.heal();
    world.until_found("patient", &["Patient"]).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_silent_elasticsearch_is_not_waited_for(postgres: PgPool) {
    let proxy = Proxy::start(&elasticsearch()).await;
    let world = World::start_behind(postgres, &proxy.url(), &["--attempt", "100ms"]);
    proxy.hush();
    let began = tokio::time::Instant::now();
    assert_eq!(world.search(&[]).await.status, 503);
    assert!(began.elapsed().as_millis() < 2000, "two attempts of 100 ms took {:?}", began.elapsed());
    proxy.heal();
    until(|| async { world.search(&[]).await.status == 200 }).await;
    world.end().await;
}
