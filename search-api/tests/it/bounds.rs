//! Input that means harm, or no good: told what is wrong, soon, and nothing without bounds reaches Elasticsearch.

use std::time::Duration;

use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent},
    world::{Engine, World},
};

in_both_engines! {
    what_cannot_be_is_a_problem_with_its_reason,
    days_are_taken_as_far_as_the_calendar_goes,
    bombs_are_words_like_others,
}

/// How long an answer may take: two attempts and two for widening, on a busy machine.
const SOON: Duration = Duration::from_secs(5);

async fn what_cannot_be_is_a_problem_with_its_reason(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres);
    crate::world::until(|| async { world.search(&[]).await.status == 200 }).await;
    let book = "lorem ipsum ".repeat(900);
    let stars = "*".repeat(5000);
    let words = "a ".repeat(5000);
    let many = "concert,".repeat(2000);
    let [book, stars, words, many] = [&book, &stars, &words, &many].map(String::as_str);
    for (query, parameter) in [
        (&[("date", "2026-02-30")][..], "date"),
        (&[("date", "2026-13")], "date"),
        (&[("date", "0000-01-01")], "date"),
        (&[("date", "0000-12")], "date"),
        (&[("date", "0000-12-31..2026-12-31")], "date"),
        (&[("date", "10000-01-01")], "date"),
        (&[("date", "2026-12-01..2026-12-02..2026-12-03")], "date"),
        (&[("date", "2026-12-24..2026-12-01")], "date"),
        (&[("date", "last-week")], "date"),
        (&[("date", book)], "date"),
        (&[("location", "91,13")], "location"),
        (&[("location", "52,181")], "location"),
        (&[("location", "52,13,-5")], "location"),
        (&[("location", "52,13,99999")], "location"),
        (&[("location", "1e300,13")], "location"),
        (&[("location", "52,13,NaN")], "location"),
        (&[("location", "52,13,0")], "location"),
        (&[("location", "90.0000001,13")], "location"),
        (&[("location", book)], "location"),
        (&[("token", book)], "token"),
        (&[("token", stars)], "token"),
        (&[("token", words)], "token"),
        (&[("token", "*")], "token"),
        (&[("performer", book)], "performer"),
        (&[("venue", words)], "venue"),
        (&[("category", many)], "category"),
        (&[("facets", many)], "facets"),
        (&[("price_min", "-5"), ("currency", "EUR")], "price_min"),
        (&[("price_min", "99999999999999999999"), ("currency", "EUR")], "price_min"),
        (&[("price_min", "NaN"), ("currency", "EUR")], "price_min"),
        (&[("price_min", "92233720368547758.08"), ("currency", "EUR")], "price_min"),
        (&[("limit", "99999999999999999999")], "limit"),
        (&[("cursor", "eyJxIjoiIn0")], "cursor"),
        (&[("cursor", book)], "cursor"),
    ] {
        let began = tokio::time::Instant::now();
        let answer = world.search(query).await;
        let problem = answer.json();
        let shown = format!("{:.80}", format!("{query:?}"));
        assert_eq!((answer.status, answer.kind.as_str()), (400, "application/problem+json"), "{shown}");
        assert_eq!(problem["type"], "/problems/invalid-parameter", "{shown}");
        assert_eq!(problem["parameter"], parameter, "{shown}");
        assert!(
            problem["detail"].as_str().unwrap().len() < 400,
            "it says what is wrong, not all of it: {shown}"
        );
        assert!(began.elapsed() < SOON, "{shown}");
    }
    world.end().await;
}

async fn days_are_taken_as_far_as_the_calendar_goes(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    seed::event(&postgres, NewEvent::default()).await;
    world.until_total(1).await;
    for (days, found) in [("0001-01-01..9999-12-31", 1), ("9999-12", 0), ("0001-01", 0)] {
        let answer = world.search(&[("date", days)]).await;
        assert_eq!(
            (answer.status, answer.json()["total"].as_u64()),
            (200, Some(found)),
            "{days}: {answer:?}"
        );
    }
    world.end().await;
}

async fn bombs_are_words_like_others(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let title = "Aaaa Bbbb Cccc Dddd";
    seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await;
    world.until_total(1).await;
    let digits = "9".repeat(200);
    let letters = "a ".repeat(99);
    let marks = format!("a{}", "\u{301}".repeat(199));
    let long = ["abcd", "bcde", "cdef", "defg", "efgh", "fghi", "ghij", "hijk", "ijkl", "jklm"].join(" ");
    for token in [
        "*a* OR title:* AND _exists_:id",
        "/(a+)+$/ [a-z]{1,9999}",
        r#"{"match_all":{}} "\"}}"#,
        "a~9 b^99999 \"c d\"~99999",
        &digits,
        &letters,
        &marks,
        &long,
        "\u{0}\u{7f}\u{202e}a",
        "aaaa bbbb cccc dddd",
    ] {
        for path in ["search", "suggest"] {
            let began = tokio::time::Instant::now();
            let query = [("token", token)];
            let answer =
                if path == "search" { world.search(&query).await } else { world.suggest(&query).await };
            assert_eq!(answer.status, 200, "{path} {token:.40}: {answer:?}");
            assert!(began.elapsed() < SOON, "{path} {token:.40} took {:?}", began.elapsed());
        }
    }
    assert_eq!(world.titles("*aaaa* \"bbbb\"~99999").await.len(), 0, "a number is a word that no title has");
    assert_eq!(world.titles("*aaaa* (bbbb)").await, [title]);
    world.end().await;
}
