//! Who works for an organizer, and the keys with which programs do.

use std::time::Duration;

use booking_api::{
    key::KEYS_MAX,
    problems::{
        BAD_KEY, NOT_PERMITTED, TEAM_FULL, TOO_MANY_KEYS, UNKNOWN_ACCOUNT, UNKNOWN_EVENT, UNKNOWN_KEY,
        UNKNOWN_MEMBER,
    },
    team::MEMBERS_MAX,
};
use chrono::TimeDelta;
use contracts::{id::AccountId, session::Role};
use futures_util::future::join_all;
use platform::http::kinds::INVALID_BODY;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::time::timeout;

use crate::app::{Answer, Client, TestBooking};

/// The id of nothing.
const NOTHING: &str = "01980000-0000-7000-8000-000000000000";

impl TestBooking {
    async fn exchange(&self, key: &Value) -> Answer {
        self.stranger().post("/internal/key", json!({"key": key})).await
    }
}

async fn make(owner: &Client<'_>, may: &[&str]) -> Answer {
    let body = json!({"name": "tills", "permissions": may, "endsAt": "2027-06-01T13:00:00Z"});
    owner.post("/team/key", body).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_member_is_added_once_and_for_ones_own_events_only(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let owner = app.organizer().await;
    let email = app.registered().await;
    let add = async |body: Value| owner.post("/team/member", body).await;
    let added = add(json!({"email": email.to_uppercase(), "role": "manager"})).await.expect(201);
    assert_eq!(added["addedAt"], "2027-06-01T12:00:00Z");
    app.clock.advance(TimeDelta::minutes(1));
    let again = add(json!({"email": email, "role": "door"})).await.expect(200);
    assert_eq!((&again["addedAt"], &again["role"]), (&added["addedAt"], &json!("door")));
    let listed = owner.get("/team").await.expect(200);
    assert_eq!(listed["members"], json!([again]));
    assert!(again.get("name").is_none(), "whoever knows an address learns no name by it");

    add(json!({"email": "nobody@example.org", "role": "door"})).await.expect_problem(UNKNOWN_ACCOUNT);
    let own = format!("{}@example.org", owner.account.unwrap());
    add(json!({"email": own, "role": "door"})).await.expect_problem(UNKNOWN_ACCOUNT);
    let foreign = json!({"email": email, "role": "door", "eventIds": [NOTHING]});
    add(foreign).await.expect_problem(UNKNOWN_EVENT);
    for events in [json!([]), json!(vec![NOTHING; 201])] {
        add(json!({"email": email, "role": "door", "eventIds": events})).await.expect_problem(INVALID_BODY);
    }
    let owner_of_one = json!({"email": email, "role": "owner", "eventIds": [NOTHING]});
    add(owner_of_one).await.expect_problem(INVALID_BODY);
    add(json!({"email": email, "role": "boss"})).await.expect_problem(INVALID_BODY);

    let path = format!("/team/member/{}", added["accountId"].as_str().unwrap());
    app.organizer().await.put(&path, json!({"role": "owner"})).await.expect_problem(UNKNOWN_MEMBER);
    app.organizer().await.delete(&path).await.expect_problem(UNKNOWN_MEMBER);
    owner.delete(&path).await.expect(204);
    owner.delete(&path).await.expect_problem(UNKNOWN_MEMBER);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_role_that_is_taken_away_at_one_copy_is_gone_at_the_other_soon(postgres: PgPool) {
    let copies = [TestBooking::start(postgres.clone()).await, TestBooking::start(postgres).await];
    let owner = copies[0].organizer().await;
    let email = copies[0].registered().await;
    let added = owner.post("/team/member", json!({"email": email, "role": "manager"})).await.expect(201);
    let account: AccountId = added["accountId"].as_str().unwrap().parse().unwrap();
    let [one, two] = copies.each_ref().map(|copy| copy.stranger().of_account(account, Role::Fan));
    let act = async |member: &Client<'_>| member.post("/performer", json!({"name": "Nobody"})).await;
    for member in [&one, &two] {
        act(member).await.expect(201);
    }
    owner.delete(&format!("/team/member/{account}")).await.expect(204);
    assert_eq!(act(&one).await.status, 403, "who took it away has not forgotten it");
    let gone = async { while act(&two).await.status != 403 {} };
    timeout(Duration::from_secs(30), gone).await.expect("it is a second old at the most");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn as_many_work_for_an_organizer_as_may_however_many_come_at_once(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let owner = app.organizer().await;
    let id = owner.account.unwrap();
    for _ in 1..MEMBERS_MAX {
        let member = app.fan().await.account.unwrap();
        sqlx::query!(
            "insert into team_member values ($1, $2, 'viewer', true, $1, now())",
            id.uuid(),
            member.uuid()
        )
        .execute(&app.postgres)
        .await
        .unwrap();
    }
    let emails = [app.registered().await, app.registered().await, app.registered().await];
    let add = |email: &String| {
        let (owner, body) = (owner.clone(), json!({"email": email, "role": "viewer"}));
        async move { owner.post("/team/member", body).await }
    };
    let answers = join_all(emails.iter().map(add)).await;
    let (came, full): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(came.len(), 1);
    for answer in full {
        answer.expect_problem(TEAM_FULL);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_key_opens_until_its_end_and_its_use_is_noted_once_a_minute(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let owner = app.organizer().await;
    let made = make(&owner, &["catalog"]).await.expect(201);
    let used = async || owner.get("/team/key").await.expect(200)["keys"][0]["usedAt"].clone();
    assert_eq!(used().await, Value::Null);
    let token = app.exchange(&made["key"]).await.expect(200)["token"].clone();
    assert_eq!(used().await, "2027-06-01T12:00:00Z");
    app.clock.advance(TimeDelta::seconds(59));
    app.exchange(&made["key"]).await.expect(200);
    assert_eq!(used().await, "2027-06-01T12:00:00Z");
    // The token is good for what the key is, and signs nobody in.
    let program = app.stranger().with_session(token.as_str().unwrap());
    program.post("/performer", json!({"name": "The Programs"})).await.expect(201);
    program.get("/team").await.expect_problem(NOT_PERMITTED);
    assert_eq!(program.get("/account").await.status, 401);
    app.clock.advance(TimeDelta::seconds(1));
    app.exchange(&made["key"]).await.expect(200);
    assert_eq!(used().await, "2027-06-01T12:01:00Z");
    app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(program.post("/performer", json!({"name": "Too late"})).await.status, 401);
    app.clock.advance(TimeDelta::seconds(57 * 60 + 59));
    let token = app.exchange(&made["key"]).await.expect(200)["token"].clone();
    app.clock.advance(TimeDelta::seconds(1));
    app.exchange(&made["key"]).await.expect_problem(BAD_KEY);
    let program = app.stranger().with_session(token.as_str().unwrap());
    let late = program.post("/performer", json!({"name": "After the end"})).await;
    assert_eq!(late.status, 401, "what it was exchanged for ends with it");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_its_owner_revokes_a_key_and_only_so_many_hold(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let owner = app.organizer().await;
    for wrong in [&[][..], &["team"], &["everything"]] {
        make(&owner, wrong).await.expect_problem(INVALID_BODY);
    }
    for ends in ["2027-06-01T12:00:00Z", "2028-07-06T12:00:01Z"] {
        let body = json!({"name": "tills", "permissions": ["look"], "endsAt": ends});
        owner.post("/team/key", body).await.expect_problem(INVALID_BODY);
    }
    let foreign = json!({"name": "tills", "permissions": ["look"], "eventIds": [NOTHING], "endsAt": "2027-06-01T13:00:00Z"});
    owner.post("/team/key", foreign).await.expect_problem(UNKNOWN_EVENT);

    let first = make(&owner, &["look"]).await.expect(201);
    for _ in 2..KEYS_MAX {
        make(&owner, &["look"]).await.expect(201);
    }
    let answers = join_all((0..3).map(|_| make(&owner, &["look"]))).await;
    let (came, many): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
    assert_eq!(came.len(), 1);
    for answer in many {
        answer.expect_problem(TOO_MANY_KEYS);
    }
    let path = format!("/team/key/{}", first["keyId"].as_str().unwrap());
    app.organizer().await.delete(&path).await.expect_problem(UNKNOWN_KEY);
    app.exchange(&first["key"]).await.expect(200);
    owner.delete(&path).await.expect(204);
    app.exchange(&first["key"]).await.expect_problem(BAD_KEY);
    owner.delete(&path).await.expect_problem(UNKNOWN_KEY);
    make(&owner, &["look"]).await.expect(201);
}
