//! Every signing key changed in the middle of a sale, while fans are inside, hold tickets and wait.

use std::{path::Path, time::Duration};

use contracts::key::{PrivateKey, PublicKeys};
use devstack::system::Service;
use platform::{ids::secret, keys};
use reqwest::Method;
use serde_json::json;
use system_tests::{
    World,
    organizer::text,
    person::{Answer, Person},
    until,
};

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The keys in a file and one more, as an operator writes them: whole, by renaming.
fn publish(file: &Path, all: &PublicKeys) {
    let part = file.with_extension("next");
    std::fs::write(&part, all.to_jwks().to_string()).unwrap();
    std::fs::rename(part, file).unwrap();
}

fn put(file: &Path, key: &PrivateKey) {
    let part = file.with_extension("next");
    std::fs::write(&part, key.to_jwk()).unwrap();
    std::fs::rename(part, file).unwrap();
}

/// Starts again, one after the other, all who sign.
fn restart(world: &World) {
    for service in world.services() {
        if matches!(service, Service::Gate(_) | Service::Booking) {
            world.kill(service);
            world.restart(service);
        }
    }
}

/// The answer, once the service behind is there again.
async fn sure(person: &Person, method: Method, path: &str) -> Answer {
    until(path, PATIENCE, async || {
        let answer = person.try_send(person.request(method.clone(), path)).await?;
        (answer.status.as_u16() < 500).then_some(answer)
    })
    .await
}

/// Whether a session token is worth nothing at any gate. Each reads its keys by itself, and one that knows the old key still hands
/// its tokens on: all of them must be met.
async fn is_refused(world: &World, session: &str) -> Option<()> {
    for _ in 0..10 {
        let bare = world.stranger();
        bare.set_cookie("__Host-usher_session", session);
        for path in ["/account", "/room"] {
            if bare.get(path).await.status.as_u16() != 401 {
                return None;
            }
        }
    }
    Some(())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_change_in_the_middle_of_a_sale_and_nobody_is_signed_out_or_loses_a_place() {
    let world = World::with(&[]).await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Changing Locks", 6).await;
    let room = organizer.room(&event, 600, 2).await;
    // Two are inside, one of them with a hold; a third waits in line.
    let (holds, looks, waits) =
        (world.fan("holds").await, world.fan("looks").await, world.fan("waits").await);
    for fan in [&holds, &looks] {
        fan.join(&room).await;
        fan.wait_until_called(&room).await;
        let admission = fan.claim(&room).await;
        fan.exchange(&room, &admission).await;
    }
    let number = waits.join(&room).await;
    let tickets = holds.tickets(&event).await;
    let hold = holds.reserve(&text(&tickets[0]["ticketId"])).await.expect(201);

    // The next keys are published beside those that sign, and everybody reads them.
    let names = ["gate", "session", "ticket"];
    let next = names.map(|_| PrivateKey::from_seed(secret()));
    let old = names.map(|name| keys::public(&world.keys().public(name)).unwrap());
    for ((name, old), next) in names.iter().zip(&old).zip(&next) {
        publish(&world.keys().public(name), &old.clone().and(next.public()));
    }
    let jwks = async || world.stranger().get("/.well-known/jwks.json").await.text;
    let gates = |jwks: &str| jwks.contains(next[0].kid());
    until("the gates have read the next key", PATIENCE, async || gates(&jwks().await).then_some(())).await;

    // Then they sign, one service after the other.
    for (name, next) in names.iter().zip(&next) {
        put(&world.keys().private(name), next);
    }
    restart(&world);

    // Nobody noticed.
    for fan in [&holds, &looks, &waits] {
        sure(&fan.person, Method::GET, "/account").await.expect(200);
        assert!(fan.person.cookie("__Host-usher_refresh").is_some());
    }
    sure(&organizer.person, Method::GET, &format!("/room/{}", room.id)).await.expect(200);
    assert_eq!(waits.join(&room).await, number, "the place in line is the same");
    sure(&looks.person, Method::GET, &format!("/event/{}/seats", event.id)).await.expect(200);
    looks.reserve(&text(&tickets[1]["ticketId"])).await.expect(201);
    let order = text(&holds.confirm(&text(&hold["holdId"]), "tok_ok").await.expect(202)["orderId"]);
    let paid = holds.order_in(&order, "paid").await;
    // The code was signed with the new key, and opens the door.
    let checked =
        organizer.person.post("/ticket/check", &json!({ "code": paid["tickets"][0]["code"] })).await;
    checked.expect(200);

    // The old keys are taken away, but the one that tickets were signed with. A token that they signed is worth nothing, and a
    // browser is given the next.
    for (name, next) in names.iter().zip(&next).take(2) {
        publish(&world.keys().public(name), &next.public());
    }
    let session = holds.person.cookie("__Host-usher_session").unwrap();
    until("the old key is forgotten everywhere", PATIENCE, async || is_refused(&world, &session).await).await;
    for fan in [&holds, &looks, &waits] {
        fan.person.get("/account").await.expect(200);
    }
    assert_ne!(holds.person.cookie("__Host-usher_session").unwrap(), session);
    organizer.person.get("/room").await.expect(200);
}
