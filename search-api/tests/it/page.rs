//! The pages: they work without a script and say what a fan needs.

use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent},
    world::World,
};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_browser_gets_results_as_a_page(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let starts_at = "2027-07-01T18:30:00Z".parse().unwrap();
    let performers = &["<script>alert(1)</script>"];
    let event =
        NewEvent { title: "Rock & Roll", performers, starts_at, bucket: Some("few"), ..NewEvent::default() };
    let event = seed::event(&postgres, event).await;
    world.until_found("rock", &["Rock & Roll"]).await;

    let page = world.get("/search?token=rock&location=berlin&date=2027-07&utm_source=letter", BROWSER).await;
    assert_eq!((page.status, page.kind.as_str()), (200, "text/html; charset=utf-8"));
    for part in [
        "data-test=\"search-text\"",
        "data-test=\"search-go\"",
        "data-test=\"result\"",
        &format!("href=\"/e/{event}\""),
        "Rock &amp; Roll",
        "Thu 1 Jul 2027, 20:30",
        "from 49.50 EUR",
        "Few tickets left",
        "value=\"berlin\"",
        "value=\"2027-07\"",
    ] {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(!page.text.contains("<script"), "what organizers write is text");
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_home_page_shows_what_comes_up(postgres: PgPool) {
    let world = World::start(postgres.clone());
    seed::event(&postgres, NewEvent { title: "Tomorrow's", ..NewEvent::default() }).await;
    world.until_total(1).await;
    let page = world.get("/", BROWSER).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Tomorrow&#x27;s"), "{}", page.text);
    let styles = world.get("/assets/search/usher.css", "text/css").await;
    assert_eq!((styles.status, styles.kind.as_str()), (200, "text/css; charset=utf-8"));
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_bad_day_is_said_on_the_page(postgres: PgPool) {
    let world = World::start_without(postgres);
    let page = world.get("/search?date=someday", BROWSER).await;
    assert_eq!(page.status, 400);
    assert!(page.text.contains("Please give a day 2026-12-24"), "{}", page.text);
    world.stop().await;
}
