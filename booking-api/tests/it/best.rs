//! The best seats that can be had.

use std::collections::HashSet;

use booking_api::{
    hold,
    problems::{SOLD_OUT, TOO_MANY_TICKETS, UNKNOWN_SECTION, UNKNOWN_TIER},
};
use contracts::{
    id::{AccountId, EventId},
    session::Role,
};
use platform::http::kinds::INVALID_BODY;
use redis::AsyncCommands;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Client, TestBooking},
    given::{event_body, id_of, reference, venue},
};

/// An event of which the seats are what `change` makes of two rows; the whole answer.
async fn hall(app: &TestBooking, seats: usize, limit: u32, change: impl FnOnce(&mut Value)) -> Value {
    let organizer = app.organizer().await;
    let venue = organizer.post("/venue", venue("Hall")).await.json();
    let mut body = event_body("Night", seats, 5);
    body["venueId"] = venue["venueId"].clone();
    body["ticketLimit"] = json!(limit);
    change(&mut body);
    organizer.post("/event", body).await.expect(201)
}

fn best(event: EventId, quantity: u32) -> Value {
    json!({"eventId": event, "quantity": quantity, "bestAvailable": true})
}

/// The numbers of the tickets in an answer.
fn numbers(hold: &Value) -> Vec<u32> {
    let tickets = hold["tickets"].as_array().unwrap().iter();
    tickets
        .map(|ticket| {
            let reference: contracts::id::TicketRef = ticket["ticketId"].as_str().unwrap().parse().unwrap();
            reference.ticket.number()
        })
        .collect()
}

async fn reserve(fan: &Client<'_>, body: Value) -> Value {
    fan.post("/booking/reserve", body).await.expect(201)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_best_seats_are_side_by_side_and_leave_nobody_alone(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let event = id_of(&hall(&app, 10, 8, |_| {}).await);
    let ada = app.fan().await;
    let first = reserve(&ada, best(event, 2)).await;
    assert_eq!(
        (numbers(&first), &first["placement"]),
        (vec![4, 5], &json!("together")),
        "the middle of the first row"
    );
    assert_eq!(first, reserve(&ada, best(event, 2)).await, "asking again gives the same hold");
    let second = reserve(&app.fan().await, best(event, 3)).await;
    assert_eq!(numbers(&second), [13, 14, 15], "the row behind, before the edge of the first");
    let keyed = |key: &str| ada.clone().with_header("idempotency-key", key);
    let one = reserve(&keyed("one"), best(event, 2)).await;
    assert_eq!(one, reserve(&keyed("one"), best(event, 2)).await);
    let two = reserve(&keyed("two"), best(event, 2)).await;
    assert_ne!(one["holdId"], two["holdId"], "under a key of its own another hold is meant");
    let rest = reserve(&app.fan().await, best(event, 1)).await;
    let all: Vec<u32> = [&first, &second, &one, &two, &rest].into_iter().flat_map(numbers).collect();
    for row in [0..10, 10..20] {
        let free: Vec<u32> = row.filter(|number| !all.contains(number)).collect();
        let alone =
            free.iter().filter(|seat| !free.contains(&(**seat + 1)) && !free.contains(&seat.wrapping_sub(1)));
        assert_eq!(alone.count(), 0, "{free:?}");
    }
    // In a row of five the middle would leave somebody alone.
    let five = id_of(&hall(&app, 5, 8, |_| {}).await);
    let given = numbers(&reserve(&app.fan().await, best(five, 2)).await);
    assert!(given == [0, 1] || given == [3, 4], "{given:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn near_the_end_a_fan_is_told_that_the_seats_are_apart(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let event = id_of(&hall(&app, 4, 8, |_| {}).await);
    let placement = async |quantity, taken: &[u32]| {
        let ids: Vec<_> = taken.iter().map(|number| reference(event, *number)).collect();
        let rival = app.fan().await;
        let hold = reserve(&rival, json!({"ticketIds": ids})).await;
        app.app.views.forget(event).await;
        let fan = app.fan().await;
        let found = reserve(&fan, best(event, quantity)).await;
        for (who, hold) in [(&rival, &hold), (&fan, &found)] {
            who.delete(&format!("/booking/hold/{}", hold["holdId"].as_str().unwrap())).await.expect(204);
        }
        app.app.views.forget(event).await;
        found["placement"].as_str().unwrap().to_owned()
    };
    assert_eq!(placement(4, &[0, 1]).await, "together");
    assert_eq!(placement(3, &[0, 5]).await, "together", "although a seat stays alone");
    assert_eq!(placement(4, &[0, 1, 4, 5]).await, "adjacentRows");
    assert_eq!(placement(4, &[2, 3, 4, 5]).await, "adjacentRows");
    assert_eq!(placement(4, &[1, 3, 5, 7]).await, "split");
    let everything = app.fan().await;
    let refused = everything.post("/booking/reserve", best(event, 8)).await;
    assert_eq!(numbers(&refused.expect(201)).len(), 8);
    app.app.views.forget(event).await;
    let refused = app.fan().await.post("/booking/reserve", best(event, 1)).await.expect_problem(SOLD_OUT);
    assert_eq!(refused["left"], 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn wheelchairs_and_who_comes_along_find_their_seats_kept(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let event = id_of(
        &hall(&app, 5, 10, |body| {
            body["seats"][2]["accessible"] = json!(true);
            body["seats"][3]["companion"] = json!(true);
            body["seats"][0]["restrictedView"] = json!(true);
        })
        .await,
    );
    let map = app.stranger().get(&format!("/event/{event}/seats")).await.expect(200);
    let seats = &map["sections"][0]["rows"][0]["seats"];
    assert_eq!(
        (&seats[2]["accessible"], &seats[3]["companion"], &seats[0]["restrictedView"]),
        (&json!(true), &json!(true), &json!(true))
    );
    let most = reserve(&app.fan().await, best(event, 8)).await;
    let given = numbers(&most);
    assert!(!given.contains(&2) && !given.contains(&3), "{given:?}");
    app.app.views.forget(event).await;
    app.fan().await.post("/booking/reserve", best(event, 1)).await.expect_problem(SOLD_OUT);
    let mut with_wheelchair = best(event, 2);
    with_wheelchair["accessible"] = json!(1);
    assert_eq!(numbers(&reserve(&app.fan().await, with_wheelchair.clone()).await), [2, 3]);
    app.app.views.forget(event).await;
    app.fan().await.post("/booking/reserve", with_wheelchair).await.expect_problem(SOLD_OUT);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn tier_price_section_and_focal_point_narrow_the_choice(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let made = hall(&app, 6, 8, |body| {
        body["tiers"] = json!([
            {"name": "Gold", "price": 9000}, {"name": "Silver", "price": 5000},
            {"name": "Floor", "price": 3000, "generalAdmission": true, "quantity": 4},
        ]);
        for (index, seat) in body["seats"].as_array_mut().unwrap().iter_mut().enumerate() {
            seat["x"] = json!(index % 6);
            seat["y"] = json!(index / 6);
            seat["tier"] = json!(index / 6);
            seat["section"] = json!(if index % 6 < 3 { "Left" } else { "Right" });
        }
        body["focalPoints"] = json!([{"x": 2.5, "y": -1.0}]);
    })
    .await;
    let event = id_of(&made);
    let with = |more: Value| {
        let mut body = best(event, 2);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let places = async |body: Value| {
        let hold = reserve(&app.fan().await, body).await;
        let places: Vec<String> = hold["tickets"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["place"].as_str().unwrap().to_owned())
            .collect();
        places.join("; ")
    };
    assert_eq!(places(with(json!({"section": "Right"}))).await, "Right, row 1, seat 4; Right, row 1, seat 5");
    assert_eq!(
        places(with(json!({"price": {"to": 6000}}))).await,
        "Left, row 2, seat 2; Left, row 2, seat 3"
    );
    assert_eq!(
        places(with(json!({"tier": made["tiers"][0]["tierId"]}))).await,
        "Left, row 1, seat 2; Left, row 1, seat 3"
    );
    assert_eq!(places(with(json!({"tier": made["tiers"][2]["tierId"]}))).await, "Floor; Floor");
    let fan = app.fan().await;
    let refused = async |more: Value| fan.post("/booking/reserve", with(more)).await;
    refused(json!({"price": {"from": 9001}})).await.expect_problem(UNKNOWN_TIER);
    refused(json!({"section": "Middle"})).await.expect_problem(UNKNOWN_SECTION);
    refused(json!({"accessible": 3})).await.expect_problem(INVALID_BODY);
    refused(json!({"quantity": 9})).await.expect_problem(TOO_MANY_TICKETS);
    refused(json!({"bestAvailable": false, "price": {}})).await.expect_problem(INVALID_BODY);
    let unknown = json!({"eventId": app.app.ids.next::<EventId>(), "quantity": 1, "bestAvailable": true});
    fan.post("/booking/reserve", unknown).await.expect_problem(booking_api::problems::UNKNOWN_EVENT);
}

/// A copy that chose nothing for two seconds is gone for the others. To read a thousand requests takes longer than that on a busy
/// machine, before the first of them chooses: until then both are as if they had just chosen.
async fn stay_known(app: &TestBooking, event: EventId) {
    let (mut redis, choosing) = (app.app.redis.clone(), format!("hold:{{{event}}}:choosing"));
    let known: Vec<(String, f64)> = redis.zrange_withscores(&choosing, 0, -1).await.unwrap();
    assert_eq!(known.len(), 2, "both copies know of each other: {known:?}");
    for (copy, chose_at) in known {
        let () = redis.zadd(&choosing, copy, chose_at + 60_000.0).await.unwrap();
    }
    let () = redis.persist(&choosing).await.unwrap();
}

/// A thousand fans ask for two of 2,400 seats in the same moment, at two copies of the service.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_herd_at_two_copies_gets_seats_of_its_own_with_few_collisions(postgres: PgPool) {
    const FANS: usize = 1000;
    let copies = [TestBooking::start(postgres.clone()).await, TestBooking::start(postgres).await];
    let made = hall(&copies[0], 0, 8, |body| {
        let seats = (0..2400).map(|index| {
            json!({"section": "A", "row": (index / 60).to_string(), "seat": (index % 60).to_string(), "tier": 0})
        });
        body["seats"] = seats.collect();
    })
    .await;
    let event = id_of(&made);
    // Both copies know of each other.
    for copy in [&copies[0], &copies[1], &copies[0]] {
        reserve(&copy.fan().await, best(event, 2)).await;
    }
    stay_known(&copies[0], event).await;
    let fans: Vec<Client<'_>> = (0..FANS)
        .map(|index| {
            let copy = &copies[index % 2];
            let account: AccountId = copy.app.ids.next();
            copy.stranger().of_account(account, Role::Fan)
        })
        .collect();
    // Where a busy machine makes one wait for too long, they ask again, as anybody would.
    let insist = async |fan: &Client<'_>| {
        for _ in 0..20 {
            let answer = fan.post("/booking/reserve", best(event, 2)).await;
            if answer.status != 503 {
                return answer;
            }
        }
        panic!("nobody can be answered at all");
    };
    let answers = futures_util::future::join_all(fans.iter().map(insist)).await;
    let mut seats = HashSet::new();
    for answer in &answers {
        let hold = answer.expect(201);
        assert_eq!(hold["placement"], "together");
        for number in numbers(&hold) {
            assert!(seats.insert(number), "seat {number} was given twice");
        }
    }
    assert_eq!(seats.len(), 2 * FANS);
    let met: u64 = copies.iter().map(|copy| copy.app.views.picks.met()).sum();
    eprintln!("{met} of {FANS} choices met a rival");
    assert!(met <= 100, "{met} pairs were tried that rivals had");
    let held = hold::store::held(&mut copies[0].app.redis.clone(), event).await.unwrap();
    assert_eq!(held.len(), 2 * FANS + 6);
}
