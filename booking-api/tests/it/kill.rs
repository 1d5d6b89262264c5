//! The process ends at any moment: whatever it was waiting for, nothing is lost and nothing is done twice (promises B3
//! and E2). A future that is dropped while it waits is, for the stores and the provider, a process that was killed there.

use std::{
    pin::pin,
    task::Poll::{Pending, Ready},
};

use booking_api::{
    cancellation::{self, carry_on},
    order::{expire, settle},
    payment::{self, ProviderName, Standing, Told},
};
use chrono::TimeDelta;
use contracts::{id::OrderRef, money::Money};
use platform::clock::Clock;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    payment::event,
    shop::{SEATS, Shop},
};

/// Lets `work` wait `waits` times, and ends it when it waits once more; what it came to, if it came to its end.
pub(crate) async fn killed_after<F: Future>(waits: usize, work: F) -> Option<F::Output> {
    let (mut work, mut waited) = (pin!(work), 0);
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        Ready(done) => Ready(Some(done)),
        Pending if waited == waits => Ready(None),
        Pending => {
            waited += 1;
            Pending
        }
    })
    .await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_mass_refund_killed_anywhere_refunds_everybody_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let mut orders = Vec::new();
    for pair in 0..SEATS / 2 {
        let fan = shop.booking.fan().await;
        let tickets = [shop.seat(2 * pair), shop.seat(2 * pair + 1)];
        orders.push(fan.buy(&tickets, "tok_ok").await);
    }
    for order in &orders {
        shop.until(order, "paid").await;
    }
    // One was refunded in part before, and one waits for its payment.
    shop.refund(&orders[0], Some(&[shop.seat(0)])).await.expect(202);
    let late = shop.booking.fan().await.buy(&[shop.seat(20)], "tok_late:60").await;
    shop.until_settled_but("pending").await;
    let cancel = format!("/event/{}/cancel", shop.event);
    shop.organizer().post(&cancel, json!({"reason": "The singer is ill."})).await.expect(202);
    let app = &shop.booking.app;
    let of = cancellation::store::find(&app.postgres, shop.event).await.unwrap().unwrap();
    // Each order is killed at every wait of its own, until one try comes to its end.
    for order in &orders {
        let order: OrderRef = order.parse().unwrap();
        let mut waits = 0;
        while !matches!(killed_after(waits, carry_on::see_to(app, &of, order.order)).await, Some(Ok(()))) {
            waits += 1;
        }
        assert!(waits > 0, "it never had to wait, so it was never killed");
    }
    // So is the loop that tells the provider; whoever died had leased what it worked at.
    for waits in 0.. {
        killed_after(waits, payment::command::tick(app)).await;
        shop.booking.clock.advance(TimeDelta::seconds(16));
        if shop.open_commands().await == 0 {
            break;
        }
    }
    for waits in 0..20 {
        killed_after(waits, carry_on::tick(app)).await;
        shop.booking.clock.advance(TimeDelta::seconds(16));
    }
    shop.tick_until(async || {
        shop.booking.clock.advance(TimeDelta::seconds(16));
        shop.organizer().get(&cancel).await.json()["isDone"] == true
    })
    .await;
    shop.until_settled().await;
    let seen = shop.organizer().get(&cancel).await.expect(200);
    assert_eq!((seen["refunded"].as_i64(), seen["open"].as_i64()), (Some(10), Some(0)), "{seen}");
    assert_eq!(
        (seen["givenBack"]["minor"].as_i64(), seen["owed"]["minor"].as_i64()),
        (Some(19 * 4950), Some(0))
    );
    for order in &orders {
        assert_eq!(shop.state(order).await, "refunded");
    }
    assert_eq!((shop.state(&late).await.as_str(), shop.sold().await), ("cancelled", 0));
    assert_eq!(shop.messages_of("order_refunded").await, 11, "one for each refund");
    assert_eq!(shop.messages_of("payment_returned").await, 1);
    let ledger = shop.ledger().await;
    assert!(ledger.iter().all(|one| one["state"] == "refunded" || one["state"] == "voided"), "{ledger:?}");
    shop.assert_balanced().await;
}

/// What another does with the seat before the payment comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rival {
    Nobody,
    Holds,
    Buys,
}

/// A payment about which the provider says nothing until its payer has proved who they are; with its order and the end
/// of its claim.
async fn silent(shop: &Shop, seat: u32) -> (String, Value, chrono::DateTime<chrono::Utc>) {
    let fan = shop.booking.fan().await;
    let order = fan.buy(&[shop.seat(seat)], "tok_challenge").await;
    let path = format!("/order/{order}");
    shop.tick_until(async || fan.get(&path).await.json()["challengeUrl"].is_string()).await;
    let seen = fan.get(&path).await.json();
    (order.clone(), shop.payment_of(&order).await, seen["payUntil"].as_str().unwrap().parse().unwrap())
}

/// Settles what the provider tells, each time killed a little later, until the provider hears that it was taken in.
async fn insist(shop: &Shop, told: &Told, callback: (&str, &Value), from: usize) {
    for waits in from.. {
        let work = settle::settle(&shop.booking.app, ProviderName::Sandbox, told, Some(callback));
        if let Some(Ok(())) = killed_after(waits, Box::pin(work)).await {
            return;
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_callback_at_any_instant_around_expiry_doubled_reordered_and_killed_balances(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let instants = [-2_000_i64, -1, 0, 1, 2_000, 400_000];
    let cases = instants
        .into_iter()
        .flat_map(|at| [Rival::Nobody, Rival::Holds, Rival::Buys].map(|rival| (at, rival)));
    let mut met = 0;
    for (number, (at, rival)) in cases.enumerate() {
        let seat = u32::try_from(number).unwrap();
        let (order, of, until) = silent(&shop, seat).await;
        let wait = until + TimeDelta::milliseconds(at) - shop.booking.clock.now();
        shop.booking.clock.advance(wait);
        // The loop that ends orders dies somewhere; where it is long over, the next one comes to its end.
        killed_after(number, expire_if_over(&shop, &order)).await;
        if at > 1 {
            expire_if_over(&shop, &order).await;
        }
        let bob = shop.booking.fan().await;
        let rivals = match rival {
            Rival::Nobody => None,
            Rival::Holds | Rival::Buys => {
                Some(bob.reserve(&[shop.seat(seat)]).await).filter(|hold| hold.status == 201)
            }
        };
        let bought = match (rival, &rivals) {
            (Rival::Buys, Some(hold)) => Some(bob.confirm(&hold.json(), "tok_ok").await.expect(202)),
            _ => None,
        };
        met += usize::from(rivals.is_some());
        let proved = shop.client.post(of["challengeUrl"].as_str().unwrap().to_owned() + "/pass").send().await;
        assert_eq!(proved.unwrap().status(), 200);
        let amount = Money { minor: 4950, currency: "EUR".parse().unwrap() };
        let text = |name: &str| of[name].as_str().unwrap().to_owned();
        let told =
            |state| Told { id: text("id"), reference: text("reference"), state, amount, challenge: None };
        let news = [
            ("a", "authorised", Standing::Authorised),
            ("a", "authorised", Standing::Authorised),
            ("c", "captured", Standing::Captured),
            ("d", "authorised", Standing::Authorised),
        ];
        for step in 0..news.len() {
            let (id, kind, state) = news[(step + number) % news.len()];
            let id = format!("evt_{number}_{id}");
            insist(&shop, &told(state), (&id, &event(&id, kind, &of)), number % 5).await;
        }
        shop.tick_until(async || {
            let state = shop.state(&order).await;
            state == "paid" || state == "voided"
        })
        .await;
        shop.until_settled().await;
        let is_rivals = rivals.is_some();
        assert_eq!(shop.state(&order).await, if is_rivals { "voided" } else { "paid" }, "{at} ms, {rival:?}");
        if let Some(bought) = bought {
            shop.until(bought["orderId"].as_str().unwrap(), "paid").await;
        }
        shop.assert_balanced().await;
    }
    // How many depends on where the loop died: right behind its commit, the hold stays until it ends by itself.
    assert!(met > 0, "no rival was quicker, so nothing was tried");
}

/// One step of the loop that ends orders, for one order.
async fn expire_if_over(shop: &Shop, order: &str) {
    let of: OrderRef = order.parse().unwrap();
    let app = &shop.booking.app;
    let found = booking_api::order::store::find(&app.postgres, of.event, of.order).await.unwrap().unwrap();
    if found.until <= app.clock.now() {
        drop(expire::expire(app, &found).await);
    }
}
