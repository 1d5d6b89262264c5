//! The shop on a stand: private servers whose PostgreSQL writes to the disk, a real booking-api, a payment provider, and
//! events made through the public API.

use std::{
    fs::File,
    io::{Seek, SeekFrom, Write},
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context, Result};
use chrono::TimeDelta;
use contracts::{
    id::{AccountId, EventId, TierId},
    key::PrivateKey,
    session::Role,
};
use devstack::{port::Port, postgres::Durability, process::Process};
use platform::clock::{Clock, SystemClock};
use redis::cmd;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::Row;
use tokio::time::Instant;

use super::{
    Sizes,
    calls::{self, Pace, Plan},
    fans::{self, Fans, List},
    measure::{count, float},
    servers::Servers,
};

/// How long the disk is asked how fast it is.
const DISK: Duration = Duration::from_millis(500);

/// Who takes the payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Provider {
    /// Somebody who listens and says nothing, so that orders wait for their payment and nothing but confirming is
    /// measured.
    Silent,
    /// The payment sandbox.
    Sandbox,
}

/// What an event sells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goods {
    /// So many seats, forty in a row.
    Seats(usize),
    /// So many units of general admission.
    Units(usize),
}

/// Servers, the service, an organizer. Stopped when dropped, the service first.
pub(super) struct Shop {
    booking: Process,
    _sandbox: Option<Process>,
    _silent: Option<TcpListener>,
    /// The servers.
    pub(super) servers: Servers,
    port: Port,
    provider: SocketAddr,
    pool: usize,
    organizer: String,
    venue: String,
    fans: AtomicU64,
}

impl Shop {
    /// Starts everything; the service has as many connections to PostgreSQL as there are clients.
    pub(super) fn start(sizes: &Sizes, provider: Provider) -> Result<Self> {
        let mut servers = Servers::start(Durability::Kept)?;
        count_statements(&mut servers)?;
        let listening = Port::any()?;
        let provider_at = SocketAddr::from(([127, 0, 0, 1], listening.number()));
        let (silent, sandbox) = match provider {
            Provider::Silent => {
                let silent = TcpListener::bind("127.0.0.1:0")?;
                (Some(silent), None)
            }
            Provider::Sandbox => (None, Some(sandbox(&servers, provider_at)?)),
        };
        let provider = silent.as_ref().map_or(Ok(provider_at), TcpListener::local_addr)?;
        let (port, pool) = (Port::any()?, sizes.clients);
        let booking = booking(&servers, port.number(), provider, pool)?;
        let (account, organizer) = organizer(&servers)?;
        let mut shop = Self {
            booking,
            _sandbox: sandbox,
            _silent: silent,
            servers,
            port,
            provider,
            pool,
            organizer,
            venue: String::new(),
            fans: AtomicU64::new(0),
        };
        let venue = json!({
            "name": format!("Hall of {account}"), "city": "Berlin", "country": "DE",
            "latitude": 52.5, "longitude": 13.4, "timeZone": "Europe/Berlin",
        });
        shop.venue = text(&shop.call(Method::POST, "/venue", Some(&venue))?, "venueId")?;
        Ok(shop)
    }

    /// Where the service listens.
    pub(super) fn target(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port.number()))
    }

    /// The service's process.
    pub(super) fn pid(&self) -> i32 {
        self.booking.pid()
    }

    /// Ends the service as a power cut would.
    pub(super) fn kill(&self) {
        self.booking.kill();
    }

    /// Starts the service again.
    pub(super) fn restart(&mut self) -> Result<()> {
        self.booking = booking(&self.servers, self.port.number(), self.provider, self.pool)?;
        Ok(())
    }

    /// Calls the service as its organizer.
    pub(super) fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        self.servers.call(method, &format!("http://{}{path}", self.target()), &self.organizer, body)
    }

    /// An event that is on sale, and its tier. Somebody has held one of its tickets and given it back, so that the service
    /// knows it and its mirror is built.
    pub(super) fn event(&self, goods: Goods) -> Result<(EventId, TierId)> {
        let now = SystemClock.now();
        let instant = |hours: i64| (now + TimeDelta::hours(hours)).to_rfc3339();
        let (tier, seats) = match goods {
            Goods::Seats(seats) => (json!({"name": "Hall", "price": 4950, "generalAdmission": false}), seats),
            Goods::Units(units) => {
                (json!({"name": "Hall", "price": 4950, "generalAdmission": true, "quantity": units}), 0)
            }
        };
        let seat = |seat: usize| {
            let (row, seat) = (seat / 40 + 1, seat % 40 + 1);
            json!({"section": "Hall", "row": row.to_string(), "seat": seat.to_string(), "tier": 0})
        };
        let body = json!({
            "venueId": self.venue, "performerIds": [], "title": "Show", "description": "", "category": "concert",
            "startsAt": instant(48), "salesStart": instant(-1), "salesEnd": instant(47),
            "currency": "EUR", "ticketLimit": 8, "tiers": [tier], "seats": (0..seats).map(seat).collect::<Vec<_>>(),
        });
        let made = self.call(Method::POST, "/event", Some(&body))?;
        let tier = made["ticket"][0]["tierId"].as_str().context("a ticket has a tier")?.parse()?;
        let event = text(&made, "eventId")?.parse()?;
        let mut fan = self.fans(1)?;
        let take = match goods {
            Goods::Seats(_) => fan.reserve(0, event, &[0]),
            Goods::Units(_) => fan.take(0, event, tier),
        };
        let body = self.once(take)?;
        let hold = fans::hold(&body).context("a hold has an id")?;
        self.once(fan.request(0, &format!("DELETE /booking/hold/{hold}"), &Value::Null))?;
        Ok((event, tier))
    }

    /// Makes one request and gives what was answered.
    pub(super) fn once(&self, request: Vec<u8>) -> Result<Vec<u8>> {
        let mut list = List::new(vec![request]);
        let span = Duration::from_secs(10);
        let plan = Plan { target: self.target(), connections: 1, pace: Pace::Closed, span };
        let played = calls::play(plan, &mut list)?;
        let accepted = list.accepted.pop();
        Ok(accepted.with_context(|| format!("it was refused: {:?}", played.first_refusal))?.1)
    }

    /// So many fans who were never here before.
    pub(super) fn fans(&self, number: usize) -> Result<Fans> {
        let first = self.fans.fetch_add(count(number), Ordering::Relaxed);
        let last = first + count(number) - 1;
        self.servers.sql(format!(
            "insert into account (account_id, email, name, role, created_at)
             select ('{}' || lpad(to_hex(n), 12, '0'))::uuid, 'fan-' || n || '@bench.example', 'Fan', 'fan', now()
             from generate_series({first}, {last}) as n on conflict do nothing",
            fans::ACCOUNT
        ))?;
        let gate = std::fs::read_to_string(self.servers.keys.private("gate"))?;
        let gate = PrivateKey::from_jwk(&gate)?;
        Ok(Fans::new(self.target(), gate, self.servers.session_key()?, first, number))
    }

    /// A number from the database.
    pub(super) fn ask(&self, sql: String) -> Result<u64> {
        let asked = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_one(&self.servers.pool);
        let number: Option<i64> = self.servers.runtime.block_on(asked)?.try_get(0)?;
        Ok(u64::try_from(number.unwrap_or_default())?)
    }

    /// How many statements the database has carried out so far, but for beginnings and ends of transactions; none where
    /// it does not count.
    pub(super) fn statements(&self) -> Option<u64> {
        let sql = "select sum(calls)::bigint from pg_stat_statements
                   where toplevel and query !~* '^(begin|commit|rollback|show|set)' and query !~ 'pg_stat_statements'";
        self.ask(sql.to_owned()).ok()
    }

    /// The statements that the database spent most time on so far, a line each: time of all calls, calls, text. None where it
    /// does not count.
    pub(super) fn dearest(&self, number: u32) -> Result<Vec<String>> {
        let sql = format!(
            "select total_exec_time, calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 150) as text
             from pg_stat_statements where toplevel order by total_exec_time desc limit {number}"
        );
        let asked = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&self.servers.pool);
        let Ok(rows) = self.servers.runtime.block_on(asked) else { return Ok(Vec::new()) };
        rows.iter()
            .map(|row| {
                let (took, calls): (f64, i64) = (row.try_get(0)?, row.try_get(1)?);
                Ok(format!("{took:8.0} ms {calls:7} calls  {}", row.try_get::<String, _>(2)?))
            })
            .collect()
    }

    /// Lets Redis forget everything. The service builds what it needs anew.
    pub(super) fn forget_holds(&self) -> Result<()> {
        let url = self.servers.redis.url();
        self.servers.runtime.block_on(async {
            let mut line = redis::Client::open(url)?.get_multiplexed_async_connection().await?;
            Ok(cmd("FLUSHALL").query_async::<()>(&mut line).await?)
        })
    }

    /// How long the disk takes to keep 8 KiB, in milliseconds: what `pg_test_fsync` measures as `fdatasync`.
    pub(super) fn flush(&self) -> Result<f64> {
        let file = self.servers.home().path().join("flush");
        let (mut out, block) = (File::create(&file)?, [7; 8192]);
        let (mut flushes, began) = (0, Instant::now());
        while began.elapsed() < DISK {
            out.seek(SeekFrom::Start(0))?;
            out.write_all(&block)?;
            out.sync_data()?;
            flushes += 1;
        }
        std::fs::remove_file(file)?;
        Ok(began.elapsed().as_secs_f64() * 1000.0 / float(flushes))
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.booking.kill();
    }
}

/// A member of an answer.
fn text(answer: &Value, name: &str) -> Result<String> {
    Ok(answer[name].as_str().with_context(|| format!("the answer has no {name}"))?.to_owned())
}

/// Lets PostgreSQL count statements, where it can.
fn count_statements(servers: &mut Servers) -> Result<()> {
    let set = "alter system set shared_preload_libraries = 'pg_stat_statements'";
    let found = sqlx::raw_sql("select 1 from pg_available_extensions where name = 'pg_stat_statements'");
    if servers.runtime.block_on(found.fetch_optional(&servers.pool))?.is_none() {
        return Ok(());
    }
    servers.sql(set.to_owned())?;
    servers.postgres.restart()?;
    servers.sql("create extension if not exists pg_stat_statements".to_owned())
}

fn organizer(servers: &Servers) -> Result<(AccountId, String)> {
    let account: AccountId = servers.ids.next();
    servers.sql(format!(
        "insert into account (account_id, email, role, created_at)
         values ('{account}', '{account}@bench.example', 'organizer', now())"
    ))?;
    Ok((account, servers.bearer(account, Role::Organizer)?))
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn sandbox(servers: &Servers, at: SocketAddr) -> Result<Process> {
    let environment = vec![
        ("USHER_LISTEN", at.to_string()),
        ("SANDBOX_SECRET", path(&servers.keys.secret("sandbox-secret"))),
        ("SANDBOX_DATA", path(servers.home().path())),
        ("SANDBOX_DELAY_FROM", "10ms".to_owned()),
        ("SANDBOX_DELAY_TO", "50ms".to_owned()),
        ("SANDBOX_OPEN_LIMIT", "1000000".to_owned()),
        ("NO_COLOR", "1".to_owned()),
    ];
    servers.launch("sandbox", "sandbox", at.port(), environment)
}

fn booking(servers: &Servers, port: u16, provider: SocketAddr, pool: usize) -> Result<Process> {
    let Servers { postgres, redis, keys, .. } = servers;
    let url = format!("http://127.0.0.1:{port}");
    let environment = vec![
        ("USHER_LISTEN", format!("127.0.0.1:{port}")),
        ("USHER_PUBLIC_URL", url.clone()),
        ("USHER_POSTGRES_URL", postgres.url("postgres")),
        ("USHER_POSTGRES_CONNECTIONS", pool.to_string()),
        ("USHER_REDIS_URL", redis.url()),
        ("USHER_GATE_JWKS", path(&keys.public("gate"))),
        ("USHER_SESSION_JWKS", path(&keys.public("session"))),
        ("USHER_SESSION_KEY", path(&keys.private("session"))),
        ("USHER_TICKET_KEY", path(&keys.private("ticket"))),
        ("BOOKING_API_SANDBOX_URL", format!("http://{provider}")),
        ("BOOKING_API_CODE_SECRET", path(&keys.secret("code-secret"))),
        ("USHER_SEAL_KEYS", path(&keys.secret("seal-keys"))),
        ("BOOKING_API_SANDBOX_SECRET", path(&keys.secret("sandbox-secret"))),
        ("NO_COLOR", "1".to_owned()),
    ];
    servers.launch("booking-api", "booking-api", port, environment)
}
