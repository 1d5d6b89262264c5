//! What this machine lacks, installed with apt where that may be done without a question, else named.

use std::process::Command;

use anyhow::{Result, bail};
use devstack::{
    elasticsearch, postgres,
    process::{last_words, run, which},
};
use nix::unistd::geteuid;

use crate::say;

/// Something that a chore needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// PostgreSQL, new enough.
    Postgres,
    /// redis-server.
    Redis,
    /// Java, new enough.
    Java,
    /// Maven.
    Maven,
    /// unzip.
    Unzip,
    /// A browser for the tests.
    Chromium,
    /// Python with its installer: a process that speaks as Stripe does comes by it.
    Pip,
    /// OpenSSL's program, with which tests make certificates and check signatures.
    OpenSsl,
}

/// Without these nothing works.
pub(crate) const SERVERS: [Need; 2] = [Need::Postgres, Need::Redis];
/// Without these there is no Elasticsearch.
pub(crate) const ELASTICSEARCH: [Need; 3] = [Need::Java, Need::Maven, Need::Unzip];
/// Without these some tests of booking-api fail.
pub(crate) const BOOKING_TESTS: [Need; 2] = [Need::Pip, Need::OpenSsl];
/// Without these there are no browser tests.
pub(crate) const BROWSER: [Need; 1] = [Need::Chromium];

impl Need {
    fn package(self) -> &'static str {
        match self {
            Self::Postgres => "postgresql",
            Self::Redis => "redis-server",
            Self::Java => "default-jre-headless",
            Self::Maven => "maven",
            Self::Unzip => "unzip",
            Self::Chromium => "chromium",
            Self::Pip => "python3-pip",
            Self::OpenSsl => "openssl",
        }
    }

    fn is_there(self) -> bool {
        match self {
            Self::Postgres => postgres::programs().is_some(),
            Self::Redis => which("redis-server").is_some(),
            Self::Java => elasticsearch::java().is_some(),
            Self::Maven => which("mvn").is_some(),
            Self::Unzip => which("unzip").is_some(),
            Self::Chromium => which("chromium").is_some(),
            Self::Pip => run(Command::new("python3").args(["-m", "pip", "--version"])).is_ok(),
            Self::OpenSsl => which("openssl").is_some(),
        }
    }
}

/// Whether all of `needs` are there.
pub(crate) fn all_there(needs: &[Need]) -> bool {
    needs.iter().all(|need| need.is_there())
}

/// The command that installs what of `needs` is missing.
pub(crate) fn command_for(needs: &[Need]) -> String {
    format!("sudo apt-get update && sudo apt-get install -y {}", missing(needs).join(" "))
}

/// Installs what of `needs` is missing, if that may be done without a question. Whether it worked is seen afterwards
/// by [`all_there`].
pub(crate) fn try_to_have(needs: &[Need]) -> Result<()> {
    let packages = missing(needs);
    packages_from_apt(&packages)
}

/// Has all of `needs`, or says which command would bring them.
pub(crate) fn must_have(needs: &[Need]) -> Result<()> {
    let outcome = try_to_have(needs);
    if all_there(needs) {
        return Ok(());
    }
    let why = outcome.err().map(|error| format!(" ({error:#})")).unwrap_or_default();
    bail!("this machine lacks {}{why}. Run: {}", missing(needs).join(", "), command_for(needs))
}

/// Installs packages with apt. Nothing to do for none.
pub(crate) fn packages_from_apt(packages: &[&str]) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    if which("apt-get").is_none() {
        bail!("there is no apt-get here");
    }
    let prefix: &[&str] = if geteuid().is_root() {
        &[]
    } else if run(Command::new("sudo").args(["-n", "true"])).is_ok() {
        &["sudo", "-n"]
    } else {
        bail!("we are not root, and sudo asks for a password")
    };
    say::step(&format!("installing {}", packages.join(", ")), || {
        apt(prefix, &["update", "-q"])?;
        let options = ["install", "-q", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];
        apt(prefix, &[options.as_slice(), packages].concat())
    })
}

fn apt(prefix: &[&str], arguments: &[&str]) -> Result<()> {
    let words = [prefix, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"], arguments].concat();
    let output = Command::new(words[0]).args(&words[1..]).output()?;
    if output.status.success() {
        return Ok(());
    }
    let log = devstack::place::target().join("apt.log");
    std::fs::write(&log, [output.stdout, output.stderr].concat())?;
    bail!("{} failed. {}", words.join(" "), last_words(&std::fs::read_to_string(&log)?, &log))
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().filter(|need| !need.is_there()).map(|need| need.package()).collect()
}
