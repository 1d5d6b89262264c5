//! Where organizers are told what happens: what they do with these addresses.

use base64::{Engine, engine::general_purpose::STANDARD};
use booking_api::{
    problems::{
        ORGANIZERS_ONLY, TOO_MANY_WEBHOOKS, UNKNOWN_DELIVERY, UNKNOWN_WEBHOOK, WEBHOOK_EXISTS, WEBHOOK_OFF,
    },
    webhook::seal,
};
use chrono::TimeDelta;
use contracts::webhook::{KINDS, SEALED, Secret};
use platform::{clock::Clock, http::kinds::INVALID_BODY};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, SEAL_KEY, TestBooking};

/// What is said of an endpoint that wants `types`.
fn at(url: &str, types: &[&str]) -> Value {
    json!({"url": url, "types": types})
}

impl Answer {
    fn expect_status(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_organizer_makes_changes_and_removes_webhooks(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let (olga, rival) = (app.organizer().await, app.organizer().await);
    let made = olga.post("/webhook", at("https://hooks.example/a", &["order.paid"])).await.expect(201);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"), "{made}");
    let path = format!("/webhook/{}", made["webhookId"].as_str().unwrap());
    let seen = olga.get(&path).await.expect(200);
    assert!(seen.get("secret").is_none(), "a secret is told once: {seen}");
    assert_eq!((&seen["enabled"], &seen["types"]), (&json!(true), &json!(["order.paid"])));
    olga.post("/webhook", at("https://hooks.example/a", &["order.paid"]))
        .await
        .expect_problem(WEBHOOK_EXISTS);
    let listed = olga.get("/webhook").await.expect(200);
    assert_eq!(listed["webhooks"], json!([seen]));
    assert_eq!(listed["types"], json!(KINDS));
    let body = json!({"url": "https://hooks.example/b", "types": ["event.changed"], "description": "b", "enabled": false});
    let changed = olga.put(&path, body.clone()).await.expect(200);
    assert_eq!(
        (&changed["url"], &changed["off"]["cause"]),
        (&json!("https://hooks.example/b"), &json!("organizer"))
    );
    olga.post(&format!("{path}/test"), json!({})).await.expect_problem(WEBHOOK_OFF);
    for (method, path) in [("get", path.clone()), ("put", path.clone()), ("delete", path.clone())] {
        let answer = match method {
            "get" => rival.get(&path).await,
            "put" => rival.put(&path, body.clone()).await,
            _ => rival.delete(&path).await,
        };
        answer.expect_problem(UNKNOWN_WEBHOOK);
    }
    app.fan().await.get("/webhook").await.expect_problem(ORGANIZERS_ONLY);
    olga.delete(&path).await.expect_status(204);
    olga.get(&path).await.expect_problem(UNKNOWN_WEBHOOK);
    olga.post("/webhook", at("https://hooks.example/b", &["order.paid"])).await.expect(201);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_webhook_leads_nowhere_inside_and_there_are_not_too_many(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let olga = app.organizer().await;
    for url in [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://metadata.internal/",
        "https://u:p@hooks.example/",
        "https://hooks.example:22/",
        "nonsense",
    ] {
        let refused = olga.post("/webhook", at(url, &["order.paid"])).await.expect_problem(INVALID_BODY);
        assert_eq!(refused["errors"][0]["pointer"], "/url", "{url}");
    }
    let refused = olga.post("/webhook", at("https://hooks.example/", &["order.lost"])).await;
    assert_eq!(refused.expect_problem(INVALID_BODY)["errors"][0]["pointer"], "/types/0");
    let wanted =
        futures_util::future::join_all((0..14).map(|number| {
            let olga = olga.clone();
            async move {
                olga.post("/webhook", at(&format!("https://hooks.example/{number}"), &["order.paid"])).await
            }
        }));
    let answers = wanted.await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 10);
    for answer in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!(answer.expect_problem(TOO_MANY_WEBHOOKS)["limit"], 10);
    }
    let near = TestBooking::with(app.postgres.clone(), &["--webhook-loopback"]);
    near.organizer().await.post("/webhook", at("http://127.0.0.1:9000/", &["order.paid"])).await.expect(201);
}

/// The secrets of the only endpoint as people copy them, opened with the keys of the tests: that of now, and the one before.
async fn kept(app: &TestBooking) -> (Value, Value) {
    let kept = sqlx::query!("select endpoint_id, sealed_secret, sealed_previous from webhook_endpoint");
    let kept = kept.fetch_one(&app.postgres).await.unwrap();
    let text = |sealed: Option<Vec<u8>>| {
        let opened = app.app.keys.seals.open(SEALED, kept.endpoint_id.as_bytes(), &sealed?).unwrap();
        Some(Secret::new(opened).unwrap().text())
    };
    (json!(text(kept.sealed_secret)), json!(text(kept.sealed_previous)))
}

/// The bytes of a secret that somebody copied, as a dump of the database shows them.
fn in_a_dump(secret: &Value) -> String {
    let text = secret.as_str().unwrap().strip_prefix("whsec_").unwrap();
    hex::encode(STANDARD.decode(text).unwrap())
}

async fn dump(app: &TestBooking) -> String {
    let dump = sqlx::query_scalar!(
        r#"select string_agg(webhook_endpoint::text, ' ') as "dump!" from webhook_endpoint"#
    );
    dump.fetch_one(&app.postgres).await.unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_dump_of_the_database_holds_no_secret(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let olga = app.organizer().await;
    let made = olga.post("/webhook", at("https://hooks.example/", &["order.paid"])).await.expect(201);
    let rotate = format!("/webhook/{}/secret", made["webhookId"].as_str().unwrap());
    let second = olga.post(&rotate, json!({})).await.expect(200);
    let dump = dump(&app).await;
    assert!(dump.contains("hooks.example"));
    for secret in [&made["secret"], &second["secret"]] {
        assert!(!dump.contains(&in_a_dump(secret)), "{dump}");
    }
    assert_eq!(kept(&app).await, (second["secret"].clone(), made["secret"].clone()));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn secrets_of_before_are_sealed_at_the_start_and_anew_under_a_key_that_follows(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let olga = app.organizer().await;
    let made = olga.post("/webhook", at("https://hooks.example/", &["order.paid"])).await.expect(201);
    let (one, two) = ([1_u8; 32], [2_u8; 32]);
    // As an older version wrote it.
    sqlx::query!(
        "update webhook_endpoint set sealed_secret = null, secret = $1, previous_secret = $2, previous_until = now()",
        &one[..],
        &two[..]
    )
    .execute(&app.postgres)
    .await
    .unwrap();
    assert_eq!(seal::tick(&app.app).await.unwrap(), 1);
    assert_eq!(seal::tick(&app.app).await.unwrap(), 0, "once is enough");
    let texts = [one, two].map(|bytes| json!(Secret::new(bytes.to_vec()).unwrap().text()));
    assert_eq!(kept(&app).await, (texts[0].clone(), texts[1].clone()));
    assert!(!dump(&app).await.contains(&hex::encode(one)));
    // Another key follows; until all is sealed anew both are there.
    let next = TestBooking::sealing(app.postgres.clone(), &[[6; 32], SEAL_KEY]);
    assert_eq!(seal::tick(&next.app).await.unwrap(), 1);
    let alone = TestBooking::sealing(app.postgres.clone(), &[[6; 32]]);
    assert_eq!(kept(&alone).await, (texts[0].clone(), texts[1].clone()));
    assert_eq!(seal::tick(&alone.app).await.unwrap(), 0);
    // Without the key nothing is lost and nothing is written.
    assert_eq!(seal::tick(&app.app).await.unwrap(), 0);
    assert_eq!(kept(&alone).await.0, texts[0]);
    let rotate = format!("/webhook/{}/secret", made["webhookId"].as_str().unwrap());
    olga.post(&rotate, json!({"keepHours": 0})).await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_new_secret_signs_beside_the_old_one_for_as_long_as_is_said(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let olga = app.organizer().await;
    let made = olga.post("/webhook", at("https://hooks.example/", &["order.paid"])).await.expect(201);
    let path = format!("/webhook/{}", made["webhookId"].as_str().unwrap());
    let rotate = format!("{path}/secret");
    let second = olga.post(&rotate, json!({})).await.expect(200);
    assert_ne!(second["secret"], made["secret"]);
    assert_eq!(second["previousSecretUntil"], json!(app.clock.now() + TimeDelta::hours(24)));
    olga.post(&rotate, json!({"keepHours": 169})).await.expect_problem(INVALID_BODY);
    let third = olga.post(&rotate, json!({"keepHours": 1})).await.expect(200);
    let (now, before) = kept(&app).await;
    assert_eq!((now, before), (third["secret"].clone(), second["secret"].clone()));
    app.clock.advance(TimeDelta::hours(1));
    assert!(olga.get(&path).await.expect(200).get("previousSecretUntil").is_none());
    olga.post(&rotate, json!({"keepHours": 0})).await.expect(200);
    assert_eq!(kept(&app).await.1, Value::Null, "a secret that others know signs nothing more");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_did_not_arrive_is_sent_again_one_or_all_since(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let (olga, rival) = (app.organizer().await, app.organizer().await);
    let path = olga.listen("https://hooks.example/", &["order.paid"]).await;
    let mut notices = Vec::new();
    for _ in 0..4 {
        let sent = olga.post(&format!("{path}/test"), json!({})).await.expect(202);
        notices.push(sent["noticeId"].as_str().unwrap().to_owned());
        app.clock.advance(TimeDelta::minutes(1));
    }
    // The notifier delivered the first, failed for good with the second, waits to try the third again, and is at the fourth.
    let ids: Vec<uuid::Uuid> = notices.iter().map(|id| id.parse().unwrap()).collect();
    sqlx::query!(
        "update webhook_delivery set attempts = 1, tries = 1, next_attempt_at = $4, state = case notice_id
           when $1 then 'delivered' when $2 then 'failed' else 'due' end
         where notice_id = any(array[$1, $2, $3]::uuid[])",
        ids[0],
        ids[1],
        ids[2],
        app.clock.now() + TimeDelta::hours(20)
    )
    .execute(&app.postgres)
    .await
    .unwrap();
    sqlx::query!("update webhook_delivery set attempts = 1, tries = 1 where notice_id = $1", ids[3])
        .execute(&app.postgres)
        .await
        .unwrap();
    sqlx::query!(
        "insert into webhook_attempt (endpoint_id, notice_id, attempt, at, duration_ms, status)
         select endpoint_id, notice_id, 1, $2, 12, 500 from webhook_delivery where notice_id <> $1",
        ids[3],
        app.clock.now()
    )
    .execute(&app.postgres)
    .await
    .unwrap();
    let state = async |at: usize| olga.get(&format!("{path}/delivery/{}", notices[at])).await.expect(200);
    assert_eq!(state(1).await["attempts"], json!([{"at": app.clock.now(), "durationMs": 12, "status": 500}]));
    let failed = olga.get(&format!("{path}/delivery?state=failed")).await.expect(200);
    assert_eq!(failed["deliveries"].as_array().unwrap().len(), 1);
    let all = format!("{path}/replay");
    let since = app.clock.now() - TimeDelta::minutes(3);
    assert_eq!(
        olga.post(&all, json!({"since": since})).await.expect(202)["replayed"],
        2,
        "not what arrived, nor what is on its way"
    );
    for at in [1, 2] {
        let seen = state(at).await;
        assert_eq!((&seen["state"], &seen["nextAttemptAt"]), (&json!("due"), &json!(app.clock.now())));
    }
    let from_the_first = json!({"since": app.clock.now() - TimeDelta::minutes(10)});
    let again = olga.post(&all, from_the_first).await.expect(202)["replayed"].clone();
    assert_eq!(again, 0, "what arrived stays so, and what is due already waits for its turn");
    let one = format!("{path}/delivery/{}/replay", notices[0]);
    rival.post(&one, json!({})).await.expect_problem(UNKNOWN_WEBHOOK);
    assert_eq!(
        olga.post(&one, json!({})).await.expect(202)["state"],
        "due",
        "what arrived is sent again where that is wanted"
    );
    let before = state(3).await["nextAttemptAt"].clone();
    olga.post(&format!("{path}/delivery/{}/replay", notices[3]), json!({})).await.expect(202);
    assert_eq!(state(3).await["nextAttemptAt"], before, "what is on its way stays so");
    let nothing: uuid::Uuid = app.app.ids.next();
    olga.post(&format!("{path}/delivery/{nothing}/replay"), json!({})).await.expect_problem(UNKNOWN_DELIVERY);
}
