//! `kill -9`, again and again, while something goes on by itself: refunds of an event that was called off, and a ticket on
//! its way to somebody else (promises E2, B3 and T1).

use std::time::Duration;

use devstack::system::Service;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, Event, Fan, Organizer, World, mail, organizer::text, until};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_mins(1);

/// Instants after which a process is killed: early and late, and never twice the same in a row.
fn instants() -> impl Iterator<Item = Duration> {
    (1_u64..).map(|kill| Duration::from_millis(kill * 61 % 90))
}

/// A fan who has paid for one seat, and their order.
async fn buyer(world: &World, ticket: &Value, number: usize) -> (Fan, String) {
    let fan = world.fan(&format!("buyer-{number}")).await;
    let hold = fan.reserve(&text(&ticket["ticketId"])).await.expect(201);
    let order = text(&fan.confirm(&text(&hold["holdId"]), "tok_ok").await.expect(202)["orderId"]);
    (fan, order)
}

/// Accepts the ticket until the service answers, as any client does after a broken answer; what it said.
async fn accept(fan: &Fan, token: &str) -> Value {
    until("accepting", PATIENCE, async || {
        let answer = try_to_accept(fan, token).await?;
        match answer.status {
            StatusCode::OK => Some(answer.expect(200)),
            status if status.is_server_error() => None,
            _ => panic!("{answer:?}"),
        }
    })
    .await
}

async fn try_to_accept(fan: &Fan, token: &str) -> Option<Answer> {
    let request = fan.person.request(Method::POST, "/ticket/accept").json(&json!({ "token": token }));
    fan.person.try_send(request).await
}

/// How far the refunds are, if the service says so.
async fn progress(organizer: &Organizer, path: &str) -> Option<Value> {
    let answer = organizer.person.try_send(organizer.person.request(Method::GET, path)).await?;
    answer.status.is_success().then(|| answer.expect(200))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mass_refund_killed_again_and_again_refunds_everybody_once() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Lost Voice", 40).await;
    let mut orders = Vec::new();
    for (ticket, number) in world.fan("ada").await.tickets(&event).await.iter().zip(0..) {
        orders.push(buyer(&world, ticket, number).await);
    }
    assert_eq!(orders.len(), 40);
    for (fan, order) in &orders {
        fan.order_in(order, "paid").await;
    }
    let path = format!("/event/{}/cancel", event.id);
    organizer.person.post(&path, &json!({ "reason": "The singer is ill." })).await.expect(202);
    // Each time some refunds have gone on, and a moment later. Whoever was killed had leased what it worked at, so the
    // next process goes on seconds later.
    let mut in_the_middle = 0;
    for (victim, instant) in
        [Service::Booking, Service::Sandbox, Service::Booking].into_iter().zip(instants())
    {
        let states = "select state, count(*) from refund group by state order by state";
        let before = world.sql(states).await;
        let gone_on = until("some refunds", PATIENCE, async || {
            let now = world.sql(states).await;
            (now != before || now == "done|40").then_some(now)
        });
        gone_on.await;
        // As long as nobody says that all is done, which nobody does in this moment.
        let done = until("all refunds", PATIENCE, async || {
            progress(&organizer, &path).await.filter(|seen| seen["isDone"] == true)
        });
        drop(tokio::time::timeout(instant, done).await);
        world.kill(victim);
        in_the_middle += usize::from(world.sql(states).await != "done|40");
        world.restart(victim);
    }
    assert!(in_the_middle > 0, "no kill met refunds under way");
    assert_refunded(&world, &organizer, &path, &orders).await;
}

/// Everybody has their money back once: by the organizer's page, the orders, the tables, the provider's book and the mails.
async fn assert_refunded(world: &World, organizer: &Organizer, path: &str, orders: &[(Fan, String)]) {
    let seen = until("all refunds", PATIENCE, async || {
        progress(organizer, path).await.filter(|seen| seen["isDone"] == true)
    })
    .await;
    assert_eq!((&seen["refunded"], &seen["open"]), (&json!(40), &json!(0)), "{seen}");
    assert_eq!(seen["givenBack"]["minor"], 40 * 4950, "{seen}");
    for (fan, order) in orders {
        let order = fan.order_in(order, "refunded").await;
        let times = order["history"].as_array().unwrap().iter().filter(|entry| entry["state"] == "refunded");
        assert_eq!(times.count(), 1, "{order}");
    }
    let refunds = "select count(*), count(distinct order_id), bool_and(state = 'done') from refund";
    assert_eq!(world.sql(refunds).await, "40|40|t");
    assert_eq!(world.sql("select count(*) from sale").await, "0");
    let book = organizer.person.get(&format!("{}/ledger", world.url(Service::Sandbox))).await.expect(200);
    let book = book.as_array().unwrap();
    let given_back = |one: &&Value| one["state"] == "refunded" && one["refunded"] == 4950;
    assert_eq!((book.len(), book.iter().filter(given_back).count()), (40, 40), "{book:?}");
    for (fan, _) in orders {
        let mails = until("the mail of the refund", PATIENCE, async || {
            let mails = mail::to(&world.mail_folder(), &fan.email);
            (mails.len() >= 2).then_some(mails)
        })
        .await;
        assert_eq!(mails.len(), 2, "the ticket and the refund, to {}", fan.email);
    }
}

/// A door of the event, as a bearer token.
async fn door(organizer: &Organizer, event: &Event) -> String {
    let body = json!({ "name": "North", "hours": 12 });
    let door = organizer.person.post(&format!("/event/{}/door", event.id), &body).await.expect(201);
    text(&door["token"])
}

/// What the door says to a code.
async fn scan(world: &World, door: &str, code: &str, number: u128) -> String {
    let person = world.stranger();
    let scan = json!({ "scanId": Uuid::from_u128(number), "code": code, "direction": "in" });
    let request =
        person.request(Method::POST, "/ticket/scan").bearer_auth(door).json(&json!({ "scans": [scan] }));
    let result = person.send(request).await.expect(200)["results"][0].clone();
    text(result.get("reason").unwrap_or(&result["outcome"]))
}

/// The way to accept a ticket, from the mail that brings it.
async fn way(world: &World, email: &str) -> String {
    until("the mail of the transfer", PATIENCE, async || {
        let mail = mail::to(&world.mail_folder(), email).pop()?;
        let rest = mail.split_once("/ticket/accept#")?.1;
        let token = rest.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).next()?;
        Some(token.to_owned())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_accepted_around_kills_leaves_one_code_that_opens_the_door() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Passing On", 8).await;
    let mut tickets = Vec::new();
    for (ticket, number) in world.fan("ada").await.tickets(&event).await.iter().zip(0..8) {
        let (ada, order) = buyer(&world, ticket, number).await;
        let paid = ada.order_in(&order, "paid").await;
        let (ticket, old) = (text(&paid["tickets"][0]["ticketId"]), text(&paid["tickets"][0]["code"]));
        let bob = world.fan(&format!("friend-{number}")).await;
        let sent = json!({ "email": bob.email });
        ada.person.post(&format!("/ticket/{ticket}/transfer"), &sent).await.expect(201);
        let token = way(&world, &bob.email).await;
        tickets.push((ada, bob, ticket, old, token));
    }
    let mut cut_off = 0;
    for ((_, bob, ticket, _, token), kill) in tickets.iter().zip(0_u64..) {
        // Killed some milliseconds after the first request: before it, in it, after it.
        let first = tokio::time::timeout(Duration::from_millis(kill * 3), try_to_accept(bob, token));
        let answered = first.await.ok().flatten().is_some_and(|answer| answer.status.is_success());
        cut_off += u64::from(!answered);
        world.kill(Service::Booking);
        world.restart(Service::Booking);
        assert_eq!(accept(bob, token).await["ticketId"], *ticket);
    }
    assert!(cut_off > 0, "no acceptance was cut off");
    let living = "select count(*), count(distinct ticket_id) from issued_ticket where revoked_at is null";
    assert_eq!(world.sql(living).await, "8|8");
    let north = door(&organizer, &event).await;
    for ((ada, bob, ticket, old, _), number) in tickets.iter().zip(1..) {
        let path = format!("/ticket/{ticket}");
        ada.person.get(&path).await.problem(404, "unknown-ticket");
        let held = bob.person.get(&path).await.expect(200);
        assert_eq!(scan(&world, &north, old, 2 * number).await, "revoked");
        assert_eq!(scan(&world, &north, &text(&held["code"]), 2 * number + 1).await, "passed");
    }
}
