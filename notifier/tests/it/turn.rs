//! The mails to those in line, by a real SMTP server; what they say is forgotten afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::message::{Message, SignInCode, TurnCame, TurnNear};
use platform::clock::Clock;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    sink::{Manner, Sink},
    support::{TestNotifier, tickets_for},
};

const URL: &str = "https://usher.example/queue/0197";

fn near() -> Message {
    let issued = tickets_for("Ada", &[]);
    let (room, queue_url) = ("Tonight".to_owned(), URL.to_owned());
    let (from_minutes, to_minutes) = (4, 9);
    Message::TurnNear(TurnNear {
        to: issued.to,
        room,
        event: Some(issued.event),
        from_minutes,
        to_minutes,
        queue_url,
    })
}

fn came(until: Option<DateTime<Utc>>) -> Message {
    let issued = tickets_for("Ada", &[]);
    let (room, queue_url) = ("Tonight".to_owned(), URL.to_owned());
    Message::TurnCame(TurnCame { to: issued.to, room, event: Some(issued.event), until, queue_url })
}

/// A mail as it came, in one line.
fn flat(mail: &str) -> String {
    mail.replace("=\r\n", "").replace("\r\n", " ")
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_mails_to_those_in_line_say_what_to_do_and_are_forgotten(postgres: PgPool) {
    let sink = Sink::start();
    let notifier = TestNotifier::with_smtp(postgres, &sink.url()).await;
    let until = notifier.clock.now() + TimeDelta::minutes(2);
    let mut ids = Vec::new();
    for message in [near(), came(Some(until)), came(None)] {
        ids.push(notifier.given(&message).await);
        assert_eq!(notifier.tick().await, 1);
    }
    let mails: Vec<String> = sink.mails().iter().map(|mail| flat(mail)).collect();
    assert!(mails[0].contains("is likely to come in 4 to 9 minutes"), "{}", mails[0]);
    assert!(mails[1].contains("Go in by Friday, 15 January 2027, 09:02 (CET)"), "{}", mails[1]);
    assert!(mails[2].contains("You have reached the front of the line"), "{}", mails[2]);
    assert!(mails.iter().all(|mail| mail.contains(URL) && mail.contains("ada@example.com")));
    for id in ids {
        let row = notifier.row(id).await;
        assert!(row.delivered_at.is_some());
        assert!(!notifier.body(id).await.to_string().contains('@'), "the address is forgotten");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_not_true_any_more_is_not_sent_and_forgotten_too(postgres: PgPool) {
    let sink = Sink::start();
    sink.behave(Manner::RefuseForNow);
    let notifier = TestNotifier::with_smtp(postgres, &sink.url()).await;
    let until = notifier.clock.now() + TimeDelta::minutes(2);
    let code = SignInCode {
        to: tickets_for("Ada", &[]).to,
        code: "1234 5678".to_owned(),
        sealed: false,
        minutes: 10,
    };
    let turn = notifier.given(&came(Some(until))).await;
    let code = notifier.given(&Message::SignInCode(code)).await;
    notifier.tick().await;
    assert!(notifier.body(turn).await.to_string().contains('@'), "it is tried again");
    sink.behave(Manner::Accept);
    notifier.pass(TimeDelta::minutes(3));
    notifier.tick().await;
    let late = notifier.row(turn).await;
    assert_eq!((late.delivered_at, late.last_error.as_deref()), (None, Some("too late")));
    assert!(late.given_up_at.is_some());
    assert_eq!(notifier.body(turn).await, json!({ "kind": "turn_came" }));
    assert!(notifier.row(code).await.delivered_at.is_some(), "the code is still good");
    assert_eq!(notifier.body(code).await, json!({ "kind": "sign_in_code" }));
    assert_eq!(sink.mails().len(), 1);
}
