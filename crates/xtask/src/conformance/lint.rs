//! httplint, which knows what may stand in the heads of answers.

use std::{collections::BTreeSet, process::Command};

use anyhow::Result;
use devstack::{conformance, process::run as run_to_end};

use super::Stand;

/// Fetches each path and prints what httplint finds bad or strange, a finding a line.
const SCRIPT: &str = include_str!("lint.py");

/// What is asked: pages, data, what is loaded, what is not there, what is refused.
const ASKED: [&str; 14] = [
    "GET /",
    "HEAD /",
    "GET /healthz",
    "GET /readyz",
    "GET /.well-known/jwks.json",
    "GET /console",
    "GET /search?token=x",
    "GET /event/00000000-0000-7000-8000-000000000001",
    "GET /queue/00000000-0000-7000-8000-000000000001",
    "GET /queue/00000000-0000-7000-8000-000000000001/place",
    "POST /room",
    "DELETE /healthz",
    "OPTIONS /search",
    "GET /nowhere",
];

/// What is found.
pub(super) fn run() -> Result<BTreeSet<String>> {
    let packages = conformance::httplint()?;
    let stand = Stand::start(&[])?;
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", packages).args(["-c", SCRIPT, &stand.authority()]).args(ASKED);
    Ok(run_to_end(&mut command)?.lines().map(str::to_owned).collect())
}
