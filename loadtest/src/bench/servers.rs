//! What every stand rests on: private servers, keys, and the programs beside this one.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use chrono::TimeDelta;
use contracts::{
    id::AccountId,
    key::PrivateKey,
    session::{Role, Session},
    token,
};
use devstack::{
    Home,
    keys::Keys,
    port::Port,
    postgres::{Durability, Postgres},
    probe,
    process::{Process, Program, Signal},
    redis::Redis,
};
use platform::{
    clock::{Clock, SystemClock},
    ids::Ids,
};
use reqwest::Method;
use serde_json::Value;
use sqlx::{PgPool, postgres::PgRow};
use tokio::runtime::Runtime;

/// Private servers. Stopped when dropped.
pub(super) struct Servers {
    /// For what waits.
    pub(super) runtime: Runtime,
    /// The database.
    pub(super) pool: PgPool,
    /// Redis.
    pub(super) redis: Redis,
    /// New ids.
    pub(super) ids: Ids,
    /// The key files.
    pub(super) keys: Keys,
    /// PostgreSQL.
    pub(super) postgres: Postgres,
    programs: PathBuf,
    http: reqwest::Client,
    home: Home,
}

impl Servers {
    /// Starts them, with a schema.
    pub(super) fn start(durability: Durability) -> Result<Self> {
        let home = Home::temporary()?;
        let postgres = Postgres::start(&home, Port::any()?, durability)?;
        let redis = Redis::start(&home, "redis", Port::any()?)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let pool = runtime.block_on(async {
            let pool = PgPool::connect(&postgres.url("postgres")).await?;
            platform::postgres::MIGRATOR.run(&pool).await?;
            anyhow::Ok(pool)
        })?;
        let keys = Keys::open(&home.path().join("keys"))?;
        let programs = std::env::current_exe()?.parent().context("a program lies in a folder")?.to_path_buf();
        let (http, seed) = (reqwest::Client::new(), u64::from_be_bytes(platform::ids::secret()));
        let ids = Ids::new(seed, Arc::new(SystemClock));
        Ok(Self { runtime, pool, redis, ids, keys, postgres, programs, http, home })
    }

    /// Starts the program `program` as `name` on `port` with this environment, and waits until it is ready.
    pub(super) fn launch(
        &self,
        program: &str,
        name: &str,
        port: u16,
        environment: Vec<(&str, String)>,
    ) -> Result<Process> {
        let process = self.begin(program, name, &[], environment)?;
        let word = format!("{program} is ready");
        process.wait_until(Duration::from_mins(1), |process| {
            process.said().contains(&word) && probe::status(port, "/readyz") == Some(200)
        })?;
        Ok(process)
    }

    /// Starts the program `program` as `name` with these arguments and this environment, and waits for nothing.
    pub(super) fn begin(
        &self,
        program: &str,
        name: &str,
        arguments: &[&str],
        environment: Vec<(&str, String)>,
    ) -> Result<Process> {
        let file = self.programs.join(program);
        ensure!(
            file.is_file(),
            "{} is missing: build it with the same profile as this program",
            file.display()
        );
        Process::start(Program {
            name: name.to_owned(),
            file,
            arguments: arguments.iter().map(Into::into).collect(),
            environment: environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            folder: self.home.path().to_path_buf(),
            account: None,
            stop: Signal::SIGTERM,
            log: self.home.path().join(format!("{name}.log")),
        })
    }

    /// Where everything of this run lies.
    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    /// Runs SQL of several statements.
    pub(super) fn sql(&self, sql: String) -> Result<()> {
        let made = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&self.pool);
        self.runtime.block_on(made).map(drop).map_err(Into::into)
    }

    /// The rows that a query finds.
    pub(super) fn rows(&self, sql: String) -> Result<Vec<PgRow>> {
        let found = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool);
        Ok(self.runtime.block_on(found)?)
    }

    /// The key that signs sessions.
    pub(super) fn session_key(&self) -> Result<PrivateKey> {
        Ok(PrivateKey::from_jwk(&std::fs::read_to_string(self.keys.private("session"))?)?)
    }

    /// A session of `account`.
    pub(super) fn bearer(&self, account: AccountId, role: Role) -> Result<String> {
        let iat = SystemClock.now();
        let (sid, exp) = (account.uuid().into(), iat + TimeDelta::hours(12));
        let session = Session { sub: account, sid, rot: 0, role, guest: false, iat, exp };
        Ok(token::sign(&session, &self.session_key()?))
    }

    /// Calls `url` and reads its answer.
    pub(super) fn call(
        &self,
        method: Method,
        url: &str,
        bearer: &str,
        body: Option<&Value>,
    ) -> Result<Value> {
        self.runtime.block_on(async {
            let mut request = self.http.request(method, url).bearer_auth(bearer);
            if let Some(body) = body {
                request = request.json(body);
            }
            let response = request.send().await?;
            let (status, text) = (response.status(), response.text().await?);
            ensure!(status.is_success(), "{url} got {status}: {text}");
            Ok(serde_json::from_str(&text)?)
        })
    }
}
