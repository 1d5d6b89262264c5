//! Promise S1 when the servers themselves die: a PostgreSQL and an Elasticsearch of the test's own.

use std::{sync::Arc, time::Duration};

use devstack::{
    Home,
    elasticsearch::Elasticsearch,
    port::Port,
    postgres::{Durability, Postgres},
    process::Signal,
};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::sync::Mutex;

use crate::{
    many::{self, or_long},
    seed::{self, NewEvent},
    world::{World, elasticsearch, until, until_within},
};

/// How long a server may take to start on a busy machine.
pub(crate) const STARTED_WITHIN: Duration = Duration::from_mins(4);

/// A PostgreSQL of a test's own, with the schema.
pub(crate) struct OwnPostgres {
    server: Arc<Mutex<Postgres>>,
    pub(crate) pool: PgPool,
    // Where its data are.
    _home: Arc<Home>,
}

impl OwnPostgres {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts it with other settings than usual.
    pub(crate) async fn start_with(settings: &'static [(&'static str, &'static str)]) -> Self {
        let home = Arc::new(Home::temporary().unwrap());
        let own = home.clone();
        let started = move || Postgres::start_with(&own, Port::any()?, Durability::Kept, settings);
        let server = tokio::task::spawn_blocking(started).await.unwrap().unwrap();
        let url = server.url("postgres");
        let pool = PgPoolOptions::new().max_connections(5).connect(&url).await.unwrap();
        platform::postgres::MIGRATOR.run(&pool).await.unwrap();
        Self { server: Arc::new(Mutex::new(server)), pool, _home: home }
    }

    /// Ends it as `pg_ctl stop -m immediate` does, and starts it again.
    pub(crate) async fn crash(&self) {
        let mut server = self.server.clone().lock_owned().await;
        tokio::task::spawn_blocking(move || {
            server.process().signal(Signal::SIGQUIT);
            server.restart().unwrap();
        })
        .await
        .unwrap();
        until(|| async { self.pool.acquire().await.is_ok() }).await;
    }

    /// Changes a setting that it takes in while it runs.
    pub(crate) async fn set(&self, name: &str, value: &str) {
        many::sql(&self.pool, format!("alter system set {name} = '{value}'")).await;
        many::sql(&self.pool, "select pg_reload_conf()".to_owned()).await;
        let sql = format!("select current_setting('{name}') = '{value}'");
        until(|| async {
            let mut fresh = self.pool.acquire().await.unwrap().detach();
            let asked = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone())).fetch_one(&mut fresh).await.unwrap();
            sqlx::Row::get::<bool, _>(&asked, 0)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_postgresql_loses_nothing_that_was_committed() {
    let own = OwnPostgres::start().await;
    let postgres = own.pool.clone();
    let number = or_long(1000, 20_000);
    many::events(&postgres, number, "concert").await;
    let world = World::start_behind(postgres.clone(), &elasticsearch(), &["--shared", "1ms"]);
    many::until_true(&world).await;
    for round in ["first", "second"] {
        many::retitle(&postgres, number / 2, round).await;
        let (total, over) = (u64::try_from(number).ok(), std::sync::atomic::AtomicBool::new(false));
        let searches = async {
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                let answer = world.search(&[]).await;
                assert_eq!((answer.status, answer.json()["total"].as_u64()), (200, total));
            }
        };
        let crash = async {
            own.crash().await;
            over.store(true, std::sync::atomic::Ordering::Relaxed);
        };
        tokio::join!(crash, searches);
        many::retitle(&postgres, number / 4, &format!("{round}-after")).await;
        many::until_true(&world).await;
    }
    world.end().await;
}

/// Elasticsearch is killed, away while much changes, killed again in the middle of catching up, and wiped.
#[tokio::test(flavor = "multi_thread")]
async fn an_elasticsearch_that_was_killed_is_caught_up_with_and_one_that_was_wiped_is_filled_again() {
    let own = OwnPostgres::start().await;
    let postgres = own.pool.clone();
    let home = Arc::new(Home::temporary().unwrap());
    let launch = {
        let home = home.clone();
        move || Elasticsearch::launch(&home, Port::any()?, 512)
    };
    let mut server = tokio::task::spawn_blocking(launch).await.unwrap().unwrap();
    until_within(STARTED_WITHIN, || async { server.is_up() }).await;
    let number = or_long(5000, 100_000);
    many::events(&postgres, number, "concert").await;
    let url = server.url().parse().unwrap();
    let world = World::start_on(postgres.clone(), &url, &[]);
    many::until_true(&world).await;

    // Away while every event changes, each in a transaction of its own; the last ones while it comes back.
    server.kill();
    many::retitle(&postgres, number, "away").await;
    many::delete(&postgres, 50, "concert").await;
    let began = tokio::time::Instant::now();
    server.restart().unwrap();
    many::retitle(&postgres, number / 10, "coming").await;
    until_within(STARTED_WITHIN, || async { server.is_up() }).await;
    let up = tokio::time::Instant::now();
    many::until_true(&world).await;
    eprintln!(
        "{number} changes while Elasticsearch was away: true {:?} after it was up ({:?} to start)",
        up.elapsed(),
        up - began
    );

    // Killed in the middle of a burst.
    let kill = async {
        until(|| async { !world.titles("burst").await.is_empty() }).await;
        server.kill();
    };
    tokio::join!(many::retitle(&postgres, number, "burst"), kill);
    server.restart().unwrap();
    until_within(STARTED_WITHIN, || async { server.is_up() }).await;
    many::until_true(&world).await;

    // It comes back without its data.
    server.kill();
    std::fs::remove_dir_all(home.path().join("elasticsearch/data")).unwrap();
    many::retitle(&postgres, number / 10, "wiped").await;
    server.restart().unwrap();
    until_within(STARTED_WITHIN, || async { server.is_up() }).await;
    many::until_true(&world).await;
    seed::event(&postgres, NewEvent { title: "Newcomer", ..NewEvent::default() }).await;
    world.until_found("newcomer", &["Newcomer"]).await;
    world.end().await;
}
