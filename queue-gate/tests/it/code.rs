//! Access codes, and rooms that ask for one or for an account.

use contracts::session::Role;
use futures_util::future::join_all;
use http::{Method, StatusCode, header};
use queue_gate::problems;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Fan, Sale, TestGate};

/// A sale with a lane for members, and three codes: one for one, one for two, one for many.
async fn with_codes(app: &TestGate) -> Sale<'_> {
    let sale = app.sale(60, 10).await;
    let path = format!("/room/{}", sale.room);
    let lanes =
        json!({ "version": 1, "lanes": [{ "name": "members", "share": 1 }, { "name": "main", "share": 1 }] });
    sale.organizer.put(&format!("{path}/lane"), lanes).await.expect(StatusCode::OK);
    let codes = json!({ "codes": [
        { "code": "ONE-0001" },
        { "code": "TWO-0002", "lane": "members", "uses": 2, "label": "club" },
        { "code": "MANY-003", "lane": "main", "uses": "many" },
    ]});
    let report = sale.organizer.post(&format!("{path}/code"), codes).await.expect(StatusCode::OK).body;
    assert_eq!((&report["imported"], &report["refused"]), (&json!(3), &json!(0)));
    sale
}

async fn invite_only(sale: &Sale<'_>, entry: Value) {
    let path = format!("/room/{}/entry", sale.room);
    let version = sale.organizer.get(&path).await.body["version"].clone();
    let mut body = entry;
    body["version"] = version;
    sale.organizer.put(&path, body).await.expect(StatusCode::OK);
}

/// The code whose last characters these are, as its organizer sees it.
async fn kept(sale: &Sale<'_>, hint: &str) -> Value {
    let codes = sale.organizer.get(&format!("/room/{}/code", sale.room)).await.expect(StatusCode::OK).body;
    codes["codes"].as_array().unwrap().iter().find(|code| code["hint"] == hint).unwrap().clone()
}

async fn with(fan: &Fan<'_>, sale: &Sale<'_>, code: &str) -> crate::app::Answer {
    fan.post(&format!("/queue/{}/place", sale.room), json!({ "code": code })).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_code_for_one_is_used_by_one_of_twenty_who_race(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let sale = with_codes(&app).await;
    other.gate.refresh().await;
    let fans: Vec<_> = (0..20).map(|_| app.fan().visitor).collect();
    let try_it = |n: usize| {
        let (gate, visitor) = (if n.is_multiple_of(2) { &app } else { &other }, fans[n % 20]);
        let sale = &sale;
        async move { (visitor, with(&gate.fan_called(visitor), sale, "one0001").await) }
    };
    // Everybody twice at once, as a double click does.
    let answers = join_all((0..40).map(try_it)).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|(_, answer)| answer.status.is_success());
    assert_eq!(good.len(), 2, "one visitor, both times");
    assert_eq!(good[0].0, good[1].0);
    assert_eq!(good[0].1.body["number"], good[1].1.body["number"]);
    for (_, answer) in bad {
        answer.expect_problem(problems::CODE_USED);
    }
    let winner = app.fan_called(good[0].0);
    assert_eq!(with(&winner, &sale, "ONE 0001").await.expect(StatusCode::OK).body["lane"], "members");
    assert_eq!(kept(&sale, "001").await["uses"], 1);
    assert_eq!(app.count("select uses::bigint from access_code where hint = '001'").await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_code_counts_once_for_an_account_and_as_often_as_it_says(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_codes(&app).await;
    let account = app.gate.ids.next();
    let (phone, laptop) = (app.account(account, Role::Fan), app.account(account, Role::Fan));
    let first = with(&phone, &sale, "TWO-0002").await.expect(StatusCode::CREATED).body;
    let second = with(&laptop, &sale, "TWO-0002").await.expect(StatusCode::OK).body;
    assert_eq!((&first["number"], &first["lane"]), (&second["number"], &json!("members")));
    with(&app.fan(), &sale, "two 0002").await.expect(StatusCode::CREATED);
    with(&app.fan(), &sale, "TWO-0002").await.expect_problem(problems::CODE_USED);
    for _ in 0..5 {
        let taken = with(&app.fan(), &sale, "MANY-003").await.expect(StatusCode::CREATED).body;
        assert_eq!(taken["lane"], Value::Null);
    }
    // Whoever has a place already comes into the lane with it.
    let early = app.fan();
    let number = early.number(sale.room).await;
    let raised = with(&early, &sale, "ONE-0001").await.expect(StatusCode::OK).body;
    assert_eq!((&raised["number"], &raised["lane"]), (&json!(number), &json!("members")));
    for (hint, uses) in [("001", 1), ("002", 2), ("003", 5)] {
        assert_eq!(kept(&sale, hint).await["uses"], uses, "{hint}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_revoked_code_takes_nobody_else_and_guessing_is_slowed(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_codes(&app).await;
    let path = format!("/room/{}/code", sale.room);
    let early = app.fan();
    with(&early, &sale, "MANY-003").await.expect(StatusCode::CREATED);
    let id = kept(&sale, "003").await["codeId"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        sale.organizer.delete(&format!("{path}/{id}")).await.expect(StatusCode::NO_CONTENT);
    }
    with(&app.fan(), &sale, "MANY-003").await.expect_problem(problems::UNKNOWN_CODE);
    with(&early, &sale, "MANY-003").await.expect(StatusCode::OK);
    sale.organizer
        .delete(&format!("{path}/{}", app.gate.ids.next::<contracts::id::CodeId>()))
        .await
        .expect_problem(problems::UNKNOWN_CODE);
    assert_eq!(app.count("select count(*) from room_log where kind = 'codeRevoked'").await, 1);
    let (other, _) = app.organizer().await;
    other.delete(&format!("{path}/{id}")).await.expect_problem(problems::UNKNOWN_ROOM);
    other.get(&path).await.expect_problem(problems::UNKNOWN_ROOM);

    let guesser = app.fan();
    for guess in 0..10 {
        with(&guesser, &sale, &format!("GUESS{guess:03}")).await.expect_problem(problems::UNKNOWN_CODE);
    }
    let slowed = with(&guesser, &sale, "ONE-0001").await;
    slowed.expect_problem(problems::TOO_MANY_REQUESTS);
    assert!(slowed.headers.contains_key(header::RETRY_AFTER));
    with(&app.fan(), &sale, "ONE-0001").await.expect(StatusCode::CREATED);
    // What is kept of codes tells nobody what they read.
    let leaks = "select count(*) from access_code where position('0001' in encode(code_hash, 'escape')) > 0
        or length(hint) > 3";
    assert_eq!(app.count(leaks).await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_table_is_imported_with_a_report_and_exported_again(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_codes(&app).await;
    let path = format!("/room/{}/code", sale.room);
    let table = "code,lane,uses,label\r\nONE-0001,,,\r\nNEW-0001,members,many,\"=1+1, \"\"x\"\"\"\r\nnew0001,,,\r\n\
                 short,,,\r\nNEW-0002,vip,,\r\nNEW-0003,main,0,\r\nNEW-0004\r\n";
    let csv = |body: &str| {
        let (organizer, path, body) = (&sale.organizer, &path, body.to_owned());
        async move { organizer.call_as(Method::POST, path, "text/csv; charset=utf-8", Some(body)).await }
    };
    let report = csv(table).await.expect(StatusCode::OK).body;
    let rows: Vec<_> = report["rows"].as_array().unwrap().iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(rows, ["unchanged", "imported", "refused", "refused", "refused", "refused", "imported"]);
    assert_eq!(report["rows"][4]["why"], "the room has no lane vip");
    let again = csv(table).await.expect(StatusCode::OK).body;
    assert_eq!((&again["imported"], &again["unchanged"]), (&json!(0), &json!(3)));
    let export = sale.organizer.get_as(&path, "text/csv").await;
    assert_eq!(export.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    let lines: Vec<_> = export.text.lines().collect();
    assert_eq!(lines.len(), 6);
    let guarded = r#",001,"'=1+1, ""x""",members,0,many,"#;
    assert!(lines.iter().any(|line| line.contains(guarded)), "{lines:?}");
    for wrong in ["", "code\n\"open", "name\nABCDEF"] {
        csv(wrong).await.expect_problem(platform::http::kinds::INVALID_BODY);
    }
    let unread = sale.organizer.call_as(Method::POST, &path, "text/plain", Some("code".to_owned())).await;
    unread.expect_problem(platform::http::kinds::NOT_JSON);
    sale.organizer
        .post(&path, json!({ "codes": [{ "kode": "x" }] }))
        .await
        .expect_problem(platform::http::kinds::INVALID_BODY);
    let broken = sale.organizer.call(Method::POST, &path, Some("{".to_owned())).await;
    broken.expect_problem(platform::http::kinds::MALFORMED_BODY);
    app.fan().post(&path, json!({ "codes": [] })).await.expect_problem(problems::SIGN_IN);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_invite_only_room_takes_those_with_a_code_and_loses_none_of_them(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = with_codes(&app).await;
    let early = app.fan();
    early.join(sale.room).await.expect(StatusCode::CREATED);
    invite_only(&sale, json!({ "code": true })).await;
    let path = format!("/queue/{}/place", sale.room);
    let (fan, other) = (app.fan(), app.fan());
    fan.join(sale.room).await.expect_problem(problems::CODE_REQUIRED);
    with(&fan, &sale, "NONE-0000").await.expect_problem(problems::UNKNOWN_CODE);
    with(&fan, &sale, "").await.expect_problem(problems::UNKNOWN_CODE);
    let taken = with(&fan, &sale, "ONE-0001").await.expect(StatusCode::CREATED).body;
    // Whoever has a place finds it without the code, the one from before too.
    assert_eq!(fan.join(sale.room).await.expect(StatusCode::OK).body["number"], taken["number"]);
    early.join(sale.room).await.expect(StatusCode::OK);
    // After a loss the signed place brings it back; somebody else's does not.
    app.wipe(sale.room).await;
    other.post(&path, json!({ "token": taken["token"] })).await.expect_problem(problems::CODE_REQUIRED);
    let back = fan.post(&path, json!({ "token": taken["token"] })).await.expect(StatusCode::OK).body;
    assert_eq!((&back["number"], &back["lane"]), (&taken["number"], &json!("members")));
    // And without the token the code does: it is theirs.
    fan.delete(&path).await.expect(StatusCode::NO_CONTENT);
    with(&fan, &sale, "ONE-0001").await.expect(StatusCode::CREATED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_for_accounts_gives_each_account_one_place_on_all_its_devices(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    invite_only(&sale, json!({ "account": "any" })).await;
    let (path, room) = (format!("/queue/{}/place", sale.room), sale.room);
    app.fan().join(room).await.expect_problem(problems::SIGN_IN);
    let account = app.gate.ids.next();
    let devices: Vec<_> = (0..5).map(|_| app.account(account, Role::Fan)).collect();
    let numbers = join_all(devices.iter().map(|device| device.number(room))).await;
    assert!(numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
    let other = app.account(app.gate.ids.next(), Role::Fan);
    assert!(other.number(room).await > numbers[0]);
    assert_eq!(other.get(&path).await.body["ahead"], 1);
    // Both devices see it, and after a loss each of their tokens brings the one place back.
    let tokens: Vec<_> = join_all(devices.iter().map(|device| device.join(room))).await;
    app.wipe(room).await;
    app.fan_called(devices[3].visitor)
        .post(&path, json!({ "token": tokens[3].body["token"] }))
        .await
        .expect_problem(problems::SIGN_IN);
    let back = devices[3].post(&path, json!({ "token": tokens[3].body["token"] })).await.body;
    assert_eq!(back["number"], numbers[0]);
    let first = devices[0].post(&path, json!({ "token": tokens[0].body["token"] })).await.body;
    assert_eq!(first["number"], numbers[0]);
    assert_eq!(devices[1].number(room).await, numbers[0], "by the account alone");
    // Called once, and claimed on one device: the others see that it is inside.
    app.execute("update room set epoch_since = epoch_since - interval '1 hour'").await;
    app.ticks(room, 1).await;
    for device in [&devices[0], &devices[3], &devices[1]] {
        assert_eq!(device.state(room).await, "called");
    }
    let mut inside = devices[1].clone();
    inside.enter(room).await;
    assert_eq!(devices[0].state(room).await, "active");
    let twice = devices[0].post(&format!("/queue/{room}/pass"), json!({})).await;
    assert!(twice.status.is_client_error(), "{twice:?}");
    assert_eq!(app.count("select count(*) from slot where state <> 'ended'").await, 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn signing_in_on_two_devices_keeps_the_better_of_two_places(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 10).await.room;
    let account = app.gate.ids.next();
    let (phone, laptop) = (app.account(account, Role::Fan), app.account(account, Role::Fan));
    let early = app.fan_called(laptop.visitor).number(room).await;
    let between = app.fan();
    between.number(room).await;
    let late = phone.number(room).await;
    assert!(late > early);
    // The laptop signs in: one place for both, the earlier one; the other is given up, and nobody waits behind it.
    assert_eq!(laptop.number(room).await, early);
    assert_eq!(phone.number(room).await, early);
    assert_eq!(app.fan_called(phone.visitor).number(room).await, early, "also without the session");
    let path = format!("/queue/{room}/place");
    assert_eq!(between.get(&path).await.body["behind"], 0);
    // Leaving on one device leaves on both: it is one person.
    phone.delete(&path).await.expect(StatusCode::NO_CONTENT);
    laptop.get(&path).await.expect_problem(problems::NO_PLACE);
}
