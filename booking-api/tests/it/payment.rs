//! Money: every authorised payment ends captured or let go, once (promise B3).

use axum::body::Body;
use booking_api::problems::{BAD_SIGNATURE, SEATS_TAKEN};
use chrono::TimeDelta;
use http::Method;
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    shop::{SEATS, SECRET, Shop},
};

/// Calls back with `body`, signed by `secret`.
pub(crate) async fn call_back(shop: &Shop, body: &Value, secret: &[u8]) -> Answer {
    let body = body.to_string();
    let signature = sandbox::callback::sign::sign(secret, 1_800_000_000, body.as_bytes());
    let provider = shop.booking.stranger().without_assertion().with_header("sandbox-signature", &signature);
    provider.call(Method::POST, "/payment/callback/sandbox", Body::from(body)).await
}

/// A callback about what the provider knows.
pub(crate) fn event(id: &str, kind: &str, of: &Value) -> Value {
    json!({"id": id, "type": kind, "authorization": of["id"], "reference": of["reference"], "amount": of["amount"],
           "at": "2027-06-01T12:00:00Z"})
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn doubled_reordered_and_forged_callbacks_sell_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    for (number, token) in [(0, "tok_double"), (1, "tok_forged")] {
        let order = ada.buy(&[shop.seat(number)], token).await;
        shop.until(&order, "paid").await;
    }
    let order = ada.buy(&[shop.seat(2)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let ledger = shop.until_settled().await;
    assert!(ledger.iter().all(|one| one["state"] == "captured"));
    for (at, one) in ledger.iter().enumerate() {
        for kind in ["authorised", "declined", "authorised"] {
            call_back(&shop, &event(&format!("evt_{at}_{kind}"), kind, one), SECRET).await.expect(204);
        }
        call_back(&shop, &event("evt_forged", "declined", one), b"not the secret")
            .await
            .expect_problem(BAD_SIGNATURE);
    }
    shop.until_settled().await;
    assert_eq!(shop.ledger_states().await, ["captured"; 3]);
    assert_eq!((shop.state(&order).await.as_str(), shop.sold().await), ("paid", 3));
    assert_eq!(shop.messages().await, ["tickets_issued"; 3]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_callback_that_was_lost_is_asked_for(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_lost").await;
    shop.wait_for(async || {
        shop.tick().await;
        shop.ledger().await.first().is_some_and(|one| one["state"] == "authorised")
    })
    .await;
    assert_eq!(shop.state(&order).await, "awaitingPayment");
    shop.booking.clock.advance(TimeDelta::seconds(10));
    shop.until(&order, "paid").await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_attempt_whose_process_died_after_the_commit_goes_out_all_the_same(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    assert!(shop.ledger().await.is_empty(), "nothing ran after the commit");
    shop.until(&order, "paid").await;
    assert_eq!(shop.ledger().await.len(), 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_late_payment_is_used_when_the_seat_is_still_free(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = shop.expired(&ada, &[shop.seat(0)]).await;
    shop.until(&order, "paid").await;
    let history = ada.get(&format!("/order/{order}")).await.json()["history"].clone();
    let states: Vec<&str> =
        history.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["awaitingPayment", "expired", "capturing", "paid"]);
    let mut redis = shop.booking.app.redis.clone();
    let held = booking_api::hold::store::held(&mut redis, shop.event).await.unwrap();
    assert!(held.is_empty(), "what the late payment held again is let go with the sale: {held:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_late_payment_for_a_seat_that_somebody_holds_is_let_go(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let late = shop.expired(&ada, &[shop.seat(0), shop.seat(1)]).await;
    let hold = bob.reserve(&[shop.seat(1)]).await.expect(201);
    shop.until(&late, "voided").await;
    shop.until_settled().await;
    assert_eq!(shop.ledger_states().await, ["voided"]);
    assert_eq!(shop.messages().await, ["order_expired", "payment_returned"]);
    let bought = bob.confirm(&hold, "tok_ok").await.expect(202);
    shop.until(bought["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(shop.sold().await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_nobody_asked_for_and_wrong_amounts_are_let_go(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_late:60").await;
    shop.tick().await;
    let mut of = shop.ledger().await[0].clone();
    of["amount"]["minor"] = json!(1);
    call_back(&shop, &event("evt_cheap", "authorised", &of), SECRET).await.expect(204);
    shop.until_settled().await;
    assert_eq!(shop.ledger_states().await, ["voided"]);
    assert_eq!(shop.state(&order).await, "awaitingPayment");
    assert_eq!(shop.sold().await, 0);
    let stray = shop.authorize_elsewhere("somebody-else").await;
    call_back(&shop, &event("evt_stray", "authorised", &stray), SECRET).await.expect(204);
    shop.until_settled().await;
    assert_eq!(shop.ledger_states().await, ["voided", "voided"]);
    let strange = json!({"id": "evt_strange", "type": "authorised"});
    call_back(&shop, &strange, SECRET).await.expect_problem(INVALID_BODY);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_late_payment_gets_other_tickets_of_its_price_where_the_fan_said_so(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob, eve) = (shop.booking.fan().await, shop.booking.fan().await, shop.booking.fan().await);
    let late = async |fan: &Client<'_>, seats: [u32; 2]| {
        let tickets = seats.map(|seat| shop.seat(seat));
        let hold =
            fan.post("/booking/reserve", json!({"ticketIds": tickets, "equivalent": true})).await.expect(201);
        let order =
            fan.confirm(&hold, "tok_late:1").await.expect(202)["orderId"].as_str().unwrap().to_owned();
        shop.tick().await;
        shop.booking.clock.advance(TimeDelta::minutes(16));
        shop.until(&order, "expired").await;
        order
    };
    // Somebody holds one of its seats; the gold ones from 1 on are free, and the floor is of another price.
    let order = late(&ada, [0, 20]).await;
    let rival = bob.reserve(&[shop.seat(0)]).await.expect(201);
    shop.until(&order, "paid").await;
    let seen = ada.get(&format!("/order/{order}")).await.expect(200);
    let tickets: Vec<_> =
        seen["tickets"].as_array().unwrap().iter().map(|one| one["ticketId"].clone()).collect();
    assert_eq!(tickets, [json!(shop.seat(1)), json!(shop.seat(21))]);
    assert_eq!(
        (&seen["total"]["minor"], &seen["tickets"][0]["place"]),
        (&json!(7950), &json!("Block 1, row A, seat 2"))
    );
    assert!(seen["tickets"].as_array().unwrap().iter().all(|one| one["code"].is_string()));
    assert!(
        seen["history"].to_string().contains("the order has these of the same price: Block 1, row A, seat 2")
    );
    // Its old seats are everybody's.
    bob.confirm(&rival, "tok_ok").await.expect(202);
    eve.reserve(&[shop.seat(20)]).await.expect(201);
    // Of a price of which nothing is left there is nothing: the payment is let go.
    let order = late(&eve, [2, 3]).await;
    let desk = json!({"kind": "heldBack", "label": "All", "ticketIds": (2..SEATS).map(|seat| shop.seat(seat)).collect::<Vec<_>>()});
    shop.organizer().post(&format!("/event/{}/allocation", shop.event), desk).await.expect(201);
    shop.until(&order, "voided").await;
    shop.until_settled().await;
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_capture_that_is_refused_takes_the_sale_back(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0)], "tok_late:60").await;
    shop.tick().await;
    let of = shop.ledger().await[0].clone();
    // The provider says that it authorised, and has let it go before we capture.
    shop.void_elsewhere(of["id"].as_str().unwrap()).await;
    call_back(&shop, &event("evt_1", "authorised", &of), SECRET).await.expect(204);
    assert_eq!((shop.state(&order).await.as_str(), shop.sold().await), ("capturing", 1));
    bob.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    shop.until(&order, "voided").await;
    assert_eq!(shop.sold().await, 0);
    shop.until_settled().await;
    assert_eq!(shop.messages().await, ["payment_returned"]);
    bob.reserve(&[shop.seat(0)]).await.expect(201);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_provider_that_is_away_costs_nobody_anything(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    shop.lose_sandbox().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.tick().await;
    assert_eq!(shop.state(&order).await, "awaitingPayment");
    shop.booking.clock.advance(TimeDelta::minutes(15));
    shop.tick().await;
    assert_eq!(shop.state(&order).await, "awaitingPayment", "it waits a little for its provider");
    shop.booking.clock.advance(TimeDelta::minutes(5));
    shop.until(&order, "expired").await;
    assert_eq!(shop.sold().await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_callback_that_is_replayed_sells_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_replayed").await;
    shop.until(&order, "paid").await;
    shop.refund(&order, None).await.expect(202);
    let of = shop.payment_of(&order).await;
    // The same words come again after the money went back.
    for _ in 0..3 {
        call_back(&shop, &event("evt_again", "authorised", &of), SECRET).await.expect(204);
    }
    shop.until_settled().await;
    assert_eq!((shop.state(&order).await.as_str(), shop.sold().await), ("refunded", 0));
    assert_eq!(shop.ledger_states().await, ["refunded"]);
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_answer_that_never_came_is_looked_up_and_nobody_pays_twice(postgres: PgPool) {
    let shop = Shop::with(postgres, None, &["--payment-deadline", "100ms"]).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_timeout").await;
    shop.tick_until(async || {
        shop.booking.clock.advance(TimeDelta::seconds(1));
        shop.state(&order).await == "paid"
    })
    .await;
    shop.until_settled().await;
    assert_eq!(shop.ledger_states().await, ["captured"], "one amount, however often it was asked for");
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fan_who_must_prove_who_they_are_is_sent_there_and_pays(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    for (seat, proof, payment, state) in
        [(0, "pass", "captured", "paid"), (1, "fail", "declined", "awaitingPayment")]
    {
        let order = ada.buy(&[shop.seat(seat)], "tok_challenge").await;
        let path = format!("/order/{order}");
        shop.tick_until(async || ada.get(&path).await.json()["challengeUrl"].is_string()).await;
        let url = ada.get(&path).await.json()["challengeUrl"].as_str().unwrap().to_owned();
        let page = shop.client.get(&url).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("49.50 EUR"), "{page}");
        assert_eq!(shop.payment_of(&order).await["state"], "pending", "nothing is decided until they have");
        assert_eq!(shop.client.post(format!("{url}/{proof}")).send().await.unwrap().status(), 200);
        shop.tick_until(async || ada.get(&path).await.json()["payment"] == payment).await;
        assert_eq!(shop.state(&order).await, state);
        assert!(ada.get(&path).await.json()["challengeUrl"].is_null());
    }
    shop.assert_balanced().await;
}
