//! Those in line who asked for it are mailed.

use contracts::{
    id::{AccountId, RoomId},
    session::Role,
};
use http::{Method, StatusCode};
use queue_gate::problems;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, Fan, TestGate};

/// Nobody counts as away, however far a test moves the clock.
const PATIENT: [&str; 2] = ["--grace-away", "5h"];

/// A gate whose visitors all come from nowhere: what they asked for before is forgotten, because other tests ask from there too.
async fn start(postgres: PgPool, arguments: &[&str]) -> TestGate {
    let app = TestGate::start_with(postgres, arguments).await;
    let _: i64 = redis::cmd("DEL")
        .arg("{guess}:turn-mail:0.0.0.0")
        .query_async(&mut app.gate.redis.clone())
        .await
        .unwrap();
    app
}

/// An address that no other test uses.
fn address(app: &TestGate) -> String {
    format!("{}@fans.example", app.gate.ids.next::<uuid::Uuid>())
}

async fn ask(fan: &Fan<'_>, room: RoomId, email: &str) -> Answer {
    fan.put(&format!("/queue/{room}/mail"), json!({ "email": email })).await
}

/// So many who came before.
async fn crowd(app: &TestGate, room: RoomId, size: usize) {
    for _ in 0..size {
        app.fan().join(room).await.expect(StatusCode::CREATED);
    }
}

/// Ticks every ten seconds for so many minutes.
async fn minutes(app: &TestGate, room: RoomId, minutes: usize) {
    for _ in 0..6 * minutes {
        app.pass(10);
        app.tick(room).await;
    }
}

/// The messages that were written, each with its kind.
async fn written(app: &TestGate) -> Vec<(String, Value)> {
    let rows = sqlx::query!("select kind, body from outbox order by message_id").fetch_all(&app.postgres);
    rows.await.unwrap().into_iter().map(|row| (row.kind, row.body)).collect()
}

async fn kinds(app: &TestGate) -> Vec<String> {
    written(app).await.into_iter().map(|(kind, _)| kind).collect()
}

async fn kept(app: &TestGate) -> i64 {
    app.count("select count(*) from turn_mail").await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_asked_is_mailed_once_when_near_and_once_when_called(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    // Six a minute, so that the hundredth waits for sixteen minutes.
    let sale = app.sale(6, 1000).await;
    crowd(&app, sale.room, 99).await;
    let (fan, email) = (app.fan(), address(&app));
    let place = fan.join(sale.room).await.body["token"].as_str().unwrap().to_owned();
    let asked = ask(&fan, sale.room, &email).await.expect(StatusCode::OK);
    assert_eq!(asked.body, json!({ "near": true }));
    assert_eq!(ask(&fan, sale.room, &email).await.body, json!({ "near": true }), "again is no error");
    minutes(&app, sale.room, 9).await;
    assert_eq!(kinds(&app).await, [""; 0], "nobody is told who has hardly gone");
    minutes(&app, sale.room, 3).await;
    let near = written(&app).await;
    let [(kind, body)] = near.as_slice() else { panic!("{near:?}") };
    assert_eq!((kind.as_str(), &body["to"]["email"]), ("turn_near", &json!(email)));
    let (from, to) = (body["from_minutes"].as_u64().unwrap(), body["to_minutes"].as_u64().unwrap());
    assert!((1..=10).contains(&from) && from < to && to < 30, "{body}");
    minutes(&app, sale.room, 6).await;
    let all = written(&app).await;
    assert_eq!(all.iter().map(|(kind, _)| kind.as_str()).collect::<Vec<_>>(), ["turn_near", "turn_came"]);
    let came = &all[1].1;
    assert_eq!((&came["event"]["title"], &came["room"]), (&json!("Show"), &json!("Tonight")));
    assert!(came["until"].is_string());
    // The link leads to the page, and gives the place to nobody.
    let url = came["queue_url"].as_str().unwrap();
    assert!(url.ends_with(&format!("/queue/{}", sale.room)), "{url}");
    let told = format!("{all:?}");
    assert!(!told.contains(&place) && !told.contains(&fan.visitor.to_string()), "{told}");
    assert_eq!(kept(&app).await, 0, "the address is forgotten");
    minutes(&app, sale.room, 5).await;
    assert_eq!(written(&app).await.len(), 2, "and nothing more is said");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn each_mail_is_written_once_however_many_gates_tick(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let others = [app.another().await, app.another().await];
    let room = app.sale(60, 1000).await.room;
    let mut fans = Vec::new();
    for _ in 0..12 {
        let fan = app.fan();
        fan.join(room).await;
        ask(&fan, room, &address(&app)).await.expect(StatusCode::OK);
        fans.push(fan);
    }
    let all = [&app, &others[0], &others[1]];
    for _ in 0..15 {
        app.pass(1);
        futures_util::future::join_all(all.map(|gate| gate.tick(room))).await;
    }
    assert_eq!(kinds(&app).await, ["turn_came"; 12]);
    assert_eq!(app.count("select count(distinct cause) from outbox").await, 12);
    assert_eq!(kept(&app).await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_wish_outlives_a_lost_redis_and_a_restart(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let room = app.sale(6, 1000).await.room;
    crowd(&app, room, 3).await;
    let (fan, email) = (app.fan(), address(&app));
    let token = fan.join(room).await.body["token"].clone();
    ask(&fan, room, &email).await.expect(StatusCode::OK);
    app.wipe(room).await;
    let again = app.another().await;
    minutes(&again, room, 1).await;
    assert_eq!(written(&app).await.len(), 0, "nobody knows whose turn it is");
    assert_eq!(kept(&app).await, 1);
    let restored = fan.post(&format!("/queue/{room}/place"), json!({ "token": token })).await;
    assert_eq!(restored.status, StatusCode::OK, "{restored:?}");
    minutes(&again, room, 2).await;
    let all = written(&app).await;
    assert_eq!((all.len(), &all[0].1["to"]["email"]), (1, &json!(email)), "{all:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_leaves_or_takes_it_back_is_not_mailed_and_their_address_is_gone(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let room = app.sale(60, 1000).await.room;
    let (leaves, withdraws, stays) = (app.fan(), app.fan(), app.fan());
    for fan in [&leaves, &withdraws, &stays] {
        fan.join(room).await;
        ask(fan, room, &address(&app)).await.expect(StatusCode::OK);
    }
    leaves.delete(&format!("/queue/{room}/place")).await.expect(StatusCode::NO_CONTENT);
    for _ in 0..2 {
        withdraws.delete(&format!("/queue/{room}/mail")).await.expect(StatusCode::NO_CONTENT);
    }
    assert_eq!(kept(&app).await, 1);
    app.ticks(room, 5).await;
    assert_eq!(kinds(&app).await, ["turn_came"], "to the one who stayed");
    ask(&withdraws, room, &address(&app)).await.expect_problem(problems::NOT_WAITING);
    ask(&leaves, room, &address(&app)).await.expect_problem(problems::NO_PLACE);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_went_in_before_the_mail_was_written_needs_none(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let room = app.sale(60, 10).await.room;
    let mut fan = app.fan();
    fan.join(room).await;
    app.ticks(room, 2).await;
    fan.enter(room).await.expect(StatusCode::OK);
    // As it stands where they were called and went in while PostgreSQL took no mail.
    app.execute(
        "insert into turn_mail (room_id, place, visitor_id, email, language, asked_at, near_said)
         select room_id, place, gen_random_uuid(), 'inside@fans.example', 'en', now(), false
         from slot where state = 'active'",
    )
    .await;
    assert_eq!(kept(&app).await, 1);
    app.tick(room).await;
    assert_eq!((kinds(&app).await, kept(&app).await), (Vec::new(), 0), "what they asked for is gone, too");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn nobody_is_told_that_their_turn_is_near_while_the_line_is_paused(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let sale = app.sale(6, 1000).await;
    crowd(&app, sale.room, 99).await;
    let fan = app.fan();
    fan.join(sale.room).await;
    ask(&fan, sale.room, &address(&app)).await.expect(StatusCode::OK);
    minutes(&app, sale.room, 9).await;
    let step = async |step: &str| {
        let path = format!("/room/{}/{step}", sale.room);
        sale.organizer.post(&path, json!({ "reason": "A break" })).await.expect(StatusCode::OK);
    };
    step("pause").await;
    minutes(&app, sale.room, 10).await;
    assert_eq!(kinds(&app).await, [""; 0]);
    sale.organizer.post(&format!("/room/{}/resume", sale.room), json!({})).await.expect(StatusCode::OK);
    minutes(&app, sale.room, 2).await;
    assert_eq!(kinds(&app).await, ["turn_near"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_is_near_already_is_told_once_when_called(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let room = app.sale(6, 1000).await.room;
    crowd(&app, room, 30).await;
    // The line moves, so that a wait can be told.
    minutes(&app, room, 2).await;
    let fan = app.fan();
    fan.join(room).await;
    let asked = ask(&fan, room, &address(&app)).await.expect(StatusCode::OK);
    assert_eq!(asked.body, json!({ "near": false }));
    // Slower than it said: the turn comes more than ten minutes after they asked.
    app.execute("update room set admit_per_minute = 1").await;
    minutes(&app, room, 12).await;
    assert_eq!(kinds(&app).await, [""; 0], "they were near when they asked");
    app.execute("update room set admit_per_minute = 60").await;
    minutes(&app, room, 2).await;
    assert_eq!(kinds(&app).await, ["turn_came"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_is_away_when_their_turn_comes_is_told_so(postgres: PgPool) {
    let app = start(postgres, &[]).await;
    let room = app.sale(60, 1).await.room;
    let (inside, gone) = (app.fan(), app.fan());
    inside.join(room).await;
    gone.join(room).await;
    ask(&gone, room, &address(&app)).await.expect(StatusCode::OK);
    app.ticks(room, 45).await;
    let all = written(&app).await;
    let [(kind, body)] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((kind.as_str(), &body["until"]), ("turn_came", &Value::Null));
    assert_eq!(kept(&app).await, 0);
    // The place is kept: who comes back is in line, and hears no more by mail.
    assert_eq!(gone.state(room).await, "waiting");
    app.ticks(room, 100).await;
    assert_eq!(kinds(&app).await, ["turn_came"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn friends_who_share_a_place_are_told_where_one_of_them_asked(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let room = app.sale(60, 1).await.room;
    app.execute("update event set ticket_limit = 4").await;
    let (first, second, ada) = (app.fan(), app.fan(), app.fan());
    for fan in [&first, &second, &ada] {
        fan.join(room).await;
    }
    ask(&ada, room, &address(&app)).await.expect(StatusCode::OK);
    let made = second.post(&format!("/queue/{room}/party"), json!({})).await.expect(StatusCode::OK);
    let body = json!({ "party": made.body["party"] });
    ada.post(&format!("/queue/{room}/party/member"), body).await.expect(StatusCode::OK);
    assert_eq!(kept(&app).await, 1, "it went with the place");
    app.ticks(room, 3).await;
    first.delete(&format!("/queue/{room}/place")).await.expect(StatusCode::NO_CONTENT);
    app.ticks(room, 3).await;
    assert_eq!(kinds(&app).await, ["turn_came"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_is_signed_in_is_mailed_at_the_address_of_the_account(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let room = app.sale(60, 10).await.room;
    let account: AccountId = app.gate.ids.next();
    let email = address(&app);
    app.execute(&format!(
        "insert into account (account_id, email, name, role, created_at) values ('{account}', '{email}', 'Ada', 'fan', now())"
    ))
    .await;
    let fan = app.account(account, Role::Fan);
    fan.join(room).await;
    fan.put(&format!("/queue/{room}/mail"), json!({})).await.expect(StatusCode::OK);
    assert_eq!(app.count("select count(*) from turn_mail where email is not null").await, 0);
    // Where the account reads mail by then.
    app.execute(&format!("update account set email = 'new-{email}' where account_id = '{account}'")).await;
    app.ticks(room, 2).await;
    let all = written(&app).await;
    assert_eq!(all[0].1["to"], json!({ "email": format!("new-{email}"), "name": "Ada", "language": "en" }));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn mails_to_others_are_few_whoever_asks_for_them(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let other = app.another().await;
    let room = app.sale(0, 10).await.room;
    other.gate.refresh().await;
    let (fan, victim) = (app.fan(), address(&app));
    fan.join(room).await;
    for _ in 0..5 {
        ask(&fan, room, &address(&app)).await.expect(StatusCode::OK);
    }
    let refused = ask(&fan, room, &address(&app)).await;
    refused.expect_problem(problems::TOO_MANY_TRIES);
    assert!(refused.headers.contains_key("retry-after"));
    // One address, from visitors without number, at whichever gate.
    for index in 0..6 {
        let gate = if index % 2 == 0 { &app } else { &other };
        let stranger = gate.fan();
        stranger.join(room).await;
        let answer = ask(&stranger, room, &victim.to_uppercase()).await;
        assert_eq!(answer.status == StatusCode::OK, index < 5, "{index}: {answer:?}");
    }
    ask(&app.fan(), room, "ada").await.expect_problem(problems::NO_ADDRESS);
    ask(&app.fan(), room, &address(&app)).await.expect_problem(problems::NO_PLACE);
    let keys: Vec<String> =
        redis::cmd("KEYS").arg("{guess}:turn-mail:*").query_async(&mut app.gate.redis.clone()).await.unwrap();
    assert!(!keys.is_empty() && !keys.iter().any(|key| key.contains('@')), "addresses stand in no key");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_that_closes_forgets_every_address(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let sale = app.sale(0, 10).await;
    let fan = app.fan();
    fan.join(sale.room).await;
    ask(&fan, sale.room, &address(&app)).await.expect(StatusCode::OK);
    let close = format!("/room/{}/close", sale.room);
    sale.organizer.post(&format!("{close}?preview=true"), json!({})).await.expect(StatusCode::OK);
    assert_eq!(kept(&app).await, 1, "a preview changes nothing");
    sale.organizer.post(&close, json!({})).await.expect(StatusCode::OK);
    assert_eq!(kept(&app).await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_page_asks_for_an_address_without_scripts(postgres: PgPool) {
    let app = start(postgres, &PATIENT).await;
    let room = app.sale(0, 10).await.room;
    let fan = app.fan();
    fan.join(room).await;
    let form = async |body: String| {
        let path = format!("/queue/{room}/mail");
        fan.call_as(Method::POST, &path, "application/x-www-form-urlencoded", Some(body)).await
    };
    let (_, page) = fan.text(&format!("/queue/{room}")).await;
    assert!(page.contains(r#"data-test="mail-ask""#), "{page}");
    let (_, page) = fan.text(&format!("/queue/{room}?mail=ask")).await;
    assert!(page.contains(r#"data-test="mail-form""#), "{page}");
    let wrong = form("email=ada".to_owned()).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("This is not an e-mail address.") && wrong.text.contains("mail-form"));
    let asked = form(format!("email={}", address(&app).replace('@', "%40"))).await;
    assert_eq!(
        (asked.status, asked.headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, format!("/queue/{room}?mail=both").as_str())
    );
    assert_eq!(kept(&app).await, 1);
    let (_, page) = fan.text(&format!("/queue/{room}?mail=both")).await;
    assert!(page.contains(r#"role="status" data-test="mailed""#), "{page}");
    assert_eq!(form("stop=1".to_owned()).await.status, StatusCode::SEE_OTHER);
    assert_eq!(kept(&app).await, 0);
}
