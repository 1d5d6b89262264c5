//! The services of Usher as processes, on servers that run already: for `cargo xtask up`, and for tests of the whole
//! system. Knows the services only by their programs and their environment, never by their code.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::{
    keys::Keys,
    place,
    port::Port,
    probe,
    process::{Process, Program, Signal, run},
};

/// How long a service may take to be ready.
const READY: Duration = Duration::from_mins(1);

/// How long a service may take to end. Longer than its own grace of 10 s.
const GRACE: Duration = Duration::from_secs(12);

/// What a system is made of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder with the programs.
    pub programs: PathBuf,
    /// Logs, mails, the sandbox's book.
    pub folder: PathBuf,
    /// The key files.
    pub keys: Keys,
    /// The URL of a migrated database.
    pub postgres: String,
    /// The URL of Redis.
    pub redis: String,
    /// The URL of Elasticsearch, where there is one.
    pub elasticsearch: Option<String>,
    /// How many gates share the gate's port.
    pub gates: u16,
    /// What to add to the environment of all services: shorter limits for tests, for example.
    pub environment: Vec<(String, String)>,
    /// Ports to take when they are free; `None` for any.
    pub preferred: Option<u16>,
}

/// Which service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// The payment sandbox.
    Sandbox,
    /// booking-api.
    Booking,
    /// search-api.
    Search,
    /// The notifier.
    Notifier,
    /// A gate: the first is number 0.
    Gate(u16),
}

impl Service {
    /// The name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Booking => "booking-api",
            Self::Search => "search-api",
            Self::Notifier => "notifier",
            Self::Gate(_) => "queue-gate",
        }
    }

    /// What it is called in logs.
    pub fn name(self) -> String {
        match self {
            Self::Gate(number) => format!("queue-gate-{number}"),
            _ => self.program().to_owned(),
        }
    }
}

/// The ports of a system, ours as long as this lives.
#[derive(Debug)]
pub struct Ports {
    gate: Port,
    booking: Port,
    search: Port,
    notifier: Port,
    sandbox: Port,
}

impl Ports {
    /// From `preferred` on where they are free.
    ///
    /// # Errors
    /// When none is free.
    pub fn take(preferred: Option<u16>) -> Result<Self> {
        let port = |offset: u16| preferred.map_or_else(Port::any, |first| Port::prefer(first + offset));
        Ok(Self {
            gate: port(0)?,
            booking: port(1)?,
            search: port(2)?,
            notifier: port(3)?,
            sandbox: port(4)?,
        })
    }

    /// The number of the port that `service` listens on; the gates share one.
    pub fn of(&self, service: Service) -> u16 {
        match service {
            Service::Sandbox => self.sandbox.number(),
            Service::Booking => self.booking.number(),
            Service::Search => self.search.number(),
            Service::Notifier => self.notifier.number(),
            Service::Gate(_) => self.gate.number(),
        }
    }
}

/// A running system. Stopped when dropped.
#[derive(Debug)]
pub struct System {
    plan: Plan,
    ports: Ports,
    running: Vec<(Service, Process)>,
}

impl System {
    /// Starts all services and waits until each is ready.
    ///
    /// # Errors
    /// When a program is missing, or a service does not come up; the message holds the end of its log.
    pub fn start(plan: Plan) -> Result<Self> {
        let ports = Ports::take(plan.preferred)?;
        std::fs::create_dir_all(plan.folder.join("mail"))?;
        std::fs::create_dir_all(plan.folder.join("sandbox"))?;
        let mut system = Self { plan, ports, running: Vec::new() };
        system.write_providers()?;
        for service in system.services() {
            system.launch(service)?;
        }
        for service in system.services() {
            system.wait(service)?;
        }
        Ok(system)
    }

    /// All services of this system, in the order in which they start.
    pub fn services(&self) -> Vec<Service> {
        let mut services = vec![Service::Sandbox, Service::Booking, Service::Search, Service::Notifier];
        services.extend((0..self.plan.gates).map(Service::Gate));
        services
    }

    /// The base URL of a service, without a slash at its end.
    pub fn url(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}", self.ports.of(service))
    }

    /// The folder into which mails go.
    pub fn mail_folder(&self) -> PathBuf {
        self.plan.folder.join("mail")
    }

    /// What this system is made of.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The process of a service.
    pub fn process(&self, service: Service) -> Option<&Process> {
        self.running.iter().find(|(other, _)| *other == service).map(|(_, process)| process)
    }

    /// Those that have ended without being told to.
    pub fn ended(&self) -> Vec<Service> {
        self.running
            .iter()
            .filter(|(_, process)| process.ended().is_some())
            .map(|(service, _)| *service)
            .collect()
    }

    /// Ends a service as a power cut would: `kill -9`.
    pub fn kill(&mut self, service: Service) {
        if let Some(process) = self.process(service) {
            process.kill();
        }
    }

    /// Starts a service anew, on the same port, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self, service: Service) -> Result<()> {
        self.running.retain(|(other, _)| *other != service);
        self.launch(service)?;
        self.wait(service)
    }

    /// Stops everything in good order: first the door, then what is behind it.
    pub fn stop(&mut self) {
        for (_, process) in self.running.iter().rev() {
            process.tell_to_stop();
        }
        for (_, process) in self.running.drain(..).rev() {
            if process.ended().is_none() {
                process.stop(GRACE);
            }
        }
    }

    /// The sandbox signs people in too.
    fn write_providers(&self) -> Result<()> {
        let providers = json!([{
            "id": "sandbox", "name": "the sandbox", "issuer": format!("{}/oidc", self.url(Service::Sandbox)),
            "clientId": "usher", "clientSecretFile": self.plan.keys.secret("sandbox-secret"), "plainHttp": true,
        }]);
        Ok(std::fs::write(self.providers(), providers.to_string())?)
    }

    fn providers(&self) -> PathBuf {
        self.plan.folder.join("oidc-providers.json")
    }

    fn launch(&mut self, service: Service) -> Result<()> {
        let process = Process::start(self.program(service)?)?;
        self.running.push((service, process));
        Ok(())
    }

    fn wait(&self, service: Service) -> Result<()> {
        let process = self.process(service).context("it was started")?;
        let port = self.ports.of(service);
        // Gates share a port, so an answer may be another gate's; each also says in its log when it is ready.
        let word = format!("{} is ready", service.program());
        process.wait_until(READY, |process| {
            process.said().contains(&word) && probe::status(port, "/readyz") == Some(200)
        })
    }

    fn program(&self, service: Service) -> Result<Program> {
        let mut environment = self.environment(service);
        environment.extend(self.plan.environment.iter().cloned());
        Ok(Program {
            name: service.name(),
            file: find(&self.plan.programs, service.program())?,
            arguments: Vec::new(),
            environment,
            folder: self.plan.folder.clone(),
            account: None,
            stop: Signal::SIGTERM,
            log: self.plan.folder.join(format!("{}.log", service.name())),
        })
    }

    fn environment(&self, service: Service) -> Vec<(String, String)> {
        let plan = &self.plan;
        let keys = &plan.keys;
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut all = vec![
            ("USHER_LISTEN", format!("127.0.0.1:{}", self.ports.of(service))),
            ("USHER_PUBLIC_URL", self.url(Service::Gate(0))),
            ("NO_COLOR", "1".to_owned()),
        ];
        if service != Service::Sandbox {
            all.push(("USHER_POSTGRES_URL", plan.postgres.clone()));
        }
        match service {
            Service::Sandbox => all.extend([
                ("SANDBOX_SECRET", path(keys.secret("sandbox-secret"))),
                ("SANDBOX_DATA", path(plan.folder.join("sandbox"))),
            ]),
            Service::Booking => all.extend([
                ("USHER_REDIS_URL", plan.redis.clone()),
                ("USHER_GATE_JWKS", path(keys.public("gate"))),
                ("USHER_SESSION_JWKS", path(keys.public("session"))),
                ("USHER_SESSION_KEY", path(keys.private("session"))),
                ("USHER_TICKET_KEY", path(keys.private("ticket"))),
                ("USHER_TICKET_JWKS", path(keys.public("ticket"))),
                ("BOOKING_API_SANDBOX_URL", self.url(Service::Sandbox)),
                ("BOOKING_API_SANDBOX_SECRET", path(keys.secret("sandbox-secret"))),
                ("BOOKING_API_CODE_SECRET", path(keys.secret("code-secret"))),
                ("BOOKING_API_OIDC_PROVIDERS", path(self.providers())),
                ("USHER_SEAL_KEYS", path(keys.secret("seal-keys"))),
                ("USHER_WEBHOOK_LOOPBACK", "true".to_owned()),
            ]),
            Service::Search => {
                all.extend(plan.elasticsearch.clone().map(|url| ("SEARCH_API_ELASTICSEARCH", url)));
            }
            Service::Notifier => all.extend([
                ("NOTIFIER_MAIL_FOLDER", path(self.mail_folder())),
                ("USHER_SEAL_KEYS", path(keys.secret("seal-keys"))),
                ("NOTIFIER_FROM", "Usher <tickets@usher.example>".to_owned()),
                ("USHER_WEBHOOK_LOOPBACK", "true".to_owned()),
            ]),
            Service::Gate(_) => all.extend([
                ("USHER_REDIS_URL", plan.redis.clone()),
                ("USHER_GATE_KEY", path(keys.private("gate"))),
                ("QUEUE_GATE_GATE_JWKS", path(keys.public("gate"))),
                ("USHER_GATE_SECRET", path(keys.secret("gate-secret"))),
                ("USHER_SESSION_JWKS", path(keys.public("session"))),
                ("QUEUE_GATE_BOOKING", self.url(Service::Booking)),
                ("QUEUE_GATE_SEARCH", self.url(Service::Search)),
            ]),
        }
        all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Makes the account of an organizer; nothing changes when it is there.
///
/// # Errors
/// When booking-api is missing or refuses.
pub fn make_organizer(programs: &Path, postgres: &str, email: &str, password_file: &Path) -> Result<()> {
    let mut command = Command::new(find(programs, "booking-api")?);
    command.env("USHER_POSTGRES_URL", postgres).args(["organizer", "--email", email, "--password-file"]);
    run(command.arg(password_file)).map(drop).context("making the organizer's account failed")
}

/// The folder with the programs that `cargo build` left, for the profile `debug` or `release`.
pub fn programs(profile: &str) -> PathBuf {
    place::target().join(profile)
}

/// The program `name` among these.
///
/// # Errors
/// When it was not built.
pub fn find(programs: &Path, name: &str) -> Result<PathBuf> {
    let file = programs.join(name);
    if !file.is_file() {
        let release = if programs.ends_with("release") { " --release" } else { "" };
        bail!("{} is missing: build it with `cargo build --workspace --bins{release}`", file.display());
    }
    Ok(file)
}
