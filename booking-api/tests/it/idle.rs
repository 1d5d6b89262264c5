//! What is freed when a fan's session is over, and what is not.

use booking_api::{hold::idle, problems::QUEUE_REQUIRED};
use chrono::TimeDelta;
use serde_json::json;
use sqlx::PgPool;

use crate::{redis::PrivateRedis, shop::Shop};

const ENDED: (TimeDelta, TimeDelta) = (TimeDelta::minutes(-11), TimeDelta::minutes(-1));

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_that_ends_with_neither_hold_nor_order_frees_its_slot(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let room = shop.guard().await;
    let ada = shop.booking.fan().await.admitted(shop.event, room);
    let bob = shop.booking.fan().await.admitted(shop.event, room);
    let hold = bob.reserve(&[shop.seat(0)]).await.expect(201);
    let running = (TimeDelta::minutes(-1), TimeDelta::minutes(9));
    shop.session(room, ada.pass(), running, None).await;
    idle::tick(&shop.booking.app).await;
    assert!(shop.released_slots().await.is_empty(), "the session goes on");

    shop.booking.clock.advance(TimeDelta::minutes(10));
    shop.session(room, bob.pass(), ENDED, None).await;
    idle::tick(&shop.booking.app).await;
    idle::tick(&shop.booking.app).await;
    assert_eq!(shop.released_slots().await, ["idle"], "one, and once");

    // A copy whose clock is slow would still take the pass: reserving is closed to it all the same.
    shop.booking.clock.advance(TimeDelta::minutes(-10));
    ada.reserve(&[shop.seat(5)]).await.expect_problem(QUEUE_REQUIRED);
    shop.booking.clock.advance(TimeDelta::minutes(10));

    bob.delete(&format!("/booking/hold/{}", hold["holdId"].as_str().unwrap())).await.expect(204);
    idle::tick(&shop.booking.app).await;
    assert_eq!(shop.released_slots().await, ["idle", "idle"], "once nothing is held any more");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_is_paying_keeps_the_slot(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let room = shop.guard().await;
    let ada = shop.booking.fan().await.admitted(shop.event, room);
    let order = ada.buy(&[shop.seat(0)], "tok_lost").await;
    // Even were the hold lost alone.
    let app = &shop.booking.app;
    let of: contracts::id::OrderRef = order.parse().unwrap();
    let hold = booking_api::order::store::find(&shop.booking.postgres, of.event, of.order).await.unwrap();
    let redis = &mut app.redis.clone();
    let account = ada.account.unwrap();
    booking_api::hold::store::release(redis, shop.event, account, hold.unwrap().hold).await.unwrap();
    shop.session(room, ada.pass(), ENDED, None).await;
    idle::tick(app).await;
    assert!(shop.released_slots().await.is_empty());
    ada.delete(&format!("/order/{order}")).await.expect(204);
    idle::tick(app).await;
    assert_eq!(shop.released_slots().await, ["cancelled"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_is_never_called_idle_because_redis_was_lost(postgres: PgPool) {
    let redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    let room = shop.guard().await;
    let ada = shop.booking.fan().await.admitted(shop.event, room);
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    redis.flush().await;
    let began = (TimeDelta::minutes(-9), TimeDelta::minutes(-1));
    shop.session(room, ada.pass(), began, None).await;
    for _ in 0..3 {
        idle::tick(&shop.booking.app).await;
    }
    assert!(shop.released_slots().await.is_empty(), "nobody knows what the fan held");
    let body = json!({"holdId": hold["holdId"], "record": hold["record"],
                      "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    let order = ada.put("/booking/confirm", body).await.expect(202);
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(shop.released_slots().await, ["purchased"]);

    // Who came after the loss has lost nothing.
    shop.booking.clock.advance(TimeDelta::minutes(20));
    let bob = shop.booking.fan().await.admitted(shop.event, room);
    shop.session(room, bob.pass(), ENDED, None).await;
    idle::tick(&shop.booking.app).await;
    assert_eq!(shop.released_slots().await, ["purchased", "idle"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_leaves_gives_back_what_is_held_but_not_what_is_being_paid(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let room = shop.guard().await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await.admitted(shop.event, room));
    let ada = ada.admitted(shop.event, room);
    ada.reserve(&[shop.seat(0)]).await.expect(201);
    let order = ada.buy(&[shop.seat(1)], "tok_lost").await;
    ada.post("/booking/leave", json!({"eventId": shop.event})).await.expect(204);
    bob.reserve(&[shop.seat(0)]).await.expect(201);
    assert_eq!(shop.state(&order).await, "awaitingPayment");
    bob.reserve(&[shop.seat(1)]).await.expect_problem(booking_api::problems::SEATS_TAKEN);

    // Told by the gate: the slot was given back.
    shop.session(room, bob.pass(), ENDED, Some("left")).await;
    idle::tick(&shop.booking.app).await;
    let eve = shop.booking.fan().await.admitted(shop.event, room);
    eve.reserve(&[shop.seat(0)]).await.expect(201);
}
