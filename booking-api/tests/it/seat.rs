//! The seat map, and what can be had.

use base64::{Engine, engine::general_purpose::STANDARD};
use booking_api::problems::{NO_ASSERTION, QUEUE_REQUIRED};
use chrono::TimeDelta;
use http::{StatusCode, header};
use platform::http::kinds::{INVALID_PARAMETER, METHOD_NOT_ALLOWED, NOT_FOUND};
use serde_json::json;
use sqlx::PgPool;

use crate::{
    app::TestBooking,
    given::{self, id_of},
};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_map_lists_sections_rows_and_seats(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let made = given::event(&app.organizer().await, 2, 5).await;
    let event = id_of(&made);
    let path = format!("/event/{event}/seats");
    let answer = app.stranger().get(&path).await;
    let map = answer.expect(200);
    let section = &map["sections"][0];
    assert_eq!((&section["name"], &section["rows"][1]["name"]), (&json!("A"), &json!("2")));
    let expected = json!({
        "ticketId": given::reference(event, 3), "bit": 3, "name": "2", "tierId": map["tiers"][0]["tierId"],
        "accessible": false,
    });
    assert_eq!(section["rows"][1]["seats"][1], expected);
    assert_eq!((&map["tiers"][1]["generalAdmission"], &map["tiers"][1]["total"]), (&json!(true), &json!(5)));

    let etag = answer.headers[header::ETAG].to_str().unwrap().to_owned();
    let again = app.stranger().with_header("if-none-match", &format!("\"x\", W/{etag}")).get(&path).await;
    assert_eq!((again.status, again.bytes.len()), (StatusCode::NOT_MODIFIED, 0));
    assert_eq!(again.headers[header::ETAG].to_str().unwrap(), etag);
    app.stranger().with_header("if-none-match", "\"x\"").get(&path).await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_bit_says_whether_a_ticket_can_be_had(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let made = given::event(&app.organizer().await, 4, 2).await;
    let event = id_of(&made);
    let path = format!("/event/{event}/availability");
    let bits = async || {
        app.app.views.forget(event).await;
        let answer = app.stranger().get(&path).await.expect(200);
        (STANDARD.decode(answer["available"].as_str().unwrap()).unwrap(), answer)
    };
    let (all, first) = bits().await;
    assert_eq!(all, [0xff, 0b11]);
    assert_eq!(first["tiers"][0]["available"], 8);

    let fan = app.fan().await;
    given::order(&app, event, fan.account.unwrap(), &[0, 8], true).await;
    given::order(&app, event, fan.account.unwrap(), &[3], false).await;
    let (some, second) = bits().await;
    assert_eq!(some, [0b1111_0110, 0b10]);
    assert_eq!((&second["tiers"][0]["available"], &second["tiers"][1]["available"]), (&json!(6), &json!(1)));
    assert!(second["version"].as_u64() > first["version"].as_u64());
    let (_, third) = bits().await;
    assert_eq!(third["version"], second["version"], "nothing changed");

    app.clock.advance(TimeDelta::minutes(31));
    assert_eq!(bits().await.0, [0b1111_1110, 0b10], "a claim that is over claims nothing");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn maps_of_nothing_are_not_found(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let nobody = "01890000-0000-7000-8000-000000000000";
    for what in ["seats", "availability"] {
        app.stranger().get(&format!("/event/{nobody}/{what}")).await.expect_problem(NOT_FOUND);
        app.stranger().get(&format!("/event/nonsense/{what}")).await.expect_problem(INVALID_PARAMETER);
        app.stranger().delete(&format!("/event/{nobody}/{what}")).await.expect_problem(METHOD_NOT_ALLOWED);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_event_that_was_seen_is_shown_while_the_database_is_away(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let made = given::event(&app.organizer().await, 2, 2).await;
    let event = id_of(&made);
    let path = format!("/event/{event}");
    assert_eq!(app.stranger().get(&path).await.expect(200)["stale"], false);
    app.postgres.close().await;
    app.app.views.details.forget(event).await;
    app.app.views.snapshots.forget(event).await;
    let shown = app.stranger().get(&path).await.expect(200);
    assert_eq!((&shown["stale"], &shown["ticketAvailable"]), (&json!(true), &json!(6)));
    let unseen = "/event/01890000-0000-7000-8000-000000000000";
    app.stranger().get(unseen).await.expect_problem(platform::http::kinds::UNAVAILABLE);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_page_tells_where_and_when_and_loads_nothing_foreign(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let venue = organizer.post("/venue", given::venue("Hall </script>")).await.expect(201);
    let mut body = given::event_body("Night <b>", 2, 2);
    body["venueId"] = venue["venueId"].clone();
    let event = id_of(&organizer.post("/event", body).await.expect(201));
    let answer = app.stranger().get(&format!("/e/{event}")).await;
    let page = answer.text();
    assert_eq!(answer.status, StatusCode::OK, "{page}");
    for part in [
        "Sunday, 20 June 2027 at 20:00 CEST",
        "€49.50",
        "Night &lt;b&gt;",
        "data-test=\"best\"",
        "data-plan=",
    ] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    assert_eq!(page.matches("</script>").count(), 3, "the text of a venue ends no script");
    let data = page.split("ld+json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    assert_eq!((&data["@type"], &data["location"]["name"]), (&json!("Event"), &json!("Hall </script>")));
    assert!(
        answer.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().starts_with("default-src 'self'")
    );
    let loaded: Vec<&str> = page.split('"').filter(|part| part.starts_with("/assets/")).collect();
    assert_eq!(loaded.len(), 2, "{loaded:?}");
    for path in loaded {
        let file = path.strip_prefix(web_assets::FOLDER).unwrap();
        assert!(web_assets::find(file, "br").is_some(), "the gate has {path}");
    }
    app.stranger()
        .get("/account/sign-in")
        .await
        .text()
        .contains("data-test=\"password\"")
        .then_some(())
        .unwrap();
    app.stranger().get("/e/01890000-0000-7000-8000-000000000000").await.expect_problem(NOT_FOUND);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_held_ticket_cannot_be_had_until_it_is_given_back(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let event = id_of(&given::event(&app.organizer().await, 2, 2).await);
    let bits = async || {
        app.app.views.forget(event).await;
        let answer = app.stranger().get(&format!("/event/{event}/availability")).await.expect(200);
        assert_eq!(answer["stale"], false);
        STANDARD.decode(answer["available"].as_str().unwrap()).unwrap()
    };
    let fan = app.fan().await;
    let asked = json!({"ticketIds": [given::reference(event, 1), given::reference(event, 2)]});
    let hold = fan.post("/booking/reserve", asked).await.expect(201);
    assert_eq!(bits().await, [0b11_1001]);
    fan.delete(&format!("/booking/hold/{}", hold["holdId"].as_str().unwrap())).await.expect(204);
    assert_eq!(bits().await, [0b11_1111]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_event_is_shown_and_says_that_it_is_stale_while_redis_is_away(postgres: PgPool) {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let app = TestBooking::with_redis(postgres, &format!("redis://{closed}"), &[]);
    let shown = given::event(&app.organizer().await, 2, 2).await;
    assert_eq!((&shown["stale"], &shown["ticketAvailable"]), (&json!(true), &json!(6)));
    let event = id_of(&shown);
    let page = app.stranger().get(&format!("/e/{event}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("out of date"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_guarded_event_is_looked_at_with_a_pass_only(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let event = id_of(&given::event(&app.organizer().await, 2, 2).await);
    let room: contracts::id::RoomId = app.app.ids.next();
    sqlx::query!(
        "insert into room (room_id, event_id, owner_id, name, state, admit_per_minute, max_active, claim_window,
             session_length, created_at)
         values ($1, $2, $1, 'Room', 'open', 1, 1, '1 minute', '10 minutes', now())",
        room.uuid(),
        event.uuid()
    )
    .execute(&app.postgres)
    .await
    .unwrap();
    for path in
        [format!("/event/{event}/seats"), format!("/event/{event}/availability"), format!("/e/{event}")]
    {
        let problem = app.stranger().get(&path).await.expect_problem(QUEUE_REQUIRED);
        assert_eq!(problem["queue"], format!("/queue/{room}"));
        app.stranger().admitted(app.app.ids.next(), room).get(&path).await.expect_problem(QUEUE_REQUIRED);
        assert_eq!(app.stranger().admitted(event, room).get(&path).await.status, StatusCode::OK);
        app.stranger().without_assertion().get(&path).await.expect_problem(NO_ASSERTION);
    }
    app.stranger().get(&format!("/event/{event}")).await.expect(200);
}
