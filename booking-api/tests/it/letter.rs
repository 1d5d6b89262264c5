//! Mails that did not go out, and how their organizer has them sent again.

use booking_api::problems::{NOT_YOURS, UNKNOWN_MAIL};
use serde_json::json;
use sqlx::PgPool;

use crate::shop::Shop;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_sees_what_did_not_go_out_and_has_it_sent_again(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let olga = shop.organizer();
    let path = format!("/event/{}/mail", shop.event);
    assert_eq!(olga.get(&path).await.expect(200), json!({"mails": []}), "it waits to be sent");
    let id = sqlx::query_scalar!(
        "update outbox set given_up_at = $1, attempts = 1, last_error = '550 no such mailbox' returning message_id",
        shop.now()
    );
    let id = id.fetch_one(&shop.booking.postgres).await.unwrap();
    let listed = olga.get(&path).await.expect(200);
    assert_eq!(
        listed["mails"],
        json!([{
            "messageId": id, "kind": "tickets_issued", "to": format!("{}@example.org", ada.account.unwrap()),
            "createdAt": listed["mails"][0]["createdAt"], "attempts": 1, "givenUpAt": shop.now(), "error": "550 no such mailbox",
        }])
    );
    let again = format!("{path}/{id}/retry");
    let rival = shop.booking.organizer().await;
    rival.get(&path).await.expect_problem(NOT_YOURS);
    rival.post(&again, json!({})).await.expect_problem(NOT_YOURS);
    assert_eq!(olga.post(&again, json!({})).await.status, 202);
    olga.post(&again, json!({})).await.expect_problem(UNKNOWN_MAIL);
    let row = sqlx::query!("select given_up_at, attempts, next_attempt_at from outbox");
    let row = row.fetch_one(&shop.booking.postgres).await.unwrap();
    assert_eq!((row.given_up_at, row.attempts, row.next_attempt_at), (None, 0, shop.now()));
    assert_eq!(olga.get(&path).await.expect(200), json!({"mails": []}));
}
