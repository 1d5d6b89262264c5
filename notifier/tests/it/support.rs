//! A notifier in the test's hands: its clock, its outbox.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use contracts::{
    id::{EventId, MessageId, OrderRef, TicketId, TicketRef},
    language::Language,
    message::{EventBrief, IssuedTicket, Message, OrderRefunded, PaymentReturned, Recipient, TicketsIssued},
    money::Money,
};
use notifier::{config::Config, delivery::run, state::Notifier};
use platform::{clock::FakeClock, ids::Ids};
use sqlx::PgPool;
use uuid::Uuid;

/// A notifier with a clock that the test moves.
pub(crate) struct TestNotifier {
    pub(crate) app: Notifier,
    pub(crate) clock: Arc<FakeClock>,
    ids: Ids,
}

/// What the outbox says of a message.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) attempts: i32,
    pub(crate) next_attempt_at: DateTime<Utc>,
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    pub(crate) given_up_at: Option<DateTime<Utc>>,
    pub(crate) last_error: Option<String>,
}

impl TestNotifier {
    /// A notifier that sends to this SMTP URL.
    pub(crate) async fn with_smtp(postgres: PgPool, url: &str) -> Self {
        Self::with(postgres, &["--smtp-url", url]).await
    }

    /// A notifier with these arguments.
    pub(crate) async fn with(postgres: PgPool, arguments: &[&str]) -> Self {
        let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/seal-keys");
        let from = "Usher <tickets@usher.example>";
        let all = ["notifier", "--postgres-url", "postgres://unused", "--from", from, "--seal-keys", keys];
        let config = Config::parse_from(all.iter().chain(arguments));
        let clock = FakeClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let ids = Ids::new(7, clock.clone());
        let mut app = Notifier::new(&config, clock.clone(), &ids).await.unwrap();
        app.postgres = postgres;
        Self { app, clock, ids }
    }

    /// Appends a message as booking-api does.
    pub(crate) async fn given(&self, message: &Message) -> MessageId {
        self.given_body(message.kind(), serde_json::to_value(message).unwrap()).await
    }

    /// Appends any body.
    pub(crate) async fn given_body(&self, kind: &str, body: serde_json::Value) -> MessageId {
        use platform::clock::Clock;
        let (id, now): (MessageId, _) = (self.ids.next(), self.clock.now());
        sqlx::query!(
            "insert into outbox (message_id, kind, cause, body, created_at, next_attempt_at) values ($1, $2, $3, $4, $5, $5)",
            id.uuid(),
            kind,
            id.to_string(),
            body,
            now
        )
        .execute(&self.app.postgres)
        .await
        .unwrap();
        id
    }

    /// One tick; says how many messages it took.
    pub(crate) async fn tick(&self) -> usize {
        run::tick(&self.app).await.unwrap()
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, time: TimeDelta) {
        self.clock.advance(time);
    }

    /// What a message says that is kept.
    pub(crate) async fn body(&self, id: MessageId) -> serde_json::Value {
        sqlx::query_scalar!("select body from outbox where message_id = $1", id.uuid())
            .fetch_one(&self.app.postgres)
            .await
            .unwrap()
    }

    /// What the outbox says.
    pub(crate) async fn row(&self, id: MessageId) -> Row {
        sqlx::query_as!(
            Row,
            "select attempts, next_attempt_at, delivered_at, given_up_at, last_error from outbox where message_id = $1",
            id.uuid()
        )
        .fetch_one(&self.app.postgres)
        .await
        .unwrap()
    }
}

/// The tickets of a purchase by `name`.
pub(crate) fn tickets_for(name: &str, places: &[&str]) -> TicketsIssued {
    let event: EventId = Uuid::from_u128(1).into();
    let ticket = |(at, place): (usize, &&str)| IssuedTicket {
        ticket: TicketRef { event, ticket: TicketId::new(u32::try_from(at).unwrap()).unwrap() },
        place: (*place).to_owned(),
        code: format!("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh-{at}.key-1"),
    };
    TicketsIssued {
        to: Recipient {
            email: "ada@example.com".to_owned(),
            name: Some(name.to_owned()),
            language: Language::En,
        },
        order: OrderRef { event, order: Uuid::from_u128(2).into() },
        event: a_concert(),
        total: Money { minor: 9900, currency: "EUR".parse().unwrap() },
        tickets: places.iter().enumerate().map(ticket).collect(),
        order_url: "https://usher.example/order/abc".to_owned(),
    }
}

/// A payment that goes back.
pub(crate) fn a_return() -> PaymentReturned {
    let issued = tickets_for("Ada", &[]);
    PaymentReturned {
        to: issued.to,
        order: issued.order,
        event: issued.event,
        total: issued.total,
        cause: None,
        why: "The payment came after the seats were sold to somebody else.".to_owned(),
    }
}

/// One ticket that goes back.
pub(crate) fn a_refund(called_off: bool) -> OrderRefunded {
    let issued = tickets_for("Ada", &[]);
    OrderRefunded {
        to: issued.to,
        order: issued.order,
        event: issued.event,
        amount: Money { minor: 4950, ..issued.total },
        places: vec!["Row A, seat 4".to_owned()],
        why: "The stage is in front of it.".to_owned(),
        called_off,
    }
}

fn a_concert() -> EventBrief {
    EventBrief {
        title: "Night of Strings".to_owned(),
        venue: "Harbour Hall".to_owned(),
        city: "Hamburg".to_owned(),
        starts_at: DateTime::from_timestamp(1_798_135_200, 0).unwrap(),
        time_zone: "Europe/Berlin".to_owned(),
        brand: None,
    }
}
