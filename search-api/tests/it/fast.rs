//! Answers that come soon, or at all: nodes that fail or are slow, too much at once, what was answered before, and what
//! the caller has already.

use std::time::Duration;

use futures_util::future::{Either, select};
use sqlx::PgPool;

use crate::{
    proxy::Proxy,
    seed::{self, NewEvent},
    world::{Engine, World, elasticsearch, until},
};

in_both_engines! {
    who_has_an_answer_is_not_sent_it_again,
}

async fn who_has_an_answer_is_not_sent_it_again(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let event = seed::event(&postgres, NewEvent { title: "Tagged", ..NewEvent::default() }).await;
    world.until_found("tagged", &["Tagged"]).await;
    for path in ["/search?token=tagged", "/search/suggest?token=tagged"] {
        let first = world.get(path, "application/json").await;
        let tag = first.header("etag").to_owned();
        assert_eq!((first.status, first.header("cache-control")), (200, "no-cache"), "{first:?}");
        let has = [("accept", "application/json"), ("if-none-match", tag.as_str())];
        let again = world.get_with(path, &has).await;
        assert_eq!((again.status, again.text.as_str(), again.header("etag")), (304, "", tag.as_str()));
        let other = [("accept", "application/json"), ("if-none-match", "\"other\"")];
        assert_eq!(world.get_with(path, &other).await.status, 200);
        seed::retitle(&postgres, event, &format!("Tagged {}", path.len())).await;
        until(|| async { world.get_with(path, &has).await.status == 200 }).await;
    }
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_last_answer_stands_in_where_there_is_no_other(postgres: PgPool) {
    let proxy = Proxy::start(&elasticsearch()).await;
    let world = World::start_behind(postgres.clone(), &proxy.url(), &["--shared", "1ms"]);
    seed::event(&postgres, NewEvent { title: "Kept", ..NewEvent::default() }).await;
    world.until_found("kept", &["Kept"]).await;
    proxy.cut();
    let kept = world.search(&[("token", "KEPT")]).await;
    assert_eq!((kept.titles(), &kept.json()["degraded"]), (vec!["Kept".to_owned()], &true.into()));
    assert_eq!(world.search(&[("token", "never asked")]).await.status, 503);
    until(|| async { world.search(&[("token", "kept")]).await.header("age").parse::<u64>().is_ok() }).await;
    proxy.heal();
    until(|| async { world.search(&[("token", "kept")]).await.json()["degraded"] == false }).await;
    world.end().await;
}

/// Two ways to the one Elasticsearch there is, as two nodes.
async fn two_nodes(postgres: &PgPool, more: &[&str]) -> (World, [Proxy; 2]) {
    let ways = [Proxy::start(&elasticsearch()).await, Proxy::start(&elasticsearch()).await];
    let second = ways[1].url();
    let more = [&["--elasticsearch", second.as_str(), "--shared", "1ms"], more].concat();
    let world = World::start_behind(postgres.clone(), &ways[0].url(), &more);
    (world, ways)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_node_that_fails_is_left_alone_and_used_again_when_it_is_back(postgres: PgPool) {
    let (world, [first, second]) = two_nodes(&postgres, &[]).await;
    seed::event(&postgres, NewEvent { title: "Noded", ..NewEvent::default() }).await;
    world.until_found("noded", &["Noded"]).await;
    let asked = async |times: usize| {
        for number in 0..times {
            let answer = world.search(&[("token", &format!("noded other{number}")), ("venue", "hall")]).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    };
    asked(10).await;
    assert!(first.taken() > 0 && second.taken() > 0, "they take turns");
    second.cut();
    // Two failures are enough.
    asked(6).await;
    let before = second.taken();
    asked(20).await;
    // Each question would have tried it every second time; the loop that writes tries it now and then.
    let tried = second.taken() - before;
    assert!(tried <= 5, "a node that failed was tried {tried} times");
    second.heal();
    let back = second.taken();
    until(|| async {
        asked(2).await;
        second.taken() > back
    })
    .await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_node_that_is_silent_holds_nobody_up(postgres: PgPool) {
    let (world, [first, _second]) = two_nodes(&postgres, &["--attempt", "20s"]).await;
    seed::event(&postgres, NewEvent { title: "Hedged", ..NewEvent::default() }).await;
    world.until_found("hedged", &["Hedged"]).await;
    first.hush();
    for number in 0..6 {
        let began = tokio::time::Instant::now();
        let answer = world.search(&[("token", "hedged"), ("limit", &format!("{}", number + 1))]).await;
        assert_eq!(answer.titles(), ["Hedged"]);
        let took = began.elapsed();
        assert!(took < Duration::from_secs(10), "the other node was not asked in time: {took:?}");
    }
    first.heal();
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn too_much_at_once_is_refused_at_once(postgres: PgPool) {
    let proxy = Proxy::start(&elasticsearch()).await;
    let more = ["--at-once", "1", "--attempt", "20s"];
    let world = World::start_behind(postgres.clone(), &proxy.url(), &more);
    seed::event(&postgres, NewEvent { title: "Shielded", ..NewEvent::default() }).await;
    world.until_found("shielded", &["Shielded"]).await;
    proxy.hush();
    let (one, other) = ([("token", "one")], [("token", "other")]);
    let (one, other) = (Box::pin(world.search(&one)), Box::pin(world.search(&other)));
    let (Either::Left((refused, waiting)) | Either::Right((refused, waiting))) = select(one, other).await;
    assert_eq!((refused.status, refused.retry_after.as_deref()), (503, Some("1")), "{refused:?}");
    assert_eq!(refused.json()["type"], "/problems/search-unavailable");
    proxy.heal();
    assert_eq!(waiting.await.status, 200, "the one that was let in is answered");
    world.end().await;
}
