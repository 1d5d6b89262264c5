//! A whole system for one test: its own database, Redis, key files and processes.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, Result};
use devstack::{
    Home,
    keys::Keys,
    port::Port,
    postgres,
    redis::Redis,
    system::{self, Plan, Service, System},
};
use tempfile::TempDir;

use crate::{fan::Fan, organizer::Organizer, person::Person, shared::Shared};

/// The e-mail address of the organizer.
pub const ORGANIZER: &str = "organizer@usher.example";
/// That of another one.
const RIVAL: &str = "rival@usher.example";
const RIVALS_PASSWORD: &str = "of a test, and of nobody";

/// The whole system. Everything ends when it is dropped.
#[derive(Debug)]
pub struct World {
    system: Mutex<System>,
    redis: Mutex<Redis>,
    gate: String,
    mail_folder: PathBuf,
    keys: Keys,
    plan: Plan,
    _folder: TempDir,
    _home: Home,
}

impl World {
    /// A world with two gates and short limits.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A world whose services get `environment` too.
    pub async fn with(environment: &[(&str, &str)]) -> Self {
        Self::of(2, environment).await
    }

    /// The same, with so many gates.
    pub async fn of(gates: u16, environment: &[(&str, &str)]) -> Self {
        let environment: Vec<_> =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        blocking(move || Self::make(gates, environment)).await.expect("the system comes up")
    }

    fn make(gates: u16, environment: Vec<(String, String)>) -> Result<Self> {
        let shared = Shared::servers();
        let folder = tempfile::Builder::new().prefix("world-").tempdir_in(devstack::place::target())?;
        let name = folder.path().file_name().context("it has a name")?.to_string_lossy().to_lowercase();
        let home = Home::temporary()?;
        let redis = Redis::start(&home, "redis", Port::any()?)?;
        let keys = Keys::open(&folder.path().join("keys"))?;
        let programs = system::programs("debug");
        let postgres = shared.database(&name)?;
        system::make_organizer(&programs, &postgres, ORGANIZER, &keys.secret("organizer-password"))?;
        let mut all = vec![
            ("USHER_LOG".to_owned(), "info".to_owned()),
            ("SEARCH_API_INDEX".to_owned(), name.clone()),
            ("SANDBOX_DELAY_FROM".to_owned(), "10ms".to_owned()),
            ("SANDBOX_DELAY_TO".to_owned(), "50ms".to_owned()),
        ];
        all.extend(environment);
        let plan = Plan {
            programs,
            folder: folder.path().to_path_buf(),
            keys: keys.clone(),
            postgres,
            redis: redis.url(),
            elasticsearch: shared.elasticsearch.clone(),
            gates,
            environment: all,
            preferred: None,
        };
        let system = System::start(plan.clone())?;
        Ok(Self {
            gate: system.url(Service::Gate(0)),
            mail_folder: system.mail_folder(),
            system: Mutex::new(system),
            redis: Mutex::new(redis),
            keys,
            plan,
            _folder: folder,
            _home: home,
        })
    }

    /// The base URL of the gate.
    pub fn gate(&self) -> &str {
        &self.gate
    }

    /// The base URL of a service itself, behind the gate.
    pub fn url(&self, service: Service) -> String {
        self.system().url(service)
    }

    /// The folder into which mails go.
    pub fn mail_folder(&self) -> PathBuf {
        self.mail_folder.clone()
    }

    /// Asks the database; bare values, a row a line.
    pub async fn sql(&self, sql: &str) -> String {
        let (url, sql) = (self.plan.postgres.clone(), sql.to_owned());
        blocking(move || postgres::sql(&url, &sql)).await.expect("the database answers")
    }

    /// Ends a service as a power cut would.
    pub fn kill(&self, service: Service) {
        tokio::task::block_in_place(|| self.system().kill(service));
    }

    /// Starts a killed service again, and waits until it is ready.
    pub fn restart(&self, service: Service) {
        tokio::task::block_in_place(|| self.system().restart(service)).expect("it comes up again");
    }

    /// Ends Redis as a power cut would and starts it again on what it had written.
    pub fn crash_redis(&self) {
        let mut redis = self.redis.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::task::block_in_place(|| redis.crash()).expect("Redis comes up again");
    }

    /// All services, each as often as it runs.
    pub fn services(&self) -> Vec<Service> {
        self.system().services()
    }

    /// What a service has logged since it started, to say more when a test fails.
    pub fn log(&self, service: Service) -> String {
        self.system().process(service).map(devstack::process::Process::said).unwrap_or_default()
    }

    /// Somebody who was never here before.
    pub fn stranger(&self) -> Person {
        Person::new(&self.gate)
    }

    /// The key files of the system.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The file with the organizer's password.
    pub fn organizer_password(&self) -> PathBuf {
        self.keys.secret("organizer-password")
    }

    /// The organizer, signed in.
    pub async fn organizer(&self) -> Organizer {
        let password = std::fs::read_to_string(self.organizer_password()).expect("it is there");
        Organizer::sign_in(self.stranger(), ORGANIZER, password.trim()).await
    }

    /// Another organizer, signed in, to whom nothing of the first one belongs.
    pub async fn rival(&self) -> Organizer {
        let (plan, file) = (self.plan.clone(), self.plan.folder.join("rival-password"));
        blocking(move || {
            std::fs::write(&file, RIVALS_PASSWORD)?;
            system::make_organizer(&plan.programs, &plan.postgres, RIVAL, &file)
        })
        .await
        .expect("an organizer can be made");
        Organizer::sign_in(self.stranger(), RIVAL, RIVALS_PASSWORD).await
    }

    /// A fan with a guest's account, `name@fans.example`.
    pub async fn fan(&self, name: &str) -> Fan {
        Fan::guest(self.stranger(), name).await
    }

    fn system(&self) -> MutexGuard<'_, System> {
        self.system.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs what blocks where it may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.expect("it did not panic")
}
