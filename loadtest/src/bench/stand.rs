//! The product on a stand: private servers, real gate processes, rooms made through the public API.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use anyhow::{Context, Result};
use contracts::{
    id::{AccountId, EventId, RoomId, VenueId},
    session::Role,
    visitor::GateSecret,
};
use devstack::{port::Port, postgres::Durability, process::Process};
use redis::aio::MultiplexedConnection;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    heard,
    measure::count,
    requests::{self, Pace, Plan},
    servers::Servers,
};

/// Servers, gates and an organizer. Stopped when dropped, gates first.
pub(super) struct Stand {
    /// The gates.
    pub(super) gates: Vec<Process>,
    /// Redis, asked directly.
    pub(super) line: MultiplexedConnection,
    /// The gates' secret.
    pub(super) secret: GateSecret,
    /// The servers.
    pub(super) servers: Servers,
    environment: Vec<(&'static str, String)>,
    port: Port,
}

/// A room and who steers it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    /// Which.
    pub(super) id: RoomId,
    /// Whose event it guards.
    pub(super) event: EventId,
    bearer: String,
}

impl Stand {
    /// Starts servers and `gates` gates with these settings beside the usual ones.
    pub(super) fn start(gates: u16, settings: &[(&'static str, &str)]) -> Result<Self> {
        let servers = Servers::start(Durability::Thrown)?;
        let line = servers.runtime.block_on(async {
            redis::Client::open(servers.redis.url())?.get_multiplexed_async_connection().await
        })?;
        let mut stand = Self {
            gates: Vec::new(),
            line,
            secret: heard::secret(&servers.keys.secret("gate-secret"))?,
            environment: settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            port: Port::any()?,
            servers,
        };
        for number in 0..gates {
            let gate = stand.launch(number)?;
            stand.gates.push(gate);
        }
        Ok(stand)
    }

    /// Starts gate `number` and waits until it is ready.
    pub(super) fn launch(&self, number: u16) -> Result<Process> {
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let Servers { postgres, redis, keys, .. } = &self.servers;
        let usual = [
            ("USHER_LISTEN", self.target().to_string()),
            ("USHER_PUBLIC_URL", self.url("")),
            ("USHER_POSTGRES_URL", postgres.url("postgres")),
            ("USHER_REDIS_URL", redis.url()),
            ("USHER_GATE_KEY", path(keys.private("gate"))),
            ("USHER_GATE_SECRET", path(keys.secret("gate-secret"))),
            ("USHER_SESSION_JWKS", path(keys.public("session"))),
            ("QUEUE_GATE_BOOKING", "http://127.0.0.1:1".to_owned()),
            ("QUEUE_GATE_SEARCH", "http://127.0.0.1:1".to_owned()),
            ("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000000".to_owned()),
            ("QUEUE_GATE_CONNECTIONS", "19500".to_owned()),
            ("QUEUE_GATE_SOCKETS", "19500".to_owned()),
            ("NO_COLOR", "1".to_owned()),
        ];
        let all = usual.into_iter().chain(self.environment.clone()).collect();
        self.servers.launch("queue-gate", &format!("queue-gate-{number}"), self.port.number(), all)
    }

    /// Where the gates listen.
    pub(super) fn target(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port.number()))
    }

    /// The URL of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.target())
    }

    /// The file of the gates' secret.
    pub(super) fn secret_file(&self) -> PathBuf {
        self.servers.keys.secret("gate-secret")
    }

    /// The gates' processes.
    pub(super) fn pids(&self) -> Vec<i32> {
        self.gates.iter().map(Process::pid).collect()
    }

    /// Redis's process.
    pub(super) fn redis_pid(&self) -> i32 {
        self.servers.redis.process().pid()
    }

    /// A room of an event and an organizer of its own.
    pub(super) fn room(&self, admit_per_minute: u32, state: &str) -> Result<Room> {
        self.make(&json!({ "admitPerMinute": admit_per_minute, "state": state }))
    }

    /// The lobby of a draw, in which nobody is called yet.
    pub(super) fn draw(&self) -> Result<Room> {
        self.make(&json!({ "admitPerMinute": 1, "state": "lobby", "order": "draw" }))
    }

    /// What is published of the draw of `room`.
    pub(super) fn published_draw(&self, room: &Room) -> Result<Value> {
        self.call(Method::GET, &format!("/queue/{}/draw", room.id), &room.bearer, None)
    }

    fn make(&self, settings: &Value) -> Result<Room> {
        let (account, event): (AccountId, EventId) = (self.servers.ids.next(), self.servers.ids.next());
        let venue: VenueId = self.servers.ids.next();
        let sql = format!(
            "insert into account values ('{account}', '{account}@example.org', null, null, 'organizer', now());
             insert into venue values ('{venue}', '{account}', null, 'Hall', null, 'Berlin', 'DE', 52, 13, 'Europe/Berlin');
             insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end, currency, created_at)
             values ('{event}', '{account}', '{venue}', 'Show', 'concert', now(), now(), now() + interval '1 day', 'EUR', now())"
        );
        self.servers.sql(sql)?;
        let bearer = self.servers.bearer(account, Role::Organizer)?;
        let mut body = json!({ "eventId": event, "name": "Bench", "maxActive": 1_000_000 });
        for (name, value) in settings.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let room = self.call(Method::POST, "/room", &bearer, Some(&body))?;
        let id = room["roomId"].as_str().context("a room has an id")?.parse()?;
        // Every gate knows it within a second.
        std::thread::sleep(Duration::from_secs(1));
        Ok(Room { id, event, bearer })
    }

    fn call(&self, method: Method, path: &str, bearer: &str, body: Option<&Value>) -> Result<Value> {
        self.servers.call(method, &self.url(path), bearer, body)
    }

    /// Says `message` to everybody in the line of `room`.
    pub(super) fn announce(&self, room: &Room, message: &str) -> Result<()> {
        let path = format!("/room/{}", room.id);
        let version = self.call(Method::GET, &path, &room.bearer, None)?["version"].clone();
        self.call(
            Method::PUT,
            &path,
            &room.bearer,
            Some(&json!({ "version": version, "message": message })),
        )?;
        Ok(())
    }

    /// Begins to call.
    pub(super) fn open(&self, room: &Room) -> Result<()> {
        self.call(Method::POST, &format!("/room/{}/open", room.id), &room.bearer, None).map(drop)
    }

    /// Ends the room.
    pub(super) fn close(&self, room: &Room) -> Result<()> {
        self.call(Method::POST, &format!("/room/{}/close", room.id), &room.bearer, None).map(drop)
    }

    /// Cookies of visitors from `base` on.
    pub(super) fn cookies(&self, base: u64, number: usize) -> Vec<String> {
        (base..base + count(number)).map(|visitor| heard::cookie(&self.secret, visitor)).collect()
    }

    /// Lets visitors from `base` on take their places, or enter the lobby; what went wrong.
    pub(super) fn fill(&self, room: &Room, base: u64, number: usize) -> Result<Vec<String>> {
        let cookies = self.cookies(base, number);
        let path = format!("/queue/{}/place", room.id);
        let plan = Plan {
            target: self.target(),
            path: &path,
            cookies: &cookies,
            connections: 64,
            pace: Pace::Closed,
            span: Duration::from_mins(5),
        };
        let joined = requests::play(&plan)?;
        let mut breaches = joined.breaches(&[]);
        if joined.played.good < count(number) {
            breaches.push(format!("of {number} joins {} were answered", joined.played.good));
        }
        Ok(breaches)
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        for gate in &self.gates {
            gate.kill();
        }
    }
}
