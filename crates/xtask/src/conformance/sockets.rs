//! kosoku: the cases of the Autobahn test suite, played at a server that sends everything back: directly, and through the gate. A
//! case that only passes directly is the gate's fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use devstack::{
    conformance,
    port::Port,
    process::{Process, Program, Signal, run as run_to_end, which},
};
use serde_json::Value;

use super::{Stand, scratch};

/// A server that sends everything back, in Python.
const ECHO: &str = include_str!("echo.py");
/// A path that leads to the service behind.
const PATH: &str = "/event/live";

/// The cases that pass directly and not through the gate.
pub(super) fn run() -> Result<BTreeSet<String>> {
    let (packages, folder) = (conformance::kosoku()?, scratch("websocket")?);
    let port = Port::any()?;
    let echo = echo(&folder, port.number())?;
    let direct = play(&packages, &folder.join("direct"), &format!("127.0.0.1:{}{PATH}", port.number()))?;
    let stand = Stand::start(&[("QUEUE_GATE_BOOKING", format!("http://127.0.0.1:{}", port.number()))])?;
    let through = play(&packages, &folder.join("through"), &format!("{}{PATH}", stand.authority()))?;
    drop(echo);
    ensure!(direct.len() >= 200, "kosoku played {} cases only", direct.len());
    ensure!(direct.len() == through.len(), "kosoku played other cases through the gate");
    Ok(through
        .iter()
        .filter(|(case, verdict)| is_pass(&direct[*case]) && !is_pass(verdict))
        .map(|(case, verdict)| format!("{case}: {} directly, {verdict} through the gate", direct[case]))
        .collect())
}

/// Autobahn's words for a case that is as it should be; the last ones judge what the standard leaves open.
fn is_pass(verdict: &str) -> bool {
    ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"].contains(&verdict)
}

fn echo(folder: &Path, port: u16) -> Result<Process> {
    let packages = conformance::websockets()?;
    let process = Process::start(Program {
        name: "echo".to_owned(),
        file: which("python3").context("Python is missing")?,
        arguments: vec!["-c".into(), ECHO.into(), port.to_string().into()],
        environment: vec![("PYTHONPATH".to_owned(), packages.to_string_lossy().into_owned())],
        folder: folder.to_path_buf(),
        account: None,
        stop: Signal::SIGTERM,
        log: folder.join("echo.log"),
    })?;
    process.wait_until(Duration::from_secs(20), |process| process.said().contains("ready"))?;
    Ok(process)
}

/// The verdict of each case. Those on speed are left out.
fn play(packages: &PathBuf, reports: &Path, address: &str) -> Result<BTreeMap<String, String>> {
    drop(std::fs::remove_dir_all(reports));
    let mut command = Command::new(packages.join("bin/kosoku"));
    command.env("PYTHONPATH", packages).args(["-x", "9.*", "-p", "4", "-o"]).arg(reports).arg(address);
    // It fails where a case does: what counts is its report.
    let said = run_to_end(&mut command).unwrap_or_else(|error| format!("{error:#}"));
    let report = std::fs::read_to_string(reports.join("index.json")).context(said)?;
    let report: Value = serde_json::from_str(&report)?;
    let agents = report.as_object().context("a report names who was played at")?;
    let cases = agents.values().filter_map(Value::as_object).flatten();
    Ok(cases
        .map(|(case, outcome)| (case.clone(), outcome["behavior"].as_str().unwrap_or("?").to_owned()))
        .collect())
}
