//! What happens at the doors.

use booking_api::problems::{DOOR_CLOSED, NOT_GENUINE, NOT_YOURS, UNKNOWN_DOOR, UNKNOWN_EVENT};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::TicketRef,
    key::{PrivateKey, PublicKeys},
    revocation::{Revocations, Revoked},
    session::Role,
    ticket_code::TicketCode,
    token,
};
use platform::http::kinds;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{app::Client, shop::Shop};

/// The organizer of the shop's event.
pub(crate) fn organizer(shop: &Shop) -> Client<'_> {
    shop.booking.stranger().of_account(shop.organizer, Role::Organizer)
}

/// Somebody at a new door.
pub(crate) async fn door<'a>(shop: &'a Shop, name: &str) -> Client<'a> {
    let path = format!("/event/{}/door", shop.event);
    let door = organizer(shop).post(&path, json!({"name": name, "hours": 12})).await.expect(201);
    shop.booking.stranger().with_session(door["token"].as_str().unwrap())
}

/// Buys a ticket and gives its code.
pub(crate) async fn bought(shop: &Shop, fan: &Client<'_>, seat: u32) -> (TicketRef, String) {
    let order = fan.buy(&[shop.seat(seat)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let paid = fan.get(&format!("/order/{order}")).await.expect(200);
    (shop.seat(seat), paid["tickets"][0]["code"].as_str().unwrap().to_owned())
}

fn scan(shop: &Shop, code: &str, direction: &str) -> Value {
    let id: uuid::Uuid = shop.booking.app.ids.next();
    json!({"scanId": id, "code": code, "direction": direction})
}

fn offline(shop: &Shop, code: &str, direction: &str, at: DateTime<Utc>) -> Value {
    let mut scan = scan(shop, code, direction);
    scan["offlineAt"] = json!(at);
    scan
}

impl Client<'_> {
    /// Scans, and gives what became of each.
    pub(crate) async fn scan(&self, scans: &[Value]) -> Vec<Value> {
        let answer = self.post("/ticket/scan", json!({ "scans": scans })).await.expect(200);
        answer["results"].as_array().unwrap().clone()
    }

    async fn scan_one(&self, scan: &Value) -> Value {
        self.scan(std::slice::from_ref(scan)).await.remove(0)
    }
}

async fn inside(shop: &Shop) -> i64 {
    let doors = organizer(shop).get(&format!("/event/{}/door", shop.event)).await.expect(200);
    doors["inside"].as_i64().unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn one_ticket_lets_one_in_out_and_in_again(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (ticket, code) = bought(&shop, &ada, 0).await;
    let (north, south) = (door(&shop, "North").await, door(&shop, "South").await);
    let passed = north.scan_one(&scan(&shop, &code, "in")).await;
    assert_eq!((&passed["outcome"], &passed["ticketId"]), (&json!("passed"), &json!(ticket)));
    assert_eq!(passed["place"], "Block 1, row A, seat 1");
    let refused = south.scan_one(&scan(&shop, &code, "in")).await;
    assert_eq!((&refused["outcome"], &refused["reason"]), (&json!("refused"), &json!("alreadyIn")));
    assert_eq!((&refused["last"]["door"], &refused["last"]["at"]), (&json!("North"), &json!(shop.now())));
    assert_eq!(inside(&shop).await, 1);
    assert_eq!(south.scan_one(&scan(&shop, &code, "out")).await["outcome"], "passed");
    assert_eq!(south.scan_one(&scan(&shop, &code, "out")).await["reason"], "notIn");
    assert_eq!(inside(&shop).await, 0);
    assert_eq!(north.scan_one(&scan(&shop, &code, "in")).await["outcome"], "passed");
    let doors = organizer(&shop).get(&format!("/event/{}/door", shop.event)).await.expect(200);
    let counted = |name: &str| {
        let door = doors["doors"].as_array().unwrap().iter().find(|door| door["name"] == name).unwrap();
        (door["in"].clone(), door["out"].clone(), door["refused"].clone())
    };
    assert_eq!(counted("North"), (json!(2), json!(0), json!(0)));
    assert_eq!(counted("South"), (json!(0), json!(1), json!(2)));
    assert_eq!(doors["conflicts"], json!([]));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn two_doors_scan_one_ticket_at_once_and_one_lets_it_in(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (_, code) = bought(&shop, &ada, 0).await;
    let doors = [door(&shop, "North").await, door(&shop, "South").await];
    for round in 1..=10 {
        let scans: Vec<Value> = (0..8).map(|_| scan(&shop, &code, "in")).collect();
        let calls = scans.iter().zip(doors.iter().cycle()).map(|(scan, door)| door.scan_one(scan));
        let results = futures_util::future::join_all(calls).await;
        let passed = results.iter().filter(|result| result["outcome"] == "passed").count();
        assert_eq!((passed, inside(&shop).await), (1, 1), "round {round}: {results:?}");
        assert_eq!(doors[0].scan_one(&scan(&shop, &code, "out")).await["outcome"], "passed");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_scan_told_again_counts_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (_, code) = bought(&shop, &ada, 0).await;
    let north = door(&shop, "North").await;
    let one = scan(&shop, &code, "in");
    let calls = (0..6).map(|_| north.scan_one(&one));
    let results = futures_util::future::join_all(calls).await;
    assert!(results.iter().all(|result| result["outcome"] == "passed"), "{results:?}");
    assert_eq!(results.iter().filter(|result| result["again"] == false).count(), 1);
    let mut other = one.clone();
    other["direction"] = json!("out");
    let refused = north.scan_one(&other).await;
    assert_eq!((&refused["outcome"], &refused["reason"]), (&json!("refused"), &json!("scanIdReused")));
    assert_eq!(inside(&shop).await, 1);
    // What was let through alone is told again whole, after the first answer was lost.
    shop.booking.clock.advance(TimeDelta::hours(1));
    let bundle = [
        offline(&shop, &code, "out", shop.now() - TimeDelta::minutes(9)),
        offline(&shop, &code, "in", shop.now() - TimeDelta::minutes(8)),
    ];
    let (first, second) = (north.scan(&bundle).await, north.scan(&bundle).await);
    for (first, second) in first.iter().zip(&second) {
        assert_eq!((&first["again"], &second["again"]), (&json!(false), &json!(true)));
        assert_eq!((&first["outcome"], &first["conflicts"]), (&second["outcome"], &second["conflicts"]));
    }
    let doors = organizer(&shop).get(&format!("/event/{}/door", shop.event)).await.expect(200);
    assert_eq!((&doors["doors"][0]["in"], &doors["doors"][0]["out"]), (&json!(2), &json!(1)));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_two_doors_did_alone_is_put_in_order_and_their_conflict_is_told(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (ticket, code) = bought(&shop, &ada, 0).await;
    let (north, south) = (door(&shop, "North").await, door(&shop, "South").await);
    let start = shop.now();
    let minute = |minutes| start + TimeDelta::minutes(minutes);
    shop.booking.clock.advance(TimeDelta::hours(2));
    // The later one is told first, and nothing is wrong with it yet.
    let late = south.scan_one(&offline(&shop, &code, "in", minute(20))).await;
    assert_eq!((&late["outcome"], &late["conflicts"]), (&json!("passed"), &json!([])));
    // In one upload the order of the list does not matter: in at 10, out at 15 leave no conflict with 20.
    let both = [offline(&shop, &code, "out", minute(15)), offline(&shop, &code, "in", minute(10))];
    let fine = north.scan(&both).await;
    assert_eq!(fine[0]["direction"], "out", "the answers are in the order of the scans");
    let first = &fine[1];
    // While only `in at 10` was known, the one at 20 was the second in.
    assert_eq!(first["conflicts"][0]["cause"], "twiceIn");
    assert_eq!(first["conflicts"][0]["otherIsWrong"], true);
    let third = north.scan_one(&offline(&shop, &code, "in", minute(30))).await;
    assert_eq!(third["outcome"], "passed", "it happened already");
    assert_eq!(third["conflicts"][0]["otherIsWrong"], false);
    assert_eq!(third["conflicts"][0]["with"]["door"], "South");
    let told = organizer(&shop).get(&format!("/event/{}/door", shop.event)).await.expect(200);
    let newest = &told["conflicts"][0];
    assert_eq!((&newest["cause"], &newest["ticketId"]), (&json!("twiceIn"), &json!(ticket)));
    assert_eq!((&newest["scan"]["door"], &newest["first"]["door"]), (&json!("North"), &json!("South")));
    assert_eq!(told["inside"], 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_door_is_open_for_its_event_until_it_ends_or_is_closed(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (_, code) = bought(&shop, &ada, 0).await;
    let organizer = organizer(&shop);
    let path = format!("/event/{}/door", shop.event);
    let keyed = organizer.clone().with_header("idempotency-key", "one");
    let opened = keyed.post(&path, json!({"name": "North", "hours": 2})).await.expect(201);
    assert_eq!(keyed.post(&path, json!({"name": "North", "hours": 2})).await.expect(201), opened);
    let north = shop.booking.stranger().with_session(opened["token"].as_str().unwrap());
    assert_eq!(north.get("/ticket/door").await.expect(200)["name"], "North");
    let stranger = shop.booking.organizer().await;
    stranger.post(&path, json!({"name": "Back", "hours": 2})).await.expect_problem(NOT_YOURS);
    stranger.get(&path).await.expect_problem(NOT_YOURS);
    organizer.post(&path, json!({"name": "", "hours": 0})).await.expect_problem(kinds::INVALID_BODY);
    let nowhere = format!("/event/{}/door", uuid::Uuid::from_u128(1));
    organizer.post(&nowhere, json!({"name": "North", "hours": 2})).await.expect_problem(UNKNOWN_EVENT);
    ada.post("/ticket/scan", json!({"scans": []})).await.expect_problem(DOOR_CLOSED);
    north.post("/ticket/scan", json!({"scans": []})).await.expect_problem(kinds::INVALID_BODY);
    let early = offline(&shop, &code, "in", shop.now() + TimeDelta::hours(1));
    north.post("/ticket/scan", json!({"scans": [early]})).await.expect_problem(kinds::INVALID_BODY);
    assert_eq!(north.scan_one(&scan(&shop, "forged.code", "in")).await["reason"], "notGenuine");
    let door = format!("{path}/{}", opened["doorId"].as_str().unwrap());
    stranger.delete(&door).await.expect_problem(NOT_YOURS);
    organizer.delete(&format!("{path}/{}", uuid::Uuid::from_u128(1))).await.expect_problem(UNKNOWN_DOOR);
    organizer.delete(&door).await.expect(204);
    organizer.delete(&door).await.expect(204);
    north
        .post("/ticket/scan", json!({"scans": [scan(&shop, &code, "in")]}))
        .await
        .expect_problem(DOOR_CLOSED);
    let south = crate::door::door(&shop, "South").await;
    shop.booking.clock.advance(TimeDelta::hours(13));
    south.get("/ticket/door").await.expect_problem(DOOR_CLOSED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_returned_ticket_is_refused_at_once_and_by_the_list(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let (seat, code) = bought(&shop, &ada, 0).await;
    let north = door(&shop, "North").await;
    let bundle = north.get("/ticket/bundle").await.expect(200);
    assert_eq!(bundle["tickets"], json!([[0, 1, "Block 1, row A, seat 1"]]));
    let keys = PublicKeys::from_jwks(&bundle["keys"].to_string()).unwrap();
    assert_eq!(ada.get("/ticket/key").await.expect(200), bundle["keys"]);
    let genuine = TicketCode::verify(&code, &keys).unwrap();
    let mut list = Revoked::default();
    let part =
        |text: &Value| token::verify::<Revocations>(text.as_str().unwrap(), &keys, shop.now()).unwrap();
    list.add(&part(&bundle["revocations"])).unwrap();
    assert!(!list.has(&genuine));
    // However a sale is taken back: the code dies with it.
    sqlx::query!("delete from sale").execute(&shop.booking.postgres).await.unwrap();
    let refused = north.scan_one(&scan(&shop, &code, "in")).await;
    assert_eq!((&refused["outcome"], &refused["reason"]), (&json!("refused"), &json!("revoked")));
    let at_desk = organizer(&shop).post("/ticket/check", json!({ "code": code })).await;
    assert_eq!(at_desk.expect_problem(NOT_GENUINE)["revoked"], "returned");
    let news =
        ada.get(&format!("/event/{}/revocation?since={}", shop.event, list.version())).await.expect(200);
    assert_eq!((&news["version"], &news["revoked"]), (&json!(1), &json!([[0, 1]])));
    list.add(&part(&news["token"])).unwrap();
    assert!(list.has(&genuine));
    let nothing = ada.get(&format!("/event/{}/revocation?since=1", shop.event)).await.expect(200);
    assert_eq!((&nothing["version"], &nothing["revoked"]), (&json!(1), &json!([])));
    ada.get(&format!("/event/{}/revocation?since=-1", shop.event))
        .await
        .expect_problem(kinds::INVALID_PARAMETER);
    // The seat is sold again: its new code is not on the list, and the old one stays dead.
    shop.booking.clock.advance(TimeDelta::hours(1));
    booking_api::mirror::rebuild::ensure(&shop.booking.app, shop.event).await.unwrap();
    sqlx::query!("update ticket set version = version + 1 where event_id = $1", shop.event.uuid())
        .execute(&shop.booking.postgres)
        .await
        .unwrap();
    sqlx::query!(
        "insert into mirror_change (event_id, ticket_id, version, taken)
         select event_id, ticket_id, version, false from ticket where ticket_id = 0"
    )
    .execute(&shop.booking.postgres)
    .await
    .unwrap();
    shop.tick().await;
    let (_, again) = bought(&shop, &bob, 0).await;
    let north = door(&shop, "North").await;
    assert!(!list.has(&TicketCode::verify(&again, &keys).unwrap()));
    assert_eq!(north.scan_one(&scan(&shop, &code, "in")).await["reason"], "revoked");
    assert_eq!(north.scan_one(&scan(&shop, &again, "in")).await["outcome"], "passed");
    let late = north.scan_one(&offline(&shop, &code, "in", shop.now() - TimeDelta::minutes(1))).await;
    assert_eq!((&late["outcome"], &late["conflicts"][0]["cause"]), (&json!("passed"), &json!("revoked")));
    let _ = seat;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn codes_of_the_key_before_are_good_while_its_public_half_is_published(postgres: PgPool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("more.jwks");
    let before = PrivateKey::from_seed([9; 32]);
    std::fs::write(&file, before.public().to_jwks().to_string()).unwrap();
    let shop = Shop::with(postgres, None, &["--ticket-jwks", file.to_str().unwrap()]).await;
    let ada = shop.booking.fan().await;
    let (_, code) = bought(&shop, &ada, 0).await;
    let keys = shop.booking.app.keys.tickets.current();
    let old = TicketCode::verify(&code, &keys).unwrap().sign(&before);
    assert_ne!(code.split_once('.').unwrap().1, old.split_once('.').unwrap().1, "each names its key");
    let published = PublicKeys::from_jwks(&ada.get("/ticket/key").await.expect(200).to_string()).unwrap();
    assert!(
        TicketCode::verify(&old, &published).is_some() && TicketCode::verify(&code, &published).is_some()
    );
    let north = door(&shop, "North").await;
    assert_eq!(north.scan_one(&scan(&shop, &old, "in")).await["outcome"], "passed");
    std::fs::write(&file, r#"{"keys": []}"#).unwrap();
    shop.booking.app.keys.tickets.read_again();
    assert_eq!(north.scan_one(&scan(&shop, &old, "out")).await["reason"], "notGenuine");
    assert_eq!(north.scan_one(&scan(&shop, &code, "out")).await["outcome"], "passed");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_records_of_the_doors_cannot_be_changed(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (_, code) = bought(&shop, &ada, 0).await;
    let north = door(&shop, "North").await;
    north.scan_one(&scan(&shop, &code, "in")).await;
    let db = &shop.booking.postgres;
    assert!(sqlx::query!("update door_scan set outcome = 'refused'").execute(db).await.is_err());
    assert!(sqlx::query!("delete from door_scan").execute(db).await.is_err());
    assert!(sqlx::query!("delete from door_conflict").execute(db).await.is_err());
    assert!(sqlx::query!("delete from ticket_revocation").execute(db).await.is_err());
    // A second living code for one ticket, and one for a ticket that is not sold, are refused by the table.
    let second = sqlx::query!(
        "insert into issued_ticket (event_id, ticket_id, serial, order_id, issued_at)
         select event_id, ticket_id, 2, order_id, issued_at from issued_ticket"
    );
    assert!(second.execute(db).await.is_err());
    let unsold = sqlx::query!(
        "insert into issued_ticket (event_id, ticket_id, serial, order_id, issued_at)
         select event_id, 5, 1, order_id, issued_at from issued_ticket"
    );
    assert!(unsold.execute(db).await.is_err());
    sqlx::query!("update issued_ticket set revoked_at = now(), revoked_because = 'voided'")
        .execute(db)
        .await
        .unwrap();
    let revived = sqlx::query!("update issued_ticket set revoked_at = null, revoked_because = null");
    assert!(revived.execute(db).await.is_err(), "what was revoked stays so");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_scanner_that_heard_nothing_in_time_decides_alone_and_nothing_is_counted_twice(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (_, code) = bought(&shop, &ada, 0).await;
    let (north, south) = (door(&shop, "North").await, door(&shop, "South").await);
    // The answer was "passed", and was lost; the scanner let the person pass and tells that under the same id.
    let asked = scan(&shop, &code, "in");
    assert_eq!(north.scan_one(&asked).await["outcome"], "passed");
    let mut alone = asked.clone();
    alone["offlineAt"] = json!(shop.now());
    let told = north.scan_one(&alone).await;
    assert_eq!(
        (&told["outcome"], &told["again"], &told["conflicts"]),
        (&json!("passed"), &json!(true), &json!([]))
    );
    // The answer was "already in", and was lost; what the other door did all the same is on record, once.
    let asked = scan(&shop, &code, "in");
    assert_eq!(south.scan_one(&asked).await["reason"], "alreadyIn");
    let mut alone = asked.clone();
    alone["offlineAt"] = json!(shop.now());
    let (first, again) = (south.scan_one(&alone).await, south.scan_one(&alone).await);
    assert_eq!((&first["scanId"], &first["outcome"]), (&asked["scanId"], &json!("passed")));
    assert_eq!(first["conflicts"][0]["with"]["door"], "North");
    assert_eq!((&again["again"], &again["conflicts"]), (&json!(true), &first["conflicts"]));
    let doors = organizer(&shop).get(&format!("/event/{}/door", shop.event)).await.expect(200);
    assert_eq!((&doors["doors"][0]["in"], &doors["doors"][1]["in"]), (&json!(1), &json!(1)));
    assert_eq!(doors["conflicts"].as_array().unwrap().len(), 1);
}
