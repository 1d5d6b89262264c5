//! Which mails are asked for, to whom, in which language, and as whose.

use booking_api::{announcement::carry_on, order::received, problems::ORGANIZERS_ONLY};
use chrono::TimeDelta;
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{app::Client, shop::Shop};

impl Shop {
    /// The mails of this kind, the oldest first.
    async fn mails(&self, kind: &str) -> Vec<Value> {
        let bodies = sqlx::query_scalar!(
            "select body from outbox where kind = $1 order by created_at, message_id",
            kind
        );
        bodies.fetch_all(&self.booking.postgres).await.unwrap()
    }

    /// The organizer changes the event: what is named, and nothing else.
    async fn change(&self, members: Value) {
        let path = format!("/event/{}", self.event);
        let row = sqlx::query!("select venue_id, starts_at, sales_start, sales_end, state from event");
        let row = row.fetch_one(&self.booking.postgres).await.unwrap();
        let mut body = json!({
            "venueId": row.venue_id, "performerIds": [], "title": "The Opening", "description": "", "category": "concert",
            "startsAt": row.starts_at, "salesStart": row.sales_start, "salesEnd": row.sales_end, "currency": "EUR",
            "ticketLimit": 4,
        });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        self.organizer().put(&path, body).await.expect(200);
    }
}

/// Whose mails these are.
fn readers(mails: &[Value]) -> Vec<String> {
    let mut readers: Vec<_> =
        mails.iter().map(|mail| mail["to"]["email"].as_str().unwrap().to_owned()).collect();
    readers.sort();
    readers
}

fn address(fan: &Client<'_>) -> String {
    format!("{}@example.org", fan.account.unwrap())
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_comes_to_nothing_is_told_once(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let cancelled = ada.buy(&[shop.seat(0)], "tok_lost").await;
    for _ in 0..2 {
        assert_eq!(ada.delete(&format!("/order/{cancelled}")).await.status, 204);
    }
    let expired = shop.expired(&bob, &[shop.seat(1)]).await;
    let mails = shop.mails("order_cancelled").await;
    assert_eq!(
        (mails.len(), &mails[0]["order"], &mails[0]["places"]),
        (1, &json!(cancelled), &json!(["Block 1, row A, seat 1"]))
    );
    let mails = shop.mails("order_expired").await;
    assert_eq!((mails.len(), &mails[0]["order"], readers(&mails)), (1, &json!(expired), vec![address(&bob)]));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_waits_for_its_provider_is_told_once_and_a_quick_one_never(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (quick, slow) = (shop.booking.fan().await, shop.booking.fan().await);
    let paid = quick.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&paid, "paid").await;
    let waits = slow.buy(&[shop.seat(1)], "tok_lost").await;
    shop.tick().await;
    let told = async || {
        received::tick(&shop.booking.app).await;
        shop.mails("order_received").await
    };
    assert_eq!(told().await.len(), 0, "it may be confirmed any moment");
    shop.booking.clock.advance(TimeDelta::seconds(61));
    for _ in 0..3 {
        let mails = told().await;
        assert_eq!(
            (mails.len(), &mails[0]["order"], &mails[0]["places"], readers(&mails)),
            (1, &json!(waits), &json!(["Block 1, row A, seat 2"]), vec![address(&slow)])
        );
        let url = mails[0]["order_url"].as_str().unwrap();
        assert!(url.ends_with(&format!("/order/{waits}")), "{url}");
        shop.booking.clock.advance(TimeDelta::minutes(1));
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_waits_for_its_buyer_is_not_said_to_wait_for_its_provider(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let fan = shop.booking.fan().await;
    let order = fan.buy(&[shop.seat(0)], "tok_challenge").await;
    shop.tick().await;
    shop.wait_for(async || {
        let asked = sqlx::query_scalar!(
            r#"select exists (select from payment_attempt where challenge_url is not null) as "asked!""#
        );
        asked.fetch_one(&shop.booking.postgres).await.unwrap()
    })
    .await;
    shop.booking.clock.advance(TimeDelta::seconds(90));
    received::tick(&shop.booking.app).await;
    assert_eq!(shop.mails("order_received").await.len(), 0, "{order}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn everybody_with_a_ticket_hears_once_of_each_change_that_matters(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let app = &shop.booking.app;
    let (ada, bob, carl) = (shop.booking.fan().await, shop.booking.fan().await, shop.booking.fan().await);
    let both = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&both, "paid").await;
    let returned = bob.buy(&[shop.seat(2)], "tok_ok").await;
    shop.until(&returned, "paid").await;
    shop.refund(&returned, None).await.expect(202);
    // One of Ada's goes to Carl.
    ada.post(&format!("/ticket/{}/transfer", shop.seat(1)), json!({"email": "carl@example.org"}))
        .await
        .expect(201);
    let token = crate::transfer::token(&shop).await;
    let japanese = carl.clone().with_header("accept-language", "ja, en;q=0.5");
    japanese.post("/ticket/accept", json!({"token": token})).await.expect(200);
    shop.booking.clock.advance(TimeDelta::minutes(1));

    shop.change(json!({"description": "Doors at seven.", "ticketLimit": 3})).await;
    carry_on::tick(app).await;
    assert!(shop.mails("event_changed").await.is_empty(), "nobody needs to know");
    let starts_at = shop.now() + TimeDelta::days(9);
    shop.change(json!({"startsAt": starts_at, "salesEnd": starts_at})).await;
    carry_on::tick(app).await;
    carry_on::tick(app).await;
    let mails = shop.mails("event_changed").await;
    let mut expected = vec![address(&ada), address(&carl)];
    expected.sort();
    assert_eq!(readers(&mails), expected, "one each, and none for whoever has no ticket any more");
    assert_eq!((&mails[0]["change"], &mails[0]["event"]["starts_at"]), (&json!("moved"), &json!(starts_at)));
    assert_ne!(mails[0]["was"]["starts_at"], mails[0]["event"]["starts_at"]);
    let to =
        mails.iter().find(|mail| mail["to"]["email"] == address(&carl)).unwrap()["to"]["language"].clone();
    assert_eq!(to, "ja", "the language that Carl asked in");

    for state in ["postponed", "published"] {
        shop.booking.clock.advance(TimeDelta::minutes(1));
        shop.change(json!({"state": state})).await;
        carry_on::tick(app).await;
    }
    shop.booking.clock.advance(TimeDelta::minutes(1));
    let cancel = format!("/event/{}/cancel", shop.event);
    shop.organizer().post(&cancel, json!({"reason": "Rain."})).await.expect(202);
    // Carl's ticket may be void before anybody tells him.
    shop.until(&both, "refunded").await;
    carry_on::tick(app).await;
    let mails = shop.mails("event_changed").await;
    let mut changes: Vec<_> = mails.iter().map(|mail| mail["change"].as_str().unwrap()).collect();
    changes.sort_unstable();
    assert_eq!(changes, ["calledOff", "moved", "moved", "postponed", "postponed", "resumed", "resumed"]);
    let last: Vec<_> = mails.iter().filter(|mail| mail["change"] == "calledOff").cloned().collect();
    assert_eq!(readers(&last), [address(&carl)], "who bought it hears of the refund");
    let jobs = sqlx::query_scalar!(r#"select count(*) as "count!" from event_mail_job"#);
    assert_eq!(jobs.fetch_one(&shop.booking.postgres).await.unwrap(), 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_change_is_told_to_thousands_in_parts_and_to_nobody_twice(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let app = &shop.booking.app;
    let many = i32::try_from(2 * carry_on::AT_ONCE + 7).unwrap();
    let pool = &shop.booking.postgres;
    sqlx::query!(
        "insert into ticket (event_id, ticket_id, tier_id) select $1, 100 + n, $2 from generate_series(1, $3) as n",
        shop.event.uuid(),
        shop.floor.uuid(),
        many
    )
    .execute(pool)
    .await
    .unwrap();
    for statement in 0..5 {
        let (event, now) = (shop.event.uuid(), shop.now());
        let done = match statement {
            0 => sqlx::query!(
                "insert into account (account_id, email, role, created_at)
                 select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n || '@example.org', 'fan', $1
                 from generate_series(1, $2) as n",
                now,
                many
            ),
            1 => sqlx::query!(
                "insert into booking_order (event_id, order_id, account_id, hold_id, state, total_minor, currency, until, created_at)
                 select $1, account_id, account_id, account_id, 'paid', 0, 'EUR', $2, $2 from account where email ~ '^[0-9]+@'",
                event,
                now
            ),
            2 => sqlx::query!(
                "insert into order_line (event_id, order_id, ticket_id, place, price_minor)
                 select $1, account_id, 100 + split_part(email, '@', 1)::integer, 'Floor', 0 from account where email ~ '^[0-9]+@'",
                event
            ),
            3 => sqlx::query!(
                "insert into sale (event_id, ticket_id, order_id, sold_at)
                 select $1, 100 + split_part(email, '@', 1)::integer, account_id, $2 from account where email ~ '^[0-9]+@'",
                event,
                now
            ),
            _ => sqlx::query!(
                "insert into issued_ticket (event_id, ticket_id, serial, order_id, issued_at)
                 select $1, 100 + split_part(email, '@', 1)::integer, 1, account_id, $2 from account where email ~ '^[0-9]+@'",
                event,
                now
            ),
        };
        done.execute(pool).await.unwrap();
    }
    shop.change(json!({"state": "postponed"})).await;
    // Two copies at once, one of which dies in between.
    assert!(carry_on::step(app).await.unwrap());
    tokio::join!(carry_on::tick(app), carry_on::tick(app));
    let mails = shop.mails("event_changed").await;
    let mut all = readers(&mails);
    assert_eq!(all.len(), usize::try_from(many).unwrap());
    all.dedup();
    assert_eq!(all.len(), usize::try_from(many).unwrap());
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_mail_is_in_the_language_in_which_the_order_was_placed(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    for (seat, header, language) in [(0, "pt-BR,pt;q=0.9,en;q=0.8", "pt"), (1, "fr", "en"), (2, "es", "es")] {
        let fan = shop.booking.fan().await.with_header("accept-language", header);
        let order = fan.buy(&[shop.seat(seat)], "tok_ok").await;
        shop.until(&order, "paid").await;
        let mails = shop.mails("tickets_issued").await;
        let mail = mails.iter().find(|mail| mail["order"] == order).unwrap();
        assert_eq!(mail["to"]["language"], language, "{header}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_says_how_mails_show_them(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (olga, ada) = (shop.organizer(), shop.booking.fan().await);
    let nothing = json!({"name": null, "colour": null, "replyTo": null, "footer": null});
    assert_eq!(olga.get("/brand").await.expect(200), nothing);
    let written = json!({"name": "Harbour Hall", "colour": "#1A2B3C", "replyTo": "box@harbour.example", "footer": "Hamburg"});
    let kept = json!({"name": "Harbour Hall", "colour": "#1a2b3c", "replyTo": "box@harbour.example", "footer": "Hamburg"});
    assert_eq!(olga.put("/brand", written).await.expect(200), kept);
    assert_eq!(olga.get("/brand").await.expect(200), kept);
    for (wrong, pointer) in [
        (json!({"colour": "red;}"}), "/colour"),
        (json!({"name": "a@b.example"}), "/name"),
        (json!({"replyTo": "x"}), "/replyTo"),
    ] {
        let refused = olga.put("/brand", wrong).await.expect_problem(INVALID_BODY);
        assert_eq!(refused["errors"][0]["pointer"], pointer);
    }
    ada.put("/brand", json!({})).await.expect_problem(ORGANIZERS_ONLY);
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    assert_eq!(shop.mails("tickets_issued").await[0]["event"]["brand"], kept);
    // Of another organizer nothing is known.
    let rival = shop.booking.organizer().await;
    assert_eq!(rival.get("/brand").await.expect(200), nothing);
}
