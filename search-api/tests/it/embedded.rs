//! The index of the process: true to PostgreSQL by itself, and there when Elasticsearch or PostgreSQL is away.

use search_api::embedded::{Embedded, follow::Follower};
use sqlx::PgPool;

use crate::{
    proxy::Proxy,
    seed::{self, NewEvent},
    world::{World, elasticsearch, until},
};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn without_elasticsearch_the_index_of_its_own_answers(postgres: PgPool) {
    let before = NewEvent { title: "Before Words", ..NewEvent::default() };
    seed::event(&postgres, before).await;
    let draft = NewEvent { title: "Draft Words", state: "draft", ..NewEvent::default() };
    seed::event(&postgres, draft).await;
    let world = World::start_without(postgres.clone());
    world.until_found("words", &["Before Words"]).await;
    let event = seed::event(&postgres, NewEvent { title: "First Words", ..NewEvent::default() }).await;
    world.until_found("first", &["First Words"]).await;
    seed::retitle(&postgres, event, "Last Words").await;
    world.until_found("last", &["Last Words"]).await;
    assert!(world.titles("first words").await.is_empty(), "the old title is gone");
    seed::delete(&postgres, event).await;
    world.until_found("words", &["Before Words"]).await;
    let answer = world.search(&[]).await;
    assert_eq!((answer.header("search-engine"), &answer.json()["degraded"]), ("embedded", &false.into()));
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_change_that_commits_late_is_not_missed(postgres: PgPool) {
    let embedded = Embedded::new().unwrap();
    let mut follower = Follower::new(postgres.clone(), embedded.clone(), std::time::Duration::from_hours(1));
    let late = seed::event(&postgres, NewEvent { title: "Late", ..NewEvent::default() }).await;
    let early = seed::event(&postgres, NewEvent { title: "Early", ..NewEvent::default() }).await;
    follower.tick().await.unwrap();
    assert_eq!(follower.held(late), Some(1));
    // Begins first, commits last: what is told by number alone would have passed it.
    let mut tx = postgres.begin().await.unwrap();
    seed::bump(&mut tx, late).await;
    seed::retitle(&postgres, early, "Early Again").await;
    follower.tick().await.unwrap();
    assert_eq!((follower.held(early), follower.held(late)), (Some(2), Some(1)));
    tx.commit().await.unwrap();
    follower.tick().await.unwrap();
    assert_eq!(follower.held(late), Some(2));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_history_that_went_back_is_followed_too(postgres: PgPool) {
    let embedded = Embedded::new().unwrap();
    let mut follower = Follower::new(postgres.clone(), embedded.clone(), std::time::Duration::ZERO);
    let event = seed::event(&postgres, NewEvent { title: "Twice", ..NewEvent::default() }).await;
    let gone = seed::event(&postgres, NewEvent { title: "Gone", ..NewEvent::default() }).await;
    seed::retitle(&postgres, event, "Twice Told").await;
    follower.tick().await.unwrap();
    assert_eq!((follower.held(event), follower.held(gone)), (Some(2), Some(1)));
    // As a backup that was brought back would have it: lower versions, and rows that are not there.
    seed::turn_back(&postgres, event, gone).await;
    follower.tick().await.unwrap();
    assert_eq!((follower.held(event), follower.held(gone)), (Some(1), None));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn answers_go_on_while_elasticsearch_is_pulled_away(postgres: PgPool) {
    let proxy = Proxy::start(&elasticsearch()).await;
    proxy.cut();
    for title in ["Steady A", "Steady B", "Steady C"] {
        seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await;
    }
    let more = ["--stand-in", "true", "--shared", "1ms", "--attempt", "1s"];
    let world = World::start_behind(postgres.clone(), &proxy.url(), &more);
    // It starts without Elasticsearch in reach, and is there.
    world.until_total(3).await;
    proxy.heal();
    until(|| async {
        let answer = world.search(&[("token", "steady")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("search-engine") == "elasticsearch" && answer.json()["total"] == 3
    })
    .await;
    let first = world.search(&[("token", "steady"), ("limit", "1")]).await;
    assert_eq!((first.header("search-engine"), &first.json()["degraded"]), ("elasticsearch", &false.into()));

    proxy.cut();
    seed::event(&postgres, NewEvent { title: "Newcomer", ..NewEvent::default() }).await;
    // A page that Elasticsearch began is gone on with.
    let cursor = first.json()["cursor"].as_str().unwrap().to_owned();
    let rest = world.search(&[("token", "steady"), ("cursor", &cursor)]).await;
    assert_eq!((rest.status, rest.header("search-engine")), (200, "embedded"));
    let mut titles = [first.titles(), rest.titles()].concat();
    titles.sort_unstable();
    assert_eq!(
        (titles, &rest.json()["degraded"]),
        (vec!["Steady A".into(), "Steady B".into(), "Steady C".into()], &true.into())
    );
    until(|| async {
        for path in [
            "/search?token=newcomer",
            "/search/suggest?token=newc",
            "/search?facets=city",
            "/search?location=Berlin",
        ] {
            let answer = world.get(path, "application/json").await;
            assert_eq!(
                (answer.status, answer.header("search-engine")),
                (200, "embedded"),
                "{path}: {answer:?}"
            );
        }
        world.titles("newcomer").await == ["Newcomer"]
    })
    .await;
    let page = world.get("/search?token=newcomer", "text/html").await;
    assert!(page.status == 200 && page.text.contains("data-test=\"degraded\""), "{page:?}");

    proxy.heal();
    until(|| async {
        let answer = world.search(&[("token", "newcomer")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("search-engine") == "elasticsearch" && answer.titles() == ["Newcomer"]
    })
    .await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_index_of_the_process_answers_first_where_that_is_wanted_and_it_is_whole(postgres: PgPool) {
    let world = World::start(postgres.clone());
    seed::event(&postgres, NewEvent { title: "Either Way", ..NewEvent::default() }).await;
    world.until_found("either", &["Either Way"]).await;
    let far = Proxy::start(&world.postgres_url()).await;
    far.cut();
    let url = far.instead(&world.postgres_url());
    let copy = world.again_with(&["--first", "embedded", "--postgres-url", url.as_str()]);
    let asked = async || {
        let answer = copy.search(&[("token", "either")]).await;
        assert_eq!((answer.titles(), &answer.json()["degraded"]), (vec!["Either Way".into()], &false.into()));
        answer.header("search-engine").to_owned()
    };
    assert_eq!(asked().await, "elasticsearch", "without PostgreSQL the other one is never filled");
    far.heal();
    until(|| async { asked().await == "embedded" }).await;
    copy.stop().await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn answers_go_on_and_tell_their_age_while_postgresql_is_away(postgres: PgPool) {
    let (world, proxy) = World::start_far_from(postgres.clone(), &["--shared", "1ms"]).await;
    let event = seed::event(&postgres, NewEvent { title: "Island", ..NewEvent::default() }).await;
    world.until_found("island", &["Island"]).await;
    proxy.cut();
    seed::retitle(&postgres, event, "Mainland").await;
    until(|| async {
        let answer = world.search(&[("token", "island")]).await;
        assert_eq!(answer.titles(), ["Island"], "what was known is still said");
        answer.json()["degraded"] == true && answer.header("age").parse::<u64>().is_ok_and(|age| age >= 5)
    })
    .await;
    proxy.heal();
    world.until_found("mainland", &["Mainland"]).await;
    until(|| async { world.search(&[("token", "mainland")]).await.json()["degraded"] == false }).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_event_that_cannot_be_understood_holds_nobody_up(postgres: PgPool) {
    let odd = seed::event(&postgres, NewEvent { title: "Odd", ..NewEvent::default() }).await;
    seed::event(&postgres, NewEvent { title: "Even", ..NewEvent::default() }).await;
    seed::spoil(&postgres, odd).await;
    let world = World::start_without(postgres.clone());
    world.until_total(1).await;
    assert_eq!(world.search(&[]).await.titles(), ["Even"]);
    world.end().await;
}
