//! Payments that fans take up with their banks.

use booking_api::problems::{NOT_GENUINE, NOTHING_TO_REFUND};
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    payment::call_back,
    shop::{SECRET, Shop},
};

/// A callback about a dispute, as the provider would send it.
fn told(id: &str, kind: &str, of: &Value, minor: i64) -> Value {
    json!({"id": id, "type": kind, "dispute": "dp_1", "authorization": of["id"], "reference": of["reference"],
           "amount": {"minor": minor, "currency": "EUR"}, "at": "2027-06-01T12:00:00Z"})
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_lost_dispute_takes_the_tickets_with_the_money(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let code = json!({"code": ada.get(&format!("/order/{order}")).await.json()["tickets"][0]["code"]});
    shop.refund(&order, Some(&[shop.seat(1)])).await.expect(202);
    shop.until_settled().await;
    let of = shop.payment_of(&order).await;
    assert_eq!(shop.at_the_bank(&of, "dispute").await, 200);
    assert_eq!(shop.at_the_bank(&of, "dispute/lost").await, 200);
    shop.until(&order, "refunded").await;
    shop.organizer().post("/ticket/check", code).await.expect_problem(NOT_GENUINE);
    shop.refund(&order, None).await.expect_problem(NOTHING_TO_REFUND);
    let bobs = bob.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&bobs, "paid").await;
    shop.until_settled().await;
    shop.assert_balanced().await;
    let seen = ada.get(&format!("/order/{order}")).await.expect(200);
    assert!(seen["disputes"].is_null(), "what banks say is between them and the organizer");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_dispute_is_taken_in_once_in_whichever_order_its_news_come(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let of = shop.payment_of(&order).await;
    for (id, kind) in
        [("e1", "disputeLost"), ("e1", "disputeLost"), ("e2", "disputeOpened"), ("e3", "disputeWon")]
    {
        call_back(&shop, &told(id, kind, &of, 4950), SECRET).await.expect(204);
    }
    let seen = shop.organizer().get(&format!("/order/{order}")).await.expect(200);
    assert_eq!((&seen["state"], &seen["disputes"][0]["state"]), (&json!("refunded"), &json!("lost")));
    let causes = seen["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["cause"] == "the dispute about 49.50 EUR was lost");
    assert_eq!(causes.count(), 1);
    assert_eq!(shop.sold().await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_dispute_about_a_part_leaves_the_tickets_to_the_organizer(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let of = shop.payment_of(&order).await;
    call_back(&shop, &told("e1", "disputeLost", &of, 4950), SECRET).await.expect(204);
    let seen = shop.organizer().get(&format!("/order/{order}")).await.expect(200);
    assert_eq!((&seen["state"], shop.sold().await), (&json!("paid"), 2));
    assert_eq!(
        seen["history"].as_array().unwrap().last().unwrap()["cause"],
        "the dispute about 49.50 EUR was lost; the tickets stay as they are"
    );
    // About money that is not ours: taken in, so that the provider does not call again.
    let stray = json!({"id": "auth_of_somebody", "reference": "pay_of_somebody"});
    call_back(&shop, &told("e2", "disputeOpened", &stray, 1), SECRET).await.expect(204);
    let mut unnamed = told("e3", "disputeOpened", &of, 1);
    unnamed["dispute"] = Value::Null;
    call_back(&shop, &unnamed, SECRET).await.expect_problem(INVALID_BODY);
}
