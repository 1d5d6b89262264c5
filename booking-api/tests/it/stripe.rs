//! Payments by Stripe, against a process that speaks as Stripe does (localstripe).

use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::body::Body;
use booking_api::{
    order,
    payment::{self, Provider},
    problems::{BAD_SIGNATURE, DISPUTED},
};
use chrono::TimeDelta;
use contracts::id::{OrderRef, TicketRef};
use hmac::{Hmac, KeyInit, Mac};
use http::Method;
use platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use sha2::Sha256;
use sqlx::PgPool;

use crate::{
    app::{Answer, Client, beginning},
    shop::Shop,
};

/// What [`crate::app::TestBooking`] shares with its Stripe.
const KEY: &str = "sk_test_12345678";
const SECRET: &str = "whsec_of_the_tests";

/// A Stripe of one's own.
struct LocalStripe {
    url: String,
    process: Child,
    client: reqwest::Client,
}

impl LocalStripe {
    async fn start() -> Self {
        let packages = devstack::localstripe::packages().expect("localstripe can be had");
        // Free a moment ago; nobody else on this machine asks for this very one in between.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("python3")
            .args(["-m", "localstripe", "--from-scratch", "--port", &port.to_string()])
            .env("PYTHONPATH", packages)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stripe =
            Self { url: format!("http://127.0.0.1:{port}"), process, client: reqwest::Client::new() };
        let up = tokio::time::timeout(Duration::from_secs(30), async {
            while stripe.client.get(format!("{}/v1/balance", stripe.url)).send().await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        up.await.expect("localstripe starts");
        stripe
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}/{path}", self.url)).bearer_auth(KEY);
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request = self.client.post(format!("{}/{path}", self.url)).bearer_auth(KEY).form(form);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap_or_default()
    }

    /// The name of a test card, as Stripe's own page in a browser would get it; the shop never sees the number.
    async fn card(&self, number: &str) -> String {
        let form = [
            ("type", "card"),
            ("card[number]", number),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2035"),
            ("card[cvc]", "123"),
        ];
        self.post("v1/payment_methods", &form).await["id"].as_str().unwrap().to_owned()
    }

    async fn intents(&self) -> Vec<Value> {
        self.get("v1/payment_intents?limit=100").await["data"].as_array().unwrap().clone()
    }

    async fn statuses(&self) -> Vec<String> {
        let intents = self.intents().await;
        let mut all: Vec<_> = intents.iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    }

    /// Amounts of all refunds.
    async fn refunds(&self) -> Vec<i64> {
        let all = self.get("v1/refunds?limit=100").await;
        let mut all: Vec<_> =
            all["data"].as_array().unwrap().iter().map(|one| one["amount"].as_i64().unwrap()).collect();
        all.sort_unstable();
        all
    }
}

impl Drop for LocalStripe {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A shop whose clock shows the real time, because Stripe's signatures do.
async fn open(postgres: PgPool) -> (Shop, LocalStripe) {
    let stripe = LocalStripe::start().await;
    let shop = Shop::with(postgres, None, &["--stripe-url", &stripe.url]).await;
    shop.booking.clock.advance(SystemClock.now() - beginning());
    shop.set_sales(TimeDelta::days(-1), TimeDelta::days(1)).await;
    (shop, stripe)
}

async fn pay(fan: &Client<'_>, hold: &Value, token: &str) -> Value {
    let body = json!({"holdId": hold["holdId"], "paymentDetails": {"provider": "stripe", "token": token}});
    fan.put("/booking/confirm", body).await.expect(202)
}

async fn buy(fan: &Client<'_>, tickets: &[TicketRef], token: &str) -> String {
    let hold = fan.reserve(tickets).await.expect(201);
    pay(fan, &hold, token).await["orderId"].as_str().unwrap().to_owned()
}

/// The newest attempt of an order.
async fn attempt_of(shop: &Shop, order: &str) -> payment::Attempt {
    let of: OrderRef = order.parse().unwrap();
    payment::store::newest(&shop.booking.postgres, of.event, of.order).await.unwrap().unwrap()
}

/// An event of Stripe's, signed by `secret` at the shop's time less `age`.
async fn tell(shop: &Shop, event: &Value, secret: &str, age: TimeDelta) -> Answer {
    let (body, at) = (event.to_string(), (shop.now() - age).timestamp());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{at}.{body}").as_bytes());
    let header = format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()));
    let stripe = shop.booking.stranger().without_assertion().with_header("stripe-signature", &header);
    stripe.call(Method::POST, "/payment/callback/stripe", Body::from(body)).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_card_pays_by_stripe_and_the_money_goes_back_in_parts(postgres: PgPool) {
    let (shop, stripe) = open(postgres).await;
    let callback =
        shop.booking.app.config.sandbox.sandbox_callback_url.clone().unwrap().replace("/sandbox", "/stripe");
    stripe.post("_config/webhooks/shop", &[("url", &callback), ("secret", SECRET)]).await;
    let ada = shop.booking.fan().await;
    let order = buy(&ada, &[shop.seat(0), shop.seat(1)], "pm_card_visa").await;
    shop.until(&order, "paid").await;
    let intent = stripe.intents().await[0].clone();
    assert_eq!((&intent["status"], intent["amount"].as_i64()), (&json!("succeeded"), Some(9900)));
    shop.refund(&order, Some(&[shop.seat(0)])).await.expect(202);
    shop.until_settled().await;
    assert_eq!(stripe.refunds().await, [4950]);
    shop.refund(&order, None).await.expect(202);
    shop.until_settled().await;
    assert_eq!((stripe.refunds().await, shop.state(&order).await.as_str()), (vec![4950, 4950], "refunded"));
    assert_eq!(shop.messages_of("order_refunded").await, 2);
    // Stripe's own webhook, signed by Stripe, comes a second later and says nothing new.
    shop.wait_for(async || {
        let heard = sqlx::query_scalar!(
            r#"select count(*) as "count!" from payment_callback where provider = 'stripe'"#
        );
        heard.fetch_one(&shop.booking.postgres).await.unwrap() == 1
    })
    .await;
    assert_eq!((stripe.statuses().await, shop.sold().await), (vec!["succeeded".to_owned()], 0));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_card_that_stripe_declines_leaves_the_order_to_be_paid_otherwise(postgres: PgPool) {
    let (shop, stripe) = open(postgres).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    for _ in 0..2 {
        let order = pay(&ada, &hold, &stripe.card("4000000000000341").await).await;
        let path = order["order"].as_str().unwrap();
        shop.tick_until(async || ada.get(path).await.json()["payment"] == "declined").await;
    }
    let order = pay(&ada, &hold, "pm_card_visa").await;
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    assert_eq!(stripe.statuses().await, ["requires_payment_method", "requires_payment_method", "succeeded"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_second_step_at_stripe_is_waited_for_and_a_cancelled_order_lets_it_go(postgres: PgPool) {
    let (shop, stripe) = open(postgres).await;
    let ada = shop.booking.fan().await;
    let mut orders = Vec::new();
    for seat in 0..2 {
        let card = stripe.card("4000002500003155").await;
        let order = buy(&ada, &[shop.seat(seat)], &card).await;
        shop.tick_until(async || ada.get(&format!("/order/{order}")).await.json()["payment"] == "pending")
            .await;
        orders.push(order);
    }
    let intents = stripe.intents().await;
    let first = attempt_of(&shop, &orders[0]).await.authorization.unwrap();
    let secret =
        intents.iter().find(|one| one["id"] == first.as_str()).unwrap()["client_secret"].as_str().unwrap();
    stripe
        .post(
            &format!("v1/payment_intents/{first}/_authenticate"),
            &[("client_secret", secret), ("success", "true")],
        )
        .await;
    shop.booking.clock.advance(TimeDelta::seconds(11));
    shop.until(&orders[0], "paid").await;
    ada.delete(&format!("/order/{}", orders[1])).await.expect(204);
    shop.tick_until(async || stripe.statuses().await == ["canceled", "succeeded"]).await;
    assert_eq!((shop.sold().await, shop.state(&orders[1]).await.as_str()), (1, "cancelled"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_intent_whose_answer_was_lost_is_found_by_our_key(postgres: PgPool) {
    let (shop, stripe) = open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = buy(&ada, &[shop.seat(0)], "pm_card_visa").await;
    let of: OrderRef = order.parse().unwrap();
    let attempt = attempt_of(&shop, &order).await;
    // The process dies with Stripe's answer, and comes back when the order is over.
    let told = shop.booking.app.payments.providers.authorize(&attempt, "pm_card_visa").await.unwrap();
    let found = shop.booking.app.payments.providers.find(&attempt).await.unwrap().unwrap();
    assert_eq!((&found.id, found.reference.as_str()), (&told.id, attempt.key.as_str()));
    shop.booking.clock.advance(TimeDelta::minutes(16));
    let found = order::store::find(&shop.booking.postgres, of.event, of.order).await.unwrap().unwrap();
    order::expire::expire(&shop.booking.app, &found).await.unwrap();
    shop.until(&order, "paid").await;
    assert_eq!(stripe.statuses().await, ["succeeded"], "it was looked up, not asked for again");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn stripe_is_believed_by_its_signature_alone_and_its_disputes_are_taken_in(postgres: PgPool) {
    let (shop, stripe) = open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = buy(&ada, &[shop.seat(0)], "pm_card_visa").await;
    shop.until(&order, "paid").await;
    let intent = stripe.intents().await[0]["id"].clone();
    let event = |id: &str, status: &str| {
        let object = json!({"id": "dp_1", "object": "dispute", "amount": 4950, "currency": "eur", "status": status,
                            "payment_intent": intent});
        json!({"id": id, "type": "charge.dispute.updated", "data": {"object": object}})
    };
    let (now, opened) = (TimeDelta::zero(), event("evt_1", "needs_response"));
    tell(&shop, &opened, "another secret", now).await.expect_problem(BAD_SIGNATURE);
    tell(&shop, &opened, SECRET, TimeDelta::minutes(6)).await.expect_problem(BAD_SIGNATURE);
    tell(&shop, &opened, SECRET, now).await.expect(204);
    shop.refund(&order, None).await.expect_problem(DISPUTED);
    // Somebody else's payment in the same account is none of our business.
    let foreign = json!({"id": "pi_x", "object": "payment_intent", "amount": 1, "currency": "eur",
                         "status": "requires_capture", "metadata": {}});
    let foreign = json!({"id": "evt_x", "type": "payment_intent.amount_capturable_updated", "data": {"object": foreign}});
    tell(&shop, &foreign, SECRET, now).await.expect(204);
    let unknown = json!({"id": "evt_y", "type": "customer.created", "data": {"object": {}}});
    tell(&shop, &unknown, SECRET, now).await.expect(204);
    assert_eq!(shop.open_commands().await, 0);
    for _ in 0..2 {
        tell(&shop, &event("evt_2", "lost"), SECRET, now).await.expect(204);
    }
    assert_eq!((shop.state(&order).await.as_str(), shop.sold().await), ("refunded", 0));
    assert!(stripe.refunds().await.is_empty(), "the bank has the money already");
}
