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
        "Thu, 1 Jul 2027, 20:30",
        "from €49.50",
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
    for (words, expected) in [("Concerts", 2), ("Sport", 1), ("Berlin, DE", 2), ("€50.00 to €99.99", 2)] {
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

/// A page as a browser that likes `language` reads it, with what stands on every page.
async fn read(world: &World, path: &str, language: &str) -> crate::world::Answer {
    let page = world.get_with(path, &[("accept", BROWSER), ("accept-language", language)]).await;
    assert_eq!(page.headers["content-language"], language, "{}", page.text);
    assert_eq!(page.headers["vary"], "accept, accept-language, cookie");
    assert!(page.text.contains(&format!("<html lang=\"{language}\">")), "{}", page.text);
    assert_eq!(page.text.matches("hreflang=").count(), 5, "{}", page.text);
    page
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn check_30_the_pages_are_read_in_every_language(postgres: PgPool) {
    let world = World::start(postgres.clone());
    for (city, day) in [("Berlin", "2027-07-01T18:30:00Z"), ("Munich", "2027-08-01T18:30:00Z")] {
        let event = NewEvent { title: "Night", city, starts_at: day.parse().unwrap(), ..NewEvent::default() };
        seed::event(&postgres, event).await;
    }
    world.until_total(2).await;
    let words = [
        ("en", "What would you like to see?", "2 events", "July 2027", "from €49.50"),
        ("de", "Was möchten Sie erleben?", "2 Veranstaltungen", "Juli 2027", "ab 49,50\u{a0}€"),
        ("es", "¿Qué le gustaría ver?", "2 eventos", "julio de 2027", "desde 49,50\u{a0}€"),
        ("pt", "O que você gostaria de ver?", "2 eventos", "julho de 2027", "a partir de €\u{a0}49,50"),
        ("ja", "どんなイベントをお探しですか？", "2件のイベント", "2027年7月", "€49.50から"),
    ];
    for (language, head, total, month, price) in words {
        let home = read(&world, "/", language).await;
        assert!(home.text.contains(head), "{}", home.text);
        assert!(home.headers.get("set-cookie").is_none(), "nothing was chosen");
        let found = read(&world, "/search?token=night", language).await.text;
        for part in [total, month, price] {
            assert!(found.contains(part), "{part}: {found}");
        }
    }
    let bad = read(&world, "/search?date=someday", "de").await.text;
    assert!(bad.contains("Wir verstehen den Tag nicht."), "{bad}");
    // What one language has is no answer in another, and a choice is kept.
    let tag = read(&world, "/", "de").await.headers["etag"].to_str().unwrap().to_owned();
    for (language, status) in [("de", 304), ("ja", 200)] {
        let headers = [("accept", BROWSER), ("accept-language", language), ("if-none-match", tag.as_str())];
        assert_eq!(world.get_with("/", &headers).await.status, status, "{language}");
    }
    let chosen = world.get_with("/search?token=night&lang=pt", &[("accept", BROWSER)]).await;
    assert!(chosen.headers["set-cookie"].to_str().unwrap().starts_with("__Host-usher_language=pt;"));
    assert!(chosen.text.contains("token=night&amp;lang=de"), "{}", chosen.text);
    let back = [("accept", BROWSER), ("cookie", "a=b; __Host-usher_language=ja"), ("accept-language", "de")];
    assert_eq!(world.get_with("/", &back).await.headers["content-language"], "ja");
    world.end().await;
}
