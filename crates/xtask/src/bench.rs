//! `cargo xtask bench`: gates beside floors and peers, measured in turn on private servers.

use anyhow::{Context, Result, bail};
use clap::Args;
use devstack::place;

use crate::{cargo, install, say};

/// Measures gates beside floors and peers, on servers of its own; what it can measure says `--help` of `loadtest bench`.
#[derive(Args)]
pub(crate) struct Bench {
    /// The profile to build with. `bench-fast` builds in a third of the time, for work in progress.
    #[arg(long, default_value = "release")]
    profile: String,
    /// What to measure and how large, as `loadtest bench` takes it: names, then `--sockets 100000`, `--json`, …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// See [`Bench`].
    pub(crate) fn run(self) -> Result<()> {
        install::must_have(&install::SERVERS)?;
        let build = ["build", "--profile", &self.profile, "--workspace", "--bins"];
        say::step("building", || cargo::run(cargo::cargo(&build)))?;
        let program = place::target().join(&self.profile).join("loadtest");
        let mut command = std::process::Command::new(&program);
        let status = command.arg("bench").args(&self.arguments).status();
        let status = status.with_context(|| format!("{} could not be run", program.display()))?;
        if !status.success() {
            bail!("the bench found something wrong, or could not be run ({status})");
        }
        Ok(())
    }
}
