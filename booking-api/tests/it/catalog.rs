//! Venues, performers, events, imports.

use axum::body::Body;
use booking_api::problems::{
    EXTERNAL_ID_TAKEN, IN_USE, NOT_YOURS, ORGANIZERS_ONLY, SESSION_EXPIRED, SIGNED_OUT,
};
use chrono::TimeDelta;
use http::Method;
use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER, MALFORMED_BODY, METHOD_NOT_ALLOWED, NOT_FOUND};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::TestBooking,
    given::{self, event_body, id_of, search_version, venue},
};

const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_venue_is_made_once_by_its_external_id(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let made = organizer.post("/venue", venue("Hall")).await.expect(201);
    let mut renamed = venue("Hall");
    renamed["name"] = json!("Great Hall");
    let again = organizer.post("/venue", renamed).await.expect(200);
    assert_eq!(again["venueId"], made["venueId"]);
    let path = format!("/venue/{}", made["venueId"].as_str().unwrap());
    assert_eq!(app.stranger().get(&path).await.expect(200)["name"], "Great Hall");
    let other = app.organizer().await;
    assert_ne!(other.post("/venue", venue("Hall")).await.expect(201)["venueId"], made["venueId"]);
    other.put(&path, venue("Mine")).await.expect_problem(NOT_YOURS);
    other.delete(&path).await.expect_problem(NOT_YOURS);
    organizer.post("/venue", venue("Club")).await.expect(201);
    organizer.put(&path, venue("Club")).await.expect_problem(EXTERNAL_ID_TAKEN);
    organizer.put(&path, venue("Dome")).await.expect(200);
    organizer.delete(&path).await.expect(204);
    app.stranger().get(&path).await.expect_problem(NOT_FOUND);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_cannot_be_a_venue_is_told_field_by_field(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let mut bad = venue("Hall");
    bad["country"] = json!("XX");
    bad["latitude"] = json!(91);
    bad["timeZone"] = json!("Mars/Olympus");
    bad["city"] = json!(" ");
    let problem = organizer.post("/venue", bad).await.expect_problem(INVALID_BODY);
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/city", "/country", "/latitude", "/timeZone"]);
    organizer.post("/venue", json!({"name": "Hall"})).await.expect_problem(INVALID_BODY);
    organizer.call(Method::POST, "/venue", Body::from("[")).await.expect_problem(MALFORMED_BODY);
    organizer.put(&format!("/venue/{NOBODY}"), venue("Hall")).await.expect_problem(NOT_FOUND);
    organizer.delete(&format!("/performer/{NOBODY}")).await.expect_problem(NOT_FOUND);
    organizer.get("/venue/nonsense").await.expect_problem(INVALID_PARAMETER);
    organizer.call(Method::PATCH, "/venue", Body::empty()).await.expect_problem(METHOD_NOT_ALLOWED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_organizers_write_the_catalog(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    for (path, body) in [
        ("/venue", venue("Hall")),
        ("/performer", json!({"name": "Ada"})),
        ("/event/import", json!({"rows": []})),
    ] {
        app.stranger().post(path, body.clone()).await.expect_problem(SIGNED_OUT);
        app.fan().await.post(path, body).await.expect_problem(ORGANIZERS_ONLY);
    }
    let organizer = app.organizer().await;
    app.clock.advance(TimeDelta::hours(13));
    organizer.post("/venue", venue("Hall")).await.expect_problem(SESSION_EXPIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_event_shows_what_can_be_had_of_it(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let made = given::event(&app.organizer().await, 3, 4).await;
    let path = format!("/event/{}", made["eventId"].as_str().unwrap());
    let shown = app.stranger().get(&path).await.expect(200);
    assert_eq!(shown, made);
    assert_eq!(shown["state"], "onSale");
    assert_eq!(shown["venue"]["name"], "Hall");
    assert_eq!(shown["performers"][0]["name"], "The Band");
    assert_eq!(shown["timeZone"], "Europe/Berlin");
    assert_eq!((&shown["ticketTotal"], &shown["ticketAvailable"]), (&json!(10), &json!(10)));
    let event = id_of(&shown);
    let tickets = shown["ticket"].as_array().unwrap();
    let expected = json!({
        "ticketId": given::reference(event, 4), "place": "A, row 2, seat 2",
        "tierId": shown["tiers"][0]["tierId"], "price": {"minor": 4950, "currency": "EUR"},
    });
    assert_eq!(tickets[4], expected);
    assert_eq!(tickets[9]["place"], "Standing");
    let rest = app.stranger().get(&format!("{path}?ticketCursor=9")).await.expect(200);
    assert_eq!(rest["ticket"].as_array().unwrap().len(), 1);
    app.stranger().get(&format!("{path}?ticketCursor=x")).await.expect_problem(INVALID_PARAMETER);
    app.stranger().get(&format!("/event/{NOBODY}")).await.expect_problem(NOT_FOUND);
    app.stranger().get("/event/nonsense").await.expect_problem(INVALID_PARAMETER);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_long_list_of_tickets_goes_on_at_its_cursor(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let made = given::event(&app.organizer().await, 0, 1500).await;
    assert_eq!(made["ticket"].as_array().unwrap().len(), 1000);
    assert_eq!(made["ticketCursor"], "1000");
    let path = format!("/event/{}?ticketCursor=1000", made["eventId"].as_str().unwrap());
    let rest = app.stranger().get(&path).await.expect(200);
    assert_eq!((rest["ticket"].as_array().unwrap().len(), &rest["ticketCursor"]), (500, &Value::Null));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_event_stands_where_the_clock_and_the_sales_say(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let made = given::event(&organizer, 1, 1).await;
    let event = id_of(&made);
    let path = format!("/event/{event}");
    let state = async || {
        app.app.views.forget(event).await;
        app.stranger().get(&path).await.expect(200)["state"].clone()
    };
    let mut body = event_body("Night", 0, 0);
    for gone in ["tiers", "seats"] {
        body.as_object_mut().unwrap().remove(gone);
    }
    body["venueId"] = made["venue"]["venueId"].clone();
    body["salesStart"] = json!("2027-06-02T00:00:00Z");
    organizer.put(&path, body.clone()).await.expect(200);
    assert_eq!(state().await, "scheduled");
    app.clock.advance(TimeDelta::days(1));
    assert_eq!(state().await, "onSale");
    let fan = app.fan().await;
    given::order(&app, event, fan.account.unwrap(), &[0, 1, 2], true).await;
    assert_eq!(state().await, "soldOut");
    app.clock.advance(TimeDelta::days(19));
    assert_eq!(state().await, "ended");
    body["state"] = json!("cancelled");
    let organizer =
        organizer.clone().of_account(organizer.account.unwrap(), contracts::session::Role::Organizer);
    assert_eq!(organizer.put(&path, body).await.expect(200)["state"], "cancelled");
    assert_eq!(search_version(&app, event).await, (3, false));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_event_that_nobody_ordered_from_can_go(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let kept = given::event(&organizer, 1, 1).await;
    let mut body = event_body("Other", 1, 1);
    body["venueId"] = kept["venue"]["venueId"].clone();
    let gone = organizer.post("/event", body).await.expect(201);
    let path = |event: &Value| format!("/event/{}", event["eventId"].as_str().unwrap());
    let fan = app.fan().await;
    given::order(&app, id_of(&kept), fan.account.unwrap(), &[0], false).await;
    organizer.delete(&path(&kept)).await.expect_problem(IN_USE);
    app.organizer().await.delete(&path(&gone)).await.expect_problem(NOT_YOURS);
    organizer.delete(&path(&gone)).await.expect(204);
    organizer.delete(&path(&gone)).await.expect_problem(NOT_FOUND);
    app.stranger().get(&path(&gone)).await.expect_problem(NOT_FOUND);
    assert_eq!(search_version(&app, id_of(&gone)).await, (2, true));
    let venue = format!("/venue/{}", kept["venue"]["venueId"].as_str().unwrap());
    organizer.delete(&venue).await.expect_problem(IN_USE);
    let performer = format!("/performer/{}", kept["performers"][0]["performerId"].as_str().unwrap());
    organizer.delete(&performer).await.expect_problem(IN_USE);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_cannot_be_an_event_is_told_field_by_field(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let venue = organizer.post("/venue", venue("Hall")).await.expect(201);
    let good = {
        let mut body = event_body("Night", 1, 1);
        body["venueId"] = venue["venueId"].clone();
        body["externalId"] = json!("n1");
        body
    };
    let cases = [
        ("/title", "title", json!("")),
        ("/salesEnd", "salesEnd", json!("2027-05-01T00:00:00Z")),
        ("/currency", "currency", json!("Euro")),
        ("/ticketLimit", "ticketLimit", json!(0)),
        ("/venueId", "venueId", json!(NOBODY)),
        ("/performerIds/0", "performerIds", json!([NOBODY])),
        ("/tiers", "tiers", json!([])),
        (
            "/tiers/0/price",
            "tiers",
            json!([{"name": "P", "price": -1}, {"name": "S", "price": 0, "generalAdmission": true, "quantity": 1}]),
        ),
        ("/tiers/0/quantity", "tiers", json!([{"name": "P", "price": 1, "quantity": 2}])),
        ("/seats/0/tier", "seats", json!([{"section": "A", "row": "1", "seat": "1", "tier": 1}])),
        ("/seats/0/row", "seats", json!([{"section": "A", "row": "", "seat": "1", "tier": 0}])),
        (
            "/seats/1",
            "seats",
            json!([{"section": "A", "row": "1", "seat": "1", "tier": 0}, {"section": "A", "row": "1", "seat": "1", "tier": 0}]),
        ),
    ];
    for (pointer, field, value) in cases {
        let mut bad = good.clone();
        bad[field] = value;
        let problem = organizer.post("/event", bad).await.expect_problem(INVALID_BODY);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let mut unknown = good.clone();
    unknown["color"] = json!("red");
    organizer.post("/event", unknown).await.expect_problem(INVALID_BODY);
    organizer.post("/event", good.clone()).await.expect(201);
    organizer.post("/event", good.clone()).await.expect_problem(EXTERNAL_ID_TAKEN);
    let foreign = app.organizer().await;
    let problem = foreign.post("/event", good).await.expect_problem(INVALID_BODY);
    assert_eq!(problem["errors"][0]["pointer"], "/venueId");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn tickets_are_numbered_as_a_person_sorts_seats(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let venue = organizer.post("/venue", venue("Hall")).await.expect(201);
    let mut body = event_body("Night", 0, 2);
    body["venueId"] = venue["venueId"].clone();
    let seat = |section: &str, row: &str, seat: &str| json!({"section": section, "row": row, "seat": seat, "tier": 0});
    body["seats"] =
        json!([seat("B", "1", "1"), seat("A", "10", "1"), seat("A", "9", "10"), seat("A", "9", "2")]);
    let made = organizer.post("/event", body).await.expect(201);
    let places: Vec<_> =
        made["ticket"].as_array().unwrap().iter().map(|ticket| ticket["place"].clone()).collect();
    let expected = [
        "A, row 9, seat 2",
        "A, row 9, seat 10",
        "A, row 10, seat 1",
        "B, row 1, seat 1",
        "Standing",
        "Standing",
    ];
    assert_eq!(places, expected);
}

fn row(event: &str, venue_name: &str, performers: &[&str]) -> Value {
    let mut body = event_body(event, 2, 3);
    body["externalId"] = json!(event);
    let mut venue = venue(venue_name);
    venue.as_object_mut().unwrap().remove("externalId");
    json!({"venue": venue, "performers": performers, "event": body})
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_import_repeated_changes_nothing(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let rows = json!({"rows": [row("e1", "Hall", &["Ada", "Bob"]), row("e2", "Hall", &["ada"]), row("e3", "Club", &[])]});
    let first = organizer.post("/event/import", rows.clone()).await.expect(200);
    let outcomes = |answer: &Value| -> Vec<Value> {
        answer["rows"].as_array().unwrap().iter().map(|row| row["outcome"].clone()).collect()
    };
    assert_eq!(outcomes(&first), ["created"; 3]);
    let event = id_of(&first["rows"][0]);
    let version = search_version(&app, event).await;
    let second = organizer.post("/event/import", rows).await.expect(200);
    assert_eq!(outcomes(&second), ["unchanged"; 3]);
    assert_eq!(second["rows"][0]["eventId"], first["rows"][0]["eventId"]);
    assert_eq!(search_version(&app, event).await, version);
    let counts = sqlx::query!(
        r#"select (select count(*) from venue) as "venues!", (select count(*) from performer) as "performers!",
           (select count(*) from event) as "events!", (select count(*) from ticket) as "tickets!""#
    )
    .fetch_one(&app.postgres)
    .await
    .unwrap();
    assert_eq!((counts.venues, counts.performers, counts.events, counts.tickets), (2, 2, 3, 21));

    let mut moved = row("e1", "Club", &["Bob", "Ada"]);
    moved["event"]["title"] = json!("Another night");
    let third = organizer.post("/event/import", json!({"rows": [moved]})).await.expect(200);
    assert_eq!(outcomes(&third), ["updated"]);
    let shown = app.stranger().get(&format!("/event/{event}")).await.expect(200);
    assert_eq!((&shown["title"], &shown["venue"]["name"]), (&json!("Another night"), &json!("Club")));
    assert_eq!(shown["performers"][0]["name"], "Bob");
    assert_eq!(search_version(&app, event).await.0, version.0 + 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_bad_row_stops_no_other(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let mut unnamed = row("e2", "Hall", &[]);
    unnamed["event"].as_object_mut().unwrap().remove("externalId");
    let mut nowhere = row("e3", "Hall", &[]);
    nowhere["venue"]["country"] = json!("Atlantis");
    let mut seatless = row("e4", "Hall", &[]);
    seatless["event"]["seats"] = json!([{"section": "A", "row": "1", "seat": "1", "tier": 9}]);
    let rows = json!({"rows": [row("e1", "Hall", &[]), unnamed, nowhere, seatless, {"event": 7}, row("e6", "Hall", &[])]});
    let answer = organizer.post("/event/import", rows).await.expect(200);
    let rows = answer["rows"].as_array().unwrap();
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["created", "refused", "refused", "refused", "refused", "created"]);
    let pointer = |row: usize| rows[row]["problem"]["errors"][0]["pointer"].as_str().unwrap().to_owned();
    assert_eq!(
        [pointer(1), pointer(2), pointer(3)],
        ["/event/externalId", "/venue/country", "/event/seats/0/tier"]
    );
    assert_eq!(rows[4]["problem"]["type"], "/problems/invalid-body");
    assert_eq!(rows[5]["row"], 5);
    let mut second = row("e1", "Hall", &[]);
    second["event"]["currency"] = json!("USD");
    let mut third = row("e1", "Hall", &[]);
    third["event"]["title"] = json!("Renamed");
    let twins = json!({"rows": [row("e7", "Hall", &[]), row("e7", "Club", &[]), second, third]});
    let answer = organizer.post("/event/import", twins).await.expect(200);
    let outcomes: Vec<_> =
        answer["rows"].as_array().unwrap().iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(outcomes, ["created", "updated", "refused", "updated"]);
    let many: Vec<_> = (0..501).map(|_| json!({})).collect();
    organizer.post("/event/import", json!({"rows": many})).await.expect_problem(INVALID_BODY);
    organizer.post("/event/import", json!({"row": []})).await.expect_problem(INVALID_BODY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_hall_of_twenty_thousand_seats_is_one_call(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let venue = organizer.post("/venue", venue("Arena")).await.expect(201);
    let mut body = event_body("Final", 0, 1);
    body["venueId"] = venue["venueId"].clone();
    let seat = |n: u32| json!({"section": format!("Block {}", n / 500), "row": (n / 25 % 20).to_string(), "seat": (n % 25).to_string(), "tier": 0, "x": 1.5, "y": 2.5});
    body["seats"] = (0..20_000).map(seat).collect();
    let made = organizer.post("/event", body).await.expect(201);
    assert_eq!(made["ticketTotal"], 20_001);
    assert_eq!(made["ticket"].as_array().unwrap().len(), 1000);
    let gaps = sqlx::query_scalar!(
        r#"select count(*) - max(ticket_id) as "gaps!" from ticket where event_id = $1"#,
        id_of(&made).uuid()
    )
    .fetch_one(&app.postgres)
    .await
    .unwrap();
    assert_eq!(gaps, 1);
}
