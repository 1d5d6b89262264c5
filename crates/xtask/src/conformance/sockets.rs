//! kosoku: the cases of the Autobahn test suite, played at a server that sends everything back: directly, and through the gate. A
//! case that only passes directly is the gate's fault.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    path::Path,
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
    let direct = format!("127.0.0.1:{}{PATH}", port.number());
    let direct = play(&packages, &folder.join("direct"), &direct, &AT_ONCE)?;
    let stand = Stand::start(&[("QUEUE_GATE_BOOKING", format!("http://127.0.0.1:{}", port.number()))])?;
    let gate = format!("{}{PATH}", stand.authority());
    let mut through = play(&packages, &folder.join("through"), &gate, &AT_ONCE)?;
    ensure!(direct.len() >= 200, "kosoku played {} cases only", direct.len());
    ensure!(direct.len() == through.len(), "kosoku played other cases through the gate");
    let is_worse = |case: &str, verdict: &str| is_pass(&direct[case]) && !is_pass(verdict);
    // A case has 20 seconds, and those on large messages need most of them where four are played at once.
    let alone = through.iter().filter(|(case, verdict)| is_worse(case, verdict));
    let alone: Vec<_> = alone.flat_map(|(case, _)| ["-i".to_owned(), case.clone()]).collect();
    if !alone.is_empty() {
        through.extend(play(&packages, &folder.join("alone"), &gate, &alone)?);
    }
    drop(echo);
    Ok(through
        .iter()
        .filter(|(case, verdict)| is_worse(case, verdict))
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

/// All cases but those on speed, some at a time.
const AT_ONCE: [&str; 4] = ["-x", "9.*", "-p", "4"];

/// The verdict of each case that is `chosen`.
fn play(
    packages: &Path,
    reports: &Path,
    address: &str,
    chosen: &[impl AsRef<OsStr>],
) -> Result<BTreeMap<String, String>> {
    drop(std::fs::remove_dir_all(reports));
    let mut command = Command::new(packages.join("bin/kosoku"));
    command.env("PYTHONPATH", packages).args(chosen).arg("-o").arg(reports).arg(address);
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
