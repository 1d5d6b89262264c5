//! Fans on request, for the console of a system with the demo data: `loadtest demo` behind the gates, at `/demo`.

use std::{path::Path, time::Duration};

use anyhow::Result;
use devstack::{
    keys::Keys,
    port::Port,
    probe,
    process::{Process, Program, Signal},
    system::{self, Plan, Service, System},
};

/// How long it may take to start.
const READY: Duration = Duration::from_secs(20);

/// Where it is asked, before it runs.
#[derive(Debug)]
pub(super) struct Place(Port);

/// It runs until this is dropped.
#[derive(Debug)]
pub(super) struct Crowd {
    _process: Process,
    _place: Place,
}

impl Place {
    /// A free port.
    pub(super) fn find() -> Result<Self> {
        Port::any().map(Self)
    }

    /// What the gates are told, so that they lead to it.
    pub(super) fn environment(&self) -> (String, String) {
        ("QUEUE_GATE_ROUTES".to_owned(), format!("/demo=http://127.0.0.1:{}", self.0.number()))
    }

    /// Starts it beside a system that runs.
    pub(super) fn start(self, system: &System, keys: &Keys, organizer: &str, folder: &Path) -> Result<Crowd> {
        let port = self.0.number();
        let process = Process::start(Program {
            name: "demo".to_owned(),
            file: system::find(&system.plan().programs, "loadtest")?,
            arguments: arguments(port, system, keys, organizer),
            environment: Vec::new(),
            folder: folder.to_path_buf(),
            account: None,
            stop: Signal::SIGTERM,
            log: folder.join("demo.log"),
        })?;
        process.wait_until(READY, |_| probe::status(port, "/demo") == Some(200))?;
        Ok(Crowd { _process: process, _place: self })
    }
}

fn arguments(port: u16, system: &System, keys: &Keys, organizer: &str) -> Vec<std::ffi::OsString> {
    let Plan { postgres, redis, elasticsearch, .. } = system.plan();
    let mut said = vec![
        "demo".to_owned(),
        format!("--listen=127.0.0.1:{port}"),
        format!("--url={}", system.url(Service::Gate(0))),
        format!("--postgres={postgres}"),
        format!("--redis={redis}"),
        format!("--sandbox={}", system.url(Service::Sandbox)),
        format!("--mail-folder={}", system.mail_folder().display()),
        format!("--organizer-email={organizer}"),
        format!("--organizer-password-file={}", keys.secret("organizer-password").display()),
    ];
    said.extend(elasticsearch.as_ref().map(|_| "--search".to_owned()));
    said.into_iter().map(Into::into).collect()
}
