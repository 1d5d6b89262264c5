//! No pass, no entry (promise W6): at the gate, and again at booking-api itself.

use std::time::Duration;

use contracts::assertion;
use devstack::system::Service;
use reqwest::Method;
use serde_json::json;
use system_tests::{Event, Fan, Person, Room, World, organizer::text, until};

const PATIENCE: Duration = Duration::from_secs(30);

/// Everything of the event that a room guards, asked by `person` at `base` (empty for the gate).
async fn refused(person: &Person, event: &Event, ticket: &str, base: &str) {
    for path in ["seats", "availability"] {
        let answer = person.get(&format!("{base}/event/{}/{path}", event.id)).await;
        answer.problem(429, "queue-required");
    }
    person
        .post(&format!("{base}/booking/reserve"), &json!({ "ticketId": ticket }))
        .await
        .problem(429, "queue-required");
    let confirm =
        json!({ "ticketId": ticket, "paymentDetails": { "provider": "sandbox", "token": "tok_ok" } });
    person.put(&format!("{base}/booking/confirm"), &confirm).await.problem(429, "queue-required");
}

async fn guarded(world: &World) -> (Event, Room, String, Fan) {
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Behind the Rope", 4).await;
    let room = organizer.room(&event, 60, 10).await;
    let ada = world.fan("ada").await;
    ada.enter(&room).await;
    let ticket = text(&ada.tickets(&event).await[0]["ticketId"]);
    (event, room, ticket, ada)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_lets_nobody_in_without_a_pass_of_their_own() {
    let world = World::start().await;
    let (event, room, ticket, ada) = guarded(&world).await;
    ada.person.get(&format!("/event/{}/seats", event.id)).await.expect(200);

    let bob = world.fan("bob").await;
    refused(&bob.person, &event, &ticket, "").await;

    // Ada's pass in Bob's browser opens nothing: it is bound to her visitor cookie.
    let event_id: contracts::id::EventId = event.id.parse().unwrap();
    let name = contracts::pass::cookie(event_id);
    bob.person.set_cookie(&name, &ada.person.cookie(&name).expect("Ada has a pass"));
    refused(&bob.person, &event, &ticket, "").await;

    // Neither does an assertion that a client makes up: the gate takes it away.
    let forged = bob.person.request(Method::GET, &format!("/event/{}/seats", event.id));
    let forged = bob.person.send(forged.header(assertion::HEADER, "made.up.assertion")).await;
    forged.problem(429, "queue-required");

    // A claim before the call, an admission token of somebody else.
    bob.join(&room).await;
    let carl = world.stranger();
    carl.post(&format!("/queue/{}/pass", room.id), &json!({})).await.any_problem();
    let stolen = json!({ "admissionToken": "not.a.token" });
    carl.post(&format!("/queue/{}/session", room.id), &stolen).await.problem(403, "bad-admission");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admission_is_exchanged_once_and_by_its_owner_only() {
    let world = World::start().await;
    let (_, room, _, _) = guarded(&world).await;
    let bob = world.fan("bob").await;
    bob.join(&room).await;
    bob.wait_until_called(&room).await;
    let token = bob.claim(&room).await;
    let body = json!({ "admissionToken": token });
    let path = format!("/queue/{}/session", room.id);
    world.stranger().post(&path, &body).await.problem(403, "bad-admission");
    bob.exchange(&room, &token).await;
    bob.person.post(&path, &body).await.problem(409, "token-used");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_that_bought_hears_its_confirmation_again_and_confirms_nothing_else() {
    let world = World::start().await;
    let (event, room, ticket, ada) = guarded(&world).await;
    let other = text(&ada.tickets(&event).await[1]["ticketId"]);
    let [bought, kept] = [&ticket, &other].map(|ticket| ada.reserve(ticket));
    let (bought, kept) = (bought.await.expect(201), kept.await.expect(201));
    let (bought, kept) = (text(&bought["holdId"]), text(&kept["holdId"]));
    let order = text(&ada.confirm(&bought, "tok_ok").await.expect(202)["orderId"]);
    ada.order_in(&order, "paid").await;
    until("the end of the turn", PATIENCE, async || {
        let answer = ada.reserve(&ticket).await;
        answer.text.contains("queue-required").then_some(())
    })
    .await;
    ada.confirm(&kept, "tok_ok").await.problem(429, "queue-required");
    assert_eq!(text(&ada.confirm(&bought, "tok_ok").await.expect(202)["orderId"]), order);
    // With a new turn the other hold is confirmed, too.
    ada.enter(&room).await;
    let second = text(&ada.confirm(&kept, "tok_ok").await.expect(202)["orderId"]);
    assert_ne!(second, order);
    ada.order_in(&second, "paid").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn booking_api_checks_again_for_itself() {
    let world = World::start().await;
    let (event, _, ticket, ada) = guarded(&world).await;
    let base = world.url(Service::Booking);
    // Ada's cookies, her pass among them, are nothing without the gate's word.
    let reserve = json!({ "ticketId": ticket });
    let direct = ada.person.post(&format!("{base}/booking/reserve"), &reserve).await;
    let problem = direct.any_problem();
    assert!(matches!(direct.status.as_u16(), 401 | 429), "{problem}");
    let seats = ada.person.request(Method::GET, &format!("{base}/event/{}/seats", event.id));
    let seats = ada.person.send(seats.header(assertion::HEADER, "made.up.assertion")).await;
    let problem = seats.any_problem();
    assert!(matches!(seats.status.as_u16(), 401 | 429), "{problem}");
}
