//! A whole purchase, from search to mail.

use std::time::Duration;

use contracts::key::PublicKeys;
use reqwest::header;
use serde_json::{Value, json};
use system_tests::{World, mail, organizer::text, until};

const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_fan_searches_waits_enters_buys_and_gets_the_ticket_by_mail() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Aurora Nights", 3).await;
    let room = organizer.room(&event, 60, 10).await;
    let ada = world.fan("ada").await;

    // From Elasticsearch or, where there is none, from the index of search-api itself.
    let found = until("the event in search", PATIENCE, async || {
        let answer = ada.person.get("/search?token=aurora").await;
        let found = answer.status.is_success().then(|| answer.expect(200))?;
        found["events"].as_array()?.iter().find(|found| found["eventId"] == event.id).cloned()
    })
    .await;
    assert_eq!(found["title"], event.title);
    assert_eq!(found["priceFrom"], json!({ "minor": 4950, "currency": "EUR" }));

    ada.person.get(&format!("/e/{}", event.id)).await.problem(429, "queue-required");
    assert!(ada.person.open(&format!("/e/{}", event.id)).await.page().contains("queue"));
    ada.enter(&room).await;
    assert!(ada.person.open(&format!("/e/{}", event.id)).await.page().contains(&event.title));

    let tickets = ada.tickets(&event).await;
    assert_eq!(tickets.len(), 3);
    let ticket = text(&tickets[0]["ticketId"]);
    let hold = ada.reserve(&ticket).await.expect(201);
    assert_eq!(hold["total"], json!({ "minor": 4950, "currency": "EUR" }));
    let order = ada.confirm(&text(&hold["holdId"]), "tok_ok").await.expect(202);
    let order = ada.order_in(&text(&order["orderId"]), "paid").await;
    let code = text(&order["tickets"][0]["code"]);

    let mail = until("the mail", PATIENCE, async || mail::to(&world.mail_folder(), &ada.email).pop()).await;
    assert!(mail.contains(&code), "the mail holds the code: {mail}");
    assert!(mail.contains(&event.title));
    let checked = organizer.person.post("/ticket/check", &json!({ "code": code })).await.expect(200);
    assert_eq!((&checked["genuine"], &checked["ticketId"]), (&json!(true), &json!(ticket)));
    let mut forged = code.clone();
    forged.replace_range(20..21, if &code[20..21] == "A" { "B" } else { "A" });
    organizer.person.post("/ticket/check", &json!({ "code": forged })).await.problem(422, "not-genuine");

    // The slot is free again: the purchase let the next fan in.
    until("the slot is freed", PATIENCE, async || {
        let live: Value = organizer.look(&room).await["live"].clone();
        (live["active"] == 0 && live["called"] == 0).then_some(())
    })
    .await;
    assert_eq!(ada.tickets(&event).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_publishes_its_keys_and_gives_each_visitor_a_cookie() {
    let world = World::start().await;
    let stranger = world.stranger();
    let keys = stranger.get("/.well-known/jwks.json").await;
    assert!(PublicKeys::from_jwks(&keys.text).is_ok(), "{}", keys.text);
    let cookie = keys.header(&header::SET_COOKIE);
    assert!(cookie.starts_with(contracts::visitor::COOKIE) && cookie.contains("HttpOnly"), "{cookie}");
}
