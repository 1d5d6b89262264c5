//! Who reserves in the same moment shares a call, who confirms a transaction, and each has the outcome that they would have
//! had alone.

use booking_api::problems::{SEATS_TAKEN, SOLD_OUT, TOO_MANY_TICKETS};
use futures_util::future::join_all;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    redis::PrivateRedis,
    shop::{SEATS, Shop},
};

/// Fans, each with a hold on the seat of their number.
async fn holders(shop: &Shop, count: u32) -> Vec<(Client<'_>, Value)> {
    let mut holders = Vec::new();
    for number in 0..count {
        let fan = shop.booking.fan().await;
        let hold = fan.reserve(&[shop.seat(number)]).await.expect(201);
        holders.push((fan, hold));
    }
    holders
}

async fn confirm_all(holders: &[(Client<'_>, Value)]) -> Vec<Answer> {
    join_all(holders.iter().map(|(fan, hold)| fan.confirm(hold, "tok_ok"))).await
}

/// In how many transactions the orders were written.
async fn transactions(shop: &Shop) -> i64 {
    let count = sqlx::query_scalar!(r#"select count(distinct xmin::text) as "count!" from booking_order"#);
    count.fetch_one(&shop.booking.postgres).await.unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn twenty_orders_take_a_few_transactions_and_each_is_whole(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let holders = holders(&shop, SEATS).await;
    let answers = confirm_all(&holders).await;
    let mut orders: Vec<String> =
        answers.iter().map(|answer| answer.expect(202)["orderId"].as_str().unwrap().to_owned()).collect();
    assert!(transactions(&shop).await <= 4, "{} transactions", transactions(&shop).await);
    for ((fan, hold), order) in holders.iter().zip(&orders) {
        shop.until(order, "paid").await;
        let seen = fan.get(&format!("/order/{order}")).await.expect(200);
        assert_eq!(seen["tickets"][0]["ticketId"], hold["tickets"][0]["ticketId"]);
        assert_eq!((&seen["total"], seen["history"].as_array().unwrap().len()), (&hold["total"], 3));
    }
    orders.sort_unstable();
    orders.dedup();
    assert_eq!(orders.len(), holders.len());
    assert_eq!((shop.sold().await, shop.ledger().await.len()), (i64::from(SEATS), holders.len()));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn each_in_a_crowd_has_an_outcome_of_their_own(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let vouchers = json!({"vouchers": [{"code": "free entry", "price": 0, "uses": 8}]});
    shop.organizer().post(&format!("/event/{}/voucher", shop.event), vouchers).await.expect(200);
    let mut holders = holders(&shop, 12).await;
    // One whose seat others have in Postgres, whatever Redis says, and one who has confirmed before.
    sqlx::query!(
        "insert into waitlist_seat (event_id, ticket_id, since) values ($1, 4, now())",
        shop.event.uuid()
    )
    .execute(&shop.booking.postgres)
    .await
    .unwrap();
    let before = holders[5].0.confirm(&holders[5].1, "tok_ok").await.expect(202);
    // One who wants more than anybody may have by now, and one whose tickets cost nothing.
    let greedy = shop.booking.fan().await;
    let two = greedy.reserve(&[shop.seat(12), shop.seat(13)]).await.expect(201);
    holders[6] = (greedy, two);
    sqlx::query!("update event set ticket_limit = 1").execute(&shop.booking.postgres).await.unwrap();
    let guest = shop.booking.fan().await;
    let free = json!({"ticketIds": [shop.seat(14)], "voucher": "FREE-ENTRY"});
    holders[7] = (guest.clone(), guest.post("/booking/reserve", free).await.expect(201));
    // One who clicks twice.
    holders[9] = holders[8].clone();
    let answers = confirm_all(&holders).await;
    answers[4].expect_problem(SEATS_TAKEN);
    assert_eq!(answers[4].json()["conflicts"], json!([shop.seat(4)]));
    answers[6].expect_problem(TOO_MANY_TICKETS);
    assert_eq!(answers[7].expect(202)["state"], "paid");
    assert_eq!(answers[8].expect(202)["orderId"], answers[9].expect(202)["orderId"]);
    assert_eq!(answers[5].expect(202)["orderId"], before["orderId"]);
    for number in [0, 1, 2, 3, 10, 11] {
        assert_eq!(answers[number].expect(202)["state"], "awaitingPayment");
    }
    let made = sqlx::query_scalar!(r#"select count(*) as "count!" from booking_order"#);
    assert_eq!(made.fetch_one(&shop.booking.postgres).await.unwrap(), 9);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_account_that_confirms_all_its_holds_at_once_gets_no_more_than_its_limit(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let mut holders = Vec::new();
    for fan in 0..4 {
        let client = shop.booking.fan().await;
        for seat in 0..4 {
            let hold = client.reserve(&[shop.seat(4 * fan + seat)]).await.expect(201);
            holders.push((client.clone(), hold));
        }
    }
    sqlx::query!("update event set ticket_limit = 2").execute(&shop.booking.postgres).await.unwrap();
    let answers = confirm_all(&holders).await;
    for of_one in answers.chunks(4) {
        assert_eq!(of_one.iter().filter(|answer| answer.status == 202).count(), 2);
        for refused in of_one.iter().filter(|answer| answer.status != 202) {
            refused.expect_problem(TOO_MANY_TICKETS);
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_seat_that_somebody_has_locked_keeps_nobody_else_waiting(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let holders = holders(&shop, 12).await;
    let mut lock = shop.booking.postgres.begin().await.unwrap();
    sqlx::query!("select ticket_id from ticket where ticket_id = 6 for update")
        .fetch_all(&mut *lock)
        .await
        .unwrap();
    let confirm = |number: usize| holders[number].0.confirm(&holders[number].1, "tok_ok");
    let others = async {
        let answers = join_all((0..12).filter(|number| *number != 6).map(confirm)).await;
        let together = transactions(&shop).await;
        lock.rollback().await.unwrap();
        (answers, together)
    };
    // Polled in this order: the locked seat is in the queue among the others.
    let (of_locked, (answers, together)) = tokio::join!(confirm(6), others);
    of_locked.expect(202);
    for answer in answers {
        answer.expect(202);
    }
    assert!(together <= 4, "nobody was sent to go alone: {together} transactions");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn answers_of_a_crowd_are_kept_under_the_key_of_each(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let keyed: Vec<_> = holders(&shop, 10)
        .await
        .into_iter()
        .map(|(fan, hold)| (fan.with_header("idempotency-key", "pay"), hold))
        .collect();
    let first = confirm_all(&keyed).await;
    assert!(transactions(&shop).await <= 5);
    let order = first[3].expect(202)["orderId"].clone();
    shop.until(order.as_str().unwrap(), "paid").await;
    for (before, after) in first.iter().zip(confirm_all(&keyed).await) {
        assert_eq!(before.expect(202), after.expect(202), "the answer of then, not of now");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_reserves_in_the_same_moment_shares_a_call_and_each_has_an_outcome_of_their_own(
    postgres: PgPool,
) {
    let redis = PrivateRedis::start().await;
    let shop = Shop::with(postgres, Some(&redis.url()), &[]).await;
    shop.booking.fan().await.reserve(&[shop.seat(19)]).await.expect(201);
    let (mut fans, mut asked) = (Vec::new(), Vec::new());
    for _ in 0..42 {
        fans.push(shop.booking.fan().await);
    }
    let seats =
        |from: u32, to: u32| json!({"ticketIds": (from..to).map(|at| shop.seat(at)).collect::<Vec<_>>()});
    // Two fans for each pair of seats, of which others have one; six who want two of ten units; one who clicks twice;
    // one who wants too many, in two holds.
    for pair in 0..6 {
        asked.extend([seats(2 * pair, 2 * pair + 2), seats(2 * pair + 1, 2 * pair + 2)]);
    }
    let units = json!({"eventId": shop.event, "tier": shop.floor, "quantity": 2});
    asked.extend(std::iter::repeat_n(units, 6));
    asked.extend([seats(12, 14), seats(12, 14), seats(14, 17), seats(17, 19)]);
    (fans[19], fans[21]) = (fans[18].clone(), fans[20].clone());
    redis.count_calls().await;
    let told =
        join_all(fans.iter().zip(&asked).map(|(fan, body)| fan.post("/booking/reserve", body.clone()))).await;
    let calls = redis.calls().await;
    assert!(calls <= 6, "{} reservations took {calls} calls", asked.len());
    for pair in told[..12].chunks(2) {
        pair[0].expect(201);
        let lost = pair[1].expect_problem(SEATS_TAKEN);
        assert_eq!(lost["conflicts"].as_array().unwrap().len(), 1);
    }
    let sold_out: Vec<&Answer> = told[12..18].iter().filter(|told| told.status != 201).collect();
    assert_eq!(sold_out.len(), 1, "ten units are five times two");
    assert_eq!(sold_out[0].expect_problem(SOLD_OUT)["left"], 0);
    assert_eq!(told[18].expect(201)["holdId"], told[19].expect(201)["holdId"]);
    told[20].expect(201);
    assert_eq!(told[21].expect_problem(TOO_MANY_TICKETS)["have"], 3);
    let fences: std::collections::BTreeSet<i64> = told
        .iter()
        .filter(|told| told.status == 201)
        .map(|told| told.json()["fence"].as_i64().unwrap())
        .collect();
    assert_eq!(fences.len(), 6 + 5 + 1 + 1, "each hold has a number of its own");
}
