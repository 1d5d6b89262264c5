//! What an organizer's people and keys change is written down, in the transaction that changes it, and for good.

use std::collections::BTreeSet;

use booking_api::problems::{NOT_PERMITTED, NOT_YOURS, ORGANIZERS_ONLY, UNKNOWN_MEMBER, WEBHOOK_EXISTS};
use chrono::TimeDelta;
use contracts::{id::AccountId, session::Role, team::CALLS};
use http::Method;
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Client, TestBooking},
    given::{event_body, venue},
    shop::Shop,
};

/// Calls of organizers to booking-api that change nothing, with the reason.
const CHANGE_NOTHING: [(&str, &str); 1] = [
    // It tells whether a code is genuine. What is scanned at a door is on a log of its own.
    ("POST", "/ticket/check"),
];

/// A word in everything that must stand in no entry.
const SECRET: &str = "hushhush";

/// An owner who makes every call of an organizer, and looks after each what was written down.
struct Walk<'a> {
    shop: &'a Shop,
    owner: Client<'a>,
    walked: BTreeSet<(String, String)>,
    requests: usize,
}

impl Walk<'_> {
    /// Makes the call of `method` at `route`, with `ids` in the places of its parameters, and expects that it leaves entries of
    /// this request only, the last of them of `operation`.
    async fn make(&mut self, call: &str, ids: &[&str], body: Value, operation: &str) -> Value {
        let (method, route) = call.split_once(' ').unwrap();
        let mut path = route.to_owned();
        for id in ids {
            path = path.replacen("{}", id, 1);
        }
        self.requests += 1;
        let request = format!("request-{}", self.requests);
        let before = entries(&self.shop.booking.postgres).await;
        let caller = self.owner.clone().with_header("x-request-id", &request);
        let answer = caller.call(method.parse().unwrap(), &path, body.to_string().into()).await;
        assert!(answer.status.is_success(), "{call}: {} {}", answer.status, answer.text());
        let written = entries(&self.shop.booking.postgres).await - before;
        assert!(written > 0, "{call} left no entry");
        let log = self.owner.get(&format!("/audit?limit={written}")).await.expect(200);
        for entry in log["entries"].as_array().unwrap() {
            assert_eq!(entry["requestId"], request, "{call}: {entry}");
            let actor = json!({"accountId": self.owner.account, "role": "owner"});
            assert_eq!(entry["actor"], actor, "{call}: {entry}");
        }
        assert_eq!(log["entries"][0]["operation"], operation, "{call}: {}", log["entries"][0]);
        self.walked.insert((method.to_owned(), route.to_owned()));
        if answer.bytes.is_empty() { Value::Null } else { answer.json() }
    }

    /// What the newest entry says is different.
    async fn changes(&self) -> Value {
        self.owner.get("/audit?limit=1").await.expect(200)["entries"][0]["changes"].clone()
    }

    async fn catalog(&mut self) {
        let hall = self.make("POST /venue", &[], venue("Hall"), "venue.create").await;
        let id = text(&hall["venueId"]);
        let moved = self.make("PUT /venue/{}", &[&id], venue("Harbour Hall"), "venue.update").await;
        let expected = json!({
            "externalId": {"from": "Hall", "to": "Harbour Hall"}, "name": {"from": "Hall", "to": "Harbour Hall"},
        });
        assert_eq!(self.changes().await, expected, "{moved}");
        let band = self.make("POST /performer", &[], json!({"name": "Band"}), "performer.create").await;
        let performer = text(&band["performerId"]);
        let renamed = json!({"name": "The Band"});
        self.make("PUT /performer/{}", &[&performer], renamed, "performer.update").await;
        let mut body = event_body("Night", 2, 3);
        body["venueId"] = json!(id);
        body["salesStart"] = json!("2027-06-10T08:00:00Z");
        let night = self.make("POST /event", &[], body.clone(), "event.create").await;
        let event = text(&night["eventId"]);
        assert_eq!(self.changes().await["tiers"]["to"][0], json!({"name": "Parkett", "price": 4950}));
        let tiers = body.as_object_mut().unwrap();
        tiers.retain(|name, _| !["tiers", "seats"].contains(&name.as_str()));
        body["title"] = json!("Late Night");
        self.make("PUT /event/{}", &[&event], body, "event.update").await;
        assert_eq!(self.changes().await, json!({"title": {"from": "Night", "to": "Late Night"}}));
        let charges = json!({"fee": 100, "taxPpm": 70_000});
        self.make("PUT /event/{}/charge", &[&event], charges, "charge.put").await;
        let expected = json!({"fee": {"from": 0, "to": 100}, "taxPpm": {"from": 0, "to": 70_000}});
        assert_eq!(self.changes().await["fee"], expected["fee"]);
        self.make("DELETE /event/{}", &[&event], Value::Null, "event.delete").await;
        let mut draft = event_body("Draft", 0, 1);
        (draft["venueId"], draft["state"]) = (json!(id), json!("draft"));
        let draft = text(&self.make("POST /event", &[], draft, "event.create").await["eventId"]);
        let floor = json!([{"name": "Floor", "price": 900, "generalAdmission": true, "quantity": 7}]);
        self.make("PUT /event/{}/plan", &[&draft], json!({ "tiers": floor }), "drawing.put").await;
        self.make("DELETE /event/{}", &[&draft], Value::Null, "event.delete").await;
        self.make("DELETE /venue/{}", &[&id], Value::Null, "venue.delete").await;
        self.make("DELETE /performer/{}", &[&performer], Value::Null, "performer.delete").await;
        let mut of_row = event_body("Imported", 1, 1);
        of_row["externalId"] = json!("e1");
        let rows = json!({"rows": [{"venue": venue("Club"), "performers": ["Ada"], "event": of_row}]});
        self.make("POST /event/import", &[], rows, "event.import").await;
        let brand = json!({"name": "Harbour Hall", "replyTo": "box@harbour.example"});
        self.make("PUT /brand", &[], brand, "brand.put").await;
        assert_eq!(self.changes().await["name"], json!({"from": null, "to": "Harbour Hall"}));
    }

    async fn codes(&mut self) {
        let event = self.shop.event.to_string();
        let voucher = json!({"vouchers": [{"code": format!("{SECRET}-1"), "offPpm": 100_000}]});
        self.make("POST /event/{}/voucher", &[&event], voucher, "voucher.import").await;
        let listed = self.owner.get(&format!("/event/{event}/voucher")).await.expect(200);
        let id = text(&listed["vouchers"][0]["voucherId"]);
        self.make("DELETE /event/{}/voucher/{}", &[&event, &id], Value::Null, "voucher.revoke").await;
        let window = json!({"name": "Fan club", "startsAt": "2027-06-01T08:00:00Z", "endsAt": "2027-06-01T09:00:00Z",
                            "classes": ["fans"]});
        let windows = json!({"presales": [window]});
        self.make("PUT /event/{}/presale", &[&event], windows, "presale.put").await;
        let codes = json!({"codes": [{"code": format!("{SECRET}-2"), "class": "fans"}]});
        self.make("POST /event/{}/presale/code", &[&event], codes, "presale.import").await;
        let listed = self.owner.get(&format!("/event/{event}/presale/code")).await.expect(200);
        let id = text(&listed["codes"][0]["codeId"]);
        self.make("DELETE /event/{}/presale/code/{}", &[&event, &id], Value::Null, "presale.revoke").await;
        self.make("PUT /event/{}/transfer", &[&event], json!({"allowed": false}), "transfer.rule").await;
        assert_eq!(self.changes().await, json!({"allowed": {"from": true, "to": false}}));
        let open = json!({"open": true, "offerMinutes": 30});
        self.make("PUT /event/{}/waitlist", &[&event], open, "waitlist.put").await;
        let entry = self.waiting().await;
        self.make("DELETE /event/{}/waitlist/entry/{}", &[&event, &entry], Value::Null, "waitlist.remove")
            .await;
        let door = json!({"name": "North", "hours": 2});
        let door = self.make("POST /event/{}/door", &[&event], door, "door.open").await;
        let door = text(&door["doorId"]);
        self.make("DELETE /event/{}/door/{}", &[&event, &door], Value::Null, "door.close").await;
    }

    /// Somebody on the waitlist.
    async fn waiting(&self) -> String {
        let fan = self.shop.booking.fan().await.account.unwrap();
        let entry: uuid::Uuid = self.shop.booking.app.ids.next();
        sqlx::query!(
            "insert into waitlist_entry (event_id, entry_id, account_id, quantity, tiers, state, entered_at)
             values ($1, $2, $3, 1, '{}', 'waiting', now())",
            self.shop.event.uuid(),
            entry,
            fan.uuid()
        )
        .execute(&self.shop.booking.postgres)
        .await
        .unwrap();
        entry.to_string()
    }

    async fn money(&mut self) {
        let (shop, event) = (self.shop, self.shop.event.to_string());
        let fan = shop.booking.fan().await;
        let order = fan.buy(&[shop.seat(0), shop.seat(1)], "tok_no_refund").await;
        shop.until(&order, "paid").await;
        let id = sqlx::query_scalar!(
            "update outbox set given_up_at = $1, attempts = 1, last_error = '550 no such mailbox' returning message_id",
            shop.now()
        );
        let mail = id.fetch_one(&shop.booking.postgres).await.unwrap().to_string();
        self.make("POST /event/{}/mail/{}/retry", &[&event, &mail], json!({}), "outbox.again").await;
        let asked = json!({"reason": "You asked for it.", "ticketIds": [shop.seat(0)]});
        let refund = self.make("POST /order/{}/refund", &[&order], asked, "refund.ask").await;
        assert_eq!(self.changes().await["amount"]["to"]["minor"], 4950);
        shop.until_settled().await;
        let refund = text(&refund["refundId"]);
        self.make("POST /order/{}/refund/{}/retry", &[&order, &refund], json!({}), "refund.retry").await;
        let press = json!({"label": "Press", "kind": "heldBack", "ticketIds": [shop.seat(5)]});
        let held = self.make("POST /event/{}/allocation", &[&event], press, "allocation.take").await;
        let held = text(&held["orderId"]);
        let release = "DELETE /event/{}/allocation/{}";
        self.make(release, &[&event, &held], Value::Null, "allocation.release").await;
        let guest = json!({"label": "Guest", "kind": "comp", "email": format!("{SECRET}@guest.example"),
                           "ticketIds": [shop.seat(6)]});
        self.make("POST /event/{}/allocation", &[&event], guest, "allocation.take").await;
        let why = json!({"reason": "The singer is ill."});
        self.make("POST /event/{}/cancel", &[&event], why, "cancellation.start").await;
    }

    async fn people(&mut self) {
        let email = format!("{SECRET}@staff.example");
        let account = json!({"email": email, "password": "of a test, and of nobody"});
        self.shop.booking.stranger().post("/account/register", account).await.expect(201);
        let member = json!({"email": email, "role": "viewer"});
        let member = self.make("POST /team/member", &[], member, "team.add").await;
        let member = text(&member["accountId"]);
        self.make("PUT /team/member/{}", &[&member], json!({"role": "door"}), "team.change").await;
        assert_eq!(self.changes().await, json!({"role": {"from": "viewer", "to": "door"}}));
        self.make("DELETE /team/member/{}", &[&member], Value::Null, "team.remove").await;
        let key = json!({"name": "tills", "permissions": ["sell"], "endsAt": "2027-06-02T12:00:00Z"});
        let key = self.make("POST /team/key", &[], key, "key.make").await;
        let told = text(&key["key"]);
        let log = everything(&self.shop.booking.postgres).await;
        assert!(!log.contains(told.rsplit('_').next().unwrap()), "a key stands in the log");
        self.make("DELETE /team/key/{}", &[&text(&key["keyId"])], Value::Null, "key.revoke").await;
    }

    async fn webhooks(&mut self) {
        let hook = json!({"url": format!("https://hooks.example/{SECRET}"), "types": ["order.paid"]});
        let made = self.make("POST /webhook", &[], hook, "webhook.create").await;
        let id = text(&made["webhookId"]);
        let hook = json!({"url": format!("https://other.example/{SECRET}"), "types": ["order.paid"]});
        self.make("PUT /webhook/{}", &[&id], hook, "webhook.change").await;
        assert_eq!(self.changes().await, json!({"host": {"from": "hooks.example", "to": "other.example"}}));
        let rotated = self.make("POST /webhook/{}/secret", &[&id], json!({}), "webhook.rotate").await;
        let test = self.make("POST /webhook/{}/test", &[&id], json!({}), "webhook.try").await;
        let notice = text(&test["noticeId"]);
        let one = "POST /webhook/{}/delivery/{}/replay";
        self.make(one, &[&id, &notice], json!({}), "webhook.replay").await;
        let since = json!({"since": "2027-06-01T00:00:00Z"});
        self.make("POST /webhook/{}/replay", &[&id], since, "webhook.replay_all").await;
        self.make("DELETE /webhook/{}", &[&id], Value::Null, "webhook.remove").await;
        let log = everything(&self.shop.booking.postgres).await;
        for secret in [&made["secret"], &rotated["secret"]] {
            assert!(!log.contains(text(secret).trim_start_matches("whsec_")), "a secret stands in the log");
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// How many entries there are, of everybody.
async fn entries(postgres: &PgPool) -> i64 {
    sqlx::query_scalar!(r#"select count(*) as "count!" from audit_entry"#).fetch_one(postgres).await.unwrap()
}

/// All that the log says.
async fn everything(postgres: &PgPool) -> String {
    let all =
        sqlx::query_scalar!(r#"select coalesce(string_agg(e::text, ' '), '') as "all!" from audit_entry e"#);
    all.fetch_one(postgres).await.unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_call_that_changes_something_leaves_an_entry_that_says_who_and_what(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let mut walk = Walk { shop: &shop, owner: shop.organizer(), walked: BTreeSet::new(), requests: 0 };
    walk.catalog().await;
    walk.codes().await;
    walk.people().await;
    walk.webhooks().await;
    walk.money().await;
    // Nothing that the table of roles has is left out; rooms have a log of their own.
    let all = CALLS.iter().flat_map(|(methods, path, ..)| methods.split(' ').map(move |one| (one, *path)));
    let change = all.filter(|(method, path)| *method != "GET" && !path.starts_with("/room"));
    let due: BTreeSet<(String, String)> = change
        .filter(|call| !CHANGE_NOTHING.contains(call))
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    assert_eq!(walk.walked, due);
    let log = everything(&shop.booking.postgres).await;
    assert!(!log.to_lowercase().contains(SECRET), "a code, an address or an e-mail stands in the log");
    // The page of the documents names every operation.
    let page = include_str!("../../../docs/identity.md");
    let named = sqlx::query_scalar!("select distinct operation from audit_entry order by 1");
    for operation in named.fetch_all(&shop.booking.postgres).await.unwrap() {
        assert!(page.contains(&format!("`{operation}`")), "{operation} is not in docs/identity.md");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_refused_or_undone_leaves_no_entry_and_no_entry_no_change(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let (olga, rival) = (app.organizer().await, app.organizer().await);
    let hall = olga.post("/venue", venue("Hall")).await.expect(201);
    let path = format!("/venue/{}", text(&hall["venueId"]));
    let hook = json!({"url": "https://hooks.example/a", "types": ["order.paid"]});
    olga.post("/webhook", hook.clone()).await.expect(201);
    let before = everything(&app.postgres).await;
    rival.put(&path, venue("Taken")).await.expect_problem(NOT_YOURS);
    olga.put("/brand", json!({"colour": "red"})).await.expect_problem(INVALID_BODY);
    olga.post("/webhook", hook).await.expect_problem(WEBHOOK_EXISTS);
    app.fan().await.put("/brand", json!({})).await.expect_problem(ORGANIZERS_ONLY);
    let stranger = format!("/team/member/{}", rival.account.unwrap());
    olga.delete(&stranger).await.expect_problem(UNKNOWN_MEMBER);
    let stale = olga.clone().with_header("if-match", "\"7\"");
    assert_eq!(stale.put(&path, venue("Late")).await.status, 412);
    // The same again by an external id changes nothing.
    olga.post("/venue", venue("Hall")).await.expect(200);
    assert_eq!(everything(&app.postgres).await, before);
    // A commit that fails takes both with it: the change without its entry, and the entry without its change.
    let fails_late =
        "create function fail() returns trigger language plpgsql as $$ begin raise 'on purpose'; end $$;
        create constraint trigger fails_late after insert on audit_entry deferrable initially deferred
            for each row execute function fail();";
    sqlx::raw_sql(fails_late).execute(&app.postgres).await.unwrap();
    assert_eq!(olga.put("/brand", json!({"name": "Harbour"})).await.status, 500);
    assert_eq!(olga.put(&path, venue("Harbour")).await.status, 500);
    assert_eq!(everything(&app.postgres).await, before);
    assert_eq!(olga.get("/brand").await.expect(200)["name"], Value::Null);
    assert_eq!(olga.get(&path).await.expect(200)["name"], "Hall");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_entry_is_never_changed_nor_taken_away(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    app.organizer().await.put("/brand", json!({"name": "Harbour"})).await.expect(200);
    let before = everything(&app.postgres).await;
    for sql in [
        "update audit_entry set operation = 'brand.other'",
        "update audit_entry set at = now() where false",
        "delete from audit_entry",
        "truncate audit_entry",
        "truncate account cascade",
    ] {
        let error = sqlx::raw_sql(sql).execute(&app.postgres).await.unwrap_err();
        assert!(error.to_string().contains("is append-only"), "{sql}: {error}");
    }
    assert_eq!(everything(&app.postgres).await, before);
}

/// Has `member` work for the owner, and gives them as a caller.
async fn joins<'a>(app: &'a TestBooking, owner: &Client<'_>, place: Value) -> Client<'a> {
    let mut place = place;
    place["email"] = app.registered().await.into();
    let added = owner.post("/team/member", place).await.expect(201);
    let account: AccountId = text(&added["accountId"]).parse().unwrap();
    app.stranger().of_account(account, Role::Fan)
}

fn operations(answer: &Answer) -> Vec<String> {
    let log = answer.expect(200);
    log["entries"].as_array().unwrap().iter().map(|entry| text(&entry["operation"])).collect()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_log_is_for_owners_and_managers_of_the_organizer_and_managers_see_their_events(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (app, olga) = (&shop.booking, shop.organizer());
    let transfer = format!("/event/{}/transfer", shop.event);
    assert_eq!(olga.put(&transfer, json!({"allowed": false})).await.status, 204);
    let manager = joins(app, &olga, json!({"role": "manager"})).await;
    let some = joins(app, &olga, json!({"role": "manager", "eventIds": [shop.event]})).await;
    let desk = joins(app, &olga, json!({"role": "boxOffice"})).await;
    app.clock.advance(TimeDelta::seconds(2));
    manager.put("/brand", json!({"name": "Harbour"})).await.expect(200);
    let all = ["brand.put", "team.add", "team.add", "team.add", "transfer.rule"];
    assert_eq!(operations(&olga.get("/audit").await), all);
    assert_eq!(operations(&manager.get("/audit").await), all);
    assert_eq!(operations(&some.get("/audit").await), ["transfer.rule"]);
    desk.get("/audit").await.expect_problem(NOT_PERMITTED);
    app.fan().await.get("/audit").await.expect_problem(ORGANIZERS_ONLY);
    assert!(
        operations(&app.organizer().await.get("/audit").await).is_empty(),
        "another organizer sees nothing"
    );
    let newest = olga.get("/audit?limit=1").await.expect(200)["entries"][0].clone();
    assert_eq!(newest["actor"], json!({"accountId": manager.account, "role": "manager"}));
    // By event, by actor and by operation, a page at a time.
    let of = async |query: &str| operations(&olga.get(&format!("/audit?{query}")).await);
    assert_eq!(of(&format!("event={}", shop.event)).await, ["transfer.rule"]);
    assert_eq!(of(&format!("actor={}", manager.account.unwrap())).await, ["brand.put"]);
    assert_eq!(of("operation=team.add&limit=2").await, ["team.add", "team.add"]);
    let mut next = Some("/audit?operation=team.add&limit=2".to_owned());
    let mut seen = Vec::new();
    while let Some(page) = next {
        let answer = olga.get(&page).await;
        seen.extend(operations(&answer));
        next = answer.json()["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ["team.add"; 3]);
    olga.get("/audit?limit=0").await.expect_problem(INVALID_BODY);
    let reader = olga.clone().with_header("accept", "text/csv");
    let table = reader.call(Method::GET, "/audit", axum::body::Body::empty()).await.text();
    assert_eq!(table.lines().count(), 6, "{table}");
    assert!(table.starts_with("entry,at,actorKind,actorId,role,operation,"), "{table}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_key_is_written_down_as_a_key_and_who_leaves_as_who_left(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let olga = app.organizer().await;
    let key = json!({"name": "tills", "permissions": ["catalog"], "endsAt": "2027-06-02T12:00:00Z"});
    let key = olga.post("/team/key", key).await.expect(201);
    let token = app.stranger().post("/internal/key", json!({"key": key["key"]})).await.expect(200);
    let program = app.stranger().with_session(&text(&token["token"]));
    program.put("/brand", json!({"name": "Harbour"})).await.expect(200);
    let newest = async || olga.get("/audit?limit=1").await.expect(200)["entries"][0].clone();
    assert_eq!(newest().await["actor"], json!({"keyId": key["keyId"]}));
    let found = olga.get(&format!("/audit?actor={}", text(&key["keyId"]))).await;
    assert_eq!(operations(&found), ["brand.put"]);
    let leaving = joins(&app, &olga, json!({"role": "door"})).await;
    let path = format!("/account/team/{}", olga.account.unwrap());
    assert_eq!(leaving.delete(&path).await.status, 204);
    let left = newest().await;
    assert_eq!((&left["operation"], &left["actor"]["role"]), (&json!("team.leave"), &json!("door")));
    leaving.delete(&path).await.expect_problem(UNKNOWN_MEMBER);
    assert_eq!(newest().await, left);
}
