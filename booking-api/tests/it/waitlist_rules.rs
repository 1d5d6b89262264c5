//! Whom a waitlist takes and serves, and what its organizer sees and does.

use booking_api::problems::{
    NO_WAITLIST_ENTRY, NOT_SOLD_OUT, NOT_YOURS, OFFER_OVER, ORGANIZERS_ONLY, SEATS_TAKEN, SIGNED_OUT,
    SOLD_OUT, TOO_MANY_TICKETS, UNKNOWN_EVENT, UNKNOWN_TIER, WAITLIST_CLOSED,
};
use chrono::TimeDelta;
use platform::http::kinds::INVALID_BODY;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    app::Client,
    shop::{LIMIT, SEATS, Shop},
};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn several_are_offered_together_and_a_group_is_not_overtaken_for_ever(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let orders = shop.sold_out().await;
    let (group, one, eve) = (shop.booking.fan().await, shop.booking.fan().await, shop.booking.fan().await);
    group.enter(&shop, 2).await.expect(201);
    let body = json!({"quantity": 1, "tiers": [shop.floor]});
    one.post(&shop.waitlist(), body).await.expect(201);
    shop.comes_back(&orders[0], 0).await;
    shop.serve().await;
    assert_eq!(shop.kept().await, (1, 0), "it is kept for the group, and is not of the other's tier");
    eve.reserve(&[shop.seat(0)]).await.expect_problem(SEATS_TAKEN);
    shop.comes_back(&orders[0], 1).await;
    shop.serve().await;
    assert_eq!(group.entry(&shop).await["offer"]["ticketIds"], json!([shop.seat(0), shop.seat(1)]));
    shop.comes_back(&orders[5], SEATS).await;
    shop.serve().await;
    assert_eq!(one.entry(&shop).await["offer"]["ticketIds"], json!([shop.seat(SEATS)]));
    // Units that nobody chooses are kept as well.
    let units = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 1});
    eve.post("/booking/reserve", units).await.expect_problem(SOLD_OUT);
    let hold = one.take(&shop, &shop.mailed(&one).await).await.expect(201);
    one.confirm(&hold, "tok_ok").await.expect(202);
    // One seat is not kept for ever.
    let second = shop.booking.fan().await;
    second.enter(&shop, 2).await.expect(201);
    shop.comes_back(&orders[0], 2).await;
    shop.serve().await;
    eve.reserve(&[shop.seat(2)]).await.expect_problem(SEATS_TAKEN);
    shop.booking.clock.advance(TimeDelta::minutes(31));
    shop.serve().await;
    shop.booking.fan().await.reserve(&[shop.seat(2)]).await.expect(201);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_waitlist_says_whom_it_does_not_take(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    ada.enter(&shop, 1).await.expect_problem(WAITLIST_CLOSED);
    ada.get(&shop.waitlist()).await.expect_problem(NO_WAITLIST_ENTRY);
    ada.delete(&shop.waitlist()).await.expect(204);
    shop.organizer().put(&shop.waitlist(), json!({"open": true})).await.expect(200);
    ada.enter(&shop, 1).await.expect_problem(NOT_SOLD_OUT);
    ada.enter(&shop, LIMIT + 1).await.expect_problem(TOO_MANY_TICKETS);
    ada.enter(&shop, 0).await.expect_problem(INVALID_BODY);
    ada.post(&shop.waitlist(), json!({"quantity": 1, "color": "red"})).await.expect_problem(INVALID_BODY);
    let unknown = json!({"quantity": 1, "tiers": [uuid::Uuid::from_u128(1)]});
    ada.post(&shop.waitlist(), unknown).await.expect_problem(UNKNOWN_TIER);
    shop.booking.stranger().enter(&shop, 1).await.expect_problem(SIGNED_OUT);
    ada.post(&format!("/event/{}/waitlist", uuid::Uuid::from_u128(1)), json!({"quantity": 1}))
        .await
        .expect_problem(UNKNOWN_EVENT);
    for wrong in [json!({"eventId": shop.event, "offer": "x", "quantity": 1}), json!({"offer": "x"})] {
        ada.post("/booking/reserve", wrong).await.expect_problem(INVALID_BODY);
    }
    ada.take(&shop, "nonsense").await.expect_problem(OFFER_OVER);
    shop.organizer()
        .put(&shop.waitlist(), json!({"open": true, "offerMinutes": 0}))
        .await
        .expect_problem(INVALID_BODY);
    shop.booking
        .organizer()
        .await
        .put(&shop.waitlist(), json!({"open": true}))
        .await
        .expect_problem(NOT_YOURS);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_sees_who_waits_closes_the_list_and_removes(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let orders = shop.sold_out().await;
    let (ada, bob, eve) = (shop.booking.fan().await, shop.booking.fan().await, shop.booking.fan().await);
    ada.enter(&shop, 1).await.expect(201);
    bob.enter(&shop, 2).await.expect(201);
    shop.comes_back(&orders[0], 0).await;
    shop.serve().await;
    let entries = format!("{}/entry", shop.waitlist());
    let desk = shop.organizer();
    let seen = desk.get(&entries).await.expect(200);
    assert_eq!((&seen["open"], &seen["offerMinutes"]), (&json!(true), &json!(30)));
    assert_eq!(seen["counts"], json!({"offered": 1, "waiting": 1}));
    let first = &seen["entries"][0];
    assert_eq!((&first["state"], &first["quantity"]), (&json!("offered"), &json!(1)));
    assert!(first["offeredUntil"].is_string() && seen["entries"][1]["offeredUntil"].is_null());
    let table = desk.clone().with_header("accept", "text/csv").get(&entries).await.text();
    assert_eq!(table.lines().count(), 3, "{table}");
    assert!(table.contains(&format!(",{}@example.org,1,,offered,", ada.account.unwrap())), "{table}");
    // Closed: nobody enters, and who is on it stays.
    desk.put(&shop.waitlist(), json!({"open": false})).await.expect(200);
    eve.enter(&shop, 1).await.expect_problem(WAITLIST_CLOSED);
    let remove = async |at: usize, by: &Client<'_>| {
        by.delete(&format!("{entries}/{}", seen["entries"][at]["entryId"].as_str().unwrap())).await
    };
    remove(0, &shop.booking.organizer().await).await.expect_problem(NOT_YOURS);
    remove(0, &desk).await.expect(204);
    remove(0, &desk).await.expect(204);
    assert_eq!(ada.entry(&shop).await["state"], "removed");
    shop.comes_back(&orders[0], 1).await;
    shop.serve().await;
    assert_eq!(bob.entry(&shop).await["offer"]["ticketIds"], json!([shop.seat(0), shop.seat(1)]));
    ada.get(&entries).await.expect_problem(ORGANIZERS_ONLY);
    shop.booking.organizer().await.get(&entries).await.expect_problem(NOT_YOURS);
    // After the end of sales nothing is kept for anybody.
    shop.booking.clock.advance(TimeDelta::days(2));
    shop.serve().await;
    assert_eq!(shop.kept().await, (0, 0));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn many_events_whose_seats_wait_for_neighbours_hold_up_nobody(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let orders = shop.sold_out().await;
    let ada = shop.booking.fan().await;
    ada.enter(&shop, 1).await.expect(201);
    // A hundred halls with smaller ids, in each of which one seat is kept for somebody who wants two.
    sqlx::query!(
        "with other as (
             insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end,
               currency, ticket_limit, created_at)
             select lpad(n::text, 32, '0')::uuid, owner_id, venue_id, title, category, starts_at, sales_start,
               sales_end, currency, ticket_limit, created_at
             from event, generate_series(1, 100) as n where event_id = $1 returning event_id),
         tier as (
             insert into tier (event_id, tier_id, name, price_minor, general_admission, rank)
             select event_id, event_id, 'Gold', 1, true, 0 from other),
         ticket as (
             insert into ticket (event_id, ticket_id, tier_id) select event_id, 0, event_id from other),
         list as (
             insert into waitlist (event_id, is_open, offer_seconds) select event_id, true, 600 from other),
         entry as (
             insert into waitlist_entry (event_id, entry_id, account_id, quantity, state, entered_at)
             select event_id, event_id, $2, 2, 'waiting', $3 from other)
         insert into waitlist_seat (event_id, ticket_id, since) select event_id, 0, $3 from other",
        shop.event.uuid(),
        ada.account.unwrap().uuid(),
        shop.now()
    )
    .execute(&shop.booking.postgres)
    .await
    .unwrap();
    shop.comes_back(&orders[0], 0).await;
    shop.serve().await;
    assert_eq!(shop.kept().await, (101, 1), "the others wait on");
    assert_eq!(ada.entry(&shop).await["offer"]["ticketIds"], json!([shop.seat(0)]));
}
