//! Events that are called off.

use booking_api::problems::{IN_USE, NOT_YOURS, ORGANIZERS_ONLY, SALES_CLOSED};
use chrono::TimeDelta;
use platform::http::kinds::{INVALID_BODY, NOT_FOUND};
use serde_json::json;
use sqlx::PgPool;

use crate::shop::Shop;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn when_an_event_is_called_off_everybody_gets_their_money_back_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob, carl) = (shop.booking.fan().await, shop.booking.fan().await, shop.booking.fan().await);
    let paid = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&paid, "paid").await;
    let late = bob.buy(&[shop.seat(2)], "tok_late:60").await;
    shop.tick().await;
    let hold = carl.reserve(&[shop.seat(3)]).await.expect(201);
    let cancel = format!("/event/{}/cancel", shop.event);
    let organizer = shop.organizer();
    organizer.get(&cancel).await.expect_problem(NOT_FOUND);
    let begun = organizer.post(&cancel, json!({"reason": "The hall is flooded."})).await.expect(202);
    assert_eq!((begun["isDone"].as_bool(), begun["open"].as_i64()), (Some(false), Some(2)));
    carl.confirm(&hold, "tok_ok").await.expect_problem(SALES_CLOSED);
    carl.reserve(&[shop.seat(4)]).await.expect_problem(SALES_CLOSED);
    shop.until(&paid, "refunded").await;
    shop.until(&late, "cancelled").await;
    shop.until_settled().await;
    let again = organizer.post(&cancel, json!({"reason": "Another reason."})).await.expect(202);
    assert_eq!((&again["reason"], again["isDone"].as_bool()), (&json!("The hall is flooded."), Some(true)));
    assert_eq!((again["refunded"].as_i64(), again["givenBack"]["minor"].as_i64()), (Some(1), Some(9900)));
    assert_eq!(shop.ledger_states().await, ["refunded", "voided"]);
    assert_eq!(shop.messages().await, ["order_refunded", "payment_returned", "tickets_issued"]);
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_payment_that_comes_after_the_event_was_called_off_is_let_go(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = shop.expired(&ada, &[shop.seat(0)]).await;
    let cancel = format!("/event/{}/cancel", shop.event);
    shop.organizer().post(&cancel, json!({"reason": "Rain."})).await.expect(202);
    shop.until(&order, "voided").await;
    shop.until_settled().await;
    assert_eq!((shop.ledger_states().await, shop.sold().await), (vec!["voided".to_owned()], 0));
    assert_eq!(shop.messages().await, ["order_expired", "payment_returned"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_a_bank_looks_at_is_refunded_when_the_bank_is_done(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let of = shop.payment_of(&order).await;
    shop.at_the_bank(&of, "dispute").await;
    let path = format!("/order/{order}");
    shop.tick_until(async || shop.organizer().get(&path).await.json()["disputes"].is_array()).await;
    let cancel = format!("/event/{}/cancel", shop.event);
    shop.organizer().post(&cancel, json!({"reason": "Rain."})).await.expect(202);
    shop.tick().await;
    let seen = shop.organizer().get(&cancel).await.expect(200);
    assert_eq!((seen["isDone"].as_bool(), seen["disputed"].as_i64()), (Some(true), Some(1)));
    shop.at_the_bank(&of, "dispute/won").await;
    shop.tick_until(async || {
        shop.booking.clock.advance(TimeDelta::seconds(1));
        shop.state(&order).await == "refunded"
    })
    .await;
    shop.until_settled().await;
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_its_organizer_calls_an_event_off_and_nothing_calls_it_on_again(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let cancel = format!("/event/{}/cancel", shop.event);
    let body = json!({"reason": "Rain."});
    shop.booking.fan().await.post(&cancel, body.clone()).await.expect_problem(ORGANIZERS_ONLY);
    shop.booking.organizer().await.post(&cancel, body.clone()).await.expect_problem(NOT_YOURS);
    shop.organizer().post(&cancel, json!({"reason": " "})).await.expect_problem(INVALID_BODY);
    let unknown = format!("/event/{}/cancel", shop.floor);
    shop.organizer().post(&unknown, body.clone()).await.expect_problem(NOT_FOUND);
    shop.organizer().post(&cancel, body).await.expect(202);
    sqlx::query!("update event set state = 'published'").execute(&shop.booking.postgres).await.unwrap();
    shop.booking.fan().await.reserve(&[shop.seat(0)]).await.expect_problem(SALES_CLOSED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_event_that_was_called_off_stays_on_record(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let path = format!("/event/{}", shop.event);
    shop.organizer().post(&format!("{path}/cancel"), json!({"reason": "Rain."})).await.expect(202);
    shop.organizer().delete(&path).await.expect_problem(IN_USE);
    assert_eq!(shop.organizer().get(&format!("{path}/cancel")).await.expect(200)["reason"], "Rain.");
}
