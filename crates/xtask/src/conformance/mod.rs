//! `cargo xtask conformance`: programs of others judge how the gate speaks. What they find stands in `docs/conformance/`, one finding a
//! line, and those files may only shrink.

mod frames;
mod lint;
mod slow;
mod sockets;

use std::{collections::BTreeSet, path::PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use devstack::{
    Home,
    keys::Keys,
    place,
    port::Port,
    postgres::{Durability, Postgres},
    redis::Redis,
    system::{self, Plan, Service, System},
};

use crate::{cargo, install, say, servers};

/// Lets programs of others judge how the gate speaks HTTP and WebSocket.
#[derive(Args)]
pub(crate) struct Conformance {
    /// Which; all when none is named.
    suites: Vec<Suite>,
}

/// Who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Suite {
    /// h2spec: HTTP/2. It comes by `go install`, where there is Go.
    H2spec,
    /// httplint: what stands in the heads of answers.
    Httplint,
    /// slowhttptest: slow clients, and how soon others are answered meanwhile.
    Slow,
    /// kosoku: WebSockets that the gate passes on, by the cases of the Autobahn test suite.
    Websocket,
}

impl Suite {
    const fn name(self) -> &'static str {
        match self {
            Self::H2spec => "h2spec",
            Self::Httplint => "httplint",
            Self::Slow => "slow",
            Self::Websocket => "websocket",
        }
    }

    fn run(self) -> Result<BTreeSet<String>> {
        match self {
            Self::H2spec => frames::run(),
            Self::Httplint => lint::run(),
            Self::Slow => slow::run(),
            Self::Websocket => sockets::run(),
        }
    }
}

impl Conformance {
    /// See [`Conformance`].
    pub(crate) fn run(self) -> Result<()> {
        install::must_have(&install::SERVERS)?;
        say::step("building", || cargo::run(cargo::cargo(&["build", "--workspace", "--bins"])))?;
        let suites = if self.suites.is_empty() { Suite::value_variants().to_vec() } else { self.suites };
        let mut worse = Vec::new();
        for suite in suites {
            let found = say::step(suite.name(), || suite.run())?;
            if !is_no_worse(suite, &found)? {
                worse.push(suite.name());
            }
        }
        if !worse.is_empty() {
            bail!("more is found than {} may find", worse.join(" and "));
        }
        Ok(())
    }
}

/// Compares what was found with what is known of. What is known and was not found leaves the file.
fn is_no_worse(suite: Suite, found: &BTreeSet<String>) -> Result<bool> {
    let file = place::checkout().join("docs/conformance").join(format!("{}.txt", suite.name()));
    let text = std::fs::read_to_string(&file).with_context(|| format!("{} is missing", file.display()))?;
    let (kept, gone) = shrunk(&text, found);
    for finding in &gone {
        say::line(format_args!("  found no more: {finding}"));
    }
    if !gone.is_empty() {
        std::fs::write(&file, kept)?;
    }
    let known: BTreeSet<&str> = text.lines().collect();
    let new: Vec<_> = found.iter().filter(|finding| !known.contains(finding.as_str())).collect();
    for finding in &new {
        say::line(format_args!("  NEW: {finding}"));
    }
    say::line(format_args!("  {}: {} findings, {} of them new", suite.name(), found.len(), new.len()));
    Ok(new.is_empty())
}

/// A baseline without the findings that were not found, and those. Lines that begin with `#` are for readers.
fn shrunk(text: &str, found: &BTreeSet<String>) -> (String, Vec<String>) {
    let is_gone = |line: &&str| !line.is_empty() && !line.starts_with('#') && !found.contains(*line);
    let gone = text.lines().filter(is_gone).map(str::to_owned).collect();
    let kept =
        text.lines().filter(|line| !is_gone(line)).fold(String::new(), |kept, line| kept + line + "\n");
    (kept, gone)
}

/// A system of one gate, and its servers. Stopped when dropped, the system first.
struct Stand {
    system: System,
    _postgres: Postgres,
    _redis: Redis,
    _home: Home,
}

impl Stand {
    /// Starts it, with these settings beside the usual ones.
    fn start(settings: &[(&str, String)]) -> Result<Self> {
        let home = Home::temporary()?;
        let postgres = Postgres::start(&home, Port::any()?, Durability::Thrown)?;
        let redis = Redis::start(&home, "redis", Port::any()?)?;
        let url = postgres.url("postgres");
        servers::migrate(&url)?;
        let folder = home.path().join("system");
        std::fs::create_dir_all(&folder)?;
        let usual = [("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000000".to_owned())];
        let environment = usual.iter().chain(settings);
        let system = System::start(Plan {
            programs: system::programs("debug"),
            keys: Keys::open(&home.path().join("keys"))?,
            folder,
            postgres: url,
            redis: redis.url(),
            elasticsearch: None,
            gates: 1,
            environment: environment.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            preferred: None,
        })?;
        Ok(Self { system, _postgres: postgres, _redis: redis, _home: home })
    }

    /// The gate's host and port.
    fn authority(&self) -> String {
        self.system.url(Service::Gate(0)).replace("http://", "")
    }

    /// The gate's port.
    fn port(&self) -> Result<u16> {
        let authority = self.authority();
        let (_, port) = authority.split_once(':').context("an address has a port")?;
        Ok(port.parse()?)
    }
}

/// A folder for what a suite writes.
fn scratch(name: &str) -> Result<PathBuf> {
    let folder = place::target().join("conformance").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_shrinks_and_keeps_what_is_for_readers() {
        let found = ["b".to_owned(), "d".to_owned()].into();
        let (kept, gone) = shrunk("# why\na\nb\n\nc\n", &found);
        assert_eq!((kept.as_str(), gone), ("# why\nb\n\n", vec!["a".to_owned(), "c".to_owned()]));
    }
}
