//! A private Redis that writes everything to its append-only file, synced each second.

use std::time::Duration;

use anyhow::{Context, Result};

use crate::{
    place::Home,
    port::Port,
    probe,
    process::{Process, Program, Signal, which},
};

/// A running Redis.
#[derive(Debug)]
pub struct Redis {
    process: Process,
    port: Port,
}

impl Redis {
    /// Starts it on the data that the folder `name` of `home` has.
    ///
    /// # Errors
    /// When Redis is not installed or does not come up; the message says what to do.
    pub fn start(home: &Home, name: &str, port: Port) -> Result<Self> {
        let file =
            which("redis-server").context("redis-server is missing: `apt-get install redis-server`")?;
        let folder = home.folder(name)?;
        let number = port.number().to_string();
        let arguments = [
            ("--port", number.as_str()),
            ("--bind", "127.0.0.1"),
            ("--appendonly", "yes"),
            ("--appendfsync", "everysec"),
            ("--save", ""),
            ("--maxmemory-policy", "noeviction"),
            ("--daemonize", "no"),
        ];
        let mut arguments: Vec<_> =
            arguments.into_iter().flat_map(|(name, value)| [name, value]).map(Into::into).collect();
        arguments.extend(["--dir".into(), folder.clone().into_os_string()]);
        let process = Process::start(Program {
            name: "redis".to_owned(),
            file,
            arguments,
            environment: Vec::new(),
            log: folder.join("redis.log"),
            folder,
            account: home.account().cloned(),
            stop: Signal::SIGTERM,
        })?;
        wait(&process, port.number())?;
        Ok(Self { process, port })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port.number())
    }

    /// Its process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Ends it as a power cut would and starts it again on what it had written.
    ///
    /// # Errors
    /// When it does not come up again.
    pub fn crash(&mut self) -> Result<()> {
        self.process.kill();
        self.process = Process::start(self.process.program().clone())?;
        wait(&self.process, self.port.number())
    }
}

impl Redis {
    /// Becomes a replica of `master`, and waits until it has all that `master` holds.
    ///
    /// # Errors
    /// When it does not get there.
    pub fn follow(&self, master: &Self) -> Result<()> {
        self.say(&format!("REPLICAOF 127.0.0.1 {}", master.port.number()))?;
        self.process.wait_until(Duration::from_mins(1), |_| {
            // Of the long answer only this is asked: its beginning would not hold the state of the link.
            let role = probe::ask(self.port.number(), "ROLE\r\n").unwrap_or_default();
            role.contains("connected")
        })
    }

    /// Waits until a replica has what was written so far.
    ///
    /// # Errors
    /// When none has within a moment.
    pub fn until_followed(&self) -> Result<()> {
        self.process.wait_until(Duration::from_secs(10), |_| {
            probe::ask(self.port.number(), "WAIT 1 200\r\n").is_some_and(|answer| answer.starts_with(":1"))
        })
    }

    /// A replica becomes a master, with what it has.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn promote(&self) -> Result<()> {
        self.say("REPLICAOF NO ONE")
    }

    /// Ends it as a power cut would; it can be started again by [`Redis::crash`].
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Says something to it.
    ///
    /// # Errors
    /// When it does not answer with OK.
    pub fn say(&self, command: &str) -> Result<()> {
        let answer = probe::ask(self.port.number(), &format!("{command}\r\n")).unwrap_or_default();
        anyhow::ensure!(answer.starts_with("+OK"), "Redis answers `{command}` with `{}`", answer.trim());
        Ok(())
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }
}

fn wait(process: &Process, port: u16) -> Result<()> {
    process.wait_until(Duration::from_mins(1), |_| {
        probe::ask(port, "PING\r\n").is_some_and(|answer| answer.starts_with("+PONG"))
    })
}
