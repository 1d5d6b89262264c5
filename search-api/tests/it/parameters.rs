//! The parameters beside text and place: days in words, kinds, names, prices, what can be bought, counts.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent, in_days},
    world::{Engine, World},
};

in_both_engines! {
    days_in_words_are_those_of_the_venue,
    filters_narrow_a_search_down,
    counts_are_exact_and_can_be_given_back,
}

async fn days_in_words_are_those_of_the_venue(postgres: PgPool, engine: Engine) {
    // Wednesday afternoon in Los Angeles, Thursday morning in Tokyo.
    let world = World::on_at(engine, postgres.clone(), "2027-06-09T23:30:00Z");
    for (title, time_zone, starts_at) in [
        ("Over", "America/Los_Angeles", "2027-06-09T17:00:00Z"),
        ("LA Wed", "America/Los_Angeles", "2027-06-10T03:00:00Z"),
        ("Tokyo Thu", "Asia/Tokyo", "2027-06-10T10:00:00Z"),
        ("LA Thu", "America/Los_Angeles", "2027-06-11T03:00:00Z"),
        ("Tokyo Fri", "Asia/Tokyo", "2027-06-11T10:00:00Z"),
        ("LA Fri noon", "America/Los_Angeles", "2027-06-11T19:00:00Z"),
        ("LA Sat", "America/Los_Angeles", "2027-06-13T03:00:00Z"),
        ("Tokyo Mon", "Asia/Tokyo", "2027-06-13T16:00:00Z"),
        ("Tokyo next Sat", "Asia/Tokyo", "2027-06-19T10:00:00Z"),
    ] {
        let starts_at = starts_at.parse().unwrap();
        seed::event(&postgres, NewEvent { title, time_zone, starts_at, ..NewEvent::default() }).await;
    }
    world.until_total(8).await;
    for (date, titles) in [
        ("today", vec!["LA Wed", "Tokyo Thu"]),
        ("tonight", vec!["LA Wed", "Tokyo Thu"]),
        ("tomorrow", vec!["LA Thu", "Tokyo Fri"]),
        ("this-weekend", vec!["Tokyo Fri", "LA Sat"]),
        ("next-weekend", vec!["Tokyo next Sat"]),
        ("this-week", vec!["LA Wed", "Tokyo Thu", "LA Thu", "Tokyo Fri", "LA Fri noon", "LA Sat"]),
    ] {
        assert_eq!(world.search(&[("date", date)]).await.titles(), titles, "{date}");
    }
    world.end().await;
}

async fn filters_narrow_a_search_down(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let usual = NewEvent::default;
    for new in [
        NewEvent { title: "A", performers: &["Harry Styles"], venue: "Arena One", price: 2000, ..usual() },
        NewEvent {
            title: "B",
            performers: &["Styles P"],
            venue: "One Two",
            price: 4000,
            bucket: Some("none"),
            ..usual()
        },
        NewEvent { title: "C", category: "sport", price: 4000, currency: "USD", ..usual() },
        NewEvent { title: "D", category: "theatre", price: 4001, sales_start: in_days(3), ..usual() },
    ] {
        seed::event(&postgres, new).await;
    }
    world.until_total(4).await;
    let euro = ("currency", "EUR");
    for (query, titles) in [
        (&[("category", "sport")][..], vec!["C"]),
        (&[("category", "sport,theatre")], vec!["C", "D"]),
        (&[("performer", "harry styles")], vec!["A"]),
        (&[("performer", "STYLES")], vec!["A", "B"]),
        (&[("performer", "styles harry")], vec![]),
        (&[("venue", "one")], vec!["A", "B"]),
        (&[("venue", "Arena One"), ("performer", "styles")], vec!["A"]),
        (&[euro], vec!["A", "B", "D"]),
        (&[euro, ("price_min", "40")], vec!["B", "D"]),
        (&[euro, ("price_max", "40.00")], vec!["A", "B"]),
        (&[euro, ("price_min", "20.01"), ("price_max", "40.00")], vec!["B"]),
        (&[("currency", "usd"), ("price_min", "1")], vec!["C"]),
        (&[("available", "true")], vec!["A", "C"]),
        (&[("available", "false")], vec!["A", "B", "C", "D"]),
        (&[("available", "true"), ("category", "sport"), ("token", "c")], vec!["C"]),
    ] {
        let mut found = world.search(query).await.titles();
        found.sort_unstable();
        assert_eq!(found, titles, "{query:?}");
    }
    world.end().await;
}

async fn counts_are_exact_and_can_be_given_back(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let cities = [("Köln", "DE"), ("Koln", "DE"), ("Paris", "FR"), ("Paris", "US")];
    for number in 0..24_usize {
        let (city, country) = cities[number % 4];
        let category = ["concert", "sport", "other"][number % 3];
        let currency = if number % 5 == 0 { "JPY" } else { "EUR" };
        let price = [0, 2499, 2500, 9999, 10_000, 70_000][number % 6];
        let starts_at = in_days(5 + 17 * i64::try_from(number % 7).unwrap());
        let new = NewEvent {
            title: "Count",
            city,
            country,
            category,
            currency,
            price,
            starts_at,
            ..NewEvent::default()
        };
        seed::event(&postgres, new).await;
    }
    world.until_total(24).await;
    let all = ("facets", "category,city,month,price");
    for asked in [&[all][..], &[all, ("category", "sport")], &[all, ("token", "count"), ("limit", "1")]] {
        let answer = world.search(asked).await.json();
        let facets = &answer["facets"];
        for (facet, parameter) in [("category", "category"), ("city", "location"), ("month", "date")] {
            let counts = facets[facet].as_array().unwrap();
            assert!(counts.len() > usize::from(asked.len() == 1), "{facet}: {facets}");
            let sum: u64 = counts.iter().map(|count| count["count"].as_u64().unwrap()).sum();
            assert_eq!(json!(sum), answer["total"], "{facet} of {asked:?}");
            for count in counts {
                let with = [("token", "count"), (parameter, count["value"].as_str().unwrap())];
                let category =
                    asked.iter().filter(|(name, _)| *name == "category" && parameter != "category");
                let query: Vec<_> = with.into_iter().chain(category.copied()).collect();
                assert_eq!(world.search(&query).await.json()["total"], count["count"], "{query:?}");
            }
        }
        for count in facets["price"].as_array().unwrap() {
            let text = |name: &str| count[name].as_str().unwrap_or_default().to_owned();
            let (currency, min, max) = (text("currency"), text("priceMin"), text("priceMax"));
            let mut query = vec![("currency", currency.as_str()), ("price_min", &min), ("price_max", &max)];
            query.extend(asked.iter().filter(|(name, _)| *name == "category"));
            assert_eq!(world.search(&query).await.json()["total"], count["count"], "{query:?}");
        }
    }
    let none = world.search(&[("token", "count")]).await.json();
    assert_eq!(none.get("facets"), None::<&Value>, "nobody asked");
    world.end().await;
}
