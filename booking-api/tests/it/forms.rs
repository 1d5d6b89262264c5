//! Buying without a script: the forms of the pages, and what they rest on.

use axum::body::Body;
use booking_api::problems::{
    EMAIL_TAKEN, NOT_A_GUEST, QUEUE_REQUIRED, SEATS_TAKEN, SIGNED_OUT, TOO_MANY_TICKETS, TRANSFER_OPEN,
    UNKNOWN_TICKET, WRONG_CREDENTIALS,
};
use contracts::id::TicketId;
use http::Method;
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client, TestBooking},
    shop::{LIMIT, Shop},
};

impl Client<'_> {
    /// Sends a form, as a browser does.
    async fn form(&self, path: &str, fields: &str) -> Answer {
        let browser = self.clone().with_header("content-type", "application/x-www-form-urlencoded");
        browser.call(Method::POST, path, Body::from(fields.to_owned())).await
    }
}

impl Answer {
    /// Where the answer leads.
    fn leads_to(&self) -> String {
        assert_eq!(self.status, 303, "{}", self.text());
        self.headers["location"].to_str().unwrap().to_owned()
    }

    fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        cookies
            .filter_map(|cookie| cookie.strip_prefix(name)?.strip_prefix('=')?.split(';').next())
            .map(str::to_owned)
            .next()
    }
}

fn hold_of(path: &str) -> String {
    path.strip_prefix("/checkout/").unwrap().to_owned()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn somebody_without_scripts_chooses_pays_and_gets_the_tickets(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let page = shop.booking.stranger().get(&format!("/e/{}", shop.event)).await;
    assert!(page.text().contains("action=\"/e/"), "{}", page.text());
    let asked =
        shop.booking.stranger().form(&format!("/e/{}", shop.event), "quantity=2&what=any&key=k1").await;
    let checkout = asked.leads_to();
    let session = asked.cookie("__Host-usher_session").unwrap();
    let fan = shop.booking.stranger().with_session(&session);
    let page = fan.get(&checkout).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("name=\"email\"") && !page.text().contains("data-test=\"buyer\""));
    // Nobody knows where the tickets go.
    let refused = fan.form(&format!("{checkout}/pay"), "token=tok_ok").await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("We need an e-mail address"), "{}", refused.text());
    let refused = fan.form(&format!("{checkout}/pay"), "token=tok_ok&email=nonsense&name=Ada").await;
    assert!(refused.status == 422 && refused.text().contains("value=\"Ada\""), "what was typed stays");
    let paid = fan.form(&format!("{checkout}/pay"), "token=tok_ok&email=ada%40example.org&name=Ada").await;
    let order = paid.leads_to();
    assert_eq!(fan.form(&format!("{checkout}/pay"), "token=tok_ok").await.leads_to(), order, "once");
    shop.until(order.strip_prefix("/order/").unwrap(), "paid").await;
    let browser = fan.clone().with_header("accept", "text/html");
    let page = browser.get(&order).await;
    assert_eq!(page.text().matches("data-test=\"qr\"").count(), 2, "{}", page.text());
    let mails: Vec<Value> = sqlx::query_scalar!(
        "select body from outbox where kind = 'tickets_issued' order by created_at, message_id"
    )
    .fetch_all(&shop.booking.postgres)
    .await
    .unwrap();
    assert_eq!((mails.len(), &mails[0]["to"]["email"]), (1, &json!("ada@example.org")));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_form_that_is_refused_says_why_and_keeps_what_was_asked(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let page = format!("/e/{}", shop.event);
    let refused = shop.booking.stranger().form(&page, "quantity=5&what=any&key=k").await;
    assert_eq!(refused.status, TOO_MANY_TICKETS.status);
    assert!(refused.text().contains("role=\"alert\""), "{}", refused.text());
    let all = shop.booking.stranger().form(&page, &format!("quantity=4&what=units:{}", shop.floor)).await;
    let hold = hold_of(&all.leads_to());
    let fan = shop.booking.stranger().with_session(&all.cookie("__Host-usher_session").unwrap());
    assert_eq!(
        fan.form(&format!("/checkout/{hold}/extend"), "").await.leads_to(),
        format!("/checkout/{hold}")
    );
    let wrong = fan.form(&format!("/checkout/{hold}/voucher"), "voucher=NO-SUCH").await;
    assert!(wrong.status == 404 && wrong.text().contains("no such voucher"), "{}", wrong.text());
    // That page stands at the address of its form: whoever loads it anew is led back, and nothing is asked again.
    for form in ["extend", "pay", "release", "voucher"] {
        let anew = fan.get(&format!("/checkout/{hold}/{form}")).await;
        assert_eq!(anew.leads_to(), format!("/checkout/{hold}"));
    }
    assert_eq!(fan.form(&format!("/checkout/{hold}/release"), "").await.leads_to(), page);
    let over = fan.get(&format!("/checkout/{hold}")).await;
    assert!(over.text().contains("not held any more"), "{}", over.text());
    let nobody = shop.booking.stranger().get(&format!("/checkout/{hold}")).await;
    assert_eq!(nobody.status, 401);
    assert!(nobody.text().contains("Please sign in"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_was_not_let_in_is_shown_no_page_and_made_no_guest(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let room = shop.guard().await;
    let accounts = async || {
        let count = sqlx::query_scalar!(r#"select count(*) as "count!" from account"#);
        count.fetch_one(&shop.booking.postgres).await.unwrap()
    };
    let before = accounts().await;
    let stranger = shop.booking.stranger();
    let path = format!("/e/{}", shop.event);
    stranger.form(&path, "quantity=1&what=any&key=k").await.expect_problem(QUEUE_REQUIRED);
    assert_eq!(accounts().await, before);
    let inside = shop.booking.stranger().admitted(shop.event, room);
    assert!(inside.form(&path, "quantity=1&what=any&key=k").await.leads_to().starts_with("/checkout/"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_same_form_twice_holds_once_and_a_changed_one_holds_again(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let fan = shop.booking.fan().await;
    let page = format!("/e/{}", shop.event);
    let first = fan.form(&page, "quantity=1&what=any&key=one").await.leads_to();
    assert_eq!(fan.form(&page, "quantity=1&what=any&key=one").await.leads_to(), first);
    assert_ne!(fan.form(&page, "quantity=2&what=any&key=one").await.leads_to(), first);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_order_that_awaits_its_payment_is_cancelled_by_its_form(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_late:60").await;
    let path = format!("/order/{order}");
    assert_eq!(ada.form(&format!("{path}/cancel"), "").await.leads_to(), path);
    let again = ada.buy(&[shop.seat(1)], "tok_ok").await;
    shop.until(&again, "paid").await;
    let refused = ada.form(&format!("/order/{again}/cancel"), "").await;
    assert!(refused.status == 409 && refused.text().contains("role=\"alert\""), "{}", refused.text());
    assert_eq!(ada.get(&format!("/order/{again}/cancel")).await.leads_to(), format!("/order/{again}"));
}

/// Names seats, in place of a hold.
fn instead(shop: &Shop, seats: &[u32], hold: &Value) -> Value {
    let ids: Vec<_> = seats.iter().map(|number| shop.seat(*number)).collect();
    json!({ "ticketIds": ids, "insteadOf": hold["holdId"] })
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_hold_takes_the_place_of_another_all_or_nothing(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let held = async || {
        let redis = &mut shop.booking.app.redis.clone();
        let mut held = booking_api::hold::store::held(redis, shop.event).await.unwrap();
        held.sort_unstable();
        held.into_iter().map(TicketId::number).collect::<Vec<_>>()
    };
    let first = ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    shop.booking.clock.advance(chrono::TimeDelta::minutes(4));
    let second = ada.post("/booking/reserve", instead(&shop, &[1, 2, 3], &first)).await.expect(201);
    assert_eq!(held().await, [1, 2, 3], "what the new one does not have is free");
    assert_eq!(second["longestUntil"], first["longestUntil"], "nobody holds for ever by choosing anew");
    ada.get(&format!("/booking/hold/{}", first["holdId"].as_str().unwrap()))
        .await
        .expect_problem(booking_api::problems::HOLD_EXPIRED);
    // Somebody else's seat: the hold that there is stays.
    bob.reserve(&[shop.seat(4)]).await.expect(201);
    let refused =
        ada.post("/booking/reserve", instead(&shop, &[1, 4], &second)).await.expect_problem(SEATS_TAKEN);
    assert_eq!(refused["conflicts"], json!([shop.seat(4)]));
    assert_eq!(held().await, [1, 2, 3, 4]);
    // What is replaced does not count against the limit, and nothing else is forgotten.
    let all: Vec<u32> = (5..5 + LIMIT).collect();
    let third = ada.post("/booking/reserve", instead(&shop, &all, &second)).await.expect(201);
    ada.reserve(&[shop.seat(0)]).await.expect_problem(TOO_MANY_TICKETS);
    // The hold of somebody else is no hold to replace.
    let taken = bob.post("/booking/reserve", instead(&shop, &[5], &third)).await.expect_problem(SEATS_TAKEN);
    assert_eq!(taken["conflicts"], json!([shop.seat(5)]));
    let best =
        json!({ "eventId": shop.event, "bestAvailable": true, "quantity": 2, "insteadOf": third["holdId"] });
    let best = ada.post("/booking/reserve", best).await.expect(201);
    assert_eq!((best["tickets"].as_array().unwrap().len(), held().await.len()), (2, 3));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_guest_says_later_where_the_tickets_go(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let given = app.stranger().post("/account/guest", json!({})).await.expect(201);
    let guest = app.stranger().with_session(given["token"].as_str().unwrap());
    assert_eq!(guest.get("/account").await.expect(200)["email"], Value::Null);
    guest.put("/account", json!({ "email": "x@guest.invalid" })).await.expect_problem(INVALID_BODY);
    let told = guest.put("/account", json!({ "email": "Bob@Example.org", "name": "Bob" })).await.expect(200);
    assert_eq!((&told["email"], &told["name"]), (&json!("bob@example.org"), &json!("Bob")));
    guest.put("/account", json!({ "email": "bob@example.net" })).await.expect(200);
    assert_eq!(guest.get("/account").await.expect(200)["name"], "Bob");
    let account = json!({ "email": "ada@example.org", "password": "correct horse" });
    let ada = app.stranger().post("/account/register", account).await.expect(201);
    let ada = app.stranger().with_session(ada["token"].as_str().unwrap());
    ada.put("/account", json!({ "email": "else@example.org" })).await.expect_problem(NOT_A_GUEST);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_plan_of_a_hall_is_kept_for_ever_under_its_hash(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let fan = shop.booking.stranger();
    let page = fan.get(&format!("/e/{}", shop.event)).await.text();
    let hash = page.split("data-plan=\"").nth(1).unwrap().split('"').next().unwrap();
    let path = format!("/event/{}/seats/{hash}", shop.event);
    let plan = fan.get(&path).await;
    assert_eq!(plan.headers["cache-control"], "private, max-age=31536000, immutable");
    assert_eq!(plan.expect(200)["tickets"], 30);
    let packed = fan.clone().with_header("accept-encoding", "gzip").get(&path).await;
    assert_eq!(packed.headers["content-encoding"], "gzip");
    let other = fan.get(&format!("/event/{}/seats/000000000000000000000000", shop.event)).await;
    assert_eq!(other.status, 404);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn somebody_registers_and_signs_in_without_a_script_and_stays_on_this_site(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let form = "/account/sign-in/form";
    let given = "email=ada%40example.org&password=%20correct%20horse";
    let page = app.stranger().get("/account/sign-in?next=/order").await.text();
    assert!(
        page.contains("action=\"/account/sign-in/form\"") && page.contains("value=\"&#x2f;order\""),
        "{page}"
    );
    let made = app.stranger().form(form, &format!("{given}&next=/order&register=register")).await;
    assert_eq!(made.leads_to(), "/order");
    assert!(made.cookie("__Host-usher_session").is_some() && made.cookie("__Host-usher_refresh").is_some());
    let again = app.stranger().form(form, &format!("{given}&register=register")).await;
    assert_eq!(again.status, EMAIL_TAKEN.status);
    let back = app.stranger().form(form, &format!("{given}&next=https%3A%2F%2Felsewhere.example%2F")).await;
    assert_eq!(back.leads_to(), "/", "no other site is led to");
    // The spaces of a password are part of it.
    let wrong =
        app.stranger().form(form, "email=ada%40example.org&password=correct%20horse&next=/order").await;
    assert_eq!(wrong.status, WRONG_CREDENTIALS.status);
    assert!(wrong.cookie("__Host-usher_session").is_none());
    let said = wrong.text();
    assert!(said.contains("role=\"alert\"") && said.contains("value=\"ada@example.org\""), "{said}");
    assert!(said.contains("value=\"&#x2f;order\"") && !said.contains("correct"), "{said}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_page_shows_the_tickets_and_orders_that_one_has(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0), shop.seat(1)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let browser = ada.clone().with_header("accept", "text/html");
    let page = browser.get("/order").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let text = page.text();
    assert_eq!(text.matches("data-test=\"my-event\"").count(), 1, "{text}");
    assert_eq!(text.matches("data-test=\"my-ticket\"").count(), 2, "{text}");
    assert!(text.contains(&format!("href=\"/order/{order}\"")) && text.contains("Paid"), "{text}");
    let others = shop.booking.fan().await.with_header("accept", "text/html").get("/order").await.text();
    assert!(others.contains("data-test=\"no-ticket\"") && !others.contains(&order), "{others}");
    // Nobody is told that there is nothing; they are asked who they are.
    let stranger = shop.booking.stranger().with_header("accept", "text/html");
    assert_eq!(stranger.get("/order").await.leads_to(), "/account/sign-in?next=%2Forder");
    let ticket = text.split("href=\"/ticket/").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(
        stranger.get(&format!("/ticket/{ticket}")).await.leads_to(),
        format!("/account/sign-in?next=%2Fticket%2F{ticket}")
    );
    shop.booking.stranger().get("/order").await.expect_problem(SIGNED_OUT);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_ticket_is_sent_and_taken_back_without_a_script(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let held = ada.get("/ticket").await.expect(200);
    let path = format!("/ticket/{}", held["tickets"][0]["ticketId"].as_str().unwrap());
    let browser = ada.clone().with_header("accept", "text/html");
    let wrong = ada.form(&path, "email=nobody").await;
    assert!(wrong.status == 422 && wrong.text().contains("value=\"nobody\""), "{}", wrong.text());
    assert_eq!(ada.form(&path, "email=bob%40example.org").await.leads_to(), path);
    let page = browser.get(&path).await.text();
    assert!(page.contains("bob@example.org") && page.contains("name=\"back\""), "{page}");
    // It is on its way to one of them.
    assert_eq!(ada.form(&path, "email=eve%40example.org").await.status, TRANSFER_OPEN.status);
    let mine = browser.get("/order").await.text();
    assert!(mine.contains("on its way to bob@example.org"), "{mine}");
    assert_eq!(ada.form(&path, "back=1").await.leads_to(), path);
    assert!(!browser.get(&path).await.text().contains("bob@example.org"));
    let other = shop.booking.fan().await.form(&path, "email=eve%40example.org").await;
    other.expect_problem(UNKNOWN_TICKET);
}
