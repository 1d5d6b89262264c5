//! Random histories of a shop: whatever happens in whichever order, money and tickets balance to the cent (promise B3).

use chrono::TimeDelta;
use contracts::id::TicketRef;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    app::Client,
    kill::killed_after,
    shop::{SEATS, Shop},
};

/// Numbers that look like chance and repeat with their seed (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }
}

const TOKENS: &[&str] = &[
    "tok_ok",
    "tok_ok",
    "tok_double",
    "tok_lost",
    "tok_forged",
    "tok_replayed",
    "tok_declined",
    "tok_late:1",
    "tok_challenge",
];

async fn buy(shop: &Shop, fan: &Client<'_>, chance: &mut Chance) -> Option<String> {
    let first = u32::try_from(chance.below(usize::try_from(SEATS).unwrap() - 2)).unwrap();
    let count = u32::try_from(1 + chance.below(3)).unwrap();
    let tickets: Vec<TicketRef> = (first..first + count).map(|number| shop.seat(number)).collect();
    let voucher = chance.of(&[None, Some("HALF-PRICE"), Some("TEN-OFF"), Some("FREE-ENTRY")]).unwrap();
    let hold = match voucher {
        Some(voucher) => {
            fan.post("/booking/reserve", json!({"ticketIds": tickets, "voucher": voucher})).await
        }
        None => fan.reserve(&tickets).await,
    };
    if hold.status != 201 {
        return None;
    }
    let order = fan.confirm(&hold.json(), TOKENS[chance.below(TOKENS.len())]).await;
    (order.status == 202).then(|| order.json()["orderId"].as_str().unwrap().to_owned())
}

/// One thing that happens.
async fn happen(shop: &Shop, fans: &[Client<'_>], orders: &mut Vec<String>, chance: &mut Chance) {
    match chance.below(12) {
        0..=3 => {
            let fan = chance.of(fans).unwrap().clone();
            orders.extend(buy(shop, &fan, chance).await);
        }
        4 => {
            if let Some(order) = chance.of(orders) {
                for fan in fans {
                    fan.delete(&format!("/order/{order}")).await;
                }
            }
        }
        5 | 6 => {
            if let Some(order) = chance.of(orders).cloned() {
                let seen = shop.organizer().get(&format!("/order/{order}")).await.expect(200);
                let ticket: TicketRef = seen["tickets"][0]["ticketId"].as_str().unwrap().parse().unwrap();
                let part = [ticket];
                let status = shop.refund(&order, (chance.below(2) == 0).then_some(&part)).await.status;
                assert!(status == 202 || status == 409, "{status}");
            }
        }
        7 => {
            if let Some(of) = chance.of(&shop.ledger().await) {
                shop.at_the_bank(of, ["dispute", "dispute/won", "dispute/lost"][chance.below(3)]).await;
            }
        }
        8 => {
            if let Some(of) = chance.of(&shop.ledger().await) {
                let url = format!("{}/challenge/{}/pass", shop.sandbox_url, of["id"].as_str().unwrap());
                shop.client.post(url).send().await.unwrap();
            }
        }
        9 => shop.booking.clock.advance(TimeDelta::minutes(16)),
        10 => shop.booking.clock.advance(TimeDelta::seconds(20)),
        _ => {
            killed_after(chance.below(80), shop.tick()).await;
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn money_and_tickets_balance_over_random_histories(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    sqlx::query!("update event set ticket_limit = 100, fee_minor = 99, fee_ppm = 33333, tax_ppm = 190000, sales_end = starts_at")
        .execute(&shop.booking.postgres)
        .await
        .unwrap();
    // Rates that leave fractions of a cent, and vouchers that are used up while the histories go on.
    let vouchers = json!({"vouchers": [
        {"code": "half price", "offPpm": 333_333, "uses": "many", "budget": 60_000},
        {"code": "ten off", "off": 1000, "uses": 12, "perPerson": 4},
        {"code": "free entry", "price": 0, "uses": 8},
    ]});
    shop.organizer().post(&format!("/event/{}/voucher", shop.event), vouchers).await.expect(200);
    let mut fans = Vec::new();
    for _ in 0..4 {
        fans.push(shop.booking.fan().await);
    }
    let mut orders = Vec::new();
    for seed in 1..=6_u32 {
        let mut chance = Chance(0x9E37_79B9_7F4A_7C15_u64.rotate_left(seed));
        for _ in 0..30 {
            happen(&shop, &fans, &mut orders, &mut chance).await;
        }
        // Everything comes to rest: whoever has not proved who they are by now never does.
        shop.booking.clock.advance(TimeDelta::minutes(30));
        shop.tick_until(async || {
            shop.booking.clock.advance(TimeDelta::seconds(16));
            shop.is_at_rest().await
        })
        .await;
        shop.assert_balanced().await;
    }
    // Where a loop dies decides which tickets are free then, so the number is not always the same.
    assert!(orders.len() > 10, "{} orders", orders.len());
    let cancel = format!("/event/{}/cancel", shop.event);
    shop.organizer().post(&cancel, json!({"reason": "That was enough."})).await.expect(202);
    shop.tick_until(async || {
        shop.booking.clock.advance(TimeDelta::seconds(16));
        shop.is_at_rest().await && shop.organizer().get(&cancel).await.json()["isDone"] == true
    })
    .await;
    shop.assert_balanced().await;
}
