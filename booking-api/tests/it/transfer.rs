//! Tickets that go from one to another.

use booking_api::problems::{
    NO_TRANSFER, NOT_YOUR_BOOKING, NOT_YOURS, TICKET_USED, TRANSFER_FORBIDDEN, TRANSFER_OPEN, TRANSFER_OVER,
    UNKNOWN_TICKET,
};
use chrono::TimeDelta;
use contracts::id::TicketRef;
use platform::http::kinds;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::Client,
    door::{bought, door, organizer},
    shop::Shop,
};

/// What the mail of the newest offer carries.
pub(crate) async fn token(shop: &Shop) -> String {
    let body = sqlx::query_scalar!(
        "select body from outbox where kind = 'transfer_offered' order by created_at desc, message_id desc limit 1"
    );
    let body = body.fetch_one(&shop.booking.postgres).await.unwrap();
    body["accept_url"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
}

async fn send(fan: &Client<'_>, ticket: TicketRef, email: &str) -> crate::app::Answer {
    fan.post(&format!("/ticket/{ticket}/transfer"), json!({ "email": email })).await
}

async fn outcome(shop: &Shop, door: &Client<'_>, code: &str, direction: &str) -> String {
    let id: uuid::Uuid = shop.booking.app.ids.next();
    let result = door.scan(&[json!({"scanId": id, "code": code, "direction": direction})]).await.remove(0);
    result.get("reason").unwrap_or(&result["outcome"]).as_str().unwrap().to_owned()
}

async fn code_of(fan: &Client<'_>, ticket: TicketRef) -> String {
    let held = fan.get(&format!("/ticket/{ticket}")).await.expect(200);
    held["code"].as_str().unwrap().to_owned()
}

/// How many codes of the event are alive.
async fn living(shop: &Shop) -> i64 {
    sqlx::query_scalar!(r#"select count(*) as "count!" from issued_ticket where revoked_at is null"#)
        .fetch_one(&shop.booking.postgres)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_ticket_goes_to_somebody_else_with_a_new_code_and_the_old_one_dies(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let (ticket, old) = bought(&shop, &ada, 0).await;
    let offered = send(&ada, ticket, "Bob@Example.org").await.expect(201);
    assert_eq!(offered["email"], "bob@example.org");
    assert_eq!(
        send(&ada, ticket, "bob@example.org").await.expect(201),
        offered,
        "sending again is one transfer"
    );
    send(&ada, ticket, "eve@example.org").await.expect_problem(TRANSFER_OPEN);
    assert_eq!(code_of(&ada, ticket).await, old, "until it is accepted, the old code is the good one");
    let token = token(&shop).await;
    let accept = json!({ "token": token });
    let path = format!("/ticket/{ticket}");
    assert_eq!(bob.post("/ticket/accept", accept.clone()).await.expect(200)["ticket"], path);
    assert_eq!(bob.post("/ticket/accept", accept.clone()).await.expect(200)["ticket"], path);
    ada.post("/ticket/accept", accept).await.expect_problem(TRANSFER_OVER);
    ada.get(&path).await.expect_problem(UNKNOWN_TICKET);
    ada.get(&format!("{path}/qr.svg")).await.expect_problem(UNKNOWN_TICKET);
    let new = code_of(&bob, ticket).await;
    assert_eq!(bob.get("/ticket").await.expect(200)["tickets"][0]["code"], new);
    let north = door(&shop, "North").await;
    assert_eq!(outcome(&shop, &north, &old, "in").await, "revoked");
    assert_eq!(outcome(&shop, &north, &new, "in").await, "passed");
    let order = bob.get(&path).await.expect(200)["orderId"].as_str().unwrap().to_owned();
    let order = ada.get(&format!("/order/{order}")).await.expect(200);
    assert!(order["tickets"][0].get("code").is_none(), "who sent it sees no code: {order}");
    let causes: Vec<&str> =
        order["history"].as_array().unwrap().iter().map(|entry| entry["cause"].as_str().unwrap()).collect();
    let place = "Block 1, row A, seat 1";
    assert!(causes.contains(&format!("a ticket was sent on, and waits to be accepted: {place}").as_str()));
    assert!(causes.contains(&format!("a ticket went to somebody else, with a new code: {place}").as_str()));
    let expected = ["ticket_gone", "ticket_received", "tickets_issued", "transfer_offered"];
    assert_eq!(shop.messages().await, expected);
    send(&bob, ticket, "eve@example.org").await.expect_problem(TICKET_USED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn twenty_who_accept_at_once_make_one_new_code(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let (ticket, _) = bought(&shop, &ada, 0).await;
    send(&ada, ticket, "bob@example.org").await.expect(201);
    let token = token(&shop).await;
    let mut fans = Vec::new();
    for _ in 0..20 {
        fans.push(shop.booking.fan().await);
    }
    let accept = json!({ "token": token });
    let calls = fans.iter().map(|fan| fan.post("/ticket/accept", accept.clone()));
    let answers = futures_util::future::join_all(calls).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        answer.expect_problem(TRANSFER_OVER);
    }
    assert_eq!(living(&shop).await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_transfer_is_taken_back_and_ends_by_itself(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let (ticket, old) = bought(&shop, &ada, 0).await;
    let way = format!("/ticket/{ticket}/transfer");
    ada.delete(&way).await.expect_problem(NO_TRANSFER);
    send(&ada, ticket, "bob@example.org").await.expect(201);
    let accept = json!({"token": token(&shop).await});
    bob.delete(&way).await.expect_problem(NO_TRANSFER);
    ada.delete(&way).await.expect(204);
    bob.post("/ticket/accept", accept).await.expect_problem(TRANSFER_OVER);
    let offered = send(&ada, ticket, "bob@example.org").await.expect(201);
    assert_eq!(offered["until"], json!(shop.now() + TimeDelta::hours(72)));
    let accept = json!({"token": token(&shop).await});
    shop.booking.clock.advance(TimeDelta::hours(71));
    let (ada, bob) = (
        ada.clone().of_account(ada.account.unwrap(), contracts::session::Role::Fan),
        bob.clone().of_account(bob.account.unwrap(), contracts::session::Role::Fan),
    );
    assert_eq!(
        ada.get(&format!("/ticket/{ticket}")).await.expect(200)["transfer"]["email"],
        "bob@example.org"
    );
    shop.booking.clock.advance(TimeDelta::hours(1));
    bob.post("/ticket/accept", accept).await.expect_problem(TRANSFER_OVER);
    assert_eq!(code_of(&ada, ticket).await, old);
    let north = door(&shop, "North").await;
    assert_eq!(outcome(&shop, &north, &old, "in").await, "passed");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_its_holder_sends_a_ticket_and_only_where_the_organizer_lets_them(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let (ticket, code) = bought(&shop, &ada, 0).await;
    let rule = format!("/event/{}/transfer", shop.event);
    shop.booking.organizer().await.put(&rule, json!({"allowed": false})).await.expect_problem(NOT_YOURS);
    organizer(&shop).put(&rule, json!({"allowed": false})).await.expect(204);
    send(&ada, ticket, "bob@example.org").await.expect_problem(TRANSFER_FORBIDDEN);
    assert_eq!(ada.get(&format!("/ticket/{ticket}")).await.expect(200)["transferable"], false);
    organizer(&shop).put(&rule, json!({"allowed": true})).await.expect(204);
    send(&bob, ticket, "bob@example.org").await.expect_problem(NOT_YOUR_BOOKING);
    send(&ada, shop.seat(1), "bob@example.org").await.expect_problem(UNKNOWN_TICKET);
    send(&ada, ticket, "nobody").await.expect_problem(kinds::INVALID_BODY);
    let keyed = ada.clone().with_header("idempotency-key", "k");
    let offered = send(&keyed, ticket, "bob@example.org").await.expect(201);
    assert_eq!(send(&keyed, ticket, "bob@example.org").await.expect(201), offered);
    let good = token(&shop).await;
    let (of, _) = good.split_once('.').unwrap();
    for bad in ["", "x.y", of, &format!("{of}.AAAA")] {
        bob.post("/ticket/accept", json!({ "token": bad })).await.expect_problem(NO_TRANSFER);
    }
    // Somebody goes in with the old code before it is accepted: then there is nothing left to give away.
    let north = door(&shop, "North").await;
    assert_eq!(outcome(&shop, &north, &code, "in").await, "passed");
    bob.post("/ticket/accept", json!({ "token": good })).await.expect_problem(TICKET_USED);
    assert_eq!(code_of(&ada, ticket).await, code);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_acceptance_that_breaks_off_at_any_step_leaves_one_good_code(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let (ticket, old) = bought(&shop, &ada, 0).await;
    send(&ada, ticket, "bob@example.org").await.expect(201);
    let accept = json!({"token": token(&shop).await});
    let db = &shop.booking.postgres;
    sqlx::raw_sql(
        "create function break_off() returns trigger language plpgsql as $$
         begin perform pg_terminate_backend(pg_backend_pid()); return new; end $$",
    )
    .execute(db)
    .await
    .unwrap();
    // After each write of the transaction the connection dies, as it does when the process is killed.
    for (table, when) in [
        ("issued_ticket", "update"),
        ("ticket_revocation", "insert"),
        ("issued_ticket", "insert"),
        ("ticket_transfer", "update"),
        ("order_history", "insert"),
        ("outbox", "insert"),
    ] {
        let on = format!(
            "create trigger break_off after {when} on {table} for each row execute function break_off()"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(on)).execute(db).await.unwrap();
        let broken = bob.post("/ticket/accept", accept.clone()).await;
        assert!(broken.status.is_server_error(), "{table}: {}", broken.text());
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("drop trigger break_off on {table}")))
            .execute(db)
            .await
            .unwrap();
        assert_eq!((living(&shop).await, code_of(&ada, ticket).await), (1, old.clone()), "{when} on {table}");
        bob.get(&format!("/ticket/{ticket}")).await.expect_problem(UNKNOWN_TICKET);
    }
    bob.post("/ticket/accept", accept).await.expect(200);
    assert_eq!(living(&shop).await, 1);
    assert_ne!(code_of(&bob, ticket).await, old);
    let told: Vec<Value> = sqlx::query_scalar!("select body from outbox where kind = 'ticket_received'")
        .fetch_all(db)
        .await
        .unwrap();
    assert_eq!(told.len(), 1, "one mail, whatever broke off before");
}
