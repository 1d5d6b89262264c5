//! Money that goes back, and the tickets with it.

use booking_api::problems::{
    ALREADY_REFUNDED, DISPUTED, KEY_REUSED, NOT_GENUINE, NOT_REFUSED, NOT_YOURS, NOTHING_TO_REFUND,
    ORGANIZERS_ONLY, SEATS_TAKEN, TOO_MANY_TICKETS, UNKNOWN_ORDER, UNKNOWN_REFUND, UNKNOWN_TICKET,
};
use chrono::TimeDelta;
use contracts::id::OrderRef;
use platform::http::kinds::INVALID_BODY;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    kill::killed_after,
    payment::{call_back, event},
    shop::{SECRET, Shop},
};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refund_of_one_ticket_leaves_the_other(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let code = ada.get(&format!("/order/{order}")).await.json()["tickets"][0]["code"].clone();
    let refund = shop.refund(&order, Some(&[shop.seat(0)])).await.expect(202);
    assert_eq!((refund["amount"]["minor"].as_i64(), &refund["state"]), (Some(4950), &json!("pending")));
    assert_eq!(shop.state(&order).await, "partlyRefunded");
    shop.organizer().post("/ticket/check", json!({"code": code})).await.expect_problem(NOT_GENUINE);
    // The seat is free from the answer on, and the other is not.
    let bobs = bob.buy(&[shop.seat(0)], "tok_ok").await;
    bob.reserve(&[shop.seat(1)]).await.expect_problem(SEATS_TAKEN);
    shop.until(&bobs, "paid").await;
    shop.until_settled().await;
    let seen = ada.get(&format!("/order/{order}")).await.expect(200);
    assert_eq!(seen["refunds"][0]["state"], "done");
    assert!(seen["tickets"][0]["returnedAt"].is_string() && seen["tickets"][1]["returnedAt"].is_null());
    assert!(seen["tickets"][0]["code"].is_null() && seen["tickets"][1]["code"].is_string());
    let cause = seen["history"].as_array().unwrap().last().unwrap()["cause"].clone();
    assert_eq!(cause, "the organizer refunded 1 tickets: You asked for it.");
    assert_eq!(shop.messages_of("order_refunded").await, 1);
    let new = bob.get(&format!("/order/{bobs}")).await.json()["tickets"][0]["code"].clone();
    shop.organizer().post("/ticket/check", json!({"code": new})).await.expect(200);
    shop.organizer().post("/ticket/check", json!({"code": code})).await.expect_problem(NOT_GENUINE);
    shop.assert_balanced().await;
    shop.refund(&order, None).await.expect(202);
    assert_eq!(shop.state(&order).await, "refunded");
    shop.until_settled().await;
    assert_eq!(shop.messages_of("order_refunded").await, 2);
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refund_asked_for_again_is_the_same_and_two_at_once_are_one(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let path = format!("/order/{order}/refund");
    let body = json!({"ticketIds": [shop.seat(0)], "reason": "A stage in front of the seat."});
    let keyed = shop.organizer().with_header("idempotency-key", "once");
    let first = keyed.post(&path, body.clone()).await.expect(202);
    assert_eq!(keyed.post(&path, body.clone()).await.expect(202), first);
    keyed.post(&path, json!({"reason": "all"})).await.expect_problem(KEY_REUSED);
    let again = shop.organizer().post(&path, body).await.expect_problem(ALREADY_REFUNDED);
    assert_eq!(again["ticketIds"], json!([shop.seat(0)]));
    let (one, two) = tokio::join!(shop.refund(&order, None), shop.refund(&order, None));
    let (won, lost) = if one.status == 202 { (one, two) } else { (two, one) };
    won.expect(202);
    assert_eq!(lost.expect_problem(NOTHING_TO_REFUND)["state"], "refunded");
    shop.until_settled().await;
    let of = shop.payment_of(&order).await;
    assert_eq!((&of["state"], of["refunded"].as_i64()), (&json!("refunded"), Some(9900)));
    assert_eq!(shop.messages_of("order_refunded").await, 2);
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refund_that_makes_no_sense_changes_nothing(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_late:60").await;
    shop.refund(&order, None).await.expect_problem(NOTHING_TO_REFUND);
    let paid = ada.buy(&[shop.seat(1)], "tok_ok").await;
    shop.until(&paid, "paid").await;
    let path = format!("/order/{paid}/refund");
    let organizer = shop.organizer();
    organizer.post(&path, json!({"reason": ""})).await.expect_problem(INVALID_BODY);
    organizer.post(&path, json!({"reason": "x", "ticketIds": []})).await.expect_problem(INVALID_BODY);
    let twice = json!({"reason": "x", "ticketIds": [shop.seat(1), shop.seat(1)]});
    organizer.post(&path, twice).await.expect_problem(INVALID_BODY);
    let refused =
        shop.refund(&paid, Some(&[shop.seat(1), shop.seat(2)])).await.expect_problem(UNKNOWN_TICKET);
    assert_eq!(refused["ticketIds"], json!([shop.seat(2)]));
    shop.booking.organizer().await.post(&path, json!({"reason": "x"})).await.expect_problem(NOT_YOURS);
    ada.post(&path, json!({"reason": "x"})).await.expect_problem(ORGANIZERS_ONLY);
    let unknown = OrderRef { event: shop.event, order: shop.booking.app.ids.next() };
    shop.refund(&unknown.to_string(), None).await.expect_problem(UNKNOWN_ORDER);
    assert_eq!((shop.state(&paid).await.as_str(), shop.sold().await), ("paid", 1));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refund_that_the_provider_refuses_waits_for_a_person(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_no_refund").await;
    shop.until(&order, "paid").await;
    shop.refund(&order, None).await.expect(202);
    shop.until_settled().await;
    let seen = shop.organizer().get(&format!("/order/{order}")).await.expect(200);
    assert_eq!(seen["refunds"][0]["state"], "refused");
    let cause = seen["history"].as_array().unwrap().last().unwrap()["cause"].clone();
    assert_eq!(cause, "the provider refused to give the money back: somebody must look at it");
    assert_eq!(shop.messages_of("order_refunded").await, 0, "the fan is told what is true");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refused_refund_is_asked_for_again_under_another_key_and_pays_back_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_refund_later").await;
    shop.until(&order, "paid").await;
    let refund = shop.refund(&order, Some(&[shop.seat(0)])).await.expect(202);
    let path = format!("/order/{order}/refund/{}/retry", refund["refundId"].as_str().unwrap());
    let desk = shop.organizer();
    let state = async || desk.get(&format!("/order/{order}")).await.json()["refunds"][0]["state"].clone();
    desk.post(&path, json!({})).await.expect_problem(NOT_REFUSED);
    shop.tick_until(async || state().await == "refused").await;
    // Two who ask at once are one, and a key gives its answer again.
    let keyed = desk.clone().with_header("idempotency-key", "again");
    let (one, two) = tokio::join!(keyed.post(&path, json!({})), desk.post(&path, json!({})));
    let (won, lost) = if one.status == 202 { (&one, &two) } else { (&two, &one) };
    assert_eq!(won.expect(202)["state"], "pending");
    lost.expect_problem(NOT_REFUSED);
    // Killed wherever it waits, the next process goes on.
    for waits in 0..12 {
        killed_after(waits, shop.tick()).await;
    }
    shop.booking.clock.advance(TimeDelta::seconds(16));
    shop.tick_until(async || state().await == "done").await;
    assert_eq!(shop.payment_of(&order).await["refunded"].as_i64(), Some(4950));
    assert_eq!(shop.messages_of("order_refunded").await, 1);
    desk.post(&path, json!({})).await.expect_problem(NOT_REFUSED);
    shop.assert_balanced().await;
    let unknown = format!("/order/{order}/refund/{}/retry", uuid::Uuid::from_u128(1));
    desk.post(&unknown, json!({})).await.expect_problem(UNKNOWN_REFUND);
    shop.booking.organizer().await.post(&path, json!({})).await.expect_problem(NOT_YOURS);
    ada.post(&path, json!({})).await.expect_problem(ORGANIZERS_ONLY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn refunded_tickets_do_not_count_against_the_limit(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let four: Vec<_> = (0..4).map(|number| shop.seat(number)).collect();
    let order = ada.buy(&four, "tok_ok").await;
    shop.until(&order, "paid").await;
    ada.reserve(&[shop.seat(5)]).await.expect_problem(TOO_MANY_TICKETS);
    shop.refund(&order, Some(&four[..2])).await.expect(202);
    ada.reserve(&[shop.seat(5), shop.seat(6), shop.seat(7)]).await.expect_problem(TOO_MANY_TICKETS);
    let more = ada.buy(&[shop.seat(5), shop.seat(6)], "tok_ok").await;
    shop.until(&more, "paid").await;
    shop.until_settled().await;
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_second_payment_of_a_paid_order_goes_back_and_the_order_stays(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let order = ada.confirm(&hold, "tok_lost").await.expect(202);
    let id = order["orderId"].as_str().unwrap();
    shop.tick_until(async || shop.ledger_states().await == ["authorised"]).await;
    // The provider says that it declined, and finds later that it did not; and somebody has taken the amount by hand.
    let first = shop.payment_of(id).await;
    call_back(&shop, &event("evt_no", "declined", &first), SECRET).await.expect(204);
    ada.confirm(&hold, "tok_ok").await.expect(202);
    shop.until(id, "paid").await;
    assert_eq!(shop.at_the_bank(&first, "capture").await, 200);
    call_back(&shop, &event("evt_yes", "authorised", &first), SECRET).await.expect(204);
    shop.until_settled().await;
    assert_eq!(shop.ledger_states().await, ["captured", "refunded"]);
    assert_eq!((shop.state(id).await.as_str(), shop.sold().await), ("paid", 1));
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refund_that_was_refused_because_of_a_dispute_goes_through_when_it_is_won(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let of = shop.payment_of(&order).await;
    // The organizer is quicker than the callback that tells of the dispute.
    shop.refund(&order, None).await.expect(202);
    assert_eq!(shop.at_the_bank(&of, "dispute").await, 200);
    let path = format!("/order/{order}");
    let state = async || shop.organizer().get(&path).await.json()["refunds"][0]["state"].clone();
    shop.tick_until(async || state().await == "refused").await;
    shop.assert_balanced().await;
    assert_eq!(shop.at_the_bank(&of, "dispute/won").await, 200);
    shop.tick_until(async || state().await == "done").await;
    assert_eq!(
        (shop.payment_of(&order).await["refunded"].as_i64(), shop.messages_of("order_refunded").await),
        (Some(4950), 1)
    );
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn while_a_bank_decides_nothing_is_refunded(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let of = shop.payment_of(&order).await;
    shop.at_the_bank(&of, "dispute").await;
    let path = format!("/order/{order}");
    let disputes = async || shop.organizer().get(&path).await.json()["disputes"].clone();
    shop.tick_until(async || disputes().await[0]["state"] == "opened").await;
    shop.refund(&order, None).await.expect_problem(DISPUTED);
    shop.at_the_bank(&of, "dispute/won").await;
    shop.tick_until(async || disputes().await[0]["state"] == "won").await;
    shop.refund(&order, None).await.expect(202);
    shop.until_settled().await;
    shop.assert_balanced().await;
}
