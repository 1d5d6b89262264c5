//! Payments that are told of in the same moment share a transaction, and each ends as it would have ended alone.

use std::pin::pin;

use booking_api::payment::{
    ProviderName::{Sandbox, Stripe},
    known,
};
use contracts::{
    id::{OrderRef, TicketRef},
    language::Language,
};
use futures_util::{future::join_all, poll};
use serde_json::{Value, json};
use sqlx::{PgPool, Row};

use crate::{
    app::{Answer, Client},
    payment::{call_back, event},
    shop::{SECRET, Shop},
};

/// An order whose payment the provider has authorised, and told nobody of.
struct Authorised<'a> {
    fan: Client<'a>,
    order: String,
    /// What the provider knows of it.
    known: Value,
}

async fn authorised(shop: &Shop, count: u32) -> Vec<Authorised<'_>> {
    let mut orders = Vec::new();
    for (number, language) in (0..count).zip(Language::ALL.iter().cycle()) {
        let fan = shop.booking.fan().await.with_header("accept-language", language.code());
        let order = fan.buy(&[shop.seat(number)], "tok_lost").await;
        orders.push((fan, order));
    }
    shop.tick_until(async || {
        let ledger = shop.ledger().await;
        ledger.len() == orders.len() && ledger.iter().all(|one| one["state"] == "authorised")
    })
    .await;
    let mut all = Vec::new();
    for (fan, order) in orders {
        let known = shop.payment_of(&order).await;
        all.push(Authorised { fan, order, known });
    }
    all
}

/// Tells of each, in the same moment.
async fn tell(shop: &Shop, bodies: &[Value]) {
    let answers: Vec<Answer> = join_all(bodies.iter().map(|body| call_back(shop, body, SECRET))).await;
    for answer in answers {
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
}

fn callback(number: usize, of: &Value) -> Value {
    event(&format!("evt_{number}"), "authorised", of)
}

/// In how many transactions the rows of a table were written.
async fn transactions(shop: &Shop, table: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(format!("select count(distinct xmin::text) from {table}"));
    sqlx::raw_sql(sql).fetch_one(&shop.booking.postgres).await.unwrap().get(0)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn sixteen_payments_take_a_few_transactions_and_each_is_whole(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let endpoint = shop.organizer().listen("https://hooks.example/", &["order.paid", "ticket.issued"]).await;
    let all = authorised(&shop, 16).await;
    let bodies: Vec<Value> = all.iter().enumerate().map(|(at, one)| callback(at, &one.known)).collect();
    tell(&shop, &bodies).await;
    let sales = transactions(&shop, "sale").await;
    assert!((1..=4).contains(&sales), "sold in {sales} transactions");
    shop.tick_until(async || shop.is_at_rest().await).await;
    let issued = transactions(&shop, "issued_ticket").await;
    assert!((1..=4).contains(&issued), "issued in {issued} transactions");
    for (number, one) in (0_u32..).zip(&all) {
        let seen = one.fan.get(&format!("/order/{}", one.order)).await.expect(200);
        let states: Vec<&Value> =
            seen["history"].as_array().unwrap().iter().map(|entry| &entry["state"]).collect();
        assert_eq!(states, ["awaitingPayment", "capturing", "paid"]);
        let ticket: TicketRef = serde_json::from_value(seen["tickets"][0]["ticketId"].clone()).unwrap();
        assert_eq!(ticket, shop.seat(number));
        assert_eq!(shop.payment_of(&one.order).await["state"], "captured");
    }
    assert_eq!(shop.messages().await, ["tickets_issued"; 16]);
    assert_eq!(mails(&shop).await, 16, "each to whoever bought, in their language, with the very ticket");
    let told = shop.organizer().told(&endpoint).await;
    for (number, one) in (0_u32..).zip(&all) {
        let of_it: Vec<_> = told.iter().filter(|(_, data)| data["orderId"] == one.order).collect();
        let paid = of_it.iter().find(|(kind, _)| kind == "order.paid").unwrap();
        let issued = of_it.iter().find(|(kind, _)| kind == "ticket.issued").unwrap();
        let ticket = json!(shop.seat(number));
        assert_eq!(
            (of_it.len(), &paid.1["tickets"][0]["ticketId"], &issued.1["ticketId"]),
            (2, &ticket, &ticket)
        );
    }
    shop.assert_balanced().await;
}

/// How many mails with tickets go to somebody who has one order, name its one ticket, and are in its language.
async fn mails(shop: &Shop) -> i64 {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from outbox join account on account.email = body->'to'->>'email'
             join booking_order using (event_id, account_id) join order_line as line using (event_id, order_id)
           where kind = 'tickets_issued' and jsonb_array_length(body->'tickets') = 1
             and body->'tickets'->0->>'place' = line.place and body->'to'->>'language' = booking_order.language"#
    );
    count.fetch_one(&shop.booking.postgres).await.unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn each_payment_in_a_crowd_ends_as_it_would_alone(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let all = authorised(&shop, 12).await;
    let mut bodies: Vec<Value> = all.iter().enumerate().map(|(at, one)| callback(at, &one.known)).collect();
    // One for another amount; one whose order was cancelled; one whose seat others have by now.
    bodies[3]["amount"]["minor"] = json!(1);
    all[4].fan.delete(&format!("/order/{}", all[4].order)).await;
    lose_claim(&shop, 5).await;
    // One told twice, one told by two callbacks, one that nobody asked for.
    bodies.push(bodies[6].clone());
    bodies.push(callback(100, &all[7].known));
    let stray = shop.authorize_elsewhere("somebody-else").await;
    bodies.push(callback(101, &stray));
    tell(&shop, &bodies).await;
    shop.wait_for(async || {
        shop.tick().await;
        let ledger = shop.ledger().await;
        ledger.iter().all(|one| one["state"] != "authorised") && shop.open_commands().await == 0
    })
    .await;
    let expected = |number| match number {
        3 => ("awaitingPayment", "voided"),
        4 => ("cancelled", "voided"),
        5 => ("voided", "voided"),
        _ => ("paid", "captured"),
    };
    for (number, one) in all.iter().enumerate() {
        let stands = (shop.state(&one.order).await, shop.payment_of(&one.order).await["state"].clone());
        let (state, payment) = expected(number);
        assert_eq!(stands, (state.to_owned(), json!(payment)), "order {number}");
    }
    assert_eq!(shop.sold().await, 9);
    let known = sqlx::query_scalar!(r#"select count(*) as "count!" from payment_callback"#);
    let known = known.fetch_one(&shop.booking.postgres).await.unwrap();
    assert_eq!(known, 14, "every callback is remembered once, whoever settled it");
}

/// Others have what the order with seat `number` had claimed, whatever Redis says.
async fn lose_claim(shop: &Shop, number: i32) {
    let database = &shop.booking.postgres;
    sqlx::query!("delete from claim where ticket_id = $1", number).execute(database).await.unwrap();
    sqlx::query!(
        "insert into waitlist_seat (event_id, ticket_id, since) values ($1, $2, now())",
        shop.event.uuid(),
        number
    )
    .execute(database)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_somebody_has_locked_keeps_no_other_payment_waiting(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let all = authorised(&shop, 8).await;
    let mut lock = shop.booking.postgres.begin().await.unwrap();
    sqlx::query!(
        "select order_id from order_line join booking_order using (event_id, order_id)
                  where ticket_id = 5 for update of booking_order"
    )
    .fetch_all(&mut *lock)
    .await
    .unwrap();
    let bodies: Vec<Value> = all.iter().enumerate().map(|(at, one)| callback(at, &one.known)).collect();
    let others: Vec<Value> = bodies.iter().filter(|body| *body != &bodies[5]).cloned().collect();
    let unlocked = async {
        tell(&shop, &others).await;
        let sold = (shop.sold().await, transactions(&shop, "sale").await);
        lock.rollback().await.unwrap();
        sold
    };
    // Polled in this order: the first goes by itself, and the locked one is in the group of the others.
    let (sold, ()) = tokio::join!(unlocked, tell(&shop, &bodies[5..6]));
    assert_eq!(sold.0, 7, "the others did not wait");
    assert!(sold.1 <= 4, "nor was any sent to go alone: {} transactions", sold.1);
    assert_eq!(shop.sold().await, 8);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn whoever_looks_for_others_looks_at_their_provider(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let all = authorised(&shop, 1).await;
    let key = all[0].known["reference"].as_str().unwrap();
    let order: OrderRef = all[0].order.parse().unwrap();
    let of = |provider| known::order_of(&shop.booking.app, provider, key);
    let mut lock = shop.booking.postgres.begin().await.unwrap();
    sqlx::raw_sql("lock table payment_attempt in access exclusive mode").execute(&mut *lock).await.unwrap();
    // One call is under way; behind it somebody asked and went, so that whoever asks next begins with another's question.
    let mut first = pin!(of(Sandbox));
    assert!(poll!(&mut first).is_pending());
    {
        let gone = pin!(of(Sandbox));
        assert!(poll!(gone).is_pending());
    }
    let free = async { lock.rollback().await.unwrap() };
    let (first, of_stripe, of_sandbox, ()) = tokio::join!(first, of(Stripe), of(Sandbox), free);
    let found = Some((order.event, order.order));
    assert_eq!((first.unwrap(), of_stripe.unwrap(), of_sandbox.unwrap()), (found, None, found));
}
