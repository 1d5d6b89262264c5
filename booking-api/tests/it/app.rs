//! What the tests speak: [`TestBooking`] is the service, a [`Client`] somebody who calls it.

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body};
use booking_api::{
    code::CodeSecret,
    config::Config,
    keys::{Keys, Public, StripeKeys},
    routes,
    state::{Booking, Stores},
};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use contracts::{
    assertion::{self, Admitted, Assertion},
    id::{AccountId, EventId, PassId, RoomId, VisitorId},
    key::PrivateKey,
    pass::PassKind,
    session::{Role, Session},
    token,
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use openapi::answers::{self, Seen};
use platform::{
    clock::FakeClock, config::RedisConfig, http::Kind, ids::Ids, lifecycle::Lifecycle, redis, sealed::Seals,
};
use serde_json::Value;
use sqlx::PgPool;
use tower::ServiceExt;

/// The service with a fake clock, seeded ids and keys of its own.
pub(crate) struct TestBooking {
    pub(crate) app: Booking,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) postgres: PgPool,
    pub(crate) lifecycle: Lifecycle,
    gate: PrivateKey,
    router: Router,
}

/// Somebody who calls the service.
#[derive(Clone)]
pub(crate) struct Client<'a> {
    of: &'a TestBooking,
    pub(crate) visitor: VisitorId,
    pub(crate) account: Option<AccountId>,
    session: Option<String>,
    pass: Option<Admitted>,
    asserted: bool,
    headers: HeaderMap,
}

/// What the service answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

/// Seals what tests keep.
pub(crate) const SEAL_KEY: [u8; 32] = [5; 32];

/// When the tests take place: a fixed day in summer.
pub(crate) fn beginning() -> DateTime<Utc> {
    "2027-06-01T12:00:00Z".parse().unwrap()
}

impl TestBooking {
    /// The service on this database; its Redis is shared, and its ids are its own.
    pub(crate) async fn start(postgres: PgPool) -> Self {
        std::future::ready(Self::with(postgres, &[])).await
    }

    /// The same with more arguments.
    pub(crate) fn with(postgres: PgPool, arguments: &[&str]) -> Self {
        Self::with_redis(postgres, &shared_redis(), arguments)
    }

    /// The same with other keys for what is kept.
    pub(crate) fn sealing(postgres: PgPool, keys: &[[u8; 32]]) -> Self {
        Self::made_of(postgres, &shared_redis(), &[], keys)
    }

    /// The same with a Redis of its own.
    pub(crate) fn with_redis(postgres: PgPool, redis_url: &str, arguments: &[&str]) -> Self {
        Self::made_of(postgres, redis_url, arguments, &[SEAL_KEY])
    }

    fn made_of(postgres: PgPool, redis_url: &str, arguments: &[&str], seals: &[[u8; 32]]) -> Self {
        let clock = FakeClock::new(beginning());
        let (gate, session) = (PrivateKey::from_seed([1; 32]), PrivateKey::from_seed([2; 32]));
        let config = config(redis_url, arguments);
        let ticket = PrivateKey::from_seed([3; 32]);
        let keys = Keys {
            sessions: Public::fixed(session.public()),
            session,
            tickets: Public::with(ticket.public(), config.ticket_jwks.clone()).unwrap(),
            ticket,
            gate: Public::fixed(gate.public()),
            sandbox_secret: b"a secret of the test sandbox".to_vec(),
            codes: CodeSecret::new(b"a secret under which tests keep codes".to_vec()).unwrap(),
            seals: Seals::new(seals).unwrap(),
            wallet: booking_api::keys::wallet(&config.wallet).unwrap(),
            providers: config
                .oidc_providers
                .as_deref()
                .map_or_else(Vec::new, |file| booking_api::oidc::read::read(file).unwrap()),
            stripe: Some(StripeKeys {
                api: "sk_test_12345678".to_owned(),
                webhook: b"whsec_of_the_tests".to_vec(),
            }),
        };
        let connection = redis::connect(&config.redis).unwrap();
        let stores = Stores { postgres: postgres.clone(), catalog: postgres.clone(), redis: connection };
        // Databases are apart, Redis is not: ids must differ from those of other tests.
        let ids = Ids::new(u64::from_le_bytes(platform::ids::secret()), clock.clone());
        let app = Booking::new(config, stores, clock.clone(), ids, keys);
        let lifecycle = Lifecycle::new(std::time::Duration::from_secs(5));
        let router = routes::serving(app.clone(), &lifecycle);
        Self { app, clock, postgres, lifecycle, gate, router }
    }

    /// What is served.
    pub(crate) fn router(&self) -> &Router {
        &self.router
    }

    /// Serves where somebody was told already that we are.
    pub(crate) fn serve(&self, listener: tokio::net::TcpListener) -> SocketAddr {
        platform::http::serve(listener, self.router.clone(), &self.lifecycle).unwrap()
    }

    /// Somebody whom nobody knows.
    pub(crate) fn stranger(&self) -> Client<'_> {
        Client {
            of: self,
            visitor: self.app.ids.next(),
            account: None,
            session: None,
            pass: None,
            asserted: true,
            headers: HeaderMap::new(),
        }
    }

    /// A fan who is signed in.
    pub(crate) async fn fan(&self) -> Client<'_> {
        self.person(Role::Fan).await
    }

    /// An organizer who is signed in.
    pub(crate) async fn organizer(&self) -> Client<'_> {
        self.person(Role::Organizer).await
    }

    async fn person(&self, role: Role) -> Client<'_> {
        let id: AccountId = self.app.ids.next();
        let account =
            booking_api::account::Account { id, email: format!("{id}@example.org").into(), name: None, role };
        let mut tx = self.postgres.begin().await.unwrap();
        let now = platform::clock::Clock::now(&*self.clock);
        booking_api::account::store::insert(&mut tx, &account, None, now).await.unwrap();
        tx.commit().await.unwrap();
        self.stranger().of_account(id, role)
    }
}

/// The Redis that tests share; their keys are apart.
fn shared_redis() -> String {
    #[expect(clippy::disallowed_methods, reason = "the test servers are named by the environment")]
    std::env::var("USHER_TEST_REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1:16379".to_owned())
}

fn config(redis_url: &str, arguments: &[&str]) -> Config {
    let always = [
        "booking-api",
        "--postgres-url",
        "postgres://unused",
        "--redis-url",
        redis_url,
        "--gate-jwks",
        "unused",
        "--session-jwks",
        "unused",
        "--session-key",
        "unused",
        "--ticket-key",
        "unused",
        "--sandbox-secret",
        "unused",
        "--code-secret",
        "unused",
        "--seal-keys",
        "unused",
    ];
    let config = Config::parse_from(always.iter().chain(arguments));
    let _: &RedisConfig = &config.redis;
    config
}

impl Client<'_> {
    /// The same browser with a session of `account`.
    pub(crate) fn of_account(mut self, account: AccountId, role: Role) -> Self {
        let now = self.now();
        let session = Session {
            sub: account,
            sid: self.of.app.ids.next(),
            rot: 0,
            role,
            guest: false,
            iat: now,
            exp: now + TimeDelta::hours(12),
        };
        self.account = Some(account);
        self.session = Some(token::sign(&session, &self.of.app.keys.session));
        self
    }

    /// The same with this session token.
    pub(crate) fn with_session(mut self, token: &str) -> Self {
        self.session = Some(token.to_owned());
        self
    }

    /// The same, admitted to `event` for ten minutes.
    pub(crate) fn admitted(mut self, event: EventId, room: RoomId) -> Self {
        let until = self.now() + TimeDelta::minutes(10);
        self.pass =
            Some(Admitted { id: self.of.app.ids.next(), room, event, kind: PassKind::Admitted, until });
        self
    }

    /// The same, let through by a room in bypass.
    pub(crate) fn let_through(mut self, event: EventId, room: RoomId) -> Self {
        let until = self.now() + TimeDelta::seconds(60);
        let (id, kind) = (self.of.app.ids.next(), PassKind::Bypass);
        self.pass = Some(Admitted { id, room, event, kind, until });
        self
    }

    /// The same with the pass of a friend, as a party has it.
    pub(crate) fn with_pass_of(mut self, friend: &Self) -> Self {
        self.pass.clone_from(&friend.pass);
        self
    }

    /// The pass that the browser carries.
    pub(crate) fn pass(&self) -> PassId {
        self.pass.as_ref().unwrap().id
    }

    /// The same, but past the gate.
    pub(crate) fn without_assertion(mut self) -> Self {
        self.asserted = false;
        self
    }

    /// The same with one more header.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    fn now(&self) -> DateTime<Utc> {
        platform::clock::Clock::now(&*self.of.clock)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, Body::empty()).await
    }

    /// Any call; the body is said to be JSON unless a header says otherwise.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Body) -> Answer {
        let (parts, body) = self.open(method.clone(), path, body).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        answers::hold_http(&["booking-api"], Seen::AtARouter, (&method, path), &parts, &bytes);
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// The same, of which the body is still to come.
    pub(crate) async fn open(&self, method: Method, path: &str, body: Body) -> http::Response<Body> {
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        if let Some(session) = &self.session {
            headers.insert(header::AUTHORIZATION, format!("Bearer {session}").parse().unwrap());
        }
        if self.asserted {
            let now = self.now();
            let said = Assertion {
                sub: self.visitor,
                pass: self.pass.clone(),
                iat: now,
                exp: now + assertion::LASTS,
            };
            headers.insert(assertion::HEADER, token::sign(&said, &self.of.gate).parse().unwrap());
        }
        headers.extend(self.headers.clone());
        self.of.router.clone().oneshot(request).await.unwrap()
    }
}

impl Answer {
    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The JSON of an answer that must have this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// The problem that this answer must be.
    #[track_caller]
    pub(crate) fn expect_problem(&self, kind: Kind) -> Value {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json", "{}", self.text());
        let body = self.json();
        assert_eq!(body["type"], format!("/problems/{}", kind.name), "{body}");
        assert_eq!((self.status, &body["status"]), (kind.status, &kind.status.as_u16().into()));
        assert_eq!(body["title"], kind.title);
        body
    }
}
