//! What `web/` builds, and the tests in a browser: `web/e2e`, with Node's own runner, against a system with the demo data.

use std::{path::Path, process::Command};

use anyhow::Result;
use devstack::{Home, node, place, process::run};

use super::run::watched;
use crate::{
    install, say,
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
    total.add_run("logic of web/", counts, outcome);
}

/// Runs the tests in a browser, and counts.
pub(super) fn tests(total: &mut Total) {
    if !install::all_there(&install::BROWSER) {
        let why = format!("no browser is installed: {}", install::command_for(&install::BROWSER));
        return total.count("browser tests", Err(anyhow::anyhow!(why)));
    }
    if let Err(error) = against_a_system(total) {
        total.count("a system for browser tests", Err(error));
    }
}

fn against_a_system(total: &mut Total) -> Result<()> {
    let data = tempfile::tempdir_in(place::target())?;
    let stack = Stack::start(Home::temporary()?, Shape::thrown_away(data.path()), &Stopping::listen()?)?;
    let up = data.path().join("up.json");
    std::fs::write(&up, serde_json::to_string(stack.endpoints())?)?;
    let node = web::node()?;
    tests_in(&place::checkout().join("web/e2e"), "browser tests", &node, &up, total);
    total.count("the client of web/client compiles", compile_client(&node));
    tests_in(&place::checkout().join("web/client"), "tests of web/client", &node, &up, total);
    stack.stop();
    Ok(())
}

/// Runs what Node finds in a folder, against the system at `up`.
fn tests_in(folder: &Path, name: &str, node: &Path, up: &Path, total: &mut Total) {
    let mut tests = Command::new(node);
    tests.arg("--test").current_dir(folder).env("USHER_UP", up);
    let mut counts = Counts::default();
    let outcome = watched(tests, |line| counts.add_of_node(line));
    total.add_run(name, counts, outcome);
}

fn compile_client(node: &Path) -> Result<()> {
    let compiler = node::TYPESCRIPT.folder().join("lib/tsc.js");
    let folder = place::checkout().join("web/client");
    say::step("tsc", || run(Command::new(node).arg(compiler).arg("--project").arg(folder))).map(drop)
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
