//! Many at once: exactly one gets it (promises B1 and B2).

use std::time::Duration;

use booking_api::problems::{HOLD_EXPIRED, SEATS_TAKEN};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    redis::PrivateRedis,
    shop::Shop,
};

async fn all<'a, F: Future<Output = Answer>>(calls: impl IntoIterator<Item = F> + 'a) -> Vec<Answer> {
    futures_util::future::join_all(calls).await
}

fn with_status(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn fifty_fans_want_one_seat_and_one_gets_it(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let mut fans = Vec::new();
    for _ in 0..50 {
        fans.push(shop.booking.fan().await);
    }
    let seat = [shop.seat(0)];
    shop.booking.fan().await.reserve(&[shop.seat(9)]).await.expect(201);
    let answers = all(fans.iter().map(|fan| fan.reserve(&seat))).await;
    assert_eq!(with_status(&answers, 201), 1);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        answer.expect_problem(SEATS_TAKEN);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_double_click_on_pay_makes_one_order_and_one_payment(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    let answers = all((0..8).map(|_| ada.confirm(&hold, "tok_ok"))).await;
    let first = answers[0].expect(202);
    for answer in &answers {
        assert_eq!(answer.expect(202)["orderId"], first["orderId"]);
    }
    shop.until(first["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(ada.confirm(&hold, "tok_ok").await.expect(202)["state"], "paid");
    assert_eq!((shop.sold().await, shop.ledger().await.len()), (2, 1));
}

/// Two fans with records of holds on one seat, of two lives of Redis, both lost.
async fn rivals<'a>(shop: &'a Shop, redis: &PrivateRedis) -> [(Client<'a>, Value); 2] {
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let of_ada = ada.reserve(&[shop.seat(0)]).await.expect(201);
    redis.flush().await;
    let of_bob = bob.reserve(&[shop.seat(0)]).await.expect(201);
    redis.flush().await;
    [(ada, of_ada), (bob, of_bob)]
}

fn with_record(hold: &Value) -> Value {
    json!({"holdId": hold["holdId"], "record": hold["record"],
           "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}})
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn after_the_loss_of_redis_exactly_one_of_two_rivals_buys(postgres: PgPool) {
    let redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    let [(ada, of_ada), (bob, of_bob)] = rivals(&shop, &redis).await;
    ada.confirm(&of_ada, "tok_ok").await.expect_problem(HOLD_EXPIRED);
    // The mirror stands again by now, so that neither is turned away because it is being built.
    let (one, two) = tokio::join!(
        ada.put("/booking/confirm", with_record(&of_ada)),
        bob.put("/booking/confirm", with_record(&of_bob))
    );
    let answers = [one, two];
    assert_eq!(with_status(&answers, 202), 1);
    let (winner, loser) = if answers[0].status == 202 { (0, 1) } else { (1, 0) };
    let refused = answers[loser].expect_problem(SEATS_TAKEN);
    assert_eq!(refused["conflicts"], json!([shop.seat(0)]));
    let order = answers[winner].json();
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    let ledger = shop.until_settled().await;
    assert_eq!((ledger.len(), shop.sold().await), (1, 1), "the other was never asked for money");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_record_proves_nothing_for_others_or_for_a_hold_that_simply_ended(postgres: PgPool) {
    let redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    let [(ada, of_ada), (bob, _)] = rivals(&shop, &redis).await;
    bob.put("/booking/confirm", with_record(&of_ada)).await.expect_problem(HOLD_EXPIRED);
    let mut forged = with_record(&of_ada);
    forged["record"] = format!("{}x", of_ada["record"].as_str().unwrap()).into();
    ada.put("/booking/confirm", forged).await.expect_problem(HOLD_EXPIRED);
    let living = ada.reserve(&[shop.seat(3)]).await.expect(201);
    ada.delete(&format!("/booking/hold/{}", living["holdId"].as_str().unwrap())).await.expect(204);
    ada.put("/booking/confirm", with_record(&living)).await.expect_problem(HOLD_EXPIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn without_redis_a_held_seat_can_still_be_bought(postgres: PgPool) {
    let mut redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &["--redis-timeout", "200ms"]).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    redis.stop();
    assert_eq!(ada.reserve(&[shop.seat(1)]).await.status, 503);
    assert_eq!(ada.confirm(&hold, "tok_ok").await.status, 503);
    let order = ada.put("/booking/confirm", with_record(&hold)).await.expect(202);
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(shop.sold().await, 1);
    tokio::time::timeout(Duration::from_secs(1), shop.ledger()).await.unwrap();
}
