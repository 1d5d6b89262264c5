//! What an order is made of, to the cent, and what it is called.

use booking_api::problems::{NOT_YOUR_BOOKING, NOT_YOURS, ORGANIZERS_ONLY, SALES_BEGUN, UNKNOWN_EVENT};
use chrono::TimeDelta;
use platform::http::kinds::{INVALID_BODY, NOT_FOUND};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::shop::Shop;

/// A shop that opens in an hour, where charges can still be said.
async fn before_sales(postgres: PgPool) -> Shop {
    let shop = Shop::open(postgres).await;
    shop.set_sales(TimeDelta::hours(1), TimeDelta::days(1)).await;
    shop
}

fn minor(of: &Value) -> i64 {
    of["minor"].as_i64().unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_shows_face_value_fee_and_tax_and_adds_up_to_the_cent(postgres: PgPool) {
    let shop = before_sales(postgres).await;
    let charges = format!("/event/{}/charge", shop.event);
    let body = json!({"fee": 150, "feePpm": 25_000, "taxPpm": 88_750, "taxIncluded": false,
                      "tiers": [{"tierId": shop.floor, "fee": 0, "feePpm": 0, "taxPpm": 70_000}]});
    assert_eq!(shop.organizer().put(&charges, body.clone()).await.expect(200), body);
    assert_eq!(shop.organizer().get(&charges).await.expect(200), body);
    shop.booking.clock.advance(TimeDelta::hours(2));
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0), shop.seat(1), shop.seat(20)]).await.expect(201);
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    let id = order["orderId"].as_str().unwrap();
    shop.until(id, "paid").await;
    let paid = ada.get(&format!("/order/{id}")).await.expect(200);
    let tickets = paid["tickets"].as_array().unwrap();
    let parts = |at: usize| ["face", "fee", "tax", "price"].map(|part| minor(&tickets[at][part]));
    // 49.50 + 2.74 fee; 8.875 % of twice 52.24 is 9.2726, shared out as 4.64 and 4.63. The floor: 30.00 and 7 %.
    assert_eq!(
        [parts(0), parts(1), parts(2)],
        [[4950, 274, 464, 5688], [4950, 274, 463, 5687], [3000, 0, 210, 3210]]
    );
    assert_eq!((minor(&paid["total"]), minor(&paid["fees"]), minor(&paid["tax"])), (14_585, 548, 1137));
    assert_eq!(hold["total"], paid["total"], "the fan saw it before");
    assert_eq!(shop.ledger().await[0]["amount"], paid["total"]);
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn charges_are_fixed_once_anybody_can_have_seen_them(postgres: PgPool) {
    let shop = before_sales(postgres).await;
    let charges = format!("/event/{}/charge", shop.event);
    let organizer = shop.organizer();
    organizer.put(&charges, json!({"fee": -1})).await.expect_problem(INVALID_BODY);
    organizer.put(&charges, json!({"taxPpm": 1_000_001})).await.expect_problem(INVALID_BODY);
    let unknown = json!({"tiers": [{"tierId": shop.event, "fee": 1}]});
    organizer.put(&charges, unknown).await.expect_problem(INVALID_BODY);
    shop.booking.organizer().await.put(&charges, json!({})).await.expect_problem(NOT_YOURS);
    shop.booking.fan().await.get(&charges).await.expect_problem(ORGANIZERS_ONLY);
    organizer.get(&format!("/event/{}/charge", shop.floor)).await.expect_problem(NOT_FOUND);
    organizer.put(&charges, json!({"fee": 100})).await.expect(200);
    shop.booking.clock.advance(TimeDelta::hours(2));
    organizer.put(&charges, json!({"fee": 200})).await.expect_problem(SALES_BEGUN);
    assert_eq!(organizer.get(&charges).await.expect(200)["fee"], 100);
    let ada = shop.booking.fan().await;
    ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.set_sales(TimeDelta::hours(1), TimeDelta::days(1)).await;
    organizer.put(&charges, json!({"fee": 200})).await.expect_problem(SALES_BEGUN);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn numbers_have_no_gaps_and_are_given_to_what_was_paid_alone(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let mut numbers = Vec::new();
    for (seat, token, state) in [
        (0, "tok_ok", "paid"),
        (1, "tok_declined", "expired"),
        (2, "tok_ok", "paid"),
        (3, "tok_double", "paid"),
    ] {
        let order = ada.buy(&[shop.seat(seat)], token).await;
        if state == "expired" {
            shop.until_settled().await;
            shop.booking.clock.advance(TimeDelta::minutes(16));
        }
        shop.until(&order, state).await;
        shop.tick().await;
        numbers.push(ada.get(&format!("/order/{order}")).await.json()["number"].clone());
    }
    assert_eq!(numbers, [json!(1), Value::Null, json!(2), json!(3)]);
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_reads_the_orders_of_their_events_and_no_codes(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (one, two) = (ada.buy(&[shop.seat(0)], "tok_ok").await, ada.buy(&[shop.seat(1)], "tok_ok").await);
    shop.until(&one, "paid").await;
    shop.until(&two, "paid").await;
    let seen = shop.organizer().get(&format!("/order/{one}")).await.expect(200);
    let history: Vec<_> =
        seen["history"].as_array().unwrap().iter().map(|entry| entry["cause"].clone()).collect();
    assert_eq!(
        history,
        ["the fan confirmed the hold", "the payment was authorised", "the payment was captured"]
    );
    assert!(seen["tickets"][0]["code"].is_null());
    let stranger = shop.booking.organizer().await;
    stranger.get(&format!("/order/{one}")).await.expect_problem(NOT_YOUR_BOOKING);
    let list = format!("/event/{}/order", shop.event);
    let all = shop.organizer().get(&list).await.expect(200);
    assert_eq!(all["orders"].as_array().unwrap().len(), 2);
    let (first, second) = (&all["orders"][0]["orderId"], &all["orders"][1]["orderId"]);
    let rest = shop.organizer().get(&format!("{list}?after={}", first.as_str().unwrap())).await.expect(200);
    assert_eq!((&rest["orders"][0]["orderId"], rest["orders"].as_array().unwrap().len()), (second, 1));
    stranger.get(&list).await.expect_problem(NOT_YOURS);
    stranger.get(&format!("/event/{}/order", shop.floor)).await.expect_problem(UNKNOWN_EVENT);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_paid_order_is_fulfilled_when_its_event_begins(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    shop.booking.clock.advance(TimeDelta::days(3) - TimeDelta::seconds(1));
    shop.tick().await;
    assert_eq!(shop.state(&order).await, "paid");
    shop.booking.clock.advance(TimeDelta::seconds(1));
    shop.until(&order, "fulfilled").await;
    shop.assert_balanced().await;
    shop.refund(&order, None).await.expect(202);
    assert_eq!(shop.state(&order).await, "refunded");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_free_ticket_needs_no_payment_and_a_priced_one_always_does(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    sqlx::query!("update tier set price_minor = 0 where general_admission")
        .execute(&shop.booking.postgres)
        .await
        .unwrap();
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(20)]).await.expect(201);
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    assert_eq!(order["state"], "paid");
    assert_eq!(ada.confirm(&hold, "tok_ok").await.expect(202)["orderId"], order["orderId"]);
    assert!(shop.ledger().await.is_empty(), "nobody was asked for nothing");
    assert_eq!((shop.sold().await, shop.messages().await), (1, vec!["tickets_issued".to_owned()]));
    let id = order["orderId"].as_str().unwrap();
    assert!(ada.get(&format!("/order/{id}")).await.json()["tickets"][0]["code"].is_string());
    let both = ada.buy(&[shop.seat(0), shop.seat(21)], "tok_declined").await;
    shop.until_settled().await;
    assert_eq!(shop.state(&both).await, "awaitingPayment", "a free ticket beside it makes nothing free");
    shop.refund(id, None).await.expect(202);
    assert_eq!(shop.state(id).await, "refunded");
    assert_eq!(shop.messages_of("order_refunded").await, 1);
    shop.assert_balanced().await;
}
