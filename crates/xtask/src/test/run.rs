//! Runs programs with tests, shows what they print, and counts.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use devstack::process::Signal;
use nix::{sys::signal::kill, unistd::Pid};
use tokio::time::Instant;

use crate::{
    cargo::{TestProgram, cargo},
    say,
    total::{Counts, Total},
};

/// How long one program may run, on a machine that has much else to do. One that hangs is ended and has failed.
const LIMIT: Duration = Duration::from_mins(25);

/// Runs one program with tests.
pub(super) fn tests(program: &TestProgram, environment: &[(&str, String)], total: &mut Total) {
    let mut command = Command::new(&program.file);
    command.current_dir(&program.folder).envs(environment.iter().map(|(name, value)| (*name, value)));
    // What `cargo test` sets; proptest and insta look for their files with it.
    command.env("CARGO_MANIFEST_DIR", &program.folder);
    counted(&program.name, command, total);
}

/// Runs the examples in the documentation.
pub(super) fn examples_in_docs(total: &mut Total) {
    counted("examples in the documentation", cargo(&["test", "--workspace", "--doc", "--quiet"]), total);
}

fn counted(name: &str, command: Command, total: &mut Total) {
    let begin = Instant::now();
    let mut counts = Counts::default();
    let outcome = watched(command, |line| {
        if let Some(more) = Counts::of_rust(line) {
            counts.passed += more.passed;
            counts.failed += more.failed;
            counts.skipped += more.skipped;
        }
    });
    total.add_run(name, counts, outcome);
    say::line(format_args!("  {name}: {} passed ({})", counts.passed, say::seconds(begin.elapsed())));
}

/// Runs a command to its end, at most [`LIMIT`], and hands each line of its output on while showing it.
#[expect(clippy::print_stdout, reason = "what the tests say")]
pub(super) fn watched(mut command: Command, mut line_came: impl FnMut(&str)) -> Result<()> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("it could not be run")?;
    let output = child.stdout.take().context("its output is piped")?;
    let (done, still) = mpsc::channel::<()>();
    let pid = Pid::from_raw(i32::try_from(child.id())?);
    let watchdog = thread::spawn(move || {
        let too_long = still.recv_timeout(LIMIT) == Err(mpsc::RecvTimeoutError::Timeout);
        if too_long {
            // It cannot be another's number: nobody waits for the child before this thread has ended.
            let _ = kill(pid, Signal::SIGKILL);
        }
        too_long
    });
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        line_came(&line);
    }
    drop(done);
    let too_long = watchdog.join().unwrap_or(false);
    ended(&mut child, too_long)
}

fn ended(child: &mut Child, too_long: bool) -> Result<()> {
    let status = child.wait()?;
    if too_long {
        bail!("it was still running after {} minutes", LIMIT.as_secs() / 60);
    }
    if !status.success() {
        bail!("it failed ({status})");
    }
    Ok(())
}
