//! Setting tickets aside.

use booking_api::{
    hold,
    problems::{
        HOLD_EXPIRED, KEY_REUSED, NOT_YOUR_BOOKING, QUEUE_REQUIRED, SALES_CLOSED, SALES_NOT_OPEN,
        SEATS_TAKEN, SIGNED_OUT, SOLD_OUT, TOO_MANY_TICKETS, UNKNOWN_EVENT, UNKNOWN_TICKET, UNKNOWN_TIER,
    },
};
use chrono::TimeDelta;
use contracts::id::{EventId, RoomId, TicketId, TicketRef};
use platform::http::kinds::INVALID_BODY;
use serde_json::json;
use sqlx::PgPool;

use crate::shop::{LIMIT, SEATS, Shop};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn several_seats_are_held_together_or_not_at_all(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    ada.reserve(&[shop.seat(1), shop.seat(2)]).await.expect(201);
    let refused = bob.reserve(&[shop.seat(0), shop.seat(1), shop.seat(2)]).await.expect_problem(SEATS_TAKEN);
    assert_eq!(refused["conflicts"], json!([shop.seat(1), shop.seat(2)]));
    bob.reserve(&[shop.seat(0)]).await.expect(201);
    let mut held = hold::store::held(&mut shop.booking.app.redis.clone(), shop.event).await.unwrap();
    held.sort_unstable();
    assert_eq!(held, [0, 1, 2].map(|number| TicketId::new(number).unwrap()));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn nobody_is_sent_away_because_the_sale_has_only_just_begun(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let mut fans = Vec::new();
    for _ in 0..SEATS {
        fans.push(shop.booking.fan().await);
    }
    // Nobody has asked for a seat yet, so nothing is mirrored, and everybody asks at once.
    let asks = fans.iter().zip(0..).map(async |(fan, number)| fan.reserve(&[shop.seat(number)]).await);
    for answer in futures_util::future::join_all(asks).await {
        answer.expect(201);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn asking_for_the_same_again_gives_the_same_hold(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let first = ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    let again = ada.reserve(&[shop.seat(1), shop.seat(0)]).await.expect(201);
    assert_eq!(first, again);
    ada.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    let single = ada.post("/booking/reserve", json!({"ticketId": shop.seat(7)})).await.expect(201);
    assert_eq!(single["tickets"].as_array().unwrap().len(), 1);
    let floor = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 1});
    let units = ada.post("/booking/reserve", floor.clone()).await.expect(201);
    assert_eq!(units, ada.post("/booking/reserve", floor).await.expect(201));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_key_gives_its_answer_again_and_no_other(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await.with_header("idempotency-key", "one");
    let first = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let hold = first["holdId"].as_str().unwrap();
    assert_eq!(first, ada.reserve(&[shop.seat(0)]).await.expect(201));
    ada.reserve(&[shop.seat(1)]).await.expect_problem(KEY_REUSED);
    ada.delete(&format!("/booking/hold/{hold}")).await.expect(204);
    assert_eq!(first, ada.reserve(&[shop.seat(0)]).await.expect(201), "the answer outlives the hold");
    let floor = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 1});
    let two = ada.clone().with_header("idempotency-key", "two").post("/booking/reserve", floor.clone()).await;
    let three = ada.with_header("idempotency-key", "three").post("/booking/reserve", floor).await;
    assert_ne!(two.expect(201)["holdId"], three.expect(201)["holdId"], "another key means another request");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn one_account_holds_no_more_than_the_event_allows(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let five: Vec<TicketRef> = (0..=LIMIT).map(|number| shop.seat(number)).collect();
    let refused = ada.reserve(&five).await.expect_problem(TOO_MANY_TICKETS);
    assert_eq!((&refused["limit"], &refused["have"]), (&json!(LIMIT), &json!(0)));
    ada.reserve(&five[..3]).await.expect(201);
    let refused = ada.reserve(&five[3..]).await.expect_problem(TOO_MANY_TICKETS);
    assert_eq!(refused["have"], 3);
    ada.reserve(&five[3..4]).await.expect(201);
    let bought = ada.buy(&five[3..4], "tok_ok").await;
    shop.until(&bought, "paid").await;
    let refused = ada.reserve(&five[4..]).await.expect_problem(TOO_MANY_TICKETS);
    assert_eq!(refused["have"], 4, "what was bought counts, too");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_floor_is_held_by_number_until_it_is_full(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let mut seen = std::collections::HashSet::new();
    let floor = |quantity: u32| json!({"eventId": shop.event, "tier": shop.floor, "quantity": quantity});
    for _ in 0..2 {
        let fan = shop.booking.fan().await;
        let hold = fan.post("/booking/reserve", floor(4)).await.expect(201);
        assert_eq!(hold["total"]["minor"], 12_000);
        assert_eq!(hold["tickets"][0]["place"], "Floor");
        seen.extend(hold["tickets"].as_array().unwrap().iter().map(|ticket| ticket["ticketId"].to_string()));
    }
    assert_eq!(seen.len(), 8, "no unit is held twice");
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let refused = ada.post("/booking/reserve", floor(3)).await.expect_problem(SOLD_OUT);
    assert_eq!(refused["left"], 2);
    let last = ada.post("/booking/reserve", floor(2)).await.expect(201);
    bob.post("/booking/reserve", floor(1)).await.expect_problem(SOLD_OUT);
    ada.delete(&format!("/booking/hold/{}", last["holdId"].as_str().unwrap())).await.expect(204);
    let bought = bob.post("/booking/reserve", floor(2)).await.expect(201);
    let order = bob.confirm(&bought, "tok_ok").await.expect(202);
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    ada.post("/booking/reserve", floor(1)).await.expect_problem(SOLD_OUT);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_hold_that_ends_or_is_given_back_frees_its_seats(postgres: PgPool) {
    let shop = Shop::with(postgres, None, &["--hold-lasts", "300ms"]).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let path = format!("/booking/hold/{}", hold["holdId"].as_str().unwrap());
    assert_eq!(ada.get(&path).await.expect(200)["holdId"], hold["holdId"]);
    bob.get(&path).await.expect_problem(NOT_YOUR_BOOKING);
    bob.delete(&path).await.expect_problem(NOT_YOUR_BOOKING);
    shop.wait_for(async || bob.reserve(&[shop.seat(0)]).await.status == 201).await;
    ada.get(&path).await.expect_problem(HOLD_EXPIRED);
    ada.confirm(&hold, "tok_ok").await.expect_problem(HOLD_EXPIRED);
    ada.delete(&path).await.expect(204);
    assert!(shop.ledger().await.is_empty(), "nobody was asked for money");
    let later = shop.booking.fan().await;
    let given_back = later.reserve(&[shop.seat(5)]).await.expect(201);
    later.delete(&format!("/booking/hold/{}", given_back["holdId"].as_str().unwrap())).await.expect(204);
    bob.reserve(&[shop.seat(5)]).await.expect(201);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_not_on_sale_cannot_be_held(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    let ada = shop.booking.fan().await;
    let seat = [shop.seat(0)];
    shop.set_sales(TimeDelta::hours(1), TimeDelta::hours(2)).await;
    let refused = ada.reserve(&seat).await.expect_problem(SALES_NOT_OPEN);
    assert!(refused["salesStart"].is_string());
    shop.set_sales(-TimeDelta::hours(2), -TimeDelta::hours(1)).await;
    ada.reserve(&seat).await.expect_problem(SALES_CLOSED);
    shop.set_sales(-TimeDelta::hours(2), TimeDelta::days(9)).await;
    let hold = ada.reserve(&seat).await.expect(201);
    sqlx::query!("update event set state = 'cancelled'").execute(&postgres).await.unwrap();
    shop.booking.fan().await.reserve(&[shop.seat(1)]).await.expect_problem(SALES_CLOSED);
    ada.confirm(&hold, "tok_ok").await.expect_problem(SALES_CLOSED);
    sqlx::query!("update event set state = 'published', starts_at = sales_start")
        .execute(&postgres)
        .await
        .unwrap();
    shop.booking.fan().await.reserve(&[shop.seat(1)]).await.expect_problem(SALES_CLOSED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn requests_that_make_no_sense_are_told_why(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let reserve = async |body| ada.post("/booking/reserve", body).await;
    reserve(json!({})).await.expect_problem(INVALID_BODY);
    reserve(json!({"ticketIds": []})).await.expect_problem(INVALID_BODY);
    reserve(json!({"ticketId": "nonsense"})).await.expect_problem(INVALID_BODY);
    reserve(json!({"ticketId": shop.seat(0), "quantity": 2})).await.expect_problem(INVALID_BODY);
    reserve(json!({"ticketId": shop.seat(0), "price": 0})).await.expect_problem(INVALID_BODY);
    reserve(json!({"eventId": shop.event, "tier": shop.event, "quantity": 1}))
        .await
        .expect_problem(UNKNOWN_TIER);
    let unknown = reserve(json!({"ticketIds": [shop.seat(0), shop.seat(SEATS + 100)]})).await;
    assert_eq!(unknown.expect_problem(UNKNOWN_TICKET)["unknown"], json!([SEATS + 100]));
    let nowhere: EventId = shop.booking.app.ids.next();
    let nothing = TicketRef { event: nowhere, ticket: TicketId::new(0).unwrap() };
    reserve(json!({"ticketId": nothing})).await.expect_problem(UNKNOWN_EVENT);
    shop.booking.stranger().reserve(&[shop.seat(0)]).await.expect_problem(SIGNED_OUT);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_guarded_event_is_sold_to_those_who_were_admitted(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let room = shop.guard().await;
    let seat = [shop.seat(0)];
    let ada = shop.booking.fan().await;
    let refused = ada.reserve(&seat).await.expect_problem(QUEUE_REQUIRED);
    assert_eq!(refused["queue"], format!("/queue/{room}"));
    let (other_event, other_room): (EventId, RoomId) =
        (shop.booking.app.ids.next(), shop.booking.app.ids.next());
    ada.clone().admitted(other_event, room).reserve(&seat).await.expect_problem(QUEUE_REQUIRED);
    ada.clone().admitted(shop.event, other_room).reserve(&seat).await.expect_problem(QUEUE_REQUIRED);
    let inside = ada.clone().admitted(shop.event, room);
    let hold = inside.reserve(&seat).await.expect(201);
    ada.confirm(&hold, "tok_ok").await.expect_problem(QUEUE_REQUIRED);
    shop.booking.clock.advance(TimeDelta::minutes(11));
    inside.reserve(&[shop.seat(1)]).await.expect_problem(QUEUE_REQUIRED);
    let order = inside.confirm(&hold, "tok_ok").await.expect(202);
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(shop.released_slots().await, ["purchased"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn friends_who_share_a_pass_share_one_limit(postgres: PgPool) {
    let redis = crate::redis::PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    let room = shop.guard().await;
    let ada = shop.booking.fan().await.admitted(shop.event, room);
    let bob = shop.booking.fan().await.with_pass_of(&ada);
    let three = ada.reserve(&[shop.seat(0), shop.seat(1), shop.seat(2)]).await.expect(201);
    let refused = bob.reserve(&[shop.seat(3), shop.seat(4)]).await.expect_problem(TOO_MANY_TICKETS);
    assert_eq!((&refused["limit"], &refused["have"]), (&json!(LIMIT), &json!(3)));
    let one = bob.reserve(&[shop.seat(3)]).await.expect(201);
    bob.delete(&format!("/booking/hold/{}", one["holdId"].as_str().unwrap())).await.expect(204);
    // Redis forgets who holds what: under the lock of the pass Postgres counts again.
    redis.flush().await;
    let two = bob.reserve(&[shop.seat(3), shop.seat(4)]).await.expect(201);
    let body = json!({"holdId": three["holdId"], "record": three["record"],
                      "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    let order = ada.put("/booking/confirm", body).await.expect(202);
    let refused = bob.confirm(&two, "tok_ok").await.expect_problem(TOO_MANY_TICKETS);
    assert_eq!(refused["have"], 3);
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    let refused = bob.reserve(&[shop.seat(5), shop.seat(6)]).await.expect_problem(TOO_MANY_TICKETS);
    assert_eq!(refused["have"], 3, "what a friend bought counts, too");
    shop.booking.fan().await.admitted(shop.event, room).reserve(&[shop.seat(5)]).await.expect(201);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_pass_of_a_bypass_reserves_only_while_the_room_is_in_bypass(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    let room = shop.guard().await;
    let ada = shop.booking.fan().await.let_through(shop.event, room);
    ada.reserve(&[shop.seat(0)]).await.expect_problem(QUEUE_REQUIRED);
    sqlx::query!("update room set state = 'bypass', exception_from = 'open', exception_reason = 'a test'")
        .execute(&postgres)
        .await
        .unwrap();
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    sqlx::query!("update room set state = 'open', exception_from = null, exception_reason = null")
        .execute(&postgres)
        .await
        .unwrap();
    shop.wait_for(async || ada.reserve(&[shop.seat(1)]).await.status == 429).await;
    ada.confirm(&hold, "tok_ok").await.expect(202);
    sqlx::query!(
        "insert into suspension (room_id, cause, reason, began_at, ended_at)
         values ($1, 'bypass', 'a test', $2, $2)",
        room.uuid(),
        shop.now() - TimeDelta::seconds(59)
    )
    .execute(&postgres)
    .await
    .unwrap();
    ada.reserve(&[shop.seat(2)]).await.expect(201);
    shop.booking.clock.advance(TimeDelta::seconds(1));
    ada.reserve(&[shop.seat(3)]).await.expect_problem(QUEUE_REQUIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_hold_is_extended_but_not_for_ever(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let since = shop.now();
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let path = format!("/booking/hold/{}/extend", hold["holdId"].as_str().unwrap());
    let end = |answer: &serde_json::Value| {
        let end: chrono::DateTime<chrono::Utc> = answer["expiresAt"].as_str().unwrap().parse().unwrap();
        (end - since).num_minutes()
    };
    assert_eq!((end(&hold), &hold["fence"]), (10, &json!(1)));
    bob.post(&path, json!({})).await.expect_problem(NOT_YOUR_BOOKING);
    let mut ends = Vec::new();
    for _ in 0..3 {
        shop.booking.clock.advance(TimeDelta::minutes(5));
        ends.push(end(&ada.post(&path, json!({})).await.expect(200)));
    }
    assert_eq!(ends, [15, 20, 20], "twice as long as a hold, and no longer");
    let key = format!("hold:{{{}}}:0", shop.event);
    let left: i64 =
        redis::cmd("PTTL").arg(key).query_async(&mut shop.booking.app.redis.clone()).await.unwrap();
    assert!(left > 590_000, "the lock lasts as long: {left} ms");
    ada.delete(path.trim_end_matches("/extend")).await.expect(204);
    ada.post(&path, json!({})).await.expect_problem(HOLD_EXPIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_index_of_holds_is_mended_from_the_locks(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let app = &shop.booking.app;
    let ada = shop.booking.fan().await;
    ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    let floor = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 2});
    ada.post("/booking/reserve", floor).await.expect(201);
    assert_eq!(hold::repair::repair(app, shop.event).await.unwrap(), 0);
    let redis = &mut app.redis.clone();
    let (index, pool) =
        (format!("hold:{{{}}}:index", shop.event), format!("pool:{{{}}}:{}", shop.event, shop.floor));
    let _: () = redis::cmd("ZREM").arg(&index).arg(1).query_async(redis).await.unwrap();
    let _: () = redis::cmd("ZADD").arg(&index).arg("4000000000000").arg(7).query_async(redis).await.unwrap();
    let _: () = redis::cmd("ZADD").arg(&pool).arg(0).arg(SEATS).query_async(redis).await.unwrap();
    assert_eq!(hold::repair::tick(app, None).await, None, "there is one event");
    let mut held = hold::store::held(redis, shop.event).await.unwrap();
    held.sort_unstable();
    assert_eq!(held, [0, 1, SEATS, SEATS + 1].map(|number| TicketId::new(number).unwrap()));
    assert_eq!(hold::repair::repair(app, shop.event).await.unwrap(), 0, "everything was mended");
    let next = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 1});
    let unit = shop.booking.fan().await.post("/booking/reserve", next).await.expect(201);
    assert_ne!(
        unit["tickets"][0]["ticketId"],
        json!(shop.seat(SEATS)),
        "the unit is held, whatever the pool said"
    );
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_redis_that_forgot_everything_is_filled_again_before_it_sells(postgres: PgPool) {
    let redis = crate::redis::PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    let waiting = ada.buy(&[shop.seat(1)], "tok_late:60").await;
    shop.until(&order, "paid").await;
    redis.flush().await;
    let bob = shop.booking.fan().await;
    let refused = bob.reserve(&[shop.seat(0), shop.seat(1), shop.seat(2)]).await.expect_problem(SEATS_TAKEN);
    assert_eq!(
        refused["conflicts"],
        json!([shop.seat(0), shop.seat(1)]),
        "sold and being paid, from Postgres"
    );
    bob.reserve(&[shop.seat(2)]).await.expect(201);
    let floor = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 3});
    bob.post("/booking/reserve", floor).await.expect(201);
    assert_eq!(shop.state(&waiting).await, "awaitingPayment");
}
