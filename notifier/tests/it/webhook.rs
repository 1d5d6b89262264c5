//! Organizers are told by HTTP what they asked to be told: signed, again and again, and nobody waits for anybody.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::{
    id::{AccountId, NoticeId, WebhookId},
    webhook::{Notice, SEALED, Secret, Test},
};
use notifier::webhook::{run, store};
use platform::{clock::Clock, lifecycle::Lifecycle};
use sqlx::PgPool;

use crate::{
    receiver::{Manner, Receiver, status},
    sink::Sink,
    support::TestNotifier,
};

/// The secret of every endpoint, but for the first byte: its number.
pub(crate) fn secret(number: u8) -> Secret {
    let mut bytes = vec![7; 32];
    bytes[0] = number;
    Secret::new(bytes).unwrap()
}

/// What the tables say of a delivery.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) state: String,
    pub(crate) attempts: i32,
    pub(crate) statuses: Vec<i32>,
    pub(crate) errors: Vec<String>,
}

impl TestNotifier {
    /// A notifier that may call this machine.
    pub(crate) async fn near(postgres: PgPool) -> Self {
        Self::with(postgres, &["--smtp-url", "smtp://127.0.0.1:9", "--webhook-loopback"]).await
    }

    /// A secret as booking-api keeps it.
    pub(crate) fn sealed(&self, id: WebhookId, secret: &Secret) -> Vec<u8> {
        self.app.seals.seal(SEALED, id.uuid().as_bytes(), secret.bytes())
    }

    /// An endpoint at `url`, as booking-api writes it, of an organizer of its own.
    pub(crate) async fn given_endpoint(&self, url: &str) -> WebhookId {
        let (owner, id): (AccountId, WebhookId) = (self.app.ids.next(), self.app.ids.next());
        let first = secret(1);
        sqlx::query!(
            "insert into account (account_id, email, password_hash, name, role, created_at)
             values ($1, $1::uuid::text || '@usher.example', 'x', 'Olga', 'organizer', $2)",
            owner.uuid(),
            self.clock.now()
        )
        .execute(&self.app.postgres)
        .await
        .unwrap();
        sqlx::query!(
            "insert into webhook_endpoint (endpoint_id, owner_id, url, kinds, sealed_secret, created_at)
             values ($1, $2, $3, '{order.paid}', $4, $5)",
            id.uuid(),
            owner.uuid(),
            url,
            self.sealed(id, &first),
            self.clock.now()
        )
        .execute(&self.app.postgres)
        .await
        .unwrap();
        id
    }

    /// Something to be told there.
    pub(crate) async fn given_notice(&self, endpoint: WebhookId) -> NoticeId {
        let (id, now): (NoticeId, _) = (self.app.ids.next(), self.clock.now());
        let body = Notice::Test(Test { message: format!("Grüße {id}") }).body(now).unwrap();
        sqlx::query!(
            "with told as (
                 insert into webhook_notice (notice_id, owner_id, kind, cause, body, created_at)
                 select $1, owner_id, 'webhook.test', $1::uuid::text, $3, $4 from webhook_endpoint where endpoint_id = $2
                 returning notice_id)
             insert into webhook_delivery (endpoint_id, notice_id, next_attempt_at, created_at)
             select $2, notice_id, $4, $4 from told",
            id.uuid(),
            endpoint.uuid(),
            body,
            now
        )
        .execute(&self.app.postgres)
        .await
        .unwrap();
        id
    }

    /// Delivers what is due; says how much that was.
    pub(crate) async fn tell(&self) -> usize {
        run::tick(&self.app).await.unwrap()
    }

    /// What became of a notice.
    pub(crate) async fn delivery(&self, endpoint: WebhookId, notice: NoticeId) -> Row {
        sqlx::query_as!(
            Row,
            r#"select state, attempts,
                 array(select coalesce(status, 0) from webhook_attempt as log where log.endpoint_id = $1 and log.notice_id = $2
                       order by attempt) as "statuses!",
                 array(select coalesce(error, '') from webhook_attempt as log where log.endpoint_id = $1 and log.notice_id = $2
                       order by attempt) as "errors!"
               from webhook_delivery where endpoint_id = $1 and notice_id = $2"#,
            endpoint.uuid(),
            notice.uuid()
        )
        .fetch_one(&self.app.postgres)
        .await
        .unwrap()
    }

    /// Why an endpoint is told nothing.
    async fn off(&self, endpoint: WebhookId) -> Option<String> {
        sqlx::query_scalar!("select off_cause from webhook_endpoint where endpoint_id = $1", endpoint.uuid())
            .fetch_one(&self.app.postgres)
            .await
            .unwrap()
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_notice_is_told_with_a_signature_that_its_receiver_can_check(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    let notice = notifier.given_notice(endpoint).await;
    assert_eq!(notifier.tell().await, 1);
    let told = receiver.told().remove(0);
    assert_eq!(told.line, "POST /usher?of=1 HTTP/1.1");
    assert_eq!(told.header("host"), receiver.address.to_string());
    assert_eq!(told.header("content-type"), "application/json");
    assert_eq!(told.header("webhook-id"), format!("msg_{notice}"));
    assert!(told.body.contains("Grüße"), "{}", told.body);
    let now = notifier.clock.now();
    assert!(told.is_believed(&secret(1).text(), now));
    assert!(!told.is_believed(&secret(2).text(), now), "another secret proves nothing");
    assert!(!told.is_believed(&secret(1).text(), now + TimeDelta::minutes(6)), "nor does an old request");
    let mut forged = told;
    forged.body = forged.body.replace("Grüße", "Küsse");
    assert!(!forged.is_believed(&secret(1).text(), now), "nor another body");
    let row = notifier.delivery(endpoint, notice).await;
    assert_eq!((row.state.as_str(), row.statuses), ("delivered", vec![204]));
    assert_eq!(notifier.tell().await, 0, "once is enough");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn while_secrets_rotate_both_sign_and_afterwards_the_new_one_alone(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    let second = secret(2);
    sqlx::query!(
        "update webhook_endpoint set sealed_previous = sealed_secret, previous_until = $1, sealed_secret = $2",
        notifier.clock.now() + TimeDelta::hours(24),
        notifier.sealed(endpoint, &second)
    )
    .execute(&notifier.app.postgres)
    .await
    .unwrap();
    for (both, wait) in
        [(true, TimeDelta::zero()), (true, TimeDelta::hours(23)), (false, TimeDelta::hours(1))]
    {
        notifier.pass(wait);
        notifier.given_notice(endpoint).await;
        notifier.tell().await;
        let (told, now) = (receiver.told().pop().unwrap(), notifier.clock.now());
        assert!(told.is_believed(&secret(2).text(), now));
        assert_eq!(told.is_believed(&secret(1).text(), now), both);
        assert_eq!(told.header("webhook-signature").split(' ').count(), 1 + usize::from(both));
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_secret_that_was_moved_to_another_endpoint_signs_nothing_there(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let (thief, victim) = (
        notifier.given_endpoint(&receiver.url()).await,
        notifier.given_endpoint("https://victim.example/").await,
    );
    sqlx::query!(
        "update webhook_endpoint set sealed_secret = (select sealed_secret from webhook_endpoint where endpoint_id = $2)
         where endpoint_id = $1",
        thief.uuid(),
        victim.uuid()
    )
    .execute(&notifier.app.postgres)
    .await
    .unwrap();
    let notice = notifier.given_notice(thief).await;
    notifier.tell().await;
    assert_eq!(receiver.told().len(), 0, "what is not signed is not sent");
    let row = notifier.delivery(thief, notice).await;
    assert_eq!((row.state.as_str(), row.errors), ("due", vec!["we could not sign the notice".to_owned()]));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_secret_of_before_there_was_a_key_signs_until_it_is_sealed(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    let unsealed = secret(3);
    sqlx::query!("update webhook_endpoint set sealed_secret = null, secret = $1", unsealed.bytes())
        .execute(&notifier.app.postgres)
        .await
        .unwrap();
    notifier.given_notice(endpoint).await;
    notifier.tell().await;
    assert!(receiver.told().pop().unwrap().is_believed(&unsealed.text(), notifier.clock.now()));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_2xx_says_that_it_arrived_and_nobody_is_followed_elsewhere(postgres: PgPool) {
    let (notifier, receiver, other) =
        (TestNotifier::near(postgres).await, Receiver::start(), Receiver::start());
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    for (code, arrived) in [(200, true), (299, true), (302, false), (307, false), (404, false), (503, false)]
    {
        receiver.behave(Manner::Status(code, format!("location: {}\r\n", other.url())));
        let notice = notifier.given_notice(endpoint).await;
        notifier.tell().await;
        let row = notifier.delivery(endpoint, notice).await;
        assert_eq!(row.state == "delivered", arrived, "{code}: {row:?}");
        assert_eq!(row.statuses, [i32::from(code)]);
    }
    assert_eq!(other.told().len(), 0, "a redirect is an answer like any other");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_answer_without_end_is_not_read(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    for (manner, state) in [(Manner::Endless, "delivered"), (Manner::LongHead, "due")] {
        receiver.behave(manner);
        let notice = notifier.given_notice(endpoint).await;
        tokio::time::timeout(Duration::from_secs(10), notifier.tell()).await.expect("it ends by itself");
        assert_eq!(notifier.delivery(endpoint, notice).await.state, state);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_does_not_arrive_is_tried_for_three_days_and_then_its_organizer_is_told(postgres: PgPool) {
    let sink = Sink::start();
    let notifier = TestNotifier::with(postgres, &["--smtp-url", &sink.url(), "--webhook-loopback"]).await;
    let receiver = Receiver::start();
    receiver.behave(status(500));
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    let notice = notifier.given_notice(endpoint).await;
    let began = notifier.clock.now();
    let mut attempts = 0;
    while notifier.delivery(endpoint, notice).await.state == "due" {
        attempts += notifier.tell().await;
        notifier.pass(TimeDelta::minutes(1));
        assert!(notifier.clock.now() - began < TimeDelta::days(5), "it never ends");
        // Nothing happens for hours: no need to look every minute.
        if attempts > 4 {
            notifier.pass(TimeDelta::minutes(29));
        }
    }
    assert!(notifier.clock.now() - began > TimeDelta::days(3), "it ends too early");
    let row = notifier.delivery(endpoint, notice).await;
    assert_eq!((attempts, row.state.as_str(), row.statuses), (10, "failed", vec![500; 10]));
    let ids: Vec<String> = receiver.told().iter().map(|told| told.header("webhook-id").to_owned()).collect();
    assert_eq!(ids, vec![format!("msg_{notice}"); 10]);
    assert_eq!(notifier.off(endpoint).await.as_deref(), Some("failing"));
    notifier.given_notice(endpoint).await;
    assert_eq!(notifier.tell().await, 0, "nothing is sent any more");
    assert_eq!(notifier.tick().await, 1);
    let mail = sink.mails().remove(0);
    assert!(mail.contains("Subject: One of your webhooks was switched off"), "{mail}");
    assert!(mail.contains(&receiver.address.to_string()), "{mail}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_answers_410_is_switched_off_at_once_and_told_so_once(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    receiver.behave(status(410));
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    let notices = [notifier.given_notice(endpoint).await, notifier.given_notice(endpoint).await];
    assert_eq!(notifier.tell().await, 2);
    assert_eq!(notifier.off(endpoint).await.as_deref(), Some("gone"));
    for notice in notices {
        assert_eq!(notifier.delivery(endpoint, notice).await.state, "failed");
    }
    let mails = sqlx::query_scalar!(r#"select count(*) as "count!" from outbox where kind = 'webhook_off'"#);
    assert_eq!(mails.fetch_one(&notifier.app.postgres).await.unwrap(), 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_fails_again_and_again_rests_and_is_tried_with_one(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    receiver.behave(status(500));
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    for _ in 0..20 {
        notifier.given_notice(endpoint).await;
    }
    assert_eq!(notifier.tell().await, 4, "a few at a time");
    assert_eq!(notifier.tell().await, 4);
    assert_eq!(notifier.tell().await, 0, "after eight failures in a row it rests");
    notifier.pass(TimeDelta::minutes(5));
    assert_eq!(notifier.tell().await, 1, "then it is tried with one");
    assert_eq!(notifier.tell().await, 0);
    receiver.behave(status(200));
    notifier.pass(TimeDelta::minutes(15));
    assert_eq!(notifier.tell().await, 1);
    assert_eq!(notifier.tell().await, 4, "one that arrives makes it as good as new");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_endpoint_that_hangs_delays_nobody(postgres: PgPool) {
    let notifier = TestNotifier::near(postgres).await;
    let (hangs, well) = (Receiver::start(), Receiver::start());
    hangs.behave(Manner::Hang);
    let (dead, alive) =
        (notifier.given_endpoint(&hangs.url()).await, notifier.given_endpoint(&well.url()).await);
    for _ in 0..20 {
        notifier.given_notice(dead).await;
        notifier.given_notice(alive).await;
    }
    let lifecycle = Lifecycle::new(Duration::from_secs(5));
    run::start(&notifier.app, Duration::from_millis(20), &lifecycle);
    let waiting = well.clone();
    let hanging = hangs.clone();
    let wait = move || (waiting.wait_for(20), hanging.wait_for(4));
    tokio::task::spawn_blocking(wait).await.unwrap();
    assert_eq!(hangs.told().len(), 4, "all the while the other one has its four, and no more");
    assert!(well.most_open() <= 4, "{} at once", well.most_open());
    lifecycle.stop();
    assert!(lifecycle.wait().await, "what hangs is let go at the end");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn two_copies_never_tell_one_notice_twice(postgres: PgPool) {
    let one = TestNotifier::near(postgres.clone()).await;
    let (two, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let endpoint = one.given_endpoint(&receiver.url()).await;
    for _ in 0..40 {
        one.given_notice(endpoint).await;
    }
    while tokio::join!(one.tell(), two.tell()) != (0, 0) {}
    let mut ids: Vec<_> = receiver.told().iter().map(|told| told.header("webhook-id").to_owned()).collect();
    assert_eq!(ids.len(), 40);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_a_copy_took_before_it_died_is_told_by_another(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    let notice = notifier.given_notice(endpoint).await;
    let (rules, now) = (notifier.app.webhooks.rules, notifier.clock.now());
    let from = (&notifier.app.postgres, &*notifier.app.seals);
    let taken = store::take(from, &rules, &[].into(), 1, now).await.unwrap();
    assert_eq!(taken[0].notice, notice);
    assert_eq!(notifier.tell().await, 0, "it is leased");
    notifier.pass(rules.lease);
    assert_eq!(notifier.tell().await, 1);
    // The first one lives after all and says how it went: it is not asked any more.
    let mut tx = notifier.app.postgres.begin().await.unwrap();
    store::failed(&mut tx, &taken[0], None, now).await.unwrap();
    tx.commit().await.unwrap();
    let row = notifier.delivery(endpoint, notice).await;
    assert_eq!((row.state.as_str(), row.attempts), ("delivered", 2));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_was_told_a_month_ago_is_forgotten_and_so_are_removed_endpoints(postgres: PgPool) {
    let (notifier, receiver) = (TestNotifier::near(postgres).await, Receiver::start());
    let endpoint = notifier.given_endpoint(&receiver.url()).await;
    notifier.given_notice(endpoint).await;
    notifier.tell().await;
    sqlx::query!("update webhook_endpoint set removed_at = $1", notifier.clock.now())
        .execute(&notifier.app.postgres)
        .await
        .unwrap();
    let left = async || {
        notifier::webhook::forget::tick(&notifier.app).await;
        let rows = sqlx::query_scalar!(
            r#"select (select count(*) from webhook_notice) + (select count(*) from webhook_attempt)
                 + (select count(*) from webhook_endpoint) as "count!""#
        );
        rows.fetch_one(&notifier.app.postgres).await.unwrap()
    };
    notifier.pass(TimeDelta::days(30));
    assert_eq!(left().await, 3);
    notifier.pass(TimeDelta::seconds(1));
    assert_eq!(left().await, 0);
}
