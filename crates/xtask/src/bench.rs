//! `cargo xtask bench`: gates beside floors and peers, measured in turn on private servers; and how well search finds.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use devstack::{Home, place, postgres::Durability};

use crate::{
    cargo, install, say,
    servers::{Preferred, Servers},
};

/// What is measured when the first name is this: by a test of search-api, which prints a table.
const RELEVANCE: &str = "relevance";

/// Measures gates beside floors and peers, on servers of its own; what it can measure says `--help` of `loadtest bench`.
#[derive(Args)]
pub(crate) struct Bench {
    /// The profile to build with. `bench-fast` builds in a third of the time, for work in progress.
    #[arg(long, default_value = "release")]
    profile: String,
    /// For `relevance`: a folder with `conferences.jsonl`, real names to look for. Without it names are made up.
    #[arg(long)]
    data: Option<PathBuf>,
    /// What to measure and how large, as `loadtest bench` takes it: names, then `--sockets 100000`, `--json`, …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Bench {
    /// See [`Bench`].
    pub(crate) fn run(self) -> Result<()> {
        if self.arguments.first().is_some_and(|name| name == RELEVANCE) {
            return relevance(self.data.as_deref());
        }
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

/// How often what is meant is found: ours on a private Elasticsearch and on the index of the process, beside a plain query.
fn relevance(data: Option<&Path>) -> Result<()> {
    install::must_have(&install::ELASTICSEARCH)?;
    let servers = Servers::start(Home::temporary()?, Preferred::default(), Durability::Thrown)?;
    let programs = say::step("building", cargo::build_tests)?;
    let is_ours = |program: &&cargo::TestProgram| {
        program.folder.ends_with("search-api") && program.name.ends_with("it")
    };
    let program = programs.iter().find(is_ours).context("search-api has no tests")?;
    servers.wait()?;
    let elasticsearch = servers.elasticsearch.as_ref().context("search is measured on Elasticsearch")?;
    let mut command = std::process::Command::new(&program.file);
    command
        .args(["--nocapture", "--test-threads=1", "known_items::", "judged::"])
        .current_dir(&program.folder);
    command.env("USHER_TEST_ELASTICSEARCH_URL", elasticsearch.url()).env("USHER_TEST_LONG", "1");
    if let Some(data) = data {
        command.env("USHER_TEST_DATA", std::path::absolute(data)?);
    }
    let status = command.status().with_context(|| format!("{} could not be run", program.file))?;
    if !status.success() {
        bail!("search finds less than it should, or could not be asked ({status})");
    }
    Ok(())
}
