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
    assert!(!page.text.contains("<script>"), "what organizers write is text");
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
    // What it loads is in the snapshot, which the gate answers with.
    for name in ["search.css", "suggest.js"] {
        assert!(page.text.contains(&web_assets::path(name).unwrap()), "{}", page.text);
    }
    assert_eq!(page.text.matches("data-test=\"day\"").count(), 5, "{}", page.text);
    // Who has the page is told only that it is still true.
    let tag = page.headers["etag"].to_str().unwrap();
    let again = world.get_with("/", &[("accept", BROWSER), ("if-none-match", tag)]).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    world.end().await;
}

/// The number behind a choice of the page, and where it leads.
fn choice(page: &str, words: &str) -> (u64, String) {
    let at =
        page.find(&format!(">{words} <span class=\"number\">")).unwrap_or_else(|| panic!("{words}: {page}"));
    let number = page[at..].split("number\">").nth(1).unwrap().split('<').next().unwrap();
    let path = page[..at].rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    (number.parse().unwrap(), path.replace("&amp;", "&").replace("&#x2f;", "/"))
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_page_narrows_down_by_links_that_find_what_they_count(postgres: PgPool) {
    let world = World::start(postgres.clone());
    for (category, city, price) in
        [("concert", "Berlin", 1000), ("concert", "Munich", 6000), ("sport", "Berlin", 6000)]
    {
        let event = NewEvent { title: "Night", category, city, price, ..NewEvent::default() };
        seed::event(&postgres, event).await;
    }
    world.until_total(3).await;
    let all = world.get("/search?token=night&utm_source=letter", BROWSER).await.text;
    for (words, expected) in [("Concerts", 2), ("Sport", 1), ("Berlin, DE", 2), ("50.00 to 99.99 EUR", 2)] {
        let (count, path) = choice(&all, words);
        assert_eq!(count, expected, "{words}");
        let found = world.get(&path, BROWSER).await.text;
        let told = if count == 1 { "1 event".to_owned() } else { format!("{count} events") };
        assert!(found.contains(&format!("data-test=\"total\">{told}<")), "{path}: {found}");
        // The words that were typed hold on, and what was chosen can be taken off again.
        assert!(found.contains("value=\"night\"") && !found.contains("utm_source"), "{found}");
        let (_, back) = choice(&found, words);
        assert_eq!(back, "/search?token=night", "{words}");
    }
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
