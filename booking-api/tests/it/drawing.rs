//! Drawing the plan of a draft, and what publishing makes of it.

use booking_api::problems::{NOT_YOURS, ORGANIZERS_ONLY, PLAN_SETTLED, SEATS_TAKEN, VERSION_UNMATCHED};
use chrono::TimeDelta;
use contracts::id::EventId;
use http::header;
use platform::http::kinds::{INVALID_BODY, NOT_FOUND};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client, TestBooking},
    given::{self, event_body, id_of, reference, venue},
};

/// What is made wrong in a body.
type Change = fn(&mut Value);

/// A draft that sells nothing yet.
async fn draft(organizer: &Client<'_>) -> (Value, EventId) {
    let venue = organizer.post("/venue", venue("Hall")).await.json();
    let mut body = event_body("Night", 0, 1);
    body["venueId"] = venue["venueId"].clone();
    body["state"] = json!("draft");
    body["tiers"] = json!([]);
    let made = organizer.post("/event", body).await.expect(201);
    let event = id_of(&made);
    (made, event)
}

fn seat(row: &str, seat: usize, tier: usize) -> Value {
    json!({"section": "Stalls", "row": row, "seat": seat.to_string(), "tier": tier, "x": seat, "y": 2})
}

/// Two tiers with four seats, of which one is kept back for the press.
fn drawn() -> Value {
    let mut seats: Vec<Value> = (1..=4).map(|number| seat("A", number, 0)).collect();
    seats[2]["keepBack"] = json!("Press");
    seats[3]["accessible"] = json!(true);
    json!({
        "tiers": [
            {"name": "Stalls", "price": 4000, "generalAdmission": false, "colour": "#0f766e"},
            {"name": "Floor", "price": 2000, "generalAdmission": true, "quantity": 3},
        ],
        "seats": seats,
        "focalPoints": [{"x": 2.5, "y": 0}],
    })
}

async fn publish(organizer: &Client<'_>, made: &Value, event: EventId) -> Answer {
    let mut body = event_body("Night", 0, 0);
    for gone in ["tiers", "seats"] {
        body.as_object_mut().unwrap().remove(gone);
    }
    body["venueId"] = made["venue"]["venueId"].clone();
    body["state"] = json!("published");
    organizer.put(&format!("/event/{event}"), body).await
}

fn tag(answer: &Answer) -> String {
    answer.headers[header::ETAG].to_str().unwrap().to_owned()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_plan_comes_back_as_it_was_drawn_and_is_drawn_anew(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let (_, event) = draft(&organizer).await;
    let path = format!("/event/{event}/plan");
    let empty = organizer.get(&path).await;
    assert_eq!((&empty.json()["tiers"], &empty.json()["seats"]), (&json!([]), &json!([])));
    let put = organizer.clone().with_header("if-match", &tag(&empty)).put(&path, drawn()).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let read = organizer.get(&path).await;
    assert_eq!((read.json(), tag(&read)), (put.json(), tag(&put)));
    let plan = read.json();
    assert_eq!(plan["settled"], Value::Null);
    let mut again = drawn();
    for (index, tier) in again["tiers"].as_array_mut().unwrap().iter_mut().enumerate() {
        tier["tierId"] = plan["tiers"][index]["tierId"].clone();
    }
    for (index, seat) in again["seats"].as_array_mut().unwrap().iter_mut().enumerate() {
        (seat["x"], seat["y"]) = (json!(f64::from(u8::try_from(index + 1).unwrap())), json!(2.0));
    }
    again["focalPoints"][0]["y"] = json!(0.0);
    for part in ["tiers", "seats", "focalPoints"] {
        assert_eq!(plan[part], again[part], "{part}");
    }
    // What the pages and the pretix file are made of follows at once, fewer tickets or more.
    let total = async || organizer.get(&format!("/event/{event}")).await.json()["ticketTotal"].clone();
    assert_eq!(total().await, 7);
    let mut smaller = again.clone();
    smaller["seats"] = json!([seat("B", 1, 0)]);
    smaller["tiers"][0]["name"] = json!("Front");
    let small = organizer.put(&path, smaller).await.expect(200);
    assert_eq!(small["tiers"][0]["tierId"], plan["tiers"][0]["tierId"], "a tier stays the same one");
    assert_eq!(total().await, 4);
    let seats = organizer.get(&format!("/event/{event}/seats")).await.json();
    assert_eq!(seats["sections"][0]["rows"][0]["name"], "B");
    assert_eq!(seats["tiers"][0]["colour"], "#0f766e");
    let file = organizer.get(&format!("/event/{event}/seating-plan")).await.json();
    assert_eq!(file["categories"][0], json!({"name": "Front", "color": "#0f766e"}));
    let bits = organizer.get(&format!("/event/{event}/availability")).await.json();
    assert_eq!(bits["available"], "Dw==");
    let did = sqlx::query_scalar!(
        r#"select count(*) as "count!" from audit_entry where event_id = $1 and operation = 'drawing.put'"#,
        event.uuid()
    );
    assert_eq!(did.fetch_one(&app.postgres).await.unwrap(), 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_cannot_be_a_plan_is_told_where(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let (made, event) = draft(&organizer).await;
    let path = format!("/event/{event}/plan");
    let nothing = publish(&organizer, &made, event).await.expect_problem(INVALID_BODY);
    assert_eq!(nothing["errors"][0]["pointer"], "/state");
    organizer.put(&path, drawn()).await.expect(200);
    let wrong: [(&str, Change); 7] = [
        ("/seats/1", |body| body["seats"][1] = body["seats"][0].clone()),
        ("/seats/0/tier", |body| body["seats"][0]["tier"] = json!(1)),
        ("/seats/0/keepBack", |body| body["seats"][0]["keepBack"] = json!("")),
        ("/tiers/0/colour", |body| body["tiers"][0]["colour"] = json!("#FFF")),
        ("/tiers/0/tierId", |body| body["tiers"][0]["tierId"] = json!(uuid::Uuid::from_u128(1))),
        ("/tiers/1/quantity", |body| body["tiers"][1]["quantity"] = json!(0)),
        ("/focalPoints/0/section", |body| body["focalPoints"][0]["section"] = json!("Nowhere")),
    ];
    for (pointer, change) in wrong {
        let mut body = drawn();
        change(&mut body);
        let told = organizer.put(&path, body).await.expect_problem(INVALID_BODY);
        assert_eq!(told["errors"][0]["pointer"], pointer, "{told}");
    }
    assert_eq!(organizer.get(&path).await.json()["seats"].as_array().unwrap().len(), 4, "nothing was lost");
    // A tier that a voucher is about must stay.
    let floor = organizer.get(&path).await.json()["tiers"][1]["tierId"].clone();
    let vouchers = json!({"vouchers": [{"code": "SEVEN-OFF", "off": 700, "tiers": [floor]}]});
    organizer.post(&format!("/event/{event}/voucher"), vouchers).await.expect(200);
    let told = organizer.put(&path, drawn()).await.expect_problem(INVALID_BODY);
    assert_eq!(told["errors"][0]["pointer"], "/tiers");
    let stranger = app.organizer().await;
    stranger.get(&path).await.expect_problem(NOT_YOURS);
    stranger.put(&path, drawn()).await.expect_problem(NOT_YOURS);
    app.fan().await.get(&path).await.expect_problem(ORGANIZERS_ONLY);
    let nowhere = format!("/event/{}/plan", uuid::Uuid::from_u128(1));
    organizer.get(&nowhere).await.expect_problem(NOT_FOUND);
    organizer.put(&nowhere, drawn()).await.expect_problem(NOT_FOUND);
    let mut at_once = event_body("Night", 1, 1);
    at_once["venueId"] = made["venue"]["venueId"].clone();
    at_once["seats"][0]["keepBack"] = json!("Press");
    let told = organizer.post("/event", at_once).await.expect_problem(INVALID_BODY);
    assert_eq!(told["errors"][0]["pointer"], "/state");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn two_who_draw_one_plan_do_not_write_over_each_other(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let (_, event) = draft(&organizer).await;
    let path = format!("/event/{event}/plan");
    let read = tag(&organizer.get(&path).await);
    let both = organizer.clone().with_header("if-match", &read);
    let (one, other) = tokio::join!(both.put(&path, drawn()), both.put(&path, drawn()));
    let mut states = [one.status.as_u16(), other.status.as_u16()];
    states.sort_unstable();
    assert_eq!(states, [200, 412]);
    let late = both.put(&path, drawn()).await.expect_problem(VERSION_UNMATCHED);
    assert_eq!(format!("\"{}\"", late["version"]), tag(&organizer.get(&path).await));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_kept_back_is_never_for_sale_from_the_moment_of_publishing(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let (made, event) = draft(&organizer).await;
    let path = format!("/event/{event}/plan");
    let mut body = drawn();
    body["seats"][1]["keepBack"] = json!("Crew");
    organizer.put(&path, body).await.expect(200);
    let allocations = format!("/event/{event}/allocation");
    assert_eq!(organizer.get(&allocations).await.json()["allocations"], json!([]));
    publish(&organizer, &made, event).await.expect(200);
    let fan = app.fan().await;
    for kept in [1, 2] {
        let asked = json!({"ticketId": reference(event, kept)});
        fan.post("/booking/reserve", asked).await.expect_problem(SEATS_TAKEN);
    }
    let bits = app.stranger().get(&format!("/event/{event}/availability")).await.json();
    assert_eq!(bits["available"], "eQ==", "seats 1 and 2 are kept back");
    fan.post("/booking/reserve", json!({"ticketId": reference(event, 0)})).await.expect(201);
    let listed = organizer.get(&allocations).await.json();
    let told: Vec<_> = listed["allocations"].as_array().unwrap().iter().collect();
    let mut labels: Vec<_> =
        told.iter().map(|one| (one["label"].as_str().unwrap(), one["tickets"].clone())).collect();
    labels.sort_by_key(|(label, _)| *label);
    assert_eq!(labels, [("Crew", json!([reference(event, 1)])), ("Press", json!([reference(event, 2)]))]);
    // They are released like all others.
    let press = told.iter().find(|one| one["label"] == "Press").unwrap()["orderId"].as_str().unwrap();
    organizer.delete(&format!("{allocations}/{press}")).await.expect(204);
    fan.post("/booking/reserve", json!({"ticketId": reference(event, 2)})).await.expect(201);
    // Publishing again keeps nothing back again.
    publish(&organizer, &made, event).await.expect(200);
    assert_eq!(organizer.get(&allocations).await.json()["allocations"].as_array().unwrap().len(), 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_plan_is_settled_when_its_event_is_published(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let (made, event) = draft(&organizer).await;
    let path = format!("/event/{event}/plan");
    organizer.put(&path, drawn()).await.expect(200);
    // Looked at as a draft, so that whatever could be kept of it is.
    organizer.get(&format!("/event/{event}/seats")).await.expect(200);
    let mut body = drawn();
    body["seats"] = json!([seat("Z", 1, 0)]);
    organizer.put(&path, body).await.expect(200);
    publish(&organizer, &made, event).await.expect(200);
    let refused = organizer.put(&path, drawn()).await.expect_problem(PLAN_SETTLED);
    assert_eq!(refused["settled"], "published");
    let plan = organizer.get(&path).await.json();
    assert_eq!((&plan["settled"], &plan["available"]), (&json!("published"), &json!("Dw==")));
    let seats = app.stranger().get(&format!("/event/{event}/seats")).await.json();
    assert_eq!(seats["sections"][0]["rows"][0]["name"], "Z", "fans see what was drawn last");
    // A draft of which somebody holds a ticket, by whatever way, is not drawn anew either.
    let (_, other) = draft(&organizer).await;
    organizer.put(&format!("/event/{other}/plan"), drawn()).await.expect(200);
    given::order(&app, other, organizer.account.unwrap(), &[0], true).await;
    let refused = organizer.put(&format!("/event/{other}/plan"), drawn()).await.expect_problem(PLAN_SETTLED);
    assert_eq!(refused["settled"], "held");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn while_somebody_publishes_nobody_draws(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    for turn in 0..6 {
        let (made, event) = draft(&organizer).await;
        let path = format!("/event/{event}/plan");
        organizer.put(&path, drawn()).await.expect(200);
        let mut other = drawn();
        other["seats"] = json!([seat("Z", 1, 0), seat("Z", 2, 0)]);
        other["seats"][1]["keepBack"] = json!("Press");
        let (put, published) = tokio::join!(organizer.put(&path, other), publish(&organizer, &made, event));
        assert_eq!(published.status, 200, "{}", published.text());
        let rows = if put.status == 200 { "Z" } else { "A" };
        let plan = organizer.get(&path).await.json();
        assert_eq!(plan["seats"][0]["row"], rows, "turn {turn}: {}", put.text());
        // What is kept back is what the plan that was published says.
        let kept = if put.status == 200 { 1 } else { 2 };
        let listed = organizer.get(&format!("/event/{event}/allocation")).await.json();
        assert_eq!(listed["allocations"][0]["tickets"], json!([reference(event, kept)]), "turn {turn}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_sees_their_own_venues_and_performers(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let (organizer, other) = (app.organizer().await, app.organizer().await);
    for name in ["Hall", "Club"] {
        organizer.post("/venue", venue(name)).await.expect(201);
        organizer.post("/performer", json!({"name": name})).await.expect(201);
        // Ids of one moment have no order.
        app.clock.advance(TimeDelta::seconds(1));
    }
    other.post("/venue", venue("Elsewhere")).await.expect(201);
    for (path, list) in [("/venue", "venues"), ("/performer", "performers")] {
        let all = organizer.get(path).await.expect(200);
        let names: Vec<_> =
            all[list].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!((names, &all["next"]), (vec!["Club", "Hall"], &Value::Null));
        let id = all[list][0][if path == "/venue" { "venueId" } else { "performerId" }].as_str().unwrap();
        let rest = organizer.get(&format!("{path}?before={id}")).await.expect(200);
        assert_eq!(rest[list].as_array().unwrap().len(), 1);
        app.fan().await.get(path).await.expect_problem(ORGANIZERS_ONLY);
    }
    assert_eq!(other.get("/venue").await.json()["venues"][0]["name"], "Elsewhere");
}
