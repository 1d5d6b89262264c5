//! What the organizer takes out of the sale.

use booking_api::problems::{
    NOT_YOURS, SALES_CLOSED, SEATS_TAKEN, SOLD_OUT, TOO_LATE_TO_CANCEL, UNKNOWN_EVENT, UNKNOWN_ORDER,
    UNKNOWN_TICKET,
};
use chrono::TimeDelta;
use contracts::id::TicketRef;
use platform::http::kinds;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    door::{door, organizer},
    shop::Shop,
};

fn path(shop: &Shop) -> String {
    format!("/event/{}/allocation", shop.event)
}

async fn allocate(shop: &Shop, by: &Client<'_>, tickets: &[TicketRef], more: Value) -> Answer {
    let mut body = json!({"label": "Press", "ticketIds": tickets});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    by.post(&path(shop), body).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn seats_that_are_held_back_are_sold_to_nobody_until_they_are_released(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, desk) = (shop.booking.fan().await, organizer(&shop));
    let seats = [shop.seat(0), shop.seat(1)];
    let keyed = desk.clone().with_header("idempotency-key", "back");
    let back = allocate(&shop, &keyed, &seats, json!({"kind": "heldBack"})).await.expect(201);
    assert_eq!(allocate(&shop, &keyed, &seats, json!({"kind": "heldBack"})).await.expect(201), back);
    let refused = ada.reserve(&seats[..1]).await.expect_problem(SEATS_TAKEN);
    assert_eq!(refused["conflicts"], json!([seats[0]]));
    let twice = allocate(&shop, &desk, &seats, json!({"kind": "heldBack"})).await.expect_problem(SEATS_TAKEN);
    assert_eq!(twice["conflicts"], json!(seats));
    let order = back["orderId"].as_str().unwrap();
    let listed = desk.get(&path(&shop)).await.expect(200);
    assert_eq!(listed["allocations"][0]["tickets"], json!(seats));
    assert_eq!(listed["allocations"][0]["kind"], "heldBack");
    // Time does not bring them back while the event has not begun.
    shop.booking.clock.advance(TimeDelta::hours(6));
    shop.tick().await;
    ada.reserve(&seats[..1]).await.expect_problem(SEATS_TAKEN);
    shop.booking
        .organizer()
        .await
        .delete(&format!("{}/{order}", path(&shop)))
        .await
        .expect_problem(NOT_YOURS);
    desk.delete(&format!("{}/{order}", path(&shop))).await.expect(204);
    desk.delete(&format!("{}/{order}", path(&shop))).await.expect(204);
    let hold = ada.reserve(&seats).await.expect(201);
    assert_eq!(hold["tickets"].as_array().unwrap().len(), 2);
    assert_eq!(shop.sold().await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_given_away_or_sold_at_the_counter_opens_the_door(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let desk = organizer(&shop);
    let comp = json!({"kind": "comp", "email": "press@example.org"});
    let comp = allocate(&shop, &desk, &[shop.seat(0)], comp).await.expect(201);
    assert_eq!((&comp["state"], &comp["total"]["minor"]), (&json!("paid"), &json!(0)));
    let sold = json!({"kind": "boxOffice", "email": "walk@example.org", "paidBy": "cash"});
    let sold = allocate(&shop, &desk, &[shop.seat(1)], sold).await.expect(201);
    assert_eq!((&sold["state"], &sold["total"]["minor"]), (&json!("paid"), &json!(4950)));
    assert_eq!(shop.sold().await, 2);
    assert!(shop.ledger().await.is_empty(), "no provider was asked for money");
    let mails: Vec<Value> = sqlx::query_scalar!(
        "select body from outbox where kind = 'tickets_issued' order by created_at, message_id"
    )
    .fetch_all(&shop.booking.postgres)
    .await
    .unwrap();
    let to: Vec<_> = mails.iter().map(|mail| mail["to"]["email"].as_str().unwrap()).collect();
    assert!(to.contains(&"press@example.org") && to.contains(&"walk@example.org"), "{to:?}");
    let north = door(&shop, "North").await;
    for mail in &mails {
        let id: uuid::Uuid = shop.booking.app.ids.next();
        let code = &mail["tickets"][0]["code"];
        let scanned = north.scan(&[json!({"scanId": id, "code": code, "direction": "in"})]).await;
        assert_eq!(scanned[0]["outcome"], "passed");
    }
    let order = comp["orderId"].as_str().unwrap();
    let sold = desk.delete(&format!("{}/{order}", path(&shop))).await.expect_problem(TOO_LATE_TO_CANCEL);
    assert_eq!(sold["state"], "paid");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_counter_and_the_line_never_sell_one_seat_twice(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let desk = organizer(&shop);
    // A fan who holds a seat, or is paying for it, keeps it.
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(9)]).await.expect(201);
    let counter = || json!({"kind": "boxOffice", "email": "walk@example.org", "paidBy": "card"});
    allocate(&shop, &desk, &[shop.seat(9)], counter()).await.expect_problem(SEATS_TAKEN);
    ada.confirm(&hold, "tok_ok").await.expect(202);
    allocate(&shop, &desk, &[shop.seat(9)], counter()).await.expect_problem(SEATS_TAKEN);
    // Fans and the counter want the same seats at the same moment: each is had by one of them.
    for seat in 0..8 {
        let fan = shop.booking.fan().await;
        let seats = [shop.seat(seat)];
        let (fan, counter) = tokio::join!(fan.reserve(&seats), allocate(&shop, &desk, &seats, counter()));
        let (fan, counter) = (fan.status == 201, counter.status == 201);
        assert!(fan != counter, "seat {seat}: {fan} {counter}");
    }
    let doubled = sqlx::query_scalar!(
        r#"select count(*) as "count!" from sale join claim using (event_id, ticket_id) where claim.order_id <> sale.order_id"#
    );
    assert_eq!(doubled.fetch_one(&shop.booking.postgres).await.unwrap(), 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_cannot_be_allocated_is_told_why(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, desk) = (shop.booking.fan().await, organizer(&shop));
    let seat = [shop.seat(0)];
    ada.post(&path(&shop), json!({})).await.expect_problem(booking_api::problems::ORGANIZERS_ONLY);
    let stranger = shop.booking.organizer().await;
    allocate(&shop, &stranger, &seat, json!({"kind": "heldBack"})).await.expect_problem(NOT_YOURS);
    stranger.get(&path(&shop)).await.expect_problem(NOT_YOURS);
    for wrong in [
        json!({"kind": "comp"}),
        json!({"kind": "comp", "email": "nobody"}),
        json!({"kind": "comp", "email": "a@example.org", "paidBy": "cash"}),
        json!({"kind": "boxOffice", "email": "a@example.org"}),
        json!({"kind": "heldBack", "email": "a@example.org"}),
        json!({"kind": "heldBack", "label": ""}),
        json!({"kind": "heldBack", "tier": shop.floor, "quantity": 1}),
        json!({"kind": "other"}),
    ] {
        allocate(&shop, &desk, &seat, wrong).await.expect_problem(kinds::INVALID_BODY);
    }
    allocate(&shop, &desk, &[shop.seat(999)], json!({"kind": "heldBack"}))
        .await
        .expect_problem(UNKNOWN_TICKET);
    let units = |quantity: u32| json!({"kind": "heldBack", "label": "Crew", "tier": shop.floor, "quantity": quantity});
    assert_eq!(desk.post(&path(&shop), units(11)).await.expect_problem(SOLD_OUT)["left"], 10);
    desk.post(&path(&shop), units(10)).await.expect(201);
    assert_eq!(desk.post(&path(&shop), units(1)).await.expect_problem(SOLD_OUT)["left"], 0);
    let nowhere = format!("/event/{}/allocation", uuid::Uuid::from_u128(1));
    desk.get(&nowhere).await.expect_problem(UNKNOWN_EVENT);
    let order = ada.buy(&seat, "tok_ok").await;
    desk.delete(&format!("{}/{order}", path(&shop))).await.expect_problem(UNKNOWN_ORDER);
    shop.booking.clock.advance(TimeDelta::days(3));
    let late = organizer(&shop);
    allocate(&shop, &late, &[shop.seat(3)], json!({"kind": "heldBack"})).await.expect_problem(SALES_CLOSED);
}
