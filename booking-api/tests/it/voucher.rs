//! Codes that lower what an order costs.

use booking_api::problems::{
    HOLD_CONFIRMED, NOT_YOUR_BOOKING, NOT_YOURS, ORGANIZERS_ONLY, UNKNOWN_EVENT, UNKNOWN_VOUCHER,
    VOUCHER_OVER, VOUCHER_UNFIT, VOUCHER_USED,
};
use chrono::TimeDelta;
use contracts::id::TicketRef;
use http::{Method, header};
use platform::http::kinds::{INVALID_BODY, NOT_JSON};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    payment::{call_back, event},
    redis::PrivateRedis,
    shop::{SECRET, Shop},
};

impl Shop {
    fn vouchers(&self) -> String {
        format!("/event/{}/voucher", self.event)
    }

    /// The organizer gives out one voucher.
    pub(crate) async fn give_out(&self, voucher: Value) {
        let report =
            self.organizer().post(&self.vouchers(), json!({"vouchers": [voucher]})).await.expect(200);
        assert_eq!(report["imported"], 1, "{report}");
    }

    /// How many orders use the first voucher, and what it took off them.
    async fn used(&self) -> (i64, i64) {
        let listed = self.organizer().get(&self.vouchers()).await.expect(200);
        let number = |name: &str| listed["vouchers"][0][name].as_i64().unwrap();
        (number("uses"), number("spent"))
    }
}

impl Client<'_> {
    async fn reserve_with(&self, tickets: &[TicketRef], voucher: &str) -> Answer {
        self.post("/booking/reserve", json!({"ticketIds": tickets, "voucher": voucher})).await
    }
}

fn on_hold(hold: &Value) -> String {
    format!("/booking/hold/{}/voucher", hold["holdId"].as_str().unwrap())
}

fn minor(of: &Value) -> i64 {
    of["minor"].as_i64().unwrap_or_else(|| panic!("no amount: {of}"))
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn forty_want_a_voucher_of_five_uses_and_five_orders_have_it(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    // A hall with a seat for each.
    sqlx::query!(
        "insert into ticket (event_id, ticket_id, tier_id) select $1, n, $2 from generate_series(30, 69) as n",
        shop.event.uuid(),
        shop.floor.uuid()
    )
    .execute(&shop.booking.postgres)
    .await
    .unwrap();
    shop.give_out(json!({"code": "FIVE-ONLY", "off": 1000, "uses": 5})).await;
    let mut fans = Vec::new();
    for number in 30..70 {
        let fan = shop.booking.fan().await;
        let hold = fan.reserve_with(&[shop.seat(number)], "five only").await.expect(201);
        assert_eq!(minor(&hold["total"]), 2000);
        fans.push((fan, hold));
    }
    let answers =
        futures_util::future::join_all(fans.iter().map(|(fan, hold)| fan.confirm(hold, "tok_ok"))).await;
    let won: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 202).collect();
    assert_eq!(won.len(), 5);
    for lost in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!(lost.expect_problem(VOUCHER_USED)["limit"], "uses");
    }
    assert_eq!(shop.used().await, (5, 5000));
    let orders = sqlx::query_scalar!(r#"select count(*) as "count!" from booking_order"#);
    assert_eq!(orders.fetch_one(&shop.booking.postgres).await.unwrap(), 5, "a refused one leaves no order");
    for order in won {
        shop.until(order.json()["orderId"].as_str().unwrap(), "paid").await;
    }
    shop.until_settled().await;
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_voucher_lowers_the_face_value_and_fees_and_taxes_follow(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    sqlx::query!("update event set fee_minor = 150, fee_ppm = 25000, tax_ppm = 88750, tax_included = false")
        .execute(&shop.booking.postgres)
        .await
        .unwrap();
    shop.give_out(json!({"code": "GOLD-HALF", "offPpm": 500_000, "tiers": ["Gold"], "uses": "many"})).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve_with(&[shop.seat(0), shop.seat(20)], "gold-half").await.expect(201);
    // Gold: 49.50 - 24.75 = 24.75, fee 1.50 + 0.62 (0.61875), Floor: 30.00, fee 1.50 + 0.75; 8.875 % of 59.12 is 5.2469.
    assert_eq!((minor(&hold["discount"]), minor(&hold["total"])), (2475, 5912 + 525));
    assert_eq!(minor(&hold["tickets"][0]["discount"]), 2475);
    assert!(hold["tickets"][1]["discount"].is_null());
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    let id = order["orderId"].as_str().unwrap();
    shop.until(id, "paid").await;
    let seen = ada.get(&format!("/order/{id}")).await.expect(200);
    let of = |name: &str| minor(&seen["tickets"][0][name]);
    assert_eq!([of("face"), of("discount"), of("fee")], [4950, 2475, 212]);
    assert_eq!(of("price"), 4950 - 2475 + 212 + of("tax"));
    assert_eq!((minor(&seen["total"]), minor(&seen["discount"])), (6437, 2475));
    let sales = shop.organizer().get(&format!("/event/{}/sales", shop.event)).await.expect(200);
    let total = |name: &str| sales["total"][name].as_i64().unwrap();
    assert_eq!((total("face"), total("discounts"), total("gross")), (7950, 2475, 6437));
    assert_eq!(total("face") - total("discounts") + total("fees") + total("tax"), total("gross"));
    // What goes back is what was paid, and the voucher stays used.
    let paid = of("price");
    let refund = shop.refund(id, Some(&[shop.seat(0)])).await.expect(202);
    assert_eq!(minor(&refund["amount"]), paid);
    shop.refund(id, None).await.expect(202);
    shop.until_settled().await;
    assert_eq!(shop.payment_of(id).await["refunded"].as_i64(), Some(6437));
    assert_eq!(shop.used().await, (1, 2475));
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_costs_nothing_with_a_voucher_needs_no_payment_and_everything_else_does(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    shop.give_out(json!({"code": "FREE-ENTRY", "price": 0, "uses": 2})).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve_with(&[shop.seat(0), shop.seat(1)], "FREE-ENTRY").await.expect(201);
    assert_eq!(minor(&hold["total"]), 0);
    let page = ada.clone().with_header("accept", "text/html");
    let page = page.get(&format!("/checkout/{}", hold["holdId"].as_str().unwrap())).await.text();
    assert!(page.contains("There is nothing to pay.") && page.contains("99.00"), "{page}");
    let order = ada.put("/booking/confirm", json!({"holdId": hold["holdId"]})).await.expect(202);
    assert_eq!(order["state"], "paid");
    assert!(shop.ledger().await.is_empty(), "nobody was asked for nothing");
    assert_eq!((shop.sold().await, shop.used().await), (2, (1, 9900)));
    let full = ada.reserve(&[shop.seat(2)]).await.expect(201);
    let refused =
        ada.put("/booking/confirm", json!({"holdId": full["holdId"]})).await.expect_problem(INVALID_BODY);
    assert_eq!(minor(&refused["total"]), 4950);
    shop.refund(order["orderId"].as_str().unwrap(), None).await.expect(202);
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_voucher_is_given_back_when_its_order_comes_to_nothing(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    shop.give_out(json!({"code": "ONCE-ONLY", "off": 1000, "budget": 1000})).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let buy = async |seat: u32, token: &str| {
        let hold = ada.reserve_with(&[shop.seat(seat)], "ONCE-ONLY").await.expect(201);
        ada.confirm(&hold, token).await.expect(202)["orderId"].as_str().unwrap().to_owned()
    };
    // Cancelled.
    let order = buy(0, "tok_late:60").await;
    assert_eq!(
        bob.reserve_with(&[shop.seat(5)], "ONCE-ONLY").await.expect_problem(VOUCHER_USED)["limit"],
        "uses"
    );
    ada.delete(&format!("/order/{order}")).await.expect(204);
    ada.delete(&format!("/order/{order}")).await.expect(204);
    assert_eq!(shop.used().await, (0, 0));
    // Expired.
    let order = buy(1, "tok_declined").await;
    assert_eq!(shop.used().await, (1, 1000));
    shop.booking.clock.advance(TimeDelta::minutes(16));
    shop.until(&order, "expired").await;
    assert_eq!(shop.used().await, (0, 0));
    // The capture was refused.
    let order = buy(2, "tok_late:60").await;
    shop.tick().await;
    let of = shop.payment_of(&order).await;
    shop.void_elsewhere(of["id"].as_str().unwrap()).await;
    call_back(&shop, &event("evt_1", "authorised", &of), SECRET).await.expect(204);
    assert_eq!(shop.used().await, (1, 1000));
    shop.until(&order, "voided").await;
    assert_eq!(shop.used().await, (0, 0));
    let order = buy(3, "tok_ok").await;
    shop.until(&order, "paid").await;
    assert_eq!(shop.used().await, (1, 1000));
    shop.until_settled().await;
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_late_payment_has_its_voucher_only_while_nobody_else_does(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    shop.give_out(json!({"code": "ONCE-ONLY", "off": 1000, "validUntil": "2027-06-01T12:10:00Z"})).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let expired = async |fan: &Client<'_>, seat: u32| {
        let hold = fan.reserve_with(&[shop.seat(seat)], "ONCE-ONLY").await.expect(201);
        let order = fan.confirm(&hold, "tok_late:1").await.expect(202);
        let order = order["orderId"].as_str().unwrap().to_owned();
        shop.tick().await;
        shop.booking.clock.advance(TimeDelta::minutes(16));
        shop.until(&order, "expired").await;
        order
    };
    // The time of the voucher is over by then, but was not when it was used.
    let late = expired(&ada, 0).await;
    shop.until(&late, "paid").await;
    assert_eq!(shop.used().await, (1, 1000));
    sqlx::query!("update voucher set uses_max = 2, valid_until = null")
        .execute(&shop.booking.postgres)
        .await
        .unwrap();
    let late = expired(&bob, 1).await;
    let hold = ada.reserve_with(&[shop.seat(2)], "ONCE-ONLY").await.expect(201);
    let quick = ada.confirm(&hold, "tok_ok").await.expect(202);
    shop.until(&late, "voided").await;
    let cause = bob.get(&format!("/order/{late}")).await.json()["history"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(cause["cause"], "the payment came too late: others have used the voucher");
    assert_eq!(shop.messages_of("payment_returned").await, 1);
    shop.until(quick["orderId"].as_str().unwrap(), "paid").await;
    shop.until_settled().await;
    assert_eq!((shop.used().await, shop.sold().await), ((2, 2000), 2));
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_voucher_that_does_nothing_says_why_and_holds_nothing(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    shop.give_out(
        json!({"code": "FLOOR-ONLY", "off": 500, "tiers": [shop.floor], "uses": "many", "perPerson": 1}),
    )
    .await;
    shop.give_out(json!({"code": "SMALL-POT", "off": 500, "budget": 800, "uses": "many"})).await;
    shop.give_out(json!({"code": "THIS-MORNING", "off": 500, "validUntil": "2027-06-01T12:00:00Z"})).await;
    let refused = async |seats: &[TicketRef], code: &str, kind| {
        ada.reserve_with(seats, code).await.expect_problem(kind)
    };
    let two = [shop.seat(0), shop.seat(1)];
    refused(&two, "FLOOR-ONLY", VOUCHER_UNFIT).await;
    refused(&two, "NO-SUCH-CODE", UNKNOWN_VOUCHER).await;
    refused(&two, "?", UNKNOWN_VOUCHER).await;
    refused(&two, "THIS-MORNING", VOUCHER_OVER).await;
    let left = refused(&two, "SMALL-POT", VOUCHER_USED).await;
    assert_eq!((&left["limit"], &left["left"]), (&json!("budget"), &json!(800)));
    bob.reserve(&two).await.expect(201);
    // One account uses it once.
    let best = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 1, "voucher": "FLOOR-ONLY"});
    let hold = ada.post("/booking/reserve", best.clone()).await.expect(201);
    ada.confirm(&hold, "tok_ok").await.expect(202);
    let again = ada.clone().with_header("idempotency-key", "more").post("/booking/reserve", best).await;
    let again = again.expect_problem(VOUCHER_USED);
    assert_eq!((&again["limit"], &again["most"]), (&json!("perPerson"), &json!(1)));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fan_lays_a_voucher_on_a_hold_and_takes_it_off_again(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    shop.give_out(json!({"code": "TEN-OFF", "off": 1000, "uses": 1})).await;
    shop.give_out(json!({"code": "TWENTY-OFF", "off": 2000, "uses": "many"})).await;
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    assert!(hold["discount"].is_null());
    let lay = async |code: &str| ada.put(&on_hold(&hold), json!({"voucher": code})).await;
    let with = lay("TEN-OFF").await.expect(200);
    assert_eq!((minor(&with["discount"]), minor(&with["total"])), (1000, 3950));
    assert_eq!(with["expiresAt"], hold["expiresAt"]);
    lay("NO-SUCH-CODE").await.expect_problem(UNKNOWN_VOUCHER);
    assert_eq!(minor(&ada.reserve_with(&[shop.seat(0)], "twenty-off").await.expect(201)["total"]), 2950);
    assert_eq!(minor(&ada.reserve(&[shop.seat(0)]).await.expect(201)["total"]), 2950, "the same again");
    assert_eq!(minor(&ada.delete(&on_hold(&hold)).await.expect(200)["total"]), 4950);
    bob.put(&on_hold(&hold), json!({"voucher": "TEN-OFF"})).await.expect_problem(NOT_YOUR_BOOKING);
    // Others are quicker: nobody is charged more than the page said, and the fan may pay without.
    lay("TEN-OFF").await.expect(200);
    let rival = bob.reserve_with(&[shop.seat(1)], "TEN-OFF").await.expect(201);
    bob.confirm(&rival, "tok_ok").await.expect(202);
    ada.confirm(&hold, "tok_ok").await.expect_problem(VOUCHER_USED);
    ada.delete(&on_hold(&hold)).await.expect(200);
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    lay("TWENTY-OFF").await.expect_problem(HOLD_CONFIRMED);
    let seen = ada.get(&format!("/order/{}", order["orderId"].as_str().unwrap())).await.json();
    assert_eq!(minor(&seen["total"]), 4950);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_voucher_survives_the_loss_of_redis_in_the_signed_record(postgres: PgPool) {
    let redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    shop.give_out(json!({"code": "TEN-OFF", "off": 1000})).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve_with(&[shop.seat(0)], "TEN-OFF").await.expect(201);
    redis.flush().await;
    let body = json!({"holdId": hold["holdId"], "record": hold["record"],
                      "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    let order = ada.put("/booking/confirm", body).await.expect(202);
    let id = order["orderId"].as_str().unwrap();
    shop.until(id, "paid").await;
    assert_eq!(minor(&ada.get(&format!("/order/{id}")).await.json()["total"]), 3950);
    assert_eq!(shop.used().await, (1, 1000));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_brings_vouchers_as_a_table_reads_them_back_and_revokes(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (desk, ada) = (shop.organizer(), shop.booking.fan().await);
    let csv = desk.clone().with_header("content-type", "text/csv");
    let table = "code,off,offPpm,price,tiers,validUntil,uses,perPerson,budget,label\r\n\
                 press-001,500,,,Gold;Floor,,many,2,10000,\"=Press, early\"\r\n\
                 PRESS001,500,,,,,,,,\r\n\
                 FRIENDS,,250000,,,2027-07-01T00:00:00Z,3,,,\r\n\
                 NOTHING,,,,,,,,,\r\n\
                 SILVER1,1,,,Silver,,,,,\r\n";
    let post = async |body: &str| csv.call(Method::POST, &shop.vouchers(), body.to_owned().into()).await;
    let report = post(table).await.expect(200);
    let outcomes: Vec<_> =
        report["rows"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["imported", "refused", "imported", "refused", "refused"]);
    assert_eq!(report["rows"][4]["why"], "the event has no tier Silver");
    let again = post(table).await.expect(200);
    assert_eq!((&again["imported"], &again["unchanged"]), (&json!(0), &json!(2)));
    let listed = desk.get(&shop.vouchers()).await.expect(200);
    let listed = listed["vouchers"].as_array().unwrap();
    assert_eq!(listed.len(), 2);
    let press = listed.iter().find(|one| one["hint"] == "001").unwrap();
    assert_eq!(
        (&press["off"], &press["usesMax"], &press["perPerson"]),
        (&json!(500), &Value::Null, &json!(2))
    );
    assert_eq!(press["tiers"].as_array().unwrap().len(), 2);
    let exported = desk.clone().with_header("accept", "text/csv").get(&shop.vouchers()).await;
    assert!(exported.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/csv"));
    let exported = exported.text();
    assert!(
        exported.contains(",\"'=Press, early\",500,") && !exported.to_uppercase().contains("PRESS001"),
        "{exported}"
    );
    // Whoever reads the table learns no code.
    let kept: Vec<String> = sqlx::query_scalar!(r#"select voucher::text as "row!" from voucher"#)
        .fetch_all(&shop.booking.postgres)
        .await
        .unwrap();
    assert!(kept.iter().all(|row| !row.to_uppercase().contains("PRESS001")), "{kept:?}");
    let one = format!("{}/{}", shop.vouchers(), press["voucherId"].as_str().unwrap());
    shop.booking.organizer().await.delete(&one).await.expect_problem(NOT_YOURS);
    desk.delete(&one).await.expect(204);
    desk.delete(&one).await.expect(204);
    ada.reserve_with(&[shop.seat(0)], "PRESS-001").await.expect_problem(VOUCHER_OVER);
    desk.delete(&format!("{}/{}", shop.vouchers(), uuid::Uuid::from_u128(1)))
        .await
        .expect_problem(UNKNOWN_VOUCHER);
    post("label\r\nx\r\n").await.expect_problem(INVALID_BODY);
    post("code,color\r\nABC123,red\r\n").await.expect_problem(INVALID_BODY);
    desk.post(&shop.vouchers(), json!({"codes": []})).await.expect_problem(INVALID_BODY);
    desk.clone()
        .with_header("content-type", "text/plain")
        .post(&shop.vouchers(), json!({}))
        .await
        .expect_problem(NOT_JSON);
    ada.get(&shop.vouchers()).await.expect_problem(ORGANIZERS_ONLY);
    shop.booking.organizer().await.get(&shop.vouchers()).await.expect_problem(NOT_YOURS);
    desk.get(&format!("/event/{}/voucher", uuid::Uuid::from_u128(1))).await.expect_problem(UNKNOWN_EVENT);
}
