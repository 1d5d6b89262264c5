//! What organizers are told, and who of them.

use booking_api::publisher::publish;
use chrono::TimeDelta;
use contracts::webhook::KINDS;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Client, TestBooking},
    door::{bought, door},
    given::{self, id_of},
    shop::Shop,
};

impl Client<'_> {
    /// Makes an endpoint that wants `types`; its path.
    pub(crate) async fn listen(&self, url: &str, types: &[&str]) -> String {
        let made = self.post("/webhook", json!({"url": url, "types": types})).await.expect(201);
        format!("/webhook/{}", made["webhookId"].as_str().unwrap())
    }

    /// What was told at the endpoint: kinds and data, in the order in which it happened.
    pub(crate) async fn told(&self, endpoint: &str) -> Vec<(String, Value)> {
        let mut told = Vec::new();
        for one in
            self.get(&format!("{endpoint}/delivery")).await.expect(200)["deliveries"].as_array().unwrap()
        {
            let path = format!("{endpoint}/delivery/{}", one["noticeId"].as_str().unwrap());
            let body = self.get(&path).await.expect(200)["body"].as_str().unwrap().to_owned();
            let body: Value = serde_json::from_str(&body).unwrap();
            assert_eq!((&body["version"], &body["type"]), (&json!(1), &one["type"]));
            told.push((body["type"].as_str().unwrap().to_owned(), body["data"].clone()));
        }
        told.reverse();
        told
    }

    /// The same, but for the data.
    async fn kinds_told(&self, endpoint: &str) -> Vec<String> {
        self.told(endpoint).await.into_iter().map(|(kind, _)| kind).collect()
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_happens_to_an_order_is_told_once_to_each_who_wants_it(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let olga = shop.organizer();
    let all = olga.listen("https://hooks.example/all", &KINDS).await;
    let paid = olga.listen("https://hooks.example/paid", &["order.paid"]).await;
    let off = olga.listen("https://hooks.example/off", &KINDS).await;
    olga.put(&off, json!({"url": "https://hooks.example/off", "types": KINDS, "enabled": false}))
        .await
        .expect(200);
    let rival = shop.booking.organizer().await;
    let others = rival.listen("https://rival.example/", &KINDS).await;

    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_double").await;
    shop.until(&order, "paid").await;
    let told = olga.told(&all).await;
    assert_eq!(told.len(), 3, "{told:#?}");
    let (_, data) = told.iter().find(|(kind, _)| kind == "order.paid").unwrap();
    assert_eq!(data["orderId"], order);
    assert_eq!(data["total"], json!({"minor": 9900, "currency": "EUR"}));
    assert_eq!(data["tickets"][0], json!({"ticketId": shop.seat(0), "place": "Block 1, row A, seat 1"}));
    let mut issued: Vec<_> = told.iter().filter_map(|(_, data)| data["ticketId"].as_str()).collect();
    issued.sort_unstable();
    assert_eq!(issued, [shop.seat(0).to_string(), shop.seat(1).to_string()]);

    shop.refund(&order, Some(&[shop.seat(1)])).await.expect(202);
    shop.until_settled().await;
    let cancelled = bob.buy(&[shop.seat(2)], "tok_lost").await;
    assert_eq!(bob.delete(&format!("/order/{cancelled}")).await.status, 204);
    assert_eq!(bob.delete(&format!("/order/{cancelled}")).await.status, 204);
    let late = shop.expired(&bob, &[shop.seat(3)]).await;
    shop.organizer()
        .post(&format!("/event/{}/cancel", shop.event), json!({"reason": "Rain."}))
        .await
        .expect(202);
    shop.until(&late, "voided").await;
    shop.until(&order, "refunded").await;
    shop.until_settled().await;
    let mut kinds = olga.kinds_told(&all).await;
    kinds.sort();
    let expected = [
        "event.cancelled",
        "order.cancelled",
        "order.expired",
        "order.paid",
        "order.refunded",
        "order.refunded",
        "order.returned",
        "ticket.issued",
        "ticket.issued",
    ];
    assert_eq!(kinds, expected);
    let told = olga.told(&all).await;
    let refunds: Vec<_> =
        told.iter().filter(|(kind, _)| kind == "order.refunded").map(|(_, data)| data).collect();
    assert_eq!(
        (&refunds[0]["calledOff"], &refunds[0]["tickets"][0]["ticketId"]),
        (&json!(false), &json!(shop.seat(1)))
    );
    assert_eq!((&refunds[1]["calledOff"], &refunds[1]["amount"]["minor"]), (&json!(true), &json!(4950)));
    assert_eq!(olga.kinds_told(&paid).await, ["order.paid"]);
    assert!(olga.kinds_told(&off).await.is_empty() && rival.kinds_told(&others).await.is_empty());
    // One copy of what is told, however many are told it.
    let notices = sqlx::query_scalar!(r#"select count(*) as "count!" from webhook_notice"#);
    assert_eq!(notices.fetch_one(&shop.booking.postgres).await.unwrap(), 9);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_ticket_that_is_sent_on_and_let_in_is_told(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let olga = shop.organizer();
    let endpoint = olga.listen("https://hooks.example/", &["ticket.issued", "ticket.checked_in"]).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let (ticket, _) = bought(&shop, &ada, 0).await;
    shop.booking.clock.advance(TimeDelta::seconds(1));
    ada.post(&format!("/ticket/{ticket}/transfer"), json!({"email": "bob@example.org"})).await.expect(201);
    let token = crate::transfer::token(&shop).await;
    for _ in 0..2 {
        bob.post("/ticket/accept", json!({"token": token})).await.expect(200);
    }
    shop.booking.clock.advance(TimeDelta::seconds(1));
    let code = bob.get(&format!("/ticket/{ticket}")).await.expect(200)["code"].clone();
    let north = door(&shop, "North").await;
    let scan: uuid::Uuid = shop.booking.app.ids.next();
    for direction in ["in", "in"] {
        north.scan(&[json!({"scanId": scan, "code": code, "direction": direction})]).await;
    }
    let out: uuid::Uuid = shop.booking.app.ids.next();
    north.scan(&[json!({"scanId": out, "code": code, "direction": "out"})]).await;
    let told = olga.told(&endpoint).await;
    let kinds: Vec<_> =
        told.iter().map(|(kind, data)| (kind.as_str(), data["transferred"].as_bool())).collect();
    assert_eq!(
        kinds,
        [("ticket.issued", Some(false)), ("ticket.issued", Some(true)), ("ticket.checked_in", None)]
    );
    assert_eq!(told[2].1, json!({"eventId": shop.event, "ticketId": ticket, "at": shop.now()}));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_changed_event_says_what_is_different_and_an_unchanged_one_nothing(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let olga = app.organizer().await;
    let endpoint =
        olga.listen("https://hooks.example/", &["event.changed", "event.cancelled", "event.sold_out"]).await;
    let made = given::event(&olga, 1, 1).await;
    let (event, path) = (id_of(&made), format!("/event/{}", made["eventId"].as_str().unwrap()));
    let mut body = given::event_body("Night", 1, 1);
    for member in ["tiers", "seats"] {
        body.as_object_mut().unwrap().remove(member);
    }
    let links = sqlx::query!("select venue_id, (select performer_id from performer) as performer from event")
        .fetch_one(&app.postgres)
        .await
        .unwrap();
    body["venueId"] = json!(links.venue_id);
    body["performerIds"] = json!([links.performer]);
    olga.put(&path, body.clone()).await.expect(200);
    assert!(olga.told(&endpoint).await.is_empty(), "nothing is different");
    body["startsAt"] = json!("2027-06-21T18:00:00Z");
    body["state"] = json!("postponed");
    body["performerIds"] = json!([]);
    let version =
        olga.put(&path, body.clone()).await.headers["etag"].to_str().unwrap().trim_matches('"').to_owned();
    let told = olga.told(&endpoint).await;
    assert_eq!(
        told[0].1,
        json!({
            "eventId": event, "eventVersion": version.parse::<i64>().unwrap(), "changed": ["performerIds", "startsAt", "state"],
            "title": "Night", "startsAt": "2027-06-21T18:00:00Z", "venueId": links.venue_id, "state": "postponed",
        })
    );
    let account = app.fan().await.account.unwrap();
    given::order(&app, event, account, &[0, 1, 2], true).await;
    app.clock.advance(TimeDelta::seconds(1));
    publish::tick(&app.app).await;
    app.clock.advance(TimeDelta::seconds(1));
    publish::sweep(&app.app).await;
    publish::tick(&app.app).await;
    body["state"] = json!("cancelled");
    for _ in 0..2 {
        olga.put(&path, body.clone()).await.expect(200);
    }
    let mut kinds = olga.kinds_told(&endpoint).await;
    kinds[2..].sort();
    assert_eq!(kinds, ["event.changed", "event.sold_out", "event.cancelled", "event.changed"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_undone_was_never_told(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let olga = shop.organizer();
    let endpoint = olga.listen("https://hooks.example/", &KINDS).await;
    // Whoever captures meets a database that refuses the mail, at the end of the same transaction.
    sqlx::query!("alter table outbox add constraint no_mail check (kind <> 'tickets_issued')")
        .execute(&shop.booking.postgres)
        .await
        .unwrap();
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "capturing").await;
    shop.wait_for(async || {
        shop.tick().await;
        shop.ledger_states().await == ["captured"]
    })
    .await;
    assert!(olga.told(&endpoint).await.is_empty());
    sqlx::query!("alter table outbox drop constraint no_mail").execute(&shop.booking.postgres).await.unwrap();
    shop.booking.clock.advance(TimeDelta::minutes(1));
    shop.until(&order, "paid").await;
    let mut kinds = olga.kinds_told(&endpoint).await;
    kinds.sort();
    assert_eq!(kinds, ["order.paid", "ticket.issued"]);
}
