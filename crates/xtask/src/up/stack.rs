//! The servers and the services on them, as one thing that starts and stops.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use devstack::{
    Home,
    keys::Keys,
    postgres::Durability,
    system::{self, Plan, Service, System},
};
use platform::clock::{Clock, SystemClock};
use serde::{Deserialize, Serialize};

use super::{
    crowd::{Crowd, Place},
    follow::Stopping,
};
use crate::{
    cargo::{cargo, run},
    demo,
    endpoints::{Credentials, Demo, Endpoints},
    say,
    servers::{Preferred, Servers},
    sqlx,
};

/// The address of the demo's organizer.
const ORGANIZER: &str = "organizer@usher.example";

/// What a stack is to be like.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Logs, mails, the sandbox's book.
    pub(crate) folder: PathBuf,
    /// The key files.
    pub(crate) keys: PathBuf,
    /// `debug` or `release`.
    pub(crate) profile: &'static str,
    /// How many gates.
    pub(crate) gates: u16,
    /// The gate's port if it is free; the other services take the next ones.
    pub(crate) gate_port: Option<u16>,
    /// The servers' ports if they are free.
    pub(crate) servers: Preferred,
    /// Whether the data must outlive a power cut.
    pub(crate) durability: Durability,
    /// Whether it counts as started only when Elasticsearch is up, too.
    pub(crate) wait_for_search: bool,
    /// Whether to load the demo data.
    pub(crate) demo: bool,
    /// What to add to the environment of all services.
    pub(crate) environment: Vec<(String, String)>,
}

impl Shape {
    /// A system with the demo data, for a browser: on any ports, its data under `folder` and gone afterwards.
    pub(crate) fn thrown_away(folder: &Path) -> Self {
        Self {
            folder: folder.join("up"),
            keys: folder.join("keys"),
            profile: "debug",
            gates: 2,
            gate_port: None,
            servers: Preferred::default(),
            durability: Durability::Thrown,
            wait_for_search: true,
            demo: true,
            environment: Vec::new(),
        }
    }
}

/// The running whole.
#[derive(Debug)]
pub(crate) struct Stack {
    /// Fans on request; there are none without the demo data.
    crowd: Option<Crowd>,
    system: System,
    servers: Servers,
    endpoints: Endpoints,
}

/// What is kept once the demo is loaded.
#[derive(Debug, Serialize, Deserialize)]
struct Loaded {
    /// The day: the sales are "tonight", so on another day they are brought in again, which moves their dates.
    day: String,
    events: Demo,
    rooms: Demo,
}

impl Stack {
    /// Starts everything and waits until it is ready. Stops in between when told to.
    pub(crate) fn start(home: Home, shape: Shape, stopping: &Stopping) -> Result<Self> {
        std::fs::create_dir_all(&shape.folder)?;
        let servers = Servers::start(home, shape.servers, shape.durability)?;
        stopping.check()?;
        build(shape.profile)?;
        stopping.check()?;
        let server = servers.postgres.url("postgres");
        let postgres = say::step("migrating", || sqlx::migrated(&server, "usher"))?;
        let keys = Keys::open(&shape.keys)?;
        let programs = system::programs(shape.profile);
        system::make_organizer(&programs, &postgres, ORGANIZER, &keys.secret("organizer-password"))?;
        stopping.check()?;
        let place = shape.demo.then(Place::find).transpose()?;
        let plan = Plan {
            programs,
            folder: shape.folder.clone(),
            keys: keys.clone(),
            postgres: postgres.clone(),
            redis: servers.redis.url(),
            elasticsearch: servers.elasticsearch.as_ref().map(devstack::elasticsearch::Elasticsearch::url),
            gates: shape.gates,
            environment: shape
                .environment
                .into_iter()
                .chain(place.as_ref().map(Place::environment))
                .collect(),
            preferred: shape.gate_port,
        };
        let system = say::step("starting the services", || System::start(plan))?;
        if shape.wait_for_search {
            servers.wait()?;
        }
        stopping.check()?;
        let endpoints = endpoints(&system, &keys)?;
        let mut stack = Self { crowd: None, system, servers, endpoints };
        if let Some(place) = place {
            stack.have_demo(&shape.folder.join("demo.json"))?;
            stack.crowd = Some(place.start(&stack.system, &keys, ORGANIZER, &shape.folder)?);
        }
        Ok(stack)
    }

    /// Where it is.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The services.
    pub(crate) fn system(&mut self) -> &mut System {
        &mut self.system
    }

    /// The servers.
    pub(crate) fn servers(&self) -> &Servers {
        &self.servers
    }

    /// Stops it in good order: the fans, the services, then the servers.
    pub(crate) fn stop(mut self) {
        drop(self.crowd.take());
        self.system.stop();
    }

    /// Loads the demo data unless a former run did.
    fn have_demo(&mut self, file: &std::path::Path) -> Result<()> {
        let today = SystemClock.now().date_naive().to_string();
        let former =
            std::fs::read_to_string(file).ok().and_then(|text| serde_json::from_str::<Loaded>(&text).ok());
        let loaded = if let Some(former) = former.filter(|former| former.day == today) {
            former
        } else {
            say::line("  loading the demo data …");
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let loading = demo::load(&self.endpoints);
            let (events, rooms) = runtime.block_on(loading).context("loading the demo data failed")?;
            let loaded = Loaded { day: today, events, rooms };
            std::fs::write(file, serde_json::to_string(&loaded)?)?;
            loaded
        };
        self.endpoints.events = Some(loaded.events);
        self.endpoints.rooms = Some(loaded.rooms);
        Ok(())
    }
}

/// Builds the services. Not quiet: the first time takes minutes.
fn build(profile: &str) -> Result<()> {
    let mut arguments = vec!["build", "--workspace", "--bins"];
    match profile {
        "debug" => {}
        "release" => arguments.push("--release"),
        other => bail!("there is no profile {other}"),
    }
    run(cargo(&arguments)).context("the services do not build")
}

fn endpoints(system: &System, keys: &Keys) -> Result<Endpoints> {
    let plan = system.plan();
    let password = std::fs::read_to_string(keys.secret("organizer-password"))?;
    Ok(Endpoints {
        gate: system.url(Service::Gate(0)),
        booking: system.url(Service::Booking),
        search: system.url(Service::Search),
        notifier: system.url(Service::Notifier),
        sandbox: system.url(Service::Sandbox),
        postgres: plan.postgres.clone(),
        redis: plan.redis.clone(),
        elasticsearch: plan.elasticsearch.clone(),
        mail_folder: system.mail_folder(),
        organizer: Credentials { email: ORGANIZER.to_owned(), password: password.trim().to_owned() },
        events: None,
        rooms: None,
    })
}
