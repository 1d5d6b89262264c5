//! Guessing codes is slow.

use booking_api::problems::{TOO_MANY_CODES, UNKNOWN_PRESALE_CODE, UNKNOWN_VOUCHER};
use chrono::TimeDelta;
use contracts::session::Role;
use futures_util::future::join_all;
use http::header;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client, TestBooking},
    shop::Shop,
};

impl Client<'_> {
    /// Asks for a seat with one more thing said.
    async fn reserve_saying(&self, shop: &Shop, name: &str, text: &str) -> Answer {
        let mut asked = json!({"ticketId": shop.seat(0)});
        asked[name] = text.into();
        self.post("/booking/reserve", asked).await
    }

    /// Names wrong vouchers until nobody answers for some seconds.
    async fn guess_until_slowed(&self, shop: &Shop) {
        for _ in 0..200 {
            let told = self.reserve_saying(shop, "voucher", "WRONG-CODE").await;
            if told.status == 429 {
                let wait: u64 = told.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
                assert!((1..=6).contains(&wait), "{wait}");
                if wait > 4 {
                    return;
                }
            }
        }
        panic!("two hundred wrong codes, and nobody was slowed");
    }
}

fn far_away(shop: &Shop, host: u16) -> String {
    // A network that no other test asks from.
    let network: uuid::Uuid = shop.event.uuid();
    let [.., a, b, c, d] = *network.as_bytes();
    format!("fd00:0:{a:02x}{b:02x}:{c:02x}{d:02x}::{host:x}")
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_account_that_tries_wrong_codes_is_slowed_whatever_copy_it_asks(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    shop.give_out(json!({"code": "RIGHT-CODE", "off": 1000})).await;
    let fan = shop.booking.fan().await;
    let hold = fan.reserve(&[shop.seat(1)]).await.expect(201);
    let hold = format!("/booking/hold/{}/voucher", hold["holdId"].as_str().unwrap());
    for _ in 0..5 {
        fan.reserve_saying(&shop, "voucher", "WRONG-CODE").await.expect_problem(UNKNOWN_VOUCHER);
        fan.put(&hold, json!({"voucher": "?"})).await.expect_problem(UNKNOWN_VOUCHER);
    }
    fan.guess_until_slowed(&shop).await;
    // The right one would stand out, if it were told from the wrong ones now.
    fan.reserve_saying(&shop, "voucher", "RIGHT-CODE").await.expect_problem(TOO_MANY_CODES);
    fan.put(&hold, json!({"voucher": "RIGHT-CODE"})).await.expect_problem(TOO_MANY_CODES);
    let other_copy = TestBooking::with(postgres, &[]);
    let same = other_copy.stranger().of_account(fan.account.unwrap(), Role::Fan);
    same.reserve_saying(&shop, "voucher", "RIGHT-CODE").await.expect_problem(TOO_MANY_CODES);
    // Whoever names no code is not held up, nor is anybody else.
    fan.reserve(&[shop.seat(2)]).await.expect(201);
    let other = shop.booking.fan().await;
    for _ in 0..12 {
        other.reserve_saying(&shop, "voucher", "RIGHT-CODE").await.expect(201);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_address_that_tries_wrong_codes_under_many_accounts_is_slowed(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let now = shop.now();
    let window =
        json!({"name": "Fans", "startsAt": now, "endsAt": now + TimeDelta::hours(1), "classes": ["fans"]});
    let presales = format!("/event/{}/presale", shop.event);
    shop.organizer().put(&presales, json!({"presales": [window]})).await.expect(200);
    let mut fans = Vec::new();
    for host in 1..=20 {
        fans.push(shop.booking.fan().await.with_header("x-forwarded-for", &far_away(&shop, host)));
    }
    let tries = fans.iter().flat_map(|fan| std::iter::repeat_n(fan, 9));
    let told: Vec<Answer> = join_all(tries.map(|fan| fan.reserve_saying(&shop, "code", "WRONG-CODE"))).await;
    let (unknown, slowed): (Vec<&Answer>, Vec<_>) = told.iter().partition(|told| told.status == 404);
    let problems = |told: &[&Answer], kind| -> Vec<Value> {
        told.iter().map(|told| told.expect_problem(kind)).collect()
    };
    problems(&unknown, UNKNOWN_PRESALE_CODE);
    problems(&slowed, TOO_MANY_CODES);
    assert!(unknown.len() >= 100 && !slowed.is_empty(), "{} and {}", unknown.len(), slowed.len());
    assert!(slowed.iter().all(|told| told.headers.contains_key(header::RETRY_AFTER)));
    let elsewhere = shop.booking.fan().await.with_header("x-forwarded-for", "fd00:1::1");
    elsewhere.reserve_saying(&shop, "code", "WRONG-CODE").await.expect_problem(UNKNOWN_PRESALE_CODE);
}
