//! Pages: whatever is asked and in whatever order, nothing twice, nothing left out, and the end is reached.

use std::collections::BTreeSet;

use serde_json::Value;
use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent, in_days},
    world::{Engine, World},
};

in_both_engines! {
    every_order_and_filter_pages_without_a_gap,
    every_order_is_what_it_says,
    a_cursor_belongs_to_all_of_its_search,
}

/// What is asked.
type Query<'a> = Vec<(&'a str, &'a str)>;

fn ids(answer: &Value) -> Vec<String> {
    let id = |event: &Value| event["eventId"].as_str().unwrap().to_owned();
    answer["events"].as_array().unwrap().iter().map(id).collect()
}

/// All events of all pages of three.
async fn paged(world: &World, query: &[(&str, &str)]) -> Vec<String> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..100 {
        let answer = world.search(&[query, &[("limit", "3"), ("cursor", &cursor)]].concat()).await;
        assert_eq!(answer.status, 200, "{query:?}: {answer:?}");
        let answer = answer.json();
        seen.extend(ids(&answer));
        match answer["cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return seen,
        }
    }
    panic!("{query:?} has no end");
}

/// Forty events with many ties in all that orders.
async fn forty(postgres: &PgPool) {
    for number in 0..40_usize {
        let step = i32::try_from(number % 4).unwrap();
        let new = NewEvent {
            title: ["Tie", "Tie Tied", "Tye", "Tie"][number % 4],
            category: ["concert", "sport"][number % 2],
            bucket: Some(["many", "few", "none"][number % 3]),
            sold: [0, 20, 300, 5000][number % 4],
            price: [1000, 2000, 3000][number % 3],
            point: (52.52 + 0.01 * f64::from(step), 13.40 + 0.1 * f64::from(step)),
            starts_at: in_days([3, 3, 9][number % 3]),
            ..NewEvent::default()
        };
        seed::event(postgres, new).await;
    }
}

async fn every_order_and_filter_pages_without_a_gap(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    forty(&postgres).await;
    world.until_total(40).await;
    let sorts: [Query<'_>; 6] = [
        vec![],
        vec![("sort", "relevance")],
        vec![("sort", "date")],
        vec![("sort", "distance")],
        vec![("sort", "price"), ("currency", "EUR")],
        vec![("sort", "popularity")],
    ];
    let filters: [Query<'_>; 5] = [
        vec![],
        vec![("token", "tie tour"), ("facets", "city")],
        vec![("category", "sport")],
        vec![("price_min", "10"), ("price_max", "25"), ("currency", "EUR")],
        vec![("available", "true"), ("performer", ""), ("venue", "hall")],
    ];
    for sort in &sorts {
        for filter in &filters {
            let mut query: Query<'_> = vec![("location", "52.52,13.4,60")];
            let more = sort.iter().chain(filter).copied();
            query.extend(more.collect::<BTreeSet<_>>());
            let whole = world.search(&[&query[..], &[("limit", "100")]].concat()).await.json();
            let whole_ids = ids(&whole);
            assert!(whole_ids.len() >= 10, "{query:?} finds enough to page: {}", whole_ids.len());
            assert_eq!(whole["total"], whole_ids.len(), "{query:?}");
            assert_eq!(paged(&world, &query).await, whole_ids, "{query:?}");
            assert_eq!(whole_ids.iter().collect::<BTreeSet<_>>().len(), whole_ids.len(), "{query:?}");
        }
    }
    world.end().await;
}

async fn every_order_is_what_it_says(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let usual = NewEvent::default;
    for new in [
        NewEvent {
            title: "A",
            starts_at: in_days(9),
            price: 1000,
            point: (52.53, 13.40),
            sold: 20,
            ..usual()
        },
        NewEvent {
            title: "B",
            starts_at: in_days(2),
            price: 3000,
            point: (52.60, 13.40),
            sold: 900,
            ..usual()
        },
        NewEvent {
            title: "C",
            starts_at: in_days(5),
            price: 2000,
            point: (52.52, 13.40),
            sold: 1,
            ..usual()
        },
    ] {
        seed::event(&postgres, NewEvent { bucket: Some("many"), ..new }).await;
    }
    world.until_total(3).await;
    for (sort, titles) in [
        ("date", ["B", "C", "A"]),
        ("distance", ["C", "A", "B"]),
        ("price", ["A", "C", "B"]),
        ("popularity", ["B", "A", "C"]),
    ] {
        let query = [("sort", sort), ("location", "52.52,13.40"), ("currency", "EUR")];
        assert_eq!(world.search(&query).await.titles(), titles, "{sort}");
    }
    world.end().await;
}

async fn a_cursor_belongs_to_all_of_its_search(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    forty(&postgres).await;
    world.until_total(40).await;
    let asked = [
        ("token", "tie"),
        ("location", "52.52,13.4,60"),
        ("date", "2020-01-01..2099-12-31"),
        ("category", "concert,sport"),
        ("venue", "hall"),
        ("currency", "EUR"),
        ("price_min", "1"),
        ("price_max", "99"),
        ("sort", "date"),
    ];
    let first = world.search(&[&asked[..], &[("limit", "2")]].concat()).await.json();
    let cursor = first["cursor"].as_str().unwrap();
    let refused = async |query: &[(&str, &str)]| {
        let answer = world.search(query).await;
        let problem = answer.json();
        (answer.status, problem["parameter"].as_str().unwrap_or_default().to_owned())
    };
    let belongs =
        world.search(&[&asked[..], &[("limit", "5"), ("facets", "city"), ("cursor", cursor)]].concat()).await;
    assert_eq!(belongs.status, 200, "how many at once, and what is counted, may change: {belongs:?}");
    for (name, other) in [
        ("token", "tied"),
        ("location", "52.52,13.4,61"),
        ("date", "2020-01-01..2099-12-30"),
        ("category", "concert"),
        ("venue", "hal"),
        ("currency", "USD"),
        ("price_min", "2"),
        ("price_max", "98"),
        ("sort", "popularity"),
    ] {
        let mut query: Query<'_> = asked.iter().filter(|(asked, _)| *asked != name).copied().collect();
        query.push(("cursor", cursor));
        if name != "currency" {
            assert_eq!(refused(&query).await, (400, "cursor".to_owned()), "without {name}");
        }
        query.push((name, other));
        assert_eq!(refused(&query).await, (400, "cursor".to_owned()), "{name}={other}");
    }
    let altered = format!("{}A", &cursor[..cursor.len() - 1]);
    let altered = if altered == cursor { format!("{}B", &cursor[..cursor.len() - 1]) } else { altered };
    for altered in [altered.as_str(), &cursor[1..], &cursor.to_lowercase(), &"A".repeat(5000)] {
        let query = [&asked[..], &[("cursor", altered)]].concat();
        assert_eq!(refused(&query).await, (400, "cursor".to_owned()), "{altered}");
    }
    world.end().await;
}
