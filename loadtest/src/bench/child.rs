//! Parts of a bench that run as processes of their own: so that their cost is not the parent's, and each has its own
//! descriptors. They are this same program; they read commands from standard input and answer with lines of JSON.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context, Result};
use serde::{Serialize, de::DeserializeOwned};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running part. It ends when its input does, so it never outlives us.
#[derive(Debug)]
pub(super) struct Part {
    child: Child,
    input: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
    /// An answer that was seen to be there and is not read yet.
    seen: Option<String>,
    listens: String,
}

impl Part {
    /// Starts the part with these arguments.
    pub(super) fn start(arguments: &[String]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bench-part").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("a part of the bench could not be started")?;
        let output = child.stdout.take().context("it has an output")?;
        let input = child.stdin.take();
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self { child, input, answers, seen: None, listens: String::new() })
    }

    /// Remembers where it listens.
    pub(super) fn listens_on(&mut self, address: &str) {
        address.clone_into(&mut self.listens);
    }

    /// Where it listens.
    pub(super) fn listens(&self) -> &str {
        &self.listens
    }

    /// Whether the next answer is there.
    pub(super) fn has_answered(&mut self) -> bool {
        if self.seen.is_none() {
            self.seen = self.answers.try_recv().ok();
        }
        self.seen.is_some()
    }

    /// Its process.
    pub(super) fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap_or(0)
    }

    /// Tells it something.
    pub(super) fn tell(&mut self, command: &str) -> Result<()> {
        let input = self.input.as_mut().context("its input is open")?;
        writeln!(input, "{command}")?;
        Ok(input.flush()?)
    }

    /// Its next answer.
    pub(super) fn answer<T: DeserializeOwned>(&mut self) -> Result<T> {
        let seen = self.seen.take();
        let line = seen.map_or_else(|| self.answers.recv_timeout(PATIENCE), Ok);
        let line = line.context("a part of the bench does not answer")?;
        serde_json::from_str(&line).with_context(|| format!("a part of the bench said {line}"))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.input = None;
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the parent tells this part, read by a thread of its own; `wake` is called for each. The end of the input ends
/// the process.
pub(super) fn commands(wake: Arc<dyn Fn() + Send + Sync>) -> mpsc::Receiver<Vec<String>> {
    let (sender, commands) = mpsc::channel();
    thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line.split_whitespace().map(str::to_owned).collect()).is_err() {
                break;
            }
            wake();
        }
        std::process::exit(0);
    });
    commands
}

/// Answers the parent.
pub(super) fn say(answer: &impl Serialize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(answer)?)?;
    Ok(out.flush()?)
}
