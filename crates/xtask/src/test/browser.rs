//! What `web/` builds, and the tests in a browser: `web/e2e`, with Node's own runner, against a system with the demo data.

use std::{path::Path, process::Command};

use anyhow::{Context, Result};
use devstack::{Home, node, place, postgres::Durability, process::run};

use super::run::watched;
use crate::{
    install, say,
    servers::Preferred,
    total::{Counts, Total},
    up::{Shape, Stack, Stopping},
    web,
};

/// Builds what the pages load and compares it with what is committed; its types and its logic.
pub(super) fn built(total: &mut Total) {
    total.count("packages of web/", say::step("npm ci in web/", web::packages));
    total.count("web/snapshot is what web/src builds", say::step("web/snapshot", web::compare));
    total.count("types of web/", say::step("types of web/", web::types));
    let mut counts = Counts::default();
    let outcome = web::logic().and_then(|tests| watched(tests, |line| counts.add_of_vitest(line)));
    let uncounted = outcome.is_err() && counts.failed == 0;
    total.add("logic of web/", counts);
    if uncounted {
        total.count("logic of web/", outcome);
    }
}

/// Runs the tests in a browser, and counts.
pub(super) fn tests(total: &mut Total) {
    if !install::all_there(&install::BROWSER) {
        let why = format!("no browser is installed: {}", install::command_for(&install::BROWSER));
        return total.count("browser tests", Err(anyhow::anyhow!(why)));
    }
    let mut counts = Counts::default();
    let outcome = against_a_system(&place::checkout().join("web/e2e"), &mut counts);
    let uncounted = outcome.is_err() && counts.failed == 0;
    total.add("browser tests", counts);
    if uncounted {
        total.count("browser tests", outcome);
    }
}

fn against_a_system(folder: &Path, counts: &mut Counts) -> Result<()> {
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
    let node = web::node()?;
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

/// Fetches packages of npm that tests need and that are not ours to copy.
pub(super) fn packages() -> Result<()> {
    for package in [node::COMPOSE_SCHEMA, node::TYPESCRIPT] {
        if package.folder().join("package.json").is_file() {
            continue;
        }
        let home = package.home();
        std::fs::create_dir_all(&home)?;
        std::fs::write(home.join("package.json"), "{\"private\": true}")?;
        let wanted = format!("{}@{}", package.name, package.version);
        let arguments = ["install", "--ignore-scripts", "--no-audit", "--no-fund", &wanted];
        say::step(&format!("fetching {wanted}"), || web::npm(&arguments, &home))?;
    }
    Ok(())
}
