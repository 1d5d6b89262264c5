//! Windows in which tickets are sold with a code only.

use booking_api::problems::{
    NOT_YOURS, ORGANIZERS_ONLY, PRESALE_CODE_USED, PRESALE_ONLY, SALES_CLOSED, SALES_NOT_OPEN, UNKNOWN_EVENT,
    UNKNOWN_PRESALE_CODE,
};
use chrono::TimeDelta;
use contracts::id::TicketRef;
use http::Method;
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    redis::PrivateRedis,
    shop::Shop,
};

impl Shop {
    fn presales(&self) -> String {
        format!("/event/{}/presale", self.event)
    }

    fn codes(&self) -> String {
        format!("{}/code", self.presales())
    }

    /// General sales begin in two hours; until then the hall is sold with codes of the class `fans`, good for `seats`.
    async fn presale(&self, seats: Value) {
        self.set_sales(TimeDelta::hours(2), TimeDelta::days(2)).await;
        let now = self.now();
        let window = json!({"name": "Fan club", "startsAt": now, "endsAt": now + TimeDelta::hours(1),
                            "classes": ["fans"]});
        self.organizer().put(&self.presales(), json!({"presales": [window]})).await.expect(200);
        let codes = json!({"codes": [{"code": "FAN-CLUB-1", "class": "fans", "seats": seats},
                                     {"code": "CARD-CLUB-1", "class": "cards", "seats": "many"}]});
        assert_eq!(self.organizer().post(&self.codes(), codes).await.expect(200)["imported"], 2);
        // What the page tells may be two seconds old.
        self.booking.app.views.forget(self.event).await;
    }

    /// How many seats orders have by the code of the fan club.
    async fn seats_used(&self) -> i64 {
        let listed = self.organizer().get(&self.codes()).await.expect(200);
        let fans =
            listed["codes"].as_array().unwrap().iter().find(|code| code["class"] == "fans").unwrap().clone();
        fans["seats"].as_i64().unwrap()
    }
}

impl Client<'_> {
    async fn reserve_by(&self, tickets: &[TicketRef], code: &str) -> Answer {
        self.post("/booking/reserve", json!({"ticketIds": tickets, "code": code})).await
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_presale_opens_with_a_code_of_its_class_and_ends_by_itself(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    shop.presale(json!(4)).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let refused = bob.reserve(&[shop.seat(0)]).await.expect_problem(PRESALE_ONLY);
    let ends = shop.now() + TimeDelta::hours(1);
    assert_eq!((&refused["presale"], &refused["until"]), (&json!("Fan club"), &json!(ends)));
    bob.reserve_by(&[shop.seat(0)], "CARD-CLUB-1").await.expect_problem(PRESALE_ONLY);
    bob.reserve_by(&[shop.seat(0)], "NO-SUCH-CODE").await.expect_problem(UNKNOWN_PRESALE_CODE);
    let units = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 1});
    bob.post("/booking/reserve", units.clone()).await.expect_problem(PRESALE_ONLY);
    let best = json!({"eventId": shop.event, "bestAvailable": true, "quantity": 2});
    bob.post("/booking/reserve", best.clone()).await.expect_problem(PRESALE_ONLY);
    let with = |mut body: Value| {
        body["code"] = "fan club 1".into();
        body
    };
    ada.post("/booking/reserve", with(units)).await.expect(201);
    ada.post("/booking/reserve", with(best)).await.expect(201);
    // Everybody reads that there is one.
    let seen = bob.get(&format!("/event/{}", shop.event)).await.expect(200);
    assert_eq!((&seen["state"], &seen["tiers"][0]["presaleUntil"]), (&json!("scheduled"), &json!(ends)));
    assert_eq!(seen["presales"][0]["name"], "Fan club");
    assert!(seen["presales"][0]["classes"].is_null(), "which codes open it is nobody's business");
    let page = bob.get(&format!("/e/{}", shop.event)).await.text();
    assert!(page.contains("Fan club: with a code only, until"), "{page}");
    assert!(page.contains("with a code only, until Tuesday, 1 June 2027 at 15:00 CEST</small>"), "{page}");
    assert!(page.contains("id=\"presale\"><label"), "{page}");
    let can_be_had = bob.get(&format!("/event/{}/availability", shop.event)).await.expect(200);
    assert_eq!(can_be_had["tiers"][1]["presaleUntil"], json!(ends));
    shop.booking.clock.advance(TimeDelta::hours(1));
    let late = shop.booking.fan().await;
    late.reserve_by(&[shop.seat(0)], "FAN-CLUB-1").await.expect_problem(SALES_NOT_OPEN);
    shop.booking.clock.advance(TimeDelta::hours(1));
    late.reserve(&[shop.seat(0)]).await.expect(201);
    assert_eq!(shop.seats_used().await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn beside_general_sales_a_tier_is_kept_for_those_with_codes(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let now = shop.now();
    let window = json!({"name": "Pit", "startsAt": now, "endsAt": now + TimeDelta::days(9), "tiers": [shop.floor],
                        "classes": ["fans"]});
    shop.organizer().put(&shop.presales(), json!({"presales": [window]})).await.expect(200);
    shop.organizer()
        .post(&shop.codes(), json!({"codes": [{"code": "PIT-1234", "class": "fans", "seats": 1}]}))
        .await
        .expect(200);
    let ada = shop.booking.fan().await;
    ada.reserve(&[shop.seat(0), shop.seat(20)]).await.expect_problem(PRESALE_ONLY);
    let gold = ada.reserve_by(&[shop.seat(0)], "PIT-1234").await.expect(201);
    ada.confirm(&gold, "tok_ok").await.expect(202);
    assert_eq!(shop.seats_used().await, 0, "a code that was not needed is not used");
    let floor = ada.reserve_by(&[shop.seat(20)], "PIT-1234").await.expect(201);
    ada.confirm(&floor, "tok_ok").await.expect(202);
    assert_eq!(shop.seats_used().await, 1);
    shop.booking.clock.advance(TimeDelta::days(2));
    let late = shop.booking.fan().await;
    late.reserve_by(&[shop.seat(21)], "PIT-1234").await.expect_problem(SALES_CLOSED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn twenty_share_a_code_of_five_seats_and_five_are_held_and_bought(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    shop.presale(json!(5)).await;
    let mut fans = Vec::new();
    for _ in 0..20 {
        fans.push(shop.booking.fan().await);
    }
    // The first who comes has the mirror built; the others would be told to wait for it.
    let first = shop.booking.fan().await;
    let hold = first.reserve_by(&[shop.seat(29)], "FAN-CLUB-1").await.expect(201);
    first.delete(&format!("/booking/hold/{}", hold["holdId"].as_str().unwrap())).await.expect(204);
    let seats: Vec<[TicketRef; 1]> = (0..20).map(|number| [shop.seat(number)]).collect();
    let asks = fans.iter().zip(&seats).map(|(fan, seat)| fan.reserve_by(seat, "FAN-CLUB-1"));
    let answers = futures_util::future::join_all(asks).await;
    let held: Vec<usize> = (0..20).filter(|at| answers[*at].status == 201).collect();
    assert_eq!(held.len(), 5);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.expect_problem(PRESALE_CODE_USED)["left"], 0);
    }
    let (first, second) = (held[0], held[1]);
    let spare = (0..20).find(|at| !held.contains(at)).unwrap();
    // All or none: three are left to nobody while two could be had.
    let release = async |at: usize| {
        let hold = answers[at].json();
        fans[at].delete(&format!("/booking/hold/{}", hold["holdId"].as_str().unwrap())).await.expect(204);
    };
    release(first).await;
    release(second).await;
    let three = [shop.seat(20), shop.seat(21), shop.seat(22)];
    let refused = fans[spare].reserve_by(&three, "FAN-CLUB-1").await.expect_problem(PRESALE_CODE_USED);
    assert_eq!(refused["left"], 2);
    let two = fans[spare].reserve_by(&three[..2], "FAN-CLUB-1").await.expect(201);
    let order = fans[spare].confirm(&two, "tok_late:60").await.expect(202);
    assert_eq!(shop.seats_used().await, 2);
    fans[first].reserve_by(&three[2..], "FAN-CLUB-1").await.expect_problem(PRESALE_CODE_USED);
    // Given back with the order, and with what is refunded.
    let cancelled = format!("/order/{}", order["orderId"].as_str().unwrap());
    fans[spare].delete(&cancelled).await.expect(204);
    assert_eq!(shop.seats_used().await, 0);
    let hold = fans[first].reserve_by(&three[2..], "FAN-CLUB-1").await.expect(201);
    let order =
        fans[first].confirm(&hold, "tok_ok").await.expect(202)["orderId"].as_str().unwrap().to_owned();
    shop.until(&order, "paid").await;
    assert_eq!(shop.seats_used().await, 1);
    shop.refund(&order, None).await.expect(202);
    assert_eq!(shop.seats_used().await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn postgres_counts_the_seats_of_a_code_when_redis_has_forgotten_the_holds(postgres: PgPool) {
    let redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    shop.presale(json!(1)).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let of_ada = ada.reserve_by(&[shop.seat(0)], "FAN-CLUB-1").await.expect(201);
    redis.flush().await;
    let of_bob = bob.reserve_by(&[shop.seat(1)], "FAN-CLUB-1").await.expect(201);
    let body = json!({"holdId": of_ada["holdId"], "record": of_ada["record"],
                      "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
    let (one, two) = tokio::join!(ada.put("/booking/confirm", body), bob.confirm(&of_bob, "tok_ok"));
    let (won, lost) = if one.status == 202 { (one, two) } else { (two, one) };
    won.expect(202);
    assert_eq!(lost.expect_problem(PRESALE_CODE_USED)["left"], 0);
    assert_eq!(shop.seats_used().await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_late_payment_has_the_seats_of_its_code_only_while_nobody_else_does(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    shop.presale(json!(1)).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let hold = ada.reserve_by(&[shop.seat(0)], "FAN-CLUB-1").await.expect(201);
    let late = ada.confirm(&hold, "tok_late:1").await.expect(202)["orderId"].as_str().unwrap().to_owned();
    shop.tick().await;
    shop.booking.clock.advance(TimeDelta::minutes(16));
    shop.until(&late, "expired").await;
    let hold = bob.reserve_by(&[shop.seat(1)], "FAN-CLUB-1").await.expect(201);
    bob.confirm(&hold, "tok_ok").await.expect(202);
    shop.until(&late, "voided").await;
    assert_eq!(shop.messages_of("payment_returned").await, 1);
    shop.until_settled().await;
    assert_eq!((shop.sold().await, shop.seats_used().await), (1, 1));
    shop.assert_balanced().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn presales_and_their_codes_are_their_organizers_and_refused_by_name(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    shop.presale(json!(2)).await;
    let (desk, ada) = (shop.organizer(), shop.booking.fan().await);
    assert_eq!(desk.get(&shop.presales()).await.expect(200)["presales"][0]["classes"], json!(["fans"]));
    let now = shop.now();
    let window = |more: Value| {
        let mut window =
            json!({"name": "Fans", "startsAt": now, "endsAt": now + TimeDelta::hours(1), "classes": ["a"]});
        window.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"presales": [window]})
    };
    for wrong in [
        window(json!({"name": ""})),
        window(json!({"endsAt": now})),
        window(json!({"classes": []})),
        window(json!({"tiers": [uuid::Uuid::from_u128(1)]})),
        window(json!({"color": "red"})),
    ] {
        desk.put(&shop.presales(), wrong).await.expect_problem(INVALID_BODY);
    }
    let csv = desk.clone().with_header("content-type", "text/csv");
    let table = "code,class,seats,label\r\nAAAA-1111,fans,10,\"Row, one\"\r\nBBBB-2222,,1,\r\n";
    let report = csv.call(Method::POST, &shop.codes(), table.to_owned().into()).await.expect(200);
    assert_eq!((&report["imported"], &report["refused"]), (&json!(1), &json!(1)));
    let exported = desk.clone().with_header("accept", "text/csv").get(&shop.codes()).await.text();
    assert!(exported.contains(",111,\"Row, one\",fans,0,10,"), "{exported}");
    let listed = desk.get(&shop.codes()).await.expect(200);
    let fans = listed["codes"].as_array().unwrap().iter().find(|code| code["seatsMax"] == 2).unwrap().clone();
    let one = format!("{}/{}", shop.codes(), fans["codeId"].as_str().unwrap());
    let hold = ada.reserve_by(&[shop.seat(0)], "FAN-CLUB-1").await.expect(201);
    let stranger = shop.booking.organizer().await;
    stranger.delete(&one).await.expect_problem(NOT_YOURS);
    desk.delete(&one).await.expect(204);
    desk.delete(&one).await.expect(204);
    ada.reserve_by(&[shop.seat(1)], "FAN-CLUB-1").await.expect_problem(UNKNOWN_PRESALE_CODE);
    ada.confirm(&hold, "tok_ok").await.expect(202);
    desk.delete(&format!("{}/{}", shop.codes(), uuid::Uuid::from_u128(1)))
        .await
        .expect_problem(UNKNOWN_PRESALE_CODE);
    for path in [shop.presales(), shop.codes()] {
        ada.get(&path).await.expect_problem(ORGANIZERS_ONLY);
        stranger.get(&path).await.expect_problem(NOT_YOURS);
    }
    stranger.put(&shop.presales(), json!({"presales": []})).await.expect_problem(NOT_YOURS);
    desk.get(&format!("/event/{}/presale", uuid::Uuid::from_u128(1))).await.expect_problem(UNKNOWN_EVENT);
    // Without windows everything is as the general sale says.
    desk.put(&shop.presales(), json!({"presales": []})).await.expect(200);
    ada.reserve_by(&[shop.seat(3)], "AAAA-1111").await.expect_problem(SALES_NOT_OPEN);
}
