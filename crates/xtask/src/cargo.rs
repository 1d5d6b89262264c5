//! Cargo, asked by its own chores: always for the whole workspace, so that each dependency is built with one set of
//! features, and once.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use devstack::place;
use serde::Deserialize;

/// A `cargo` command in the root of the checkout.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    // The cargo that runs us, else the one on the path.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(place::checkout()).stdin(Stdio::null());
    // `cargo run` tells us about ourselves. Build scripts that look at the same variables would run again, and with
    // them most dependencies be built again, each time that we call cargo and a person does.
    for (name, _) in std::env::vars_os() {
        let about_us = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if name.to_str().is_some_and(|name| about_us.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs it with its output on standard error, where progress belongs.
pub(crate) fn run(mut command: Command) -> Result<()> {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
    let status = command.stdout(std::io::stderr()).status().context("cargo could not be run")?;
    if !status.success() {
        bail!("`cargo {}` failed", words.join(" "));
    }
    Ok(())
}

/// A program with tests.
#[derive(Debug)]
pub(crate) struct TestProgram {
    /// The package and the target.
    pub(crate) name: String,
    /// The file.
    pub(crate) file: String,
    /// The folder of the package, in which it runs.
    pub(crate) folder: std::path::PathBuf,
}

/// Builds all tests of the workspace and says where they are, those of the whole system last.
pub(crate) fn build_tests() -> Result<Vec<TestProgram>> {
    let mut command = cargo(&["test", "--workspace", "--no-run", "--message-format=json-render-diagnostics"]);
    let output = command.stderr(Stdio::inherit()).output().context("cargo could not be run")?;
    if !output.status.success() {
        bail!("the tests do not build");
    }
    let messages = String::from_utf8(output.stdout)?;
    let mut programs: Vec<_> = messages.lines().filter_map(test_program).collect();
    programs.sort_by_key(|program| (program.name.starts_with("tests "), program.name.clone()));
    Ok(programs)
}

#[derive(Deserialize)]
struct Artifact {
    reason: String,
    manifest_path: std::path::PathBuf,
    target: Target,
    profile: Profile,
    executable: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

fn test_program(message: &str) -> Option<TestProgram> {
    let artifact: Artifact = serde_json::from_str(message).ok()?;
    if artifact.reason != "compiler-artifact" || !artifact.profile.test {
        return None;
    }
    let folder = artifact.manifest_path.parent()?.to_path_buf();
    let package = folder.strip_prefix(place::checkout()).unwrap_or(&folder).display().to_string();
    let name = format!("{package} {} {}", artifact.target.kind.join(","), artifact.target.name);
    Some(TestProgram { name, file: artifact.executable?, folder })
}

/// Builds all programs of the workspace: the tests of the whole system run them.
pub(crate) fn build_programs() -> Result<()> {
    run(cargo(&["build", "--workspace", "--bins"]))
}
