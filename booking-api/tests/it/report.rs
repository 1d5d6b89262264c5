//! The tables that organizers take home.

use booking_api::problems::{NOT_YOURS, ORGANIZERS_ONLY, UNKNOWN_EVENT};
use chrono::TimeDelta;
use http::header;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::shop::Shop;

/// The rows of a table, its head first, cells without their quotes.
fn cells(table: &str) -> Vec<Vec<String>> {
    assert!(table.ends_with("\r\n"));
    let rows = table.trim_end_matches("\r\n").split("\r\n");
    rows.map(|row| row.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect()).collect()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn sales_are_counted_by_the_day_of_the_venue_and_a_refund_lowers_no_gross(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    // Noon in Greenwich is two in the afternoon in Berlin; at 22:30 it is tomorrow there.
    let early = ada.buy(&[shop.seat(0), shop.seat(20)], "tok_ok").await;
    shop.until(&early, "paid").await;
    shop.booking.clock.advance(TimeDelta::minutes(10 * 60 + 30));
    let late = ada.buy(&[shop.seat(1)], "tok_ok").await;
    shop.until(&late, "paid").await;
    let open = shop.booking.fan().await.buy(&[shop.seat(2)], "tok_declined").await;
    shop.refund(&early, Some(&[shop.seat(0)])).await.expect(202);
    shop.until_settled().await;
    let seen = shop.organizer().get(&format!("/event/{}/sales", shop.event)).await.expect(200);
    let row = |at: usize| {
        let row = &seen["rows"][at];
        let number = |name: &str| row[name].as_i64().unwrap();
        (
            row["day"].as_str().unwrap(),
            row["tier"].as_str().unwrap(),
            ["sold", "gross", "returned", "refunded"].map(number),
        )
    };
    assert_eq!(seen["timeZone"], "Europe/Berlin");
    assert_eq!(row(0), ("2027-06-01", "Gold", [1, 4950, 0, 0]));
    assert_eq!(row(1), ("2027-06-01", "Floor", [1, 3000, 0, 0]));
    assert_eq!(row(2), ("2027-06-02", "Gold", [1, 4950, 1, 4950]));
    assert_eq!(seen["rows"].as_array().unwrap().len(), 3, "{open} was never paid");
    let total = json!({"sold": 3, "face": 12_900, "discounts": 0, "fees": 0, "tax": 0, "gross": 12_900, "returned": 1, "refunded": 4950});
    assert_eq!(seen["total"], total);
    let table = cells(&shop.organizer().get(&format!("/event/{}/sales.csv", shop.event)).await.text());
    assert_eq!(
        table[3],
        ["2027-06-02", "Gold", "EUR", "1", "49.50", "0.00", "0.00", "0.00", "49.50", "1", "49.50", "0.00"]
    );
    assert_eq!(table[4][8..], ["129.00", "1", "49.50", "79.50"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_table_of_orders_has_every_ticket_and_no_formula(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let eve = shop.booking.fan().await;
    sqlx::query!("update account set name = '=HYPERLINK(1)' where role = 'fan'")
        .execute(&shop.booking.postgres)
        .await
        .unwrap();
    let order = eve.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&order, "paid").await;
    shop.tick().await;
    let path = format!("/event/{}/order.csv", shop.event);
    let answer = shop.organizer().get(&path).await;
    assert_eq!(answer.headers[header::CONTENT_DISPOSITION], "attachment; filename=\"orders.csv\"");
    let text = answer.text();
    let lines: Vec<&str> = text.trim_end().split("\r\n").collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("number,orderId,state,createdAt"), "{text}");
    assert!(
        lines[1].starts_with(&format!("1,{order},paid,2027-06-01T12:00:00Z,2027-06-01T12:00:00Z,")),
        "{text}"
    );
    assert!(lines[1].contains(",\"'=HYPERLINK(1)\","), "{text}");
    assert!(lines[2].contains(",\"Block 1, row A, seat 2\",Gold,EUR,49.50,0.00,0.00,0.00,49.50,"), "{text}");
    shop.booking.organizer().await.get(&path).await.expect_problem(NOT_YOURS);
    eve.get(&path).await.expect_problem(ORGANIZERS_ONLY);
    shop.organizer().get(&format!("/event/{}/sales", shop.floor)).await.expect_problem(UNKNOWN_EVENT);
    let empty: Value = shop.organizer().get(&format!("/event/{}/sales", shop.event)).await.json();
    assert_eq!(empty["total"]["sold"], 2);
}
