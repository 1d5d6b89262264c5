//! Places, days, states, pages of results, and what is refused.

use std::collections::BTreeSet;

use chrono::Days;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    seed::{self, NewEvent, in_days},
    world::{Engine, World},
};

in_both_engines! {
    an_answer_has_the_shape_of_the_contract,
    a_place_is_a_city_or_a_circle,
    days_are_those_of_the_venue,
    what_is_to_come_stands_first_and_what_is_sold_out_last,
    paging_leaves_nothing_out_and_repeats_nothing,
}

async fn an_answer_has_the_shape_of_the_contract(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let starts_at = in_days(40);
    let event = NewEvent {
        title: "Shape",
        performers: &["B", "A"],
        bucket: Some("few"),
        starts_at,
        ..NewEvent::default()
    };
    let event = seed::event(&postgres, event).await;
    world.until_found("shape", &["Shape"]).await;
    let answer = world.search(&[("token", "shape")]).await;
    assert_eq!(answer.kind, "application/json");
    assert_eq!(
        answer.json(),
        json!({
            "events": [{
                "eventId": event,
                "title": "Shape",
                "category": "concert",
                "startsAt": starts_at,
                "timeZone": "Europe/Berlin",
                "venue": {"name": "Hall", "city": "Berlin", "country": "DE", "latitude": 52.52, "longitude": 13.4},
                "performers": ["B", "A"],
                "priceFrom": {"minor": 4950, "currency": "EUR"},
                "availability": "few",
                "state": "onSale",
                "highlights": [{"field": "title", "parts": [{"text": "Shape", "hit": true}]}],
            }],
            "total": 1,
            "cursor": null,
            "widened": false,
            "suggestion": null,
            "degraded": false,
        })
    );
    world.end().await;
}

async fn a_place_is_a_city_or_a_circle(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    for (title, city, country, point) in [
        ("In Berlin", "Berlin", "DE", (52.52, 13.40)),
        ("In Potsdam", "Potsdam", "DE", (52.39, 13.06)),
        ("In Köln", "Köln", "DE", (50.94, 6.96)),
        ("In New Hampshire", "Berlin", "US", (44.47, -71.18)),
    ] {
        seed::event(&postgres, NewEvent { title, city, country, point, ..NewEvent::default() }).await;
    }
    world.until_total(4).await;
    for (location, titles) in [
        ("berlin", vec!["In Berlin", "In New Hampshire"]),
        ("Berlin, US", vec!["In New Hampshire"]),
        ("koln", vec!["In Köln"]),
        ("52.52,13.40,10", vec!["In Berlin"]),
        ("52.52,13.40", vec!["In Berlin", "In Potsdam"]),
    ] {
        let mut found = world.search(&[("location", location)]).await.titles();
        found.sort_unstable();
        assert_eq!(found, titles, "{location}");
    }
    let unknown = world.search(&[("location", "Atlantis")]).await;
    assert_eq!((unknown.status, &unknown.json()["type"]), (422, &json!("/problems/unknown-place")));
    let near = world.search(&[("location", "Potsdan")]).await.json();
    assert_eq!(near["suggestion"], "potsdam", "{near}");
    world.end().await;
}

async fn days_are_those_of_the_venue(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let day = in_days(20).date_naive();
    // Two hours after midnight in London is the evening before in New York.
    let starts_at = day.and_hms_opt(2, 0, 0).unwrap().and_utc();
    let london = NewEvent { title: "London", time_zone: "Europe/London", starts_at, ..NewEvent::default() };
    let york =
        NewEvent { title: "New York", time_zone: "America/New_York", starts_at, ..NewEvent::default() };
    seed::event(&postgres, london).await;
    seed::event(&postgres, york).await;
    world.until_total(2).await;
    let before = day - Days::new(1);
    assert_eq!(world.search(&[("date", &day.to_string())]).await.titles(), ["London"]);
    assert_eq!(world.search(&[("date", &before.to_string())]).await.titles(), ["New York"]);
    assert_eq!(world.search(&[("date", &format!("{before}..{day}"))]).await.json()["total"], 2);
    let month = day.format("%Y-%m").to_string();
    assert!(world.search(&[("date", &month)]).await.titles().contains(&"London".to_owned()));
    world.end().await;
}

async fn what_is_to_come_stands_first_and_what_is_sold_out_last(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    for (title, days, bucket, state) in [
        ("Past", -2, None, "published"),
        ("Sold out soon", 3, Some("none"), "published"),
        ("Cancelled", 2, None, "cancelled"),
        ("Later", 9, Some("few"), "published"),
        ("Soon", 4, Some("many"), "published"),
    ] {
        let starts_at = in_days(days);
        seed::event(&postgres, NewEvent { title, starts_at, state, bucket, ..NewEvent::default() }).await;
    }
    world.until_total(4).await;
    assert_eq!(world.search(&[]).await.titles(), ["Soon", "Later", "Cancelled", "Sold out soon"]);
    let states = |answer: &serde_json::Value| -> Vec<String> {
        let events = answer["events"].as_array().unwrap();
        events.iter().map(|event| event["state"].as_str().unwrap().to_owned()).collect()
    };
    let all = format!("{}..{}", in_days(-9).date_naive(), in_days(20).date_naive());
    let answer = world.search(&[("date", &all)]).await;
    assert_eq!(answer.titles(), ["Soon", "Later", "Cancelled", "Sold out soon", "Past"]);
    assert_eq!(states(&answer.json()), ["onSale", "onSale", "cancelled", "soldOut", "ended"]);
    world.end().await;
}

async fn paging_leaves_nothing_out_and_repeats_nothing(postgres: PgPool, engine: Engine) {
    let world = World::on(engine, postgres.clone());
    let starts_at = in_days(10);
    let mut made = BTreeSet::new();
    for number in 0..23 {
        // Many begin at the same moment, some are sold out: ties in all that orders.
        let bucket = (number % 3 == 0).then_some("none");
        let title = if number % 2 == 0 { "Tie" } else { "Tie Tied" };
        let event = NewEvent { title, starts_at, bucket, ..NewEvent::default() };
        made.insert(seed::event(&postgres, event).await.to_string());
    }
    world.until_total(23).await;
    let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let answer = world.search(&[("token", "tie"), ("limit", "5"), ("cursor", &cursor)]).await.json();
        assert_eq!(answer["total"], 23);
        seen.extend(
            answer["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["eventId"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        match answer["cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
        // Somebody else's event changes between the pages: nothing of ours moves by it.
        if pages == 2 {
            let early = NewEvent { title: "Other", starts_at: in_days(1), ..NewEvent::default() };
            seed::event(&postgres, early).await;
            world.until_found("other", &["Other"]).await;
        }
    }
    assert_eq!((pages, seen.len()), (5, 23));
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), made);
    let other = world.search(&[("token", "another"), ("cursor", &cursor)]).await;
    assert_eq!((other.status, other.json()["parameter"].as_str()), (400, Some("cursor")));
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_bad_parameter_is_named(postgres: PgPool) {
    let world = World::start_without(postgres);
    for (parameter, value) in [
        ("limit", "0"),
        ("date", "24.12.2026"),
        ("location", "95,13"),
        ("token", "?!"),
        ("cursor", "nonsense"),
        ("when", "2026-12"),
    ] {
        let answer = world.search(&[(parameter, value)]).await;
        let problem = answer.json();
        assert_eq!((answer.status, answer.kind.as_str()), (400, "application/problem+json"), "{parameter}");
        assert_eq!(problem["type"], "/problems/invalid-parameter");
        assert_eq!(problem["parameter"], parameter);
        assert!(problem["detail"].as_str().unwrap().starts_with(parameter), "{problem}");
    }
    world.stop().await;
}
