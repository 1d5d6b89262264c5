//! A message that was committed is mailed, whatever dies, and by one copy at a time.

use std::{collections::BTreeSet, net::TcpListener};

use chrono::TimeDelta;
use contracts::message::Message;
use notifier::delivery::{run, store, take};
use platform::clock::Clock;
use sqlx::PgPool;

use crate::{
    sink::{Manner, Sink},
    support::{TestNotifier, tickets_for},
};

fn a_message() -> Message {
    Message::TicketsIssued(tickets_for("Ada", &["Row A, seat 1"]))
}

fn message_id(mail: &str) -> &str {
    mail.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_message_is_delivered_once_the_server_has_accepted_it(postgres: PgPool) {
    let sink = Sink::start();
    let notifier = TestNotifier::with_smtp(postgres, &sink.url()).await;
    let id = notifier.given(&a_message()).await;
    assert_eq!(notifier.tick().await, 1);
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(message_id(&mails[0]), format!("<{id}@usher.example>"));
    assert!(notifier.row(id).await.delivered_at.is_some());
    assert_eq!(notifier.tick().await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_server_that_is_down_gets_the_mail_when_it_is_up(postgres: PgPool) {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let notifier = TestNotifier::with_smtp(postgres, &format!("smtp://{address}")).await;
    let id = notifier.given(&a_message()).await;
    notifier.tick().await;
    let row = notifier.row(id).await;
    assert_eq!((row.attempts, row.delivered_at, row.given_up_at), (1, None, None));
    assert!(row.last_error.unwrap().starts_with("the mail was not accepted: "));
    assert_eq!(notifier.tick().await, 0, "it waits for its pause");

    let sink = Sink::start_on(address);
    notifier.pass(TimeDelta::seconds(1));
    notifier.tick().await;
    assert_eq!(sink.mails().len(), 1);
    let row = notifier.row(id).await;
    assert_eq!((row.attempts, row.last_error), (2, None));
    assert!(row.delivered_at.is_some());
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_message_refused_too_often_is_set_aside(postgres: PgPool) {
    let sink = Sink::start();
    sink.behave(Manner::RefuseForNow);
    let notifier = TestNotifier::with(postgres, &["--smtp-url", &sink.url(), "--attempts", "3"]).await;
    let id = notifier.given(&a_message()).await;
    let mut due = notifier.row(id).await.next_attempt_at;
    for attempt in 1..=3 {
        assert_eq!(notifier.tick().await, 1, "attempt {attempt}");
        notifier.pass(TimeDelta::seconds(4));
        let row = notifier.row(id).await;
        assert!(attempt == 3 || row.next_attempt_at > due, "{row:?}");
        due = row.next_attempt_at;
    }
    let row = notifier.row(id).await;
    assert!(row.given_up_at.is_some() && row.last_error.unwrap().contains("451"));
    notifier.pass(TimeDelta::days(2));
    assert_eq!(notifier.tick().await, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_mail_refused_for_good_is_set_aside_at_once_and_goes_out_when_it_is_made_due_again(
    postgres: PgPool,
) {
    let sink = Sink::start();
    sink.behave(Manner::RefuseForGood);
    let notifier = TestNotifier::with_smtp(postgres, &sink.url()).await;
    let id = notifier.given(&a_message()).await;
    notifier.tick().await;
    let row = notifier.row(id).await;
    assert!(
        row.given_up_at.is_some() && row.last_error.unwrap().contains("550"),
        "no second try at a mailbox that is not there"
    );
    notifier.pass(TimeDelta::days(2));
    assert_eq!(notifier.tick().await, 0);
    // As booking-api does where the organizer says so.
    sink.behave(Manner::Accept);
    sqlx::query!(
        "update outbox set given_up_at = null, attempts = 0, next_attempt_at = $1",
        notifier.clock.now()
    )
    .execute(&notifier.app.postgres)
    .await
    .unwrap();
    assert_eq!(notifier.tick().await, 1);
    assert_eq!(sink.mails().len(), 1);
    assert!(notifier.row(id).await.delivered_at.is_some());
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn two_copies_never_send_one_message_twice(postgres: PgPool) {
    let sink = Sink::start();
    let one = TestNotifier::with_smtp(postgres.clone(), &sink.url()).await;
    let other = TestNotifier::with_smtp(postgres, &sink.url()).await;
    for _ in 0..80 {
        one.given(&a_message()).await;
    }
    let drain = async |copy: &TestNotifier| while run::tick(&copy.app).await.unwrap() > 0 {};
    tokio::join!(drain(&one), drain(&other), drain(&one), drain(&other));
    let mails = sink.mails();
    let ids: BTreeSet<_> = mails.iter().map(|mail| message_id(mail)).collect();
    assert_eq!((mails.len(), ids.len()), (80, 80));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_copy_killed_after_the_server_accepted_leaves_a_twin_with_the_same_message_id(postgres: PgPool) {
    let sink = Sink::start();
    sink.behave(Manner::AcceptAndFallSilent);
    let dies = TestNotifier::with_smtp(postgres.clone(), &sink.url()).await;
    let lives = TestNotifier::with_smtp(postgres, &sink.url()).await;
    let id = dies.given(&a_message()).await;
    let arrival = {
        let sink = sink.clone();
        tokio::task::spawn_blocking(move || sink.wait_for(1))
    };
    tokio::select! {
        _ = run::tick(&dies.app) => panic!("the server never answered"),
        arrived = arrival => arrived.unwrap(),
    }
    sink.behave(Manner::Accept);
    assert_eq!(lives.tick().await, 0, "the message is leased to the dead copy");
    lives.pass(TimeDelta::minutes(1));
    assert_eq!(lives.tick().await, 1);
    let mails = sink.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(message_id(&mails[0]), message_id(&mails[1]));
    assert!(lives.row(id).await.delivered_at.is_some());
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_message_that_kills_its_takers_is_set_aside(postgres: PgPool) {
    let sink = Sink::start();
    let notifier = TestNotifier::with(postgres, &["--smtp-url", &sink.url(), "--attempts", "2"]).await;
    let id = notifier.given(&a_message()).await;
    for _ in 0..2 {
        assert_eq!(take::take(&notifier.app).await.unwrap().len(), 1);
        notifier.pass(TimeDelta::minutes(1));
    }
    assert_eq!(notifier.tick().await, 1);
    assert!(notifier.row(id).await.given_up_at.is_some());
    assert_eq!(sink.mails().len(), 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_a_taker_writes_after_its_lease_does_not_count(postgres: PgPool) {
    let sink = Sink::start();
    let notifier = TestNotifier::with_smtp(postgres, &sink.url()).await;
    let id = notifier.given(&a_message()).await;
    let late = take::take(&notifier.app).await.unwrap().remove(0);
    notifier.pass(TimeDelta::minutes(1));
    let next = take::take(&notifier.app).await.unwrap().remove(0);
    let now = notifier.app.clock.now();
    store::give_up(&notifier.app.postgres, &late, now, "too late").await.unwrap();
    assert!(!store::mark_delivered(&notifier.app.postgres, &late, now).await.unwrap());
    assert!(notifier.row(id).await.given_up_at.is_none());
    assert!(store::mark_delivered(&notifier.app.postgres, &next, now).await.unwrap());
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_poisoned_body_is_set_aside_with_its_cause_and_stops_nobody_else(postgres: PgPool) {
    let sink = Sink::start();
    let notifier = TestNotifier::with_smtp(postgres, &sink.url()).await;
    let strange = notifier.given_body("tickets_issued", serde_json::json!({"kind": "carrier_pigeon"})).await;
    let mut nowhere = tickets_for("Ada", &["Row A, seat 1"]);
    nowhere.to.email = "not an address".to_owned();
    let nowhere = notifier.given(&Message::TicketsIssued(nowhere)).await;
    let fine = notifier.given(&a_message()).await;
    assert_eq!(notifier.tick().await, 3);
    for (id, cause) in [(strange, "carrier_pigeon"), (nowhere, "the recipient's address is not an address")] {
        let row = notifier.row(id).await;
        assert!(row.given_up_at.is_some() && row.last_error.as_ref().unwrap().contains(cause), "{row:?}");
    }
    assert!(notifier.row(fine).await.delivered_at.is_some());
}
