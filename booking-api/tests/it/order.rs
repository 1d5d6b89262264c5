//! From a hold to tickets.

use sqlx::PgPool;

use crate::shop::Shop;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fan_holds_two_seats_pays_and_gets_tickets(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let hold = ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    assert_eq!(hold["total"]["minor"], 9900);
    assert_eq!(hold["tickets"][0]["place"], "Block 1, row A, seat 1");
    let order = ada.confirm(&hold, "tok_ok").await.expect(202);
    assert_eq!(order["state"], "awaitingPayment");
    let id = order["orderId"].as_str().unwrap();
    assert_eq!(order["order"], format!("/order/{id}"));
    shop.until(id, "paid").await;
    let paid = ada.get(&format!("/order/{id}")).await.expect(200);
    assert_eq!(paid["tickets"].as_array().unwrap().len(), 2);
    assert!(paid["tickets"][0]["code"].is_string());
    assert_eq!(shop.sold().await, 2);
    let ledger = shop.ledger().await;
    assert_eq!((ledger.len(), &ledger[0]["state"]), (1, &"captured".into()));
}
