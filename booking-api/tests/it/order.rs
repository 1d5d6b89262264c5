//! From a hold to tickets.

use booking_api::problems::{
    HOLD_CONFIRMED, HOLD_EXPIRED, KEY_REUSED, KEY_RUNNING, NOT_YOUR_BOOKING, RAW_CARD_NUMBER, SEATS_TAKEN,
    SIGNED_OUT, TOO_LATE_TO_CANCEL, UNKNOWN_ORDER, UNKNOWN_PROVIDER,
};
use chrono::TimeDelta;
use contracts::id::{HoldRef, OrderRef};
use platform::http::kinds::{INVALID_BODY, INVALID_PARAMETER};
use serde_json::json;
use sqlx::PgPool;

use crate::shop::Shop;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fan_holds_two_seats_pays_and_gets_tickets(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    assert_eq!(hold["total"]["minor"], 9900);
    assert_eq!(hold["tickets"][0]["place"], "Block 1, row A, seat 1");
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    assert_eq!(order["state"], "awaitingPayment");
    let id = order["orderId"].as_str().unwrap();
    assert_eq!(order["order"], format!("/order/{id}"));
    let bob = shop.booking.fan().await;
    bob.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    shop.until(id, "paid").await;
    let paid = ada.get(&format!("/order/{id}")).await.expect(200);
    assert_eq!(paid["tickets"].as_array().unwrap().len(), 2);
    assert!(paid["tickets"][0]["code"].is_string());
    let states: Vec<&str> =
        paid["history"].as_array().unwrap().iter().map(|entry| entry["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["awaitingPayment", "capturing", "paid"]);
    assert_eq!(shop.sold().await, 2);
    let ledger = shop.ledger().await;
    assert_eq!((ledger.len(), &ledger[0]["state"]), (1, &"captured".into()));
    assert_eq!(shop.messages().await, ["tickets_issued"]);
    bob.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    let listed = ada.get("/order").await.expect(200);
    assert_eq!(listed["orders"][0]["orderId"], id);
    assert_eq!(bob.get("/order").await.expect(200), json!({"orders": []}));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_ticket_confirms_its_whole_hold(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    let body =
        json!({"ticketId": shop.seat(1), "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    let order = ada.put("/booking/confirm", body.clone()).await.expect(202);
    assert_eq!(ada.put("/booking/confirm", body.clone()).await.expect(202)["orderId"], order["orderId"]);
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(shop.sold().await, 2);
    let bob = shop.booking.fan().await;
    bob.put("/booking/confirm", body).await.expect_problem(HOLD_EXPIRED);
    ada.reserve(&[shop.seat(2)]).await.expect(201);
    let body =
        json!({"ticketId": shop.seat(2), "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    bob.put("/booking/confirm", body).await.expect_problem(SEATS_TAKEN);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_hold_of_another_a_card_and_nonsense_are_refused(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    bob.confirm(&hold, "tok_ok").await.expect_problem(NOT_YOUR_BOOKING);
    let confirm = async |details| {
        ada.put("/booking/confirm", json!({"holdId": hold["holdId"], "paymentDetails": details})).await
    };
    confirm(json!({"provider": "sandbox", "token": "4242 4242 4242 4242"}))
        .await
        .expect_problem(RAW_CARD_NUMBER);
    confirm(json!({"number": "4242424242424242", "cvc": "123"})).await.expect_problem(RAW_CARD_NUMBER);
    confirm(json!({"provider": "sandbox"})).await.expect_problem(INVALID_BODY);
    confirm(json!({"provider": "sandbox", "token": ""})).await.expect_problem(INVALID_BODY);
    confirm(json!({"provider": "cash", "token": "tok_ok"})).await.expect_problem(UNKNOWN_PROVIDER);
    let both = json!({"holdId": hold["holdId"], "ticketId": shop.seat(0),
                      "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    ada.put("/booking/confirm", both).await.expect_problem(INVALID_BODY);
    let unknown = HoldRef { event: shop.event, hold: shop.booking.app.ids.next() };
    ada.confirm(&json!({"holdId": unknown}), "tok_ok").await.expect_problem(HOLD_EXPIRED);
    let unknown = OrderRef { event: shop.event, order: shop.booking.app.ids.next() };
    ada.get(&format!("/order/{unknown}")).await.expect_problem(UNKNOWN_ORDER);
    ada.get("/order/nonsense").await.expect_problem(INVALID_PARAMETER);
    shop.booking.stranger().confirm(&hold, "tok_ok").await.expect_problem(SIGNED_OUT);
    assert!(shop.ledger().await.is_empty(), "nobody was asked for money");
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    bob.get(order["order"].as_str().unwrap()).await.expect_problem(NOT_YOUR_BOOKING);
    bob.delete(order["order"].as_str().unwrap()).await.expect_problem(NOT_YOUR_BOOKING);
    ada.delete(&format!("/booking/hold/{}", hold["holdId"].as_str().unwrap()))
        .await
        .expect_problem(HOLD_CONFIRMED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn confirming_under_a_key_gives_its_answer_again(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let other = ada.reserve(&[shop.seat(1)]).await.expect(201);
    let keyed = ada.clone().with_header("idempotency-key", "pay");
    let first = keyed.confirm(&hold, "tok_ok").await.expect(202);
    shop.until(first["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(keyed.confirm(&hold, "tok_ok").await.expect(202), first, "the answer of then, not of now");
    keyed.confirm(&other, "tok_ok").await.expect_problem(KEY_REUSED);
    let failing = ada.clone().with_header("idempotency-key", "fails");
    let unknown = HoldRef { event: shop.event, hold: shop.booking.app.ids.next() };
    failing.confirm(&json!({"holdId": unknown}), "tok_ok").await.expect_problem(HOLD_EXPIRED);
    failing.confirm(&other, "tok_ok").await.expect(202);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_twin_that_still_runs_is_told_so(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let keyed = ada.clone().with_header("idempotency-key", "pay");
    let first = keyed.confirm(&hold, "tok_ok").await.expect(202);
    // As it stands while the first is at work, or when its process died in the middle.
    sqlx::query!("update idempotency set state = 'running', status = null, answer = null")
        .execute(&postgres)
        .await
        .unwrap();
    keyed.confirm(&hold, "tok_ok").await.expect_problem(KEY_RUNNING);
    shop.booking.clock.advance(TimeDelta::seconds(31));
    assert_eq!(keyed.confirm(&hold, "tok_ok").await.expect(202), first, "one that died is taken over");
    shop.until(first["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(shop.ledger().await.len(), 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_declined_payment_leaves_the_order_to_be_paid_otherwise(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let order = ada.confirm(&hold, "tok_declined").await.expect(202);
    let path = order["order"].as_str().unwrap();
    shop.wait_for(async || {
        shop.tick().await;
        ada.get(path).await.json()["payment"] == "declined"
    })
    .await;
    assert_eq!(ada.get(path).await.json()["state"], "awaitingPayment");
    let again = ada.confirm(&hold, "tok_ok").await.expect(202);
    assert_eq!(again["orderId"], order["orderId"]);
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    let states = shop.ledger_states().await;
    assert_eq!(states, ["captured", "declined"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_is_not_paid_expires_and_frees_its_seats(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0)], "tok_declined").await;
    shop.until_settled().await;
    bob.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    shop.booking.clock.advance(TimeDelta::minutes(15));
    shop.until(&order, "expired").await;
    let sold = bob.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&sold, "paid").await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_cancelled_order_frees_its_seats_and_lets_the_payment_go(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0)], "tok_late:60").await;
    let path = format!("/order/{order}");
    shop.tick().await;
    ada.delete(&path).await.expect(204);
    ada.delete(&path).await.expect(204);
    assert_eq!(shop.state(&order).await, "cancelled");
    bob.reserve(&[shop.seat(0)]).await.expect(201);
    shop.until_settled().await;
    assert_eq!(shop.ledger_states().await, ["voided"]);
    let paid = bob.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&paid, "paid").await;
    let refused = bob.delete(&format!("/order/{paid}")).await.expect_problem(TOO_LATE_TO_CANCEL);
    assert_eq!(refused["state"], "paid");
}
