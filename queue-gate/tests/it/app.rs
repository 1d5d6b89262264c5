//! What the tests speak: [`TestGate`] is one gate or several that share their stores, a [`Fan`] somebody who calls it.

use std::{path::Path, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use chrono::TimeDelta;
use clap::Parser;
use contracts::{
    id::{AccountId, EventId, RoomId, VisitorId},
    key::PrivateKey,
    session::{Role, Session},
    token, visitor,
};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use openapi::answers::{self, Seen};
use platform::{clock::FakeClock, http::Kind, lifecycle::Lifecycle};
use queue_gate::{
    Config, Gate,
    admission::tick::{self, Ticked},
    line, router,
    state::RoomClock,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tower::ServiceExt;

pub(crate) use crate::surroundings::{Surroundings, beginning, environment};

/// A gate with a fake clock and keys of its own.
pub(crate) struct TestGate {
    pub(crate) gate: Gate,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) postgres: PgPool,
    router: Router,
    sessions: PrivateKey,
    keys: Arc<tempfile::TempDir>,
}

/// Somebody who calls the gate, with the cookies that they were given.
#[derive(Clone)]
pub(crate) struct Fan<'a> {
    of: &'a TestGate,
    pub(crate) visitor: VisitorId,
    pub(crate) cookies: Vec<String>,
    bearer: Option<String>,
    if_match: Option<String>,
}

/// What the gate answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    pub(crate) text: String,
}

/// An organizer's event with its room.
pub(crate) struct Sale<'a> {
    pub(crate) organizer: Fan<'a>,
    pub(crate) event: EventId,
    pub(crate) room: RoomId,
}

fn write_keys(folder: &Path, sessions: &PrivateKey) {
    let put = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    put("gate.jwk", PrivateKey::from_seed([1; 32]).to_jwk());
    put("gate.secret", hex::encode([7; 32]));
    put("session.jwks", sessions.public().to_jwks().to_string());
}

/// The URL of the test's own database, on the server that the environment names.
fn database_url(pool: &PgPool, port: Option<u16>) -> String {
    let mut url: url::Url =
        environment("DATABASE_URL", "postgres://postgres@127.0.0.1:15432/postgres").parse().unwrap();
    if port.is_some() {
        url.set_port(port).unwrap();
    }
    url.set_path(pool.connect_options().get_database().unwrap());
    url.into()
}

impl TestGate {
    /// A gate on this database, on a clock that stands at [`beginning`].
    pub(crate) async fn start(postgres: PgPool) -> Self {
        Self::start_in(postgres, Surroundings::usual()).await
    }

    /// A gate on this database, in these surroundings.
    pub(crate) async fn start_in(postgres: PgPool, surroundings: Surroundings) -> Self {
        let keys = Arc::new(tempfile::tempdir().unwrap());
        write_keys(keys.path(), &PrivateKey::from_seed([2; 32]));
        Self::with(postgres, keys, surroundings).await
    }

    /// A gate that was told these `arguments` too.
    pub(crate) async fn start_with(postgres: PgPool, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Self::start_in(postgres, Surroundings { arguments, ..Surroundings::usual() }).await
    }

    /// Another gate on the same stores and clock.
    pub(crate) async fn another(&self) -> Self {
        self.another_in(Surroundings { clock: self.clock.clone(), ..Surroundings::usual() }).await
    }

    /// Another gate on the same database, in these surroundings.
    pub(crate) async fn another_in(&self, surroundings: Surroundings) -> Self {
        Self::with(self.postgres.clone(), self.keys.clone(), surroundings).await
    }

    async fn with(postgres: PgPool, keys: Arc<tempfile::TempDir>, surroundings: Surroundings) -> Self {
        let Surroundings { clock, follows_stores, redis, postgres: port, booking, join_patience, arguments } =
            surroundings;
        let file = |name: &str| keys.path().join(name).display().to_string();
        let database = database_url(&postgres, port);
        let usual = [
            "--postgres-url",
            &database,
            "--postgres-connections",
            "4",
            // A busy machine is no fault of the gate; where nobody is to be there, nobody is waited for.
            "--postgres-patience",
            if port.is_some() { "2s" } else { "30s" },
            "--redis-url",
            &redis,
            "--redis-timeout",
            "5s",
            "--join-patience",
            join_patience,
            "--gate-key",
            &file("gate.jwk"),
            "--gate-secret",
            &file("gate.secret"),
            "--session-jwks",
            &file("session.jwks"),
            "--booking",
            &booking,
            "--search",
            "http://127.0.0.1:1",
        ];
        // What a test says itself it says instead of this.
        let is_said = |name: &str| arguments.iter().any(|argument| argument == name);
        let usual = usual.as_chunks::<2>().0.iter().filter(|[name, _]| !is_said(name)).flatten();
        let all = ["queue-gate"].into_iter().chain(usual.copied()).map(str::to_owned);
        let config = Config::parse_from(all.chain(arguments.iter().cloned()));
        let lifecycle = Lifecycle::new(Duration::from_secs(5));
        let moved = if follows_stores { RoomClock::Stores } else { RoomClock::Moved(clock.clone()) };
        let gate = Gate::with_clock(config, &lifecycle, clock.clone(), moved).unwrap();
        gate.refresh().await;
        assert!(port.is_some() || gate.rooms.loaded_at().is_some(), "the rooms could not be read");
        Self {
            router: router(gate.clone()),
            gate,
            clock,
            postgres,
            sessions: PrivateKey::from_seed([2; 32]),
            keys,
        }
    }

    /// The gate's own paths and the gateway behind them.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }

    /// A visitor without a place.
    pub(crate) fn fan(&self) -> Fan<'_> {
        self.fan_called(self.gate.ids.next())
    }

    /// The visitor with this id.
    pub(crate) fn fan_called(&self, id: VisitorId) -> Fan<'_> {
        let cookie = format!("{}={}", visitor::COOKIE, visitor::sign(id, &self.gate.keys.secret));
        Fan { of: self, visitor: id, cookies: vec![cookie], bearer: None, if_match: None }
    }

    /// Somebody who is signed in.
    pub(crate) fn account(&self, id: AccountId, role: Role) -> Fan<'_> {
        let iat = self.gate.clock.now();
        let sid = self.gate.ids.next();
        let session =
            Session { sub: id, sid, rot: 0, role, guest: false, iat, exp: iat + TimeDelta::days(1) };
        let mut fan = self.fan();
        fan.bearer = Some(token::sign(&session, &self.sessions));
        fan
    }

    /// An organizer with an event.
    pub(crate) async fn organizer(&self) -> (Fan<'_>, EventId) {
        let account: AccountId = self.gate.ids.next();
        let venue: contracts::id::VenueId = self.gate.ids.next();
        let event: EventId = self.gate.ids.next();
        let sql = format!(
            "insert into account values ('{account}', '{account}@example.org', null, null, 'organizer', now());
             insert into venue values ('{venue}', '{account}', null, 'Hall', null, 'Berlin', 'DE', 52, 13, 'Europe/Berlin');
             insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end, currency, created_at)
             values ('{event}', '{account}', '{venue}', 'Show', 'concert', now(), now(), now() + interval '1 day', 'EUR', now())"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&self.postgres).await.unwrap();
        (self.account(account, Role::Organizer), event)
    }

    /// An open room with this rate and cap.
    pub(crate) async fn sale(&self, admit_per_minute: u32, max_active: u32) -> Sale<'_> {
        let (organizer, event) = self.organizer().await;
        let body = json!({
            "eventId": event, "name": "Tonight", "admitPerMinute": admit_per_minute, "maxActive": max_active, "state": "open",
        });
        let room = organizer.post("/room", body).await.expect(StatusCode::CREATED);
        let room = room.body["roomId"].as_str().unwrap().parse().unwrap();
        Sale { organizer, event, room }
    }

    /// One tick of `room`, as the loop makes it.
    pub(crate) async fn tick(&self, room: RoomId) -> Ticked {
        self.gate.refresh().await;
        let room = self.gate.rooms.get(room).unwrap();
        line::with_recovery(&self.gate, room.id, || tick::tick(&self.gate, &room)).await.unwrap()
    }

    /// Ticks once a second until `seconds` have passed; how many were called in each.
    pub(crate) async fn ticks(&self, room: RoomId, seconds: i64) -> Vec<usize> {
        let mut calls = Vec::new();
        for _ in 0..seconds {
            self.pass(1);
            calls.push(self.tick(room).await.called);
        }
        calls
    }

    /// One integer from the database.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        use sqlx::Row;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&self.postgres).await.unwrap().get(0)
    }

    /// One id from the database.
    pub(crate) async fn uuid(&self, sql: &str) -> uuid::Uuid {
        use sqlx::Row;
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&self.postgres).await.unwrap().get(0)
    }

    /// Does something to the database that no path does.
    pub(crate) async fn execute(&self, sql: &str) {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&self.postgres).await.unwrap();
    }

    /// Wipes the line of `room`, as a Redis that lost everything would.
    pub(crate) async fn wipe(&self, room: RoomId) {
        let keys = line::store::keys::all(room).to_vec();
        let _: i64 = redis::cmd("DEL").arg(keys).query_async(&mut self.gate.redis.clone()).await.unwrap();
    }
}

impl Fan<'_> {
    /// The same, who says which version of a room they mean.
    pub(crate) fn matching(&self, version: &str) -> Self {
        Self { if_match: Some(version.to_owned()), ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body.to_string())).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.call(Method::PUT, path, Some(body.to_string())).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path, None).await
    }

    /// The value of their `Authorization`.
    pub(crate) fn authorization(&self) -> String {
        format!("Bearer {}", self.bearer.as_deref().unwrap_or_default())
    }

    /// Status and text of an answer that need not be JSON.
    pub(crate) async fn text(&self, path: &str) -> (StatusCode, String) {
        let answer = self.sent(Method::GET, path, &[], None).await;
        (answer.status, answer.text)
    }

    /// Sends a body as it stands.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<String>) -> Answer {
        self.sent(method, path, &[(header::CONTENT_TYPE, "application/json")], body.map(Body::from)).await
    }

    /// Sends a body of another type.
    pub(crate) async fn call_as(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        body: Option<String>,
    ) -> Answer {
        self.sent(method, path, &[(header::CONTENT_TYPE, kind)], body.map(Body::from)).await
    }

    /// Asks for an answer of another type.
    pub(crate) async fn get_as(&self, path: &str, kind: &str) -> Answer {
        self.sent(Method::GET, path, &[(header::ACCEPT, kind)], None).await
    }

    /// Asks for what changed since it had this `ETag`.
    pub(crate) async fn get_if_none_match(&self, path: &str, tag: &str) -> Answer {
        self.sent(Method::GET, path, &[(header::IF_NONE_MATCH, tag)], None).await
    }

    pub(crate) async fn sent(
        &self,
        method: Method,
        path: &str,
        fields: &[(header::HeaderName, &str)],
        body: Option<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(&method).uri(path).header(header::HOST, "127.0.0.1:8080");
        request = request.header(header::COOKIE, self.cookies.join("; "));
        if let Some(bearer) = &self.bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        if let Some(version) = &self.if_match {
            request = request.header(header::IF_MATCH, version);
        }
        for (name, value) in fields.iter().filter(|(name, _)| *name != header::CONTENT_TYPE || body.is_some())
        {
            request = request.header(name, *value);
        }
        let request = request.body(body.unwrap_or_else(Body::empty)).unwrap();
        let response = self.of.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        answers::hold_http(&["queue-gate"], Seen::AtARouter, (&method, path), &parts, &bytes);
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// Takes a place; the answer.
    pub(crate) async fn join(&self, room: RoomId) -> Answer {
        self.post(&format!("/queue/{room}/place"), json!({})).await
    }

    /// Takes a place; its number.
    pub(crate) async fn number(&self, room: RoomId) -> u64 {
        self.join(room).await.body["number"].as_u64().unwrap()
    }

    /// The state that a frame says.
    pub(crate) async fn state(&self, room: RoomId) -> String {
        let frame = self.get(&format!("/queue/{room}/place")).await;
        frame.body["state"].as_str().unwrap_or_default().to_owned()
    }

    /// Claims; the admission token.
    pub(crate) async fn claim(&self, room: RoomId) -> String {
        let claimed = self.post(&format!("/queue/{room}/pass"), json!({})).await.expect(StatusCode::OK);
        claimed.body["admissionToken"].as_str().unwrap().to_owned()
    }

    /// Claims, exchanges, and keeps the cookie.
    pub(crate) async fn enter(&mut self, room: RoomId) -> Answer {
        let token = self.claim(room).await;
        let path = format!("/queue/{room}/session");
        let begun = self.post(&path, json!({ "admissionToken": token })).await.expect(StatusCode::OK);
        let cookie = begun.headers[header::SET_COOKIE].to_str().unwrap();
        self.cookies.push(cookie.split(';').next().unwrap().to_owned());
        begun
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: StatusCode) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    #[track_caller]
    pub(crate) fn expect_problem(&self, kind: Kind) {
        assert_eq!(self.body["type"], format!("/problems/{}", kind.name), "{self:?}");
        assert_eq!(self.status, kind.status);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
    }
}
