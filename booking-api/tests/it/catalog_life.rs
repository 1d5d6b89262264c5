//! Drafts and what becomes of them, versions, pictures, plans and tables.

use axum::body::Body;
use booking_api::problems::{
    NOT_YOURS, ORGANIZERS_ONLY, SALES_CLOSED, SIGNED_OUT, VERSION_UNMATCHED, WRONG_EVENT_STATE,
};
use chrono::TimeDelta;
use contracts::session::Role;
use http::{Method, header};
use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER, MALFORMED_BODY, NOT_FOUND};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client, TestBooking},
    given::{self, event_body, id_of, venue},
};

/// The body of a change of the event.
fn changed(made: &Value, state: &str) -> Value {
    let mut body = event_body("Night", 0, 0);
    for gone in ["tiers", "seats"] {
        body.as_object_mut().unwrap().remove(gone);
    }
    body["venueId"] = made["venue"]["venueId"].clone();
    body["state"] = json!(state);
    body
}

async fn post_event(organizer: &Client<'_>, change: impl FnOnce(&mut Value)) -> Answer {
    let venue = organizer.post("/venue", venue("Hall")).await.json();
    let mut body = event_body("Night", 2, 3);
    body["venueId"] = venue["venueId"].clone();
    change(&mut body);
    organizer.post("/event", body).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_draft_is_there_for_its_organizer_only_and_becomes_what_the_states_allow(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let made = post_event(&organizer, |body| body["state"] = json!("draft")).await.expect(201);
    assert_eq!(made["state"], "draft");
    let event = id_of(&made);
    let path = format!("/event/{event}");
    let fan = app.fan().await;
    for hidden in
        [path.clone(), format!("{path}/seats"), format!("{path}/availability"), format!("/e/{event}")]
    {
        app.stranger().get(&hidden).await.expect_problem(NOT_FOUND);
        fan.get(&hidden).await.expect_problem(NOT_FOUND);
        assert_eq!(organizer.get(&hidden).await.status, 200, "{hidden}");
    }
    let seat = json!({"ticketId": given::reference(event, 0)});
    fan.post("/booking/reserve", seat.clone()).await.expect_problem(SALES_CLOSED);
    let put = async |state: &str| organizer.put(&path, changed(&made, state)).await;
    put("cancelled").await.expect_problem(WRONG_EVENT_STATE);
    assert_eq!(put("published").await.expect(200)["state"], "onSale");
    app.stranger().get(&path).await.expect(200);
    put("draft").await.expect_problem(WRONG_EVENT_STATE);
    assert_eq!(put("postponed").await.expect(200)["state"], "postponed");
    fan.post("/booking/reserve", seat.clone()).await.expect_problem(SALES_CLOSED);
    assert!(app.stranger().get(&format!("/e/{event}")).await.text().contains("EventPostponed"));
    put("published").await.expect(200);
    fan.post("/booking/reserve", seat).await.expect(201);
    put("cancelled").await.expect(200);
    let refused = put("published").await.expect_problem(WRONG_EVENT_STATE);
    assert_eq!(refused["state"], "cancelled");
    post_event(&organizer, |body| body["state"] = json!("postponed")).await.expect_problem(INVALID_BODY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_change_is_made_to_the_version_that_was_read_only(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let made = given::event(&organizer, 1, 1).await;
    let things = [
        (format!("/venue/{}", made["venue"]["venueId"].as_str().unwrap()), venue("Hall")),
        (
            format!("/performer/{}", made["performers"][0]["performerId"].as_str().unwrap()),
            json!({"name": "The Band"}),
        ),
        (format!("/event/{}", made["eventId"].as_str().unwrap()), changed(&made, "published")),
    ];
    for (path, body) in things {
        let read = organizer.get(&path).await.headers[header::ETAG].to_str().unwrap().to_owned();
        let expecting = |tag: &str| organizer.clone().with_header("if-match", tag);
        let after = expecting(&read).put(&path, body.clone()).await;
        assert_eq!(after.status, 200, "{path}: {}", after.text());
        assert_ne!(after.headers[header::ETAG].to_str().unwrap(), read);
        let refused = expecting(&read).put(&path, body.clone()).await.expect_problem(VERSION_UNMATCHED);
        let now = format!("\"{}\"", refused["version"]);
        assert_eq!(after.headers[header::ETAG].to_str().unwrap(), now);
        expecting(&read).delete(&path).await.expect_problem(VERSION_UNMATCHED);
        expecting("7").put(&path, body.clone()).await.expect_problem(INVALID_PARAMETER);
        assert_eq!(expecting("*").put(&path, body).await.status, 200);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_picture_says_what_it_shows(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let image = json!({"url": "https://img.example/night.jpg", "alt": "The band & a moon"});
    let made = post_event(&organizer, |body| body["image"] = image.clone()).await.expect(201);
    assert_eq!(made["image"], image);
    let page = app.stranger().get(&format!("/e/{}", made["eventId"].as_str().unwrap())).await;
    assert!(page.text().contains("alt=\"The band &amp; a moon\""), "{}", page.text());
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("img-src 'self' https:"));
    let data = page.text();
    let data = data.split("application/ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["image"]["caption"], "The band & a moon");
    assert_eq!(data["startDate"], "2027-06-20T20:00:00+02:00");
    assert_eq!(data["offers"][0]["availability"], "https://schema.org/InStock");
    for bad in [
        json!({"url": "http://img.example/a", "alt": "A"}),
        json!({"url": "javascript:x", "alt": "A"}),
        json!({"url": "https://img.example/a", "alt": ""}),
    ] {
        post_event(&organizer, |body| body["image"] = bad.clone()).await.expect_problem(INVALID_BODY);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_plan_of_pretix_comes_in_and_goes_out(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let seat = |number: u32, category: &str| json!({"seat_number": number.to_string(), "seat_guid": format!("g{number}"), "uuid": "u", "position": {"x": number, "y": 0}, "category": category, "radius": 5});
    let row = |name: &str, y: u32| json!({"row_number": name, "row_number_position": "start", "uuid": "r", "position": {"x": 10, "y": y}, "seats": [seat(1, "Gold"), seat(2, "Silver")]});
    let plan = json!({"name": "Hall", "size": {"width": 100, "height": 100},
        "categories": [{"name": "Gold", "color": "#fff"}, {"name": "Silver", "color": "#000"}],
        "zones": [{"name": "Stalls", "zone_id": "z", "uuid": "z", "position": {"x": 100, "y": 50}, "areas": [], "rows": [row("A", 1), row("B", 2)]}]});
    let with_plan = |tiers: Value| {
        let plan = plan.clone();
        move |body: &mut Value| {
            body["seats"] = json!([]);
            body["seatingPlan"] = plan;
            body["tiers"] = tiers;
        }
    };
    let tiers = json!([{"name": "Gold", "price": 900}, {"name": "Silver", "price": 500}]);
    let made = post_event(&organizer, with_plan(tiers)).await.expect(201);
    let path = format!("/event/{}", made["eventId"].as_str().unwrap());
    let map = app.stranger().get(&format!("{path}/seats")).await.expect(200);
    let row = &map["sections"][0]["rows"][1];
    assert_eq!((&map["sections"][0]["name"], &row["name"]), (&json!("Stalls"), &json!("B")));
    assert_eq!((&row["seats"][1]["x"], &row["seats"][1]["y"]), (&json!(112.0), &json!(52.0)));
    assert_eq!(row["seats"][1]["tierId"], made["tiers"][1]["tierId"]);
    let out = organizer.get(&format!("{path}/seating-plan")).await.expect(200);
    app.organizer().await.get(&format!("{path}/seating-plan")).await.expect_problem(NOT_YOURS);
    let again = post_event(&organizer, |body| {
        body["seats"] = json!([]);
        body["seatingPlan"] = out;
        body["tiers"] = json!([{"name": "Gold", "price": 900}, {"name": "Silver", "price": 500}]);
    });
    let again = again.await.expect(201);
    let second =
        app.stranger().get(&format!("/event/{}/seats", again["eventId"].as_str().unwrap())).await.expect(200);
    let places = |map: &Value| map["sections"].to_string().replace(map["eventId"].as_str().unwrap(), "");
    assert_eq!(places(&map).matches("\"x\":112.0").count(), places(&second).matches("\"x\":112.0").count());
    let missing = post_event(&organizer, with_plan(json!([{"name": "Gold", "price": 900}]))).await;
    assert_eq!(missing.expect_problem(INVALID_BODY)["errors"][0]["pointer"], "/tiers");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_table_of_events_is_imported_with_a_report_by_row(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let head = "externalId,title,category,startsAt,salesStart,salesEnd,currency,performers,tiers,venue.name,venue.city,venue.country,venue.latitude,venue.longitude,venue.timeZone";
    let place = "Hall,Berlin,DE,52.5,13.4,Europe/Berlin";
    let times = "2027-06-20T18:00:00Z,2027-06-01T08:00:00Z,2027-06-20T17:00:00Z";
    let table = format!(
        "{head}\r\nn1,\"Night, the first\",concert,{times},EUR,\"Ada; Bob\",Floor=2500=10,{place}\r\nn2,Second,concert,{times},EURO,,Floor=2500=10,{place}\r\nn3,Third,concert,{times},EUR,,Floor=x=10,{place}\r\n"
    );
    let import = async |table: &str| {
        let client = organizer.clone().with_header("content-type", "text/csv; charset=utf-8");
        client.call(Method::POST, "/event/import", Body::from(table.to_owned())).await
    };
    let report = import(&table).await.expect(200);
    let outcomes: Vec<_> =
        report["rows"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["created", "refused", "refused"]);
    assert_eq!(report["rows"][1]["problem"]["errors"][0]["pointer"], "/event/currency");
    assert!(report["rows"][2]["problem"]["detail"].as_str().unwrap().contains("line 4"), "{report}");
    let event = app
        .stranger()
        .get(&format!("/event/{}", report["rows"][0]["eventId"].as_str().unwrap()))
        .await
        .expect(200);
    assert_eq!(
        (&event["title"], &event["performers"][1]["name"], &event["ticketTotal"]),
        (&json!("Night, the first"), &json!("Bob"), &json!(10))
    );
    let again = import(&table).await.expect(200);
    assert_eq!(again["rows"][0]["outcome"], "unchanged");
    import("title,\"").await.expect_problem(MALFORMED_BODY);
    import("title,colour\n").await.expect_problem(MALFORMED_BODY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_lists_their_events_and_who_works_for_one_lists_that_one(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let owner = app.organizer().await;
    let mut made = Vec::new();
    for number in 0..103 {
        let title = format!("Night {number}");
        let state = if number == 101 { "draft" } else { "published" };
        let event = post_event(&owner, |body| (body["title"], body["state"]) = (json!(title), json!(state)));
        made.push(event.await.expect(201)["eventId"].clone());
        app.clock.advance(TimeDelta::seconds(1));
    }
    let other = app.organizer().await;
    post_event(&other, |_| ()).await.expect(201);

    let first = owner.get("/event").await.expect(200);
    let second = owner.get(first["next"].as_str().unwrap()).await.expect(200);
    assert!(second.get("next").is_none());
    let pages = [&first, &second].map(|page| page["events"].as_array().unwrap().clone());
    assert_eq!(pages.each_ref().map(Vec::len), [100, 3]);
    let listed = pages.concat();
    let ids: Vec<_> = listed.iter().map(|event| event["eventId"].clone()).rev().collect();
    assert_eq!(ids, made, "all of one's own, the newest first, and nobody else's");
    let mut told = listed[1].clone();
    assert_eq!(told["eventId"].take(), made[101]);
    let draft = json!({"eventId": null, "title": "Night 101", "startsAt": "2027-06-20T18:00:00Z", "publication": "draft",
        "venue": "Hall", "city": "Berlin"});
    assert_eq!(told, draft);

    let email = app.registered().await;
    let place = json!({"email": email, "role": "viewer", "eventIds": [made[4]]});
    let added = owner.post("/team/member", place).await.expect(201);
    let account = added["accountId"].as_str().unwrap().parse().unwrap();
    let viewer = app.stranger().of_account(account, Role::Fan);
    let seen = viewer.get("/event").await.expect(200);
    assert_eq!(seen["events"].as_array().unwrap().len(), 1);
    assert_eq!(seen["events"][0]["eventId"], made[4]);
    app.fan().await.get("/event").await.expect_problem(ORGANIZERS_ONLY);
    app.stranger().get("/event").await.expect_problem(SIGNED_OUT);
    owner.get("/event?before=x").await.expect_problem(INVALID_PARAMETER);
}
