//! What people complain about in other shops, each as a test with its name. Those that stand elsewhere:
//!
//! | complaint | test |
//! |---|---|
//! | sold twice | `fifty_fans_want_one_seat_and_one_gets_it`, and its control |
//! | a lock that names the buyer | `a_lock_that_names_the_buyer_keeps_nobody_out` |
//! | paid, but the order has expired | `a_callback_at_any_instant_around_expiry_doubled_reordered_and_killed_balances` |
//! | a payment that never resolves | `a_callback_that_was_lost_is_asked_for` |
//! | a cent off | `five_tickets_of_99_with_22_percent_inside_hold_89_26_of_tax_and_not_89_25` |
//! | gaps between numbers | `numbers_have_no_gaps_and_are_given_to_what_was_paid_alone` |
//! | reports of another day | `sales_are_counted_by_the_day_of_the_venue_and_a_refund_lowers_no_gross` |
//! | free tickets | `a_free_ticket_needs_no_payment_and_a_priced_one_always_does` |

use booking_api::problems::{SEATS_TAKEN, SOLD_OUT};
use chrono::TimeDelta;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    payment::{call_back, event},
    shop::{LIMIT, SECRET, Shop},
};

/// Oversold by some: many fans, few units of a tier in which nobody chooses.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn ten_units_are_sold_to_ten_of_thirty_who_want_one(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let mut fans = Vec::new();
    for _ in 0..30 {
        fans.push(shop.booking.fan().await);
    }
    let body = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 1});
    fans[0].reserve(&[shop.seat(0)]).await.expect(201);
    let holds =
        futures_util::future::join_all(fans.iter().map(|fan| fan.post("/booking/reserve", body.clone())))
            .await;
    let mut orders = Vec::new();
    for (fan, hold) in fans.iter().zip(&holds) {
        if hold.status == 201 {
            let order = fan.confirm(&hold.json(), "tok_ok").await.expect(202);
            orders.push(order["orderId"].as_str().unwrap().to_owned());
        } else {
            assert_eq!(hold.expect_problem(SOLD_OUT)["left"], 0);
        }
    }
    assert_eq!(orders.len(), 10);
    for order in &orders {
        shop.until(order, "paid").await;
    }
    assert_eq!(shop.sold().await, 10);
    shop.assert_balanced().await;
}

/// One tier being sold out must not keep anybody from another.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_tier_that_is_sold_out_keeps_nobody_from_another(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let units = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 2});
    for _ in 0..5 {
        shop.booking.fan().await.post("/booking/reserve", units.clone()).await.expect(201);
    }
    let ada = shop.booking.fan().await;
    ada.post("/booking/reserve", units).await.expect_problem(SOLD_OUT);
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
}

/// Sold out with nothing sold: seats of fans who went away come back by themselves.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn seats_of_orders_that_were_never_paid_come_back(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let seats: Vec<_> = (0..LIMIT).map(|number| shop.seat(number)).collect();
    for _ in 0..3 {
        let order = shop.booking.fan().await.buy(&seats, "tok_lost").await;
        shop.booking.fan().await.reserve(&seats).await.expect_problem(SEATS_TAKEN);
        // Neither the fan nor the provider says anything, and the order goes its way.
        shop.tick_until(async || {
            shop.booking.clock.advance(TimeDelta::seconds(20));
            shop.state(&order).await != "awaitingPayment"
        })
        .await;
        shop.until(&order, "paid").await;
        shop.refund(&order, None).await.expect(202);
        shop.until_settled().await;
    }
    let order = shop.booking.fan().await.buy(&seats, "tok_declined").await;
    shop.until_settled().await;
    shop.booking.clock.advance(TimeDelta::minutes(16));
    shop.until(&order, "expired").await;
    shop.booking.fan().await.reserve(&seats).await.expect(201);
    shop.assert_balanced().await;
}

/// An order that expired must not be in the way of the next.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_expired_does_not_block_its_fans_next_one(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let seats: Vec<_> = (0..LIMIT).map(|number| shop.seat(number)).collect();
    let order = ada.buy(&seats, "tok_declined").await;
    shop.until_settled().await;
    shop.booking.clock.advance(TimeDelta::minutes(16));
    shop.until(&order, "expired").await;
    let next = ada.buy(&seats, "tok_ok").await;
    shop.until(&next, "paid").await;
    shop.assert_balanced().await;
}

/// The fan comes back from the provider and its callback comes at the same moment: one sale, one mail.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_callback_and_our_own_question_at_once_make_one_sale_and_one_mail(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_lost").await;
    shop.tick_until(async || shop.ledger_states().await == ["authorised"]).await;
    let of = shop.payment_of(&order).await;
    shop.booking.clock.advance(TimeDelta::seconds(11));
    let bodies: Vec<_> = (0..6).map(|n| event(&format!("evt_{}", n / 2), "authorised", &of)).collect();
    let calls = futures_util::future::join_all(bodies.iter().map(|body| call_back(&shop, body, SECRET)));
    let (answers, ()) = tokio::join!(calls, shop.tick());
    assert!(answers.iter().all(|answer| answer.status == 204), "{answers:?}");
    shop.until(&order, "paid").await;
    assert_eq!((shop.sold().await, shop.messages().await), (1, vec!["tickets_issued".to_owned()]));
    shop.assert_balanced().await;
}

/// A payment that is there, though the order looks as if it had expired, is never silent: the fan can read what happened.
#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fan_whose_payment_came_too_late_reads_why_and_gets_the_money_back(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0)], "tok_challenge").await;
    let path = format!("/order/{order}");
    shop.tick_until(async || ada.get(&path).await.json()["challengeUrl"].is_string()).await;
    let proof = ada.get(&path).await.json()["challengeUrl"].as_str().unwrap().to_owned() + "/pass";
    shop.booking.clock.advance(TimeDelta::minutes(16));
    shop.until(&order, "expired").await;
    bob.reserve(&[shop.seat(0)]).await.expect(201);
    assert_eq!(shop.client.post(proof).send().await.unwrap().status(), 200);
    shop.until(&order, "voided").await;
    shop.until_settled().await;
    let causes = ada.get(&path).await.json()["history"].clone();
    let causes: Vec<_> =
        causes.as_array().unwrap().iter().map(|entry| entry["cause"].as_str().unwrap()).collect();
    assert_eq!(
        causes[1..],
        ["no payment came in time", "the payment came too late: others have the tickets"]
    );
    assert_eq!(shop.messages().await, ["order_expired", "payment_returned"]);
    shop.assert_balanced().await;
}
