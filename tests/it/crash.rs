//! `kill -9` of any process in the middle of a purchase loses nothing that was acknowledged (promise E2).

use std::time::Duration;

use devstack::system::Service;
use reqwest::Method;
use serde_json::Value;
use system_tests::{Event, Fan, Room, World, fan::confirmation, mail, organizer::text, until};

/// A call that was cut off is believed to run for another half a minute, and its twin is told so: longer than that.
const PATIENCE: Duration = Duration::from_secs(90);
/// A mail that a notifier had taken when it was killed goes out when its lease ends, which is a minute.
const MAIL_PATIENCE: Duration = Duration::from_mins(2);

/// Repeats a call under one `Idempotency-Key` until the system answers it: what any client does after a broken answer.
async fn insist(fan: &Fan, method: Method, path: &str, body: &Value, key: &str) -> Value {
    until(path, PATIENCE, async || {
        let request = fan.person.request(method.clone(), path).header("Idempotency-Key", key).json(body);
        let answer = fan.person.try_send(request).await?;
        match answer.status.as_u16() {
            200..300 => Some(answer.expect(answer.status.as_u16())),
            // Its twin, cut off by the crash, still counts as running; or the service is not up again yet.
            409 if answer.text.contains("idempotency-key-running") => None,
            429 | 500.. => None,
            _ => panic!("{path}: {answer:?}"),
        }
    })
    .await
}

/// A purchase during which `victim` is killed after each acknowledged step.
async fn purchase(world: &World, victim: Service, room: &Room, event: &Event) {
    let fan = world.fan(&format!("fan-of-{}", victim.name())).await;
    let crash = || {
        world.kill(victim);
        world.restart(victim);
    };
    let number = fan.join(room).await;
    crash();
    let again = until("the place is there again", PATIENCE, async || {
        let request = fan.person.request(Method::POST, &format!("/queue/{}/place", room.id));
        let answer = fan.person.try_send(request.json(&serde_json::json!({}))).await?;
        answer.status.is_success().then(|| answer.expect(answer.status.as_u16())["number"].as_u64())
    })
    .await;
    assert_eq!(again, Some(number), "the place was lost with {}", victim.name());

    fan.wait_until_called(room).await;
    let token = fan.claim(room).await;
    fan.exchange(room, &token).await;
    crash();

    let ticket = until("the tickets", PATIENCE, async || {
        let request = fan.person.request(Method::GET, &format!("/event/{}", event.id));
        let answer = fan.person.try_send(request).await.filter(|answer| answer.status.is_success())?;
        answer.expect(200)["ticket"][0]["ticketId"].as_str().map(ToOwned::to_owned)
    })
    .await;
    let reserve = serde_json::json!({ "ticketId": ticket });
    let key = format!("reserve-{}", victim.name());
    let hold = insist(&fan, Method::POST, "/booking/reserve", &reserve, &key).await;
    crash();

    let confirm = confirmation(&text(&hold["holdId"]), "tok_ok");
    let key = format!("confirm-{}", victim.name());
    let order = text(&insist(&fan, Method::PUT, "/booking/confirm", &confirm, &key).await["orderId"]);
    crash();
    let same = insist(&fan, Method::PUT, "/booking/confirm", &confirm, &key).await;
    assert_eq!(text(&same["orderId"]), order, "the order was made twice");

    let paid = fan.order_in(&order, "paid").await;
    assert_eq!(paid["tickets"][0]["ticketId"], ticket);
    let code = text(&paid["tickets"][0]["code"]);
    // Whoever heard no answer until the turn was over is told the same all the same, and can do nothing else any more.
    until("the end of the turn", PATIENCE, async || {
        let request = fan.person.request(Method::POST, "/booking/reserve").json(&reserve);
        let answer = fan.person.try_send(request).await?;
        answer.text.contains("queue-required").then_some(())
    })
    .await;
    let late = insist(&fan, Method::PUT, "/booking/confirm", &confirm, &key).await;
    assert_eq!(text(&late["orderId"]), order, "the order was made a third time");
    let mails = until("the mail", MAIL_PATIENCE, async || {
        let mails = mail::to(&world.mail_folder(), &fan.email);
        (!mails.is_empty()).then_some(mails)
    })
    .await;
    assert!(mails.iter().all(|mail| mail.contains(&code)), "{mails:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_any_service_loses_nothing_that_was_acknowledged() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Falling Piano", 12).await;
    let room = organizer.room(&event, 600, 20).await;
    let victims = [
        Service::Gate(0),
        Service::Gate(1),
        Service::Booking,
        Service::Notifier,
        Service::Sandbox,
        Service::Search,
    ];
    for victim in victims {
        purchase(&world, victim, &room, &event).await;
    }
    let sold =
        world.sql("select count(*), count(distinct ticket_id), count(distinct order_id) from sale").await;
    assert_eq!(sold, "6|6|6");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_redis_keeps_the_places_of_those_who_wait() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Short Memory", 5).await;
    let room = organizer.room(&event, 60, 1).await;
    let (ada, bob, carl) = (world.fan("ada").await, world.fan("bob").await, world.fan("carl").await);
    ada.enter(&room).await;
    let (second, third) = (bob.join(&room).await, carl.join(&room).await);
    assert!(second < third);
    let (mut of_bob, mut of_carl) = (bob.watch(&room).await, carl.watch(&room).await);
    let bobs = of_bob.next().await.expect("a frame");
    let carls = of_carl.next().await.expect("a frame");
    assert_eq!((&bobs["number"], &carls["number"]), (&second.into(), &third.into()));

    world.crash_redis();
    ada.person.delete(&format!("/queue/{}/session", room.id)).await;
    let called = bob.wait_until_called(&room).await;
    assert_eq!(called["number"], second, "Bob came first and is called first, with his own number");
}
