//! The last ticket goes: those inside hear it, and nobody is charged for nothing.

use std::time::Duration;

use serde_json::json;
use system_tests::{World, organizer::text, until};

#[tokio::test(flavor = "multi_thread")]
async fn when_the_last_seat_is_sold_those_inside_hear_it() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("One Chair", 1).await;
    let room = organizer.room(&event, 60, 2).await;
    let (ada, bob) = (world.fan("ada").await, world.fan("bob").await);
    ada.enter(&room).await;
    bob.enter(&room).await;

    let ticket = text(&ada.tickets(&event).await[0]["ticketId"]);
    let hold = ada.reserve(&ticket).await.expect(201);
    let taken = bob.reserve(&ticket).await.problem(409, "seats-taken");
    assert_eq!(taken["conflicts"], json!([ticket]));
    let order = ada.confirm(&text(&hold["holdId"]), "tok_ok").await.expect(202);
    ada.order_in(&text(&order["orderId"]), "paid").await;
    bob.reserve(&ticket).await.problem(409, "seats-taken");
    until("no ticket is shown", Duration::from_secs(10), async || {
        bob.tickets(&event).await.is_empty().then_some(())
    })
    .await;
    assert_eq!(world.sql("select count(*) from sale").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_payment_gives_the_units_back() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.standing_event("Standing Room", 2).await;
    let (ada, bob) = (world.fan("ada").await, world.fan("bob").await);
    let tier = text(&ada.tickets(&event).await[0]["tierId"]);
    let both = json!({ "eventId": event.id, "tier": tier, "quantity": 2 });
    let hold = ada.person.post("/booking/reserve", &both).await.expect(201);
    assert_eq!(hold["total"], json!({ "minor": 4000, "currency": "EUR" }));
    bob.person.post("/booking/reserve", &both).await.problem(409, "sold-out");
    let order = ada.confirm(&text(&hold["holdId"]), "tok_declined").await.expect(202);
    let path = format!("/order/{}", text(&order["orderId"]));
    until("the refusal reaches the order", Duration::from_secs(20), async || {
        let order = ada.person.get(&path).await.expect(200);
        let history = order["history"].to_string();
        (history.contains("declined") || order["state"] != "awaitingPayment").then_some(())
    })
    .await;
    ada.person.delete(&path).await;
    until("the units are free again", Duration::from_secs(20), async || {
        (bob.person.post("/booking/reserve", &both).await.status.as_u16() == 201).then_some(())
    })
    .await;
    assert_eq!(world.sql("select count(*) from sale").await, "0");
}
