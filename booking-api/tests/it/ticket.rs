//! Codes, pages and the door.

use booking_api::problems::{NOT_GENUINE, NOT_YOUR_BOOKING, ORGANIZERS_ONLY, UNKNOWN_TICKET};
use contracts::session::Role;
use http::header;
use serde_json::json;
use sqlx::PgPool;

use crate::shop::Shop;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_code_opens_the_door_of_its_organizer_only(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let paid = ada.get(&format!("/order/{order}")).await.expect(200);
    let code = json!({"code": paid["tickets"][0]["code"]});
    let organizer = shop.booking.stranger().of_account(shop.organizer, Role::Organizer);
    let expected = json!({"eventId": shop.event, "ticketId": shop.seat(0), "place": "Block 1, row A, seat 1",
                          "genuine": true});
    assert_eq!(organizer.post("/ticket/check", code.clone()).await.expect(200), expected);
    shop.booking.organizer().await.post("/ticket/check", code.clone()).await.expect_problem(NOT_GENUINE);
    ada.post("/ticket/check", code).await.expect_problem(ORGANIZERS_ONLY);
    organizer.post("/ticket/check", json!({"code": "forged.code"})).await.expect_problem(NOT_GENUINE);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_code_is_a_picture_for_its_owner(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    let picture = format!("/order/{order}/ticket/{}/qr.svg", shop.seat(0));
    ada.get(&picture).await.expect_problem(UNKNOWN_TICKET);
    shop.until(&order, "paid").await;
    let answer = ada.get(&picture).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "image/svg+xml");
    assert!(answer.text().contains("<svg"));
    bob.get(&picture).await.expect_problem(NOT_YOUR_BOOKING);
    ada.get(&format!("/order/{order}/ticket/{}/qr.svg", shop.seat(1))).await.expect_problem(UNKNOWN_TICKET);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_browser_walks_through_pages(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let browser = ada.clone().with_header("accept", "text/html,*/*;q=0.8");
    let hold = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let page = browser.get(&format!("/checkout/{}", hold["holdId"].as_str().unwrap())).await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned();
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let page = page.text();
    for part in ["data-test=\"token\"", "data-test=\"pay\"", "€49.50", "Block 1, row A, seat 1"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    let waiting = browser.get(order["order"].as_str().unwrap()).await.text();
    assert!(
        waiting.contains("data-test=\"order-state\"") && waiting.contains("awaitingPayment"),
        "{waiting}"
    );
    assert!(!waiting.contains("data-test=\"qr\""));
    shop.until(order["orderId"].as_str().unwrap(), "paid").await;
    let paid = browser.get(order["order"].as_str().unwrap()).await.text();
    assert!(paid.contains("data-test=\"qr\"") && paid.contains("/qr.svg"), "{paid}");
    let sign_in = browser.get("/assets/booking/sign-in.js").await;
    assert!(sign_in.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/javascript"));
}
