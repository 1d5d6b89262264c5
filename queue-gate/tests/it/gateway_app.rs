//! A gate in front of two services that say what they heard.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use axum::{Router, extract::Request, http::HeaderMap, response::IntoResponse};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use contracts::{
    assertion::Assertion,
    id::{EventId, RoomId, VisitorId},
    key::PrivateKey,
    pass::{self, Pass, PassKind},
    session::{Role, Session},
    token, visitor,
};
use platform::{clock::FakeClock, ids::secret, lifecycle::Lifecycle};
use queue_gate::{
    Config, Gate,
    room::{Policy, Room, RoomState, Settings},
    state::RoomClock,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;
use tokio::net::TcpListener;
use uuid::Uuid;

/// An id for a test.
pub(crate) fn id<T: From<Uuid>>(number: u128) -> T {
    Uuid::from_u128(number).into()
}

/// How many connections such a gate bears.
const CONNECTIONS: usize = 1000;

/// The gate, on a port of its own.
pub(crate) struct TestGateway {
    pub(crate) gate: Gate,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) address: SocketAddr,
    http: reqwest::Client,
    lifecycle: Lifecycle,
    _files: TempDir,
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        self.lifecycle.stop();
    }
}

impl TestGateway {
    /// A gate that has read its rooms, in front of two services that answer with what they heard.
    pub(crate) async fn start(postgres: PgPool, more: &[&str]) -> Self {
        let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
        let booking = serve(echo("booking"), &lifecycle).await;
        let search = serve(echo("search"), &lifecycle).await;
        let app = Self::before(postgres, booking, search, lifecycle, more).await;
        app.gate.rooms.refresh(&app.gate).await.unwrap();
        app
    }

    /// A gate that has never read its rooms.
    pub(crate) async fn start_blind(postgres: PgPool) -> Self {
        let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
        let both = serve(echo("booking"), &lifecycle).await;
        Self::before(postgres, both, both, lifecycle, &[]).await
    }

    /// A gate in front of these.
    pub(crate) async fn before(
        postgres: PgPool,
        booking: SocketAddr,
        search: SocketAddr,
        lifecycle: Lifecycle,
        more: &[&str],
    ) -> Self {
        let files = tempfile::tempdir().unwrap();
        let config = config(&postgres, &files, booking, search, more);
        let clock = FakeClock::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let gate =
            Gate::with_clock(config, &lifecycle, clock.clone(), RoomClock::Moved(clock.clone())).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address =
            queue_gate::serve(listener, queue_gate::router(gate.clone()), &gate, CONNECTIONS, None).unwrap();
        Self { gate, clock, address, http: http(), lifecycle, _files: files }
    }

    /// What a browser shows in its address bar.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Somebody with a visitor's cookie.
    pub(crate) fn fan(&self) -> Fan {
        let visitor = Uuid::from_bytes(secret()).into();
        let cookie = format!("{}={}", visitor::COOKIE, visitor::sign(visitor, &self.gate.keys.secret));
        Fan {
            visitor,
            cookie: Some(cookie),
            base: format!("http://{}", self.address),
            http: self.http.clone(),
        }
    }

    /// Somebody without.
    pub(crate) fn stranger(&self) -> Fan {
        Fan { cookie: None, ..self.fan() }
    }

    /// An event with a room in `state`, in this gate's view only.
    pub(crate) fn given_room(&self, state: RoomState) -> (EventId, RoomId) {
        let room = self.room(state);
        let ids = (room.event, room.id);
        self.gate.rooms.put(room);
        ids
    }

    /// An event with an open room that is on record, so that it has a line.
    pub(crate) async fn given_line(&self) -> (EventId, RoomId) {
        let room = self.room(RoomState::Open);
        let mut tx = platform::postgres::begin(&self.gate.postgres).await.unwrap();
        assert!(queue_gate::room::store::insert(&mut tx, &room).await.unwrap());
        platform::postgres::commit(tx).await.unwrap();
        self.gate.rooms.refresh(&self.gate).await.unwrap();
        (room.event, room.id)
    }

    pub(crate) fn room(&self, state: RoomState) -> Room {
        Room {
            id: Uuid::from_bytes(secret()).into(),
            event: Uuid::from_bytes(secret()).into(),
            owner: id(1),
            name: "Arena".to_owned(),
            state,
            version: 1,
            settings: Settings {
                admit_per_minute: 60,
                max_active: 10,
                claim_window: TimeDelta::minutes(2),
                session_length: TimeDelta::minutes(10),
            },
            policy: Policy::default(),
            message: None,
            pause_reason: None,
            exception: None,
            failed_open_at: None,
            epoch: 0,
            created_at: self.gate.clock.now(),
        }
    }

    /// The cookie of a pass of 10 minutes.
    pub(crate) fn pass(&self, fan: &Fan, event: EventId, room: RoomId) -> String {
        let now = self.gate.clock.now();
        let exp = now + TimeDelta::minutes(10);
        let jti = Uuid::from_bytes(secret()).into();
        let pass = Pass { sub: fan.visitor, jti, room, event, kind: PassKind::Admitted, iat: now, exp };
        format!("{}={}", pass::cookie(event), token::sign(&pass, &self.gate.keys.signing))
    }

    /// An assertion that a client would like to be believed.
    pub(crate) fn forged_assertion(&self) -> String {
        let now: DateTime<Utc> = self.gate.clock.now();
        let claims = Assertion { sub: id(666), pass: None, iat: now, exp: now + TimeDelta::seconds(60) };
        token::sign(&claims, &self.gate.keys.signing)
    }

    /// What the owner of every room here says in `Authorization`.
    pub(crate) fn organizer(&self) -> String {
        let iat = self.gate.clock.now();
        let (sub, exp) = (id(1), iat + TimeDelta::days(1));
        let session = Session { sub, sid: id(2), rot: 0, role: Role::Organizer, guest: false, iat, exp };
        format!("Bearer {}", token::sign(&session, &sessions()))
    }

    /// What a service reads in an assertion.
    pub(crate) fn read_assertion(&self, header: impl AsRef<str>) -> Assertion {
        token::verify(header.as_ref(), &self.gate.keys.public(), self.gate.clock.now()).unwrap()
    }
}

/// The key that sessions are signed with.
pub(crate) fn sessions() -> PrivateKey {
    PrivateKey::from_seed([2; 32])
}

fn config(
    postgres: &PgPool,
    files: &TempDir,
    booking: SocketAddr,
    search: SocketAddr,
    more: &[&str],
) -> Config {
    let write = |name: &str, text: String| -> PathBuf {
        let file = files.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let key = write("gate.jwk", PrivateKey::from_seed(secret()).to_jwk());
    let sessions = write("session.jwks", sessions().public().to_jwks().to_string());
    let gate_secret = write("secret", "5a".repeat(32));
    let options = postgres.connect_options();
    let database = options.get_database().unwrap();
    let server = option_env_or("DATABASE_URL");
    let (server, _) = server.rsplit_once('/').unwrap();
    let mut arguments: Vec<String> = vec![
        "queue-gate".to_owned(),
        format!("--postgres-url={server}/{database}"),
        format!("--redis-url={}", option_env_or("USHER_TEST_REDIS_URL")),
        format!("--gate-key={}", key.display()),
        format!("--gate-secret={}", gate_secret.display()),
        format!("--session-jwks={}", sessions.display()),
        format!("--booking=http://{booking}"),
        format!("--search=http://{search}"),
        "--public-url=https://usher.example".to_owned(),
    ];
    arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
    Config::parse_from(arguments)
}

#[expect(clippy::disallowed_methods, reason = "tests learn from the environment where the servers are")]
fn option_env_or(name: &str) -> String {
    std::env::var(name).expect("the tests' servers are named in the environment")
}

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .no_gzip()
        .build()
        .unwrap()
}

/// Serves `routes` on a free port.
pub(crate) async fn serve(routes: Router, lifecycle: &Lifecycle) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stopping = lifecycle.stopping();
    lifecycle.spawn(async move {
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(stopping.cancelled_owned()).await.unwrap();
    });
    address
}

/// A service that answers with what it heard.
pub(crate) fn echo(service: &'static str) -> Router {
    Router::new().fallback(move |request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let heard = json!({
            "service": service,
            "method": parts.method.as_str(),
            "uri": parts.uri.to_string(),
            "headers": fields(&parts.headers),
            "body": String::from_utf8_lossy(&body),
        });
        ([("x-kept", "1"), ("x-hop", "1"), ("connection", "x-hop")], axum::Json(heard)).into_response()
    })
}

fn fields(headers: &HeaderMap) -> Value {
    headers.iter().map(|(name, value)| (name.to_string(), Value::from(value.to_str().unwrap()))).collect()
}

/// Somebody who asks.
pub(crate) struct Fan {
    pub(crate) visitor: VisitorId,
    cookie: Option<String>,
    base: String,
    http: reqwest::Client,
}

impl Fan {
    pub(crate) fn get(&self, path: &str) -> Asking {
        self.asking("GET", path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Asking {
        self.send("POST", path, body)
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Asking {
        let mut asking = self.asking(method, path);
        asking.request = asking.request.header("content-type", "application/json").body(body.to_string());
        asking
    }

    /// Posts a body in pieces, without saying how long it is.
    pub(crate) async fn streamed(&self, path: &str, pieces: Vec<String>) -> Answer {
        let pieces = futures_util::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
        let mut asking = self.asking("POST", path);
        asking.request = asking.request.body(reqwest::Body::wrap_stream(pieces));
        asking.send().await
    }

    fn asking(&self, method: &str, path: &str) -> Asking {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        Asking { request, cookies: self.cookie.iter().cloned().collect() }
    }
}

/// A request in the making.
pub(crate) struct Asking {
    request: reqwest::RequestBuilder,
    cookies: Vec<String>,
}

impl Asking {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.request = self.request.header(name, value);
        self
    }

    pub(crate) fn body(mut self, text: &str) -> Self {
        self.request = self.request.body(text.to_owned());
        self
    }

    pub(crate) fn pass(mut self, cookie: &str) -> Self {
        self.cookies.push(cookie.to_owned());
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let request = if self.cookies.is_empty() {
            self.request
        } else {
            self.request.header("cookie", self.cookies.join("; "))
        };
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.unwrap();
        Answer { status, headers, bytes: body.len(), text: String::from_utf8_lossy(&body).into_owned() }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
    /// How many there were in the body.
    pub(crate) bytes: usize,
    pub(crate) headers: HeaderMap,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn heard(&self) -> Value {
        self.json()
    }

    pub(crate) fn service(&self) -> String {
        self.json()["service"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header_heard(&self, name: &str) -> String {
        self.json()["headers"][name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} did not reach the service"))
            .to_owned()
    }

    #[track_caller]
    pub(crate) fn expect_problem(&self, status: u16, kind: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(self.json()["type"], format!("/problems/{kind}"), "{self:?}");
    }
}
