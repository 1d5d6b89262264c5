//! Seats that come back, and who is offered them.

use booking_api::{
    problems::{OFFER_OVER, SEATS_TAKEN},
    waitlist::offer,
};
use chrono::TimeDelta;
use contracts::id::TicketRef;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    kill::killed_after,
    redis::PrivateRedis,
    shop::{LIMIT, SEATS, Shop},
};

impl Shop {
    pub(crate) fn waitlist(&self) -> String {
        format!("/event/{}/waitlist", self.event)
    }

    /// A hall in which everything is sold, by orders of [`LIMIT`] tickets, and whose waitlist is open.
    pub(crate) async fn sold_out(&self) -> Vec<String> {
        let mut orders = Vec::new();
        for first in (0..SEATS + 10).step_by(usize::try_from(LIMIT).unwrap()) {
            let tickets: Vec<TicketRef> =
                (first..(first + LIMIT).min(SEATS + 10)).map(|at| self.seat(at)).collect();
            let order = self.booking.fan().await.buy(&tickets, "tok_ok").await;
            self.until(&order, "paid").await;
            orders.push(order);
        }
        self.organizer().put(&self.waitlist(), json!({"open": true})).await.expect(200);
        self.look_again().await;
        orders
    }

    /// What can be had may be a second old.
    pub(crate) async fn look_again(&self) {
        self.booking.app.views.forget(self.event).await;
    }

    /// One ticket of an order comes back.
    pub(crate) async fn comes_back(&self, order: &str, seat: u32) {
        self.refund(order, Some(&[self.seat(seat)])).await.expect(202);
    }

    /// The link in the newest mail to `fan`: its secret.
    pub(crate) async fn mailed(&self, fan: &Client<'_>) -> String {
        let url = sqlx::query_scalar!(
            r#"select body->>'offer_url' as "url!" from outbox join account on email = body->'to'->>'email'
               where kind = 'seats_offered' and account_id = $1 order by outbox.created_at desc limit 1"#,
            fan.account.unwrap().uuid()
        );
        let url = url.fetch_one(&self.booking.postgres).await.unwrap();
        url.split_once("#offer=").unwrap().1.to_owned()
    }

    pub(crate) async fn serve(&self) {
        offer::tick(&self.booking.app).await;
    }

    /// How many seats are kept, and how many of them are offered.
    pub(crate) async fn kept(&self) -> (i64, i64) {
        let row =
            sqlx::query!(r#"select count(*) as "kept!", count(offer_id) as "offered!" from waitlist_seat"#);
        let row = row.fetch_one(&self.booking.postgres).await.unwrap();
        (row.kept, row.offered)
    }
}

impl Client<'_> {
    pub(crate) async fn enter(&self, shop: &Shop, quantity: u32) -> Answer {
        self.post(&shop.waitlist(), json!({"quantity": quantity})).await
    }

    pub(crate) async fn entry(&self, shop: &Shop) -> Value {
        self.get(&shop.waitlist()).await.expect(200)
    }

    pub(crate) async fn take(&self, shop: &Shop, offer: &str) -> Answer {
        self.post("/booking/reserve", json!({"eventId": shop.event, "offer": offer})).await
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_seat_that_comes_back_is_offered_in_the_order_of_entry_and_to_nobody_else(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let orders = shop.sold_out().await;
    let (ada, bob, eve) = (shop.booking.fan().await, shop.booking.fan().await, shop.booking.fan().await);
    assert_eq!(ada.enter(&shop, 1).await.expect(201)["ahead"], 0);
    assert_eq!(bob.enter(&shop, 1).await.expect(201)["ahead"], 1);
    assert_eq!(
        bob.enter(&shop, 3).await.expect(200)["quantity"],
        1,
        "who is on the list stays where they are"
    );
    shop.comes_back(&orders[0], 0).await;
    // Kept from the moment in which it is free: nobody sees it or gets it.
    assert_eq!(shop.kept().await, (1, 0));
    eve.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    shop.serve().await;
    assert_eq!((shop.kept().await, shop.messages_of("seats_offered").await), ((1, 1), 1));
    shop.look_again().await;
    assert_eq!(eve.get(&format!("/event/{}", shop.event)).await.expect(200)["ticketAvailable"], 0);
    eve.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    let desk = json!({"kind": "boxOffice", "label": "Counter", "ticketIds": [shop.seat(0)], "email": "walk@example.org", "paidBy": "cash"});
    shop.organizer()
        .post(&format!("/event/{}/allocation", shop.event), desk)
        .await
        .expect_problem(SEATS_TAKEN);
    let offer = ada.entry(&shop).await["offer"].clone();
    assert_eq!(
        (&offer["ticketIds"], &offer["until"]),
        (&json!([shop.seat(0)]), &json!(shop.now() + TimeDelta::minutes(30)))
    );
    assert_eq!(bob.entry(&shop).await["state"], "waiting");
    bob.take(&shop, offer["offerId"].as_str().unwrap()).await.expect_problem(OFFER_OVER);
    // An ordinary hold, and an ordinary order.
    let secret = shop.mailed(&ada).await;
    let hold = ada.take(&shop, &secret).await.expect(201);
    assert_eq!(
        ada.take(&shop, offer["offerId"].as_str().unwrap()).await.expect(201)["holdId"],
        hold["holdId"]
    );
    let order = ada.confirm(&hold, "tok_ok").await.expect(202)["orderId"].as_str().unwrap().to_owned();
    shop.until(&order, "paid").await;
    assert_eq!((ada.entry(&shop).await["state"].clone(), shop.kept().await), (json!("accepted"), (0, 0)));
    ada.take(&shop, &secret).await.expect_problem(OFFER_OVER);
    shop.until_settled().await;
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_offer_that_lapses_goes_to_the_next_and_then_to_everybody(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let orders = shop.sold_out().await;
    shop.organizer().put(&shop.waitlist(), json!({"open": true, "offerMinutes": 5})).await.expect(200);
    let (ada, bob, eve) = (shop.booking.fan().await, shop.booking.fan().await, shop.booking.fan().await);
    ada.enter(&shop, 1).await.expect(201);
    bob.enter(&shop, 1).await.expect(201);
    shop.comes_back(&orders[0], 0).await;
    shop.serve().await;
    let secret = shop.mailed(&ada).await;
    shop.booking.clock.advance(TimeDelta::minutes(4));
    let hold = ada.take(&shop, &secret).await.expect(201);
    let ends = shop.now() + TimeDelta::minutes(1);
    assert_eq!(hold["expiresAt"], json!(ends), "a hold on what is offered ends with the offer");
    let extend = format!("/booking/hold/{}/extend", hold["holdId"].as_str().unwrap());
    assert_eq!(ada.post(&extend, json!({})).await.expect(200)["expiresAt"], json!(ends));
    shop.booking.clock.advance(TimeDelta::minutes(1));
    ada.confirm(&hold, "tok_ok").await.expect_problem(OFFER_OVER);
    ada.take(&shop, &secret).await.expect_problem(OFFER_OVER);
    shop.serve().await;
    assert_eq!(ada.entry(&shop).await["state"], "lapsed");
    assert_eq!(bob.entry(&shop).await["offer"]["ticketIds"], json!([shop.seat(0)]));
    let theirs = bob.take(&shop, &shop.mailed(&bob).await).await.expect(201);
    assert_eq!(theirs["tickets"][0]["ticketId"], json!(shop.seat(0)), "nothing of the first is in the way");
    bob.delete(&format!("/booking/hold/{}", theirs["holdId"].as_str().unwrap())).await.expect(204);
    eve.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    shop.booking.clock.advance(TimeDelta::minutes(5));
    shop.serve().await;
    assert_eq!((shop.kept().await, bob.entry(&shop).await["state"].clone()), ((0, 0), json!("lapsed")));
    eve.reserve(&[shop.seat(0)]).await.expect(201);
    assert_eq!(shop.messages_of("seats_offered").await, 2, "nobody is offered it twice");
    // Who let it go may enter again, at the end.
    shop.look_again().await;
    assert_eq!(ada.enter(&shop, 1).await.expect(201)["ahead"], 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn whatever_frees_a_seat_it_is_offered_first(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    // All but four seats are sold.
    for first in (4..SEATS + 10).step_by(4) {
        let tickets: Vec<TicketRef> = (first..(first + 4).min(SEATS + 10)).map(|at| shop.seat(at)).collect();
        let order = shop.booking.fan().await.buy(&tickets, "tok_ok").await;
        shop.until(&order, "paid").await;
    }
    let back = json!({"kind": "heldBack", "label": "Press", "ticketIds": [shop.seat(0)]});
    let allocation = format!("/event/{}/allocation", shop.event);
    let back = shop.organizer().post(&allocation, back).await.expect(201);
    let (cancels, waits) = (shop.booking.fan().await, shop.booking.fan().await);
    let cancelled = cancels.buy(&[shop.seat(1)], "tok_late:60").await;
    let expired = waits.buy(&[shop.seat(2)], "tok_declined").await;
    let paid = shop.booking.fan().await.buy(&[shop.seat(3)], "tok_ok").await;
    shop.until(&paid, "paid").await;
    shop.organizer().put(&shop.waitlist(), json!({"open": true})).await.expect(200);
    shop.look_again().await;
    let mut fans = Vec::new();
    for _ in 0..4 {
        let fan = shop.booking.fan().await;
        fan.enter(&shop, 1).await.expect(201);
        fans.push(fan);
    }
    let offered = async |at: usize| {
        shop.serve().await;
        fans[at].entry(&shop).await["offer"]["ticketIds"][0].clone()
    };
    let released = format!("{allocation}/{}", back["orderId"].as_str().unwrap());
    shop.organizer().delete(&released).await.expect(204);
    assert_eq!(offered(0).await, json!(shop.seat(0)));
    cancels.delete(&format!("/order/{cancelled}")).await.expect(204);
    assert_eq!(offered(1).await, json!(shop.seat(1)));
    shop.comes_back(&paid, 3).await;
    assert_eq!(offered(2).await, json!(shop.seat(3)));
    shop.booking.clock.advance(TimeDelta::minutes(16));
    shop.until(&expired, "expired").await;
    assert_eq!(offered(3).await, json!(shop.seat(2)));
    let states = fans.iter().map(|fan| async { fan.entry(&shop).await["state"].clone() });
    assert!(futures_util::future::join_all(states).await.iter().all(|state| state == "offered"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn two_loops_that_serve_at_once_offer_every_seat_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let orders = shop.sold_out().await;
    let mut fans = Vec::new();
    for _ in 0..12 {
        let fan = shop.booking.fan().await;
        fan.enter(&shop, 1).await.expect(201);
        fans.push(fan);
    }
    for (order, first) in orders.iter().zip([0, 4]) {
        let all: Vec<TicketRef> = (first..first + 4).map(|at| shop.seat(at)).collect();
        // They come back while both loops serve.
        let back = async { shop.refund(order, Some(&all)).await.expect(202) };
        let serve = async || {
            for _ in 0..4 {
                shop.serve().await;
            }
        };
        let ((), (), _) = tokio::join!(serve(), serve(), back);
        shop.serve().await;
    }
    assert_eq!((shop.kept().await, shop.messages_of("seats_offered").await), ((8, 8), 8));
    let mut seats = Vec::new();
    for (at, fan) in fans.iter().enumerate() {
        let entry = fan.entry(&shop).await;
        assert_eq!(entry["state"], if at < 8 { "offered" } else { "waiting" }, "{at} in the order of entry");
        seats.extend(entry["offer"]["ticketIds"][0].as_str().map(str::to_owned));
    }
    seats.sort();
    seats.dedup();
    assert_eq!(seats.len(), 8, "each seat to one");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_loop_that_is_killed_anywhere_loses_no_seat_and_offers_none_twice(postgres: PgPool) {
    let redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    let orders = shop.sold_out().await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    ada.enter(&shop, 2).await.expect(201);
    bob.enter(&shop, 1).await.expect(201);
    shop.refund(&orders[0], Some(&[shop.seat(0), shop.seat(1)])).await.expect(202);
    for waits in 0..40 {
        killed_after(waits, shop.serve()).await;
    }
    shop.wait_for(async || {
        shop.serve().await;
        shop.kept().await == (2, 2)
    })
    .await;
    assert_eq!(shop.messages_of("seats_offered").await, 1);
    // What is offered outlives the loss of Redis: the mirror is built from what Postgres keeps.
    redis.flush().await;
    let eve = shop.booking.fan().await;
    eve.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    let hold = ada.take(&shop, &shop.mailed(&ada).await).await.expect(201);
    redis.flush().await;
    let body = json!({"holdId": hold["holdId"], "record": hold["record"],
                      "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    let order = ada.put("/booking/confirm", body).await.expect(202)["orderId"].as_str().unwrap().to_owned();
    shop.until(&order, "paid").await;
    assert_eq!(bob.entry(&shop).await["state"], "waiting");
    shop.until_settled().await;
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_offer_that_is_confirmed_while_it_lapses_is_had_by_one(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let orders = shop.sold_out().await;
    for seat in 0..4 {
        let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
        ada.enter(&shop, 1).await.expect(201);
        bob.enter(&shop, 1).await.expect(201);
        shop.comes_back(&orders[0], seat).await;
        shop.serve().await;
        let hold = ada.take(&shop, &shop.mailed(&ada).await).await.expect(201);
        // The fan leaves in one tab and pays in another.
        let path = shop.waitlist();
        let leave = async { ada.delete(&path).await.expect(204) };
        let (paid, _, ()) = tokio::join!(ada.confirm(&hold, "tok_ok"), leave, shop.serve());
        shop.serve().await;
        let state = ada.entry(&shop).await["state"].clone();
        if paid.status == 202 {
            shop.until(paid.json()["orderId"].as_str().unwrap(), "paid").await;
            assert_eq!(
                (state, bob.entry(&shop).await["state"].clone()),
                (json!("accepted"), json!("waiting"))
            );
        } else {
            paid.expect_problem(OFFER_OVER);
            assert_eq!((state, bob.entry(&shop).await["state"].clone()), (json!("left"), json!("offered")));
        }
        bob.delete(&path).await.expect(204);
        shop.serve().await;
        shop.look_again().await;
        // Whoever is left over: nobody waits, so everybody may have it.
        let eve = shop.booking.fan().await.reserve(&[shop.seat(seat)]).await;
        assert_eq!(eve.status == 201, paid.status != 202, "{}", eve.text());
    }
    shop.until_settled().await;
    shop.assert_balanced().await;
}
