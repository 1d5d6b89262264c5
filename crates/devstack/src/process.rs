//! A child that starts, is watched, stops, and never outlives us.
//!
//! Every child runs under `setpriv` (util-linux), which drops root's rights where there are any and asks the kernel to
//! end the child when we die, however we die. The kernel means the *thread* that started it, so one thread that lives
//! as long as the program starts them all. A child has a process group of its own: Ctrl-C reaches only us, and we
//! stop our children in order.

use std::{
    ffi::OsString,
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, OnceLock, PoisonError, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, anyhow, bail};
pub use nix::sys::signal::Signal;
use nix::{sys::signal::kill, unistd::Pid};

use crate::account::Account;

/// How often a child is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What to start and how.
#[derive(Clone, Debug)]
pub struct Program {
    /// What people call it.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What to add to the environment.
    pub environment: Vec<(String, String)>,
    /// Where it runs.
    pub folder: PathBuf,
    /// As whom; `None` for ourselves.
    pub account: Option<Account>,
    /// The signal that stops it in good order.
    pub stop: Signal,
    /// The file to which it writes what it has to say.
    pub log: PathBuf,
}

/// A running child. Stopped when dropped.
#[derive(Debug)]
pub struct Process {
    program: Program,
    child: Mutex<Child>,
    pid: Pid,
    /// How long the log was when it started.
    log_begin: u64,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// When the file cannot be run.
    pub fn start(program: Program) -> Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(&program.log);
        let log = log.with_context(|| format!("opening the log {} failed", program.log.display()))?;
        let log_begin = log.metadata()?.len();
        let child =
            spawn(command(&program, log)?).with_context(|| format!("starting {} failed", program.name))?;
        let pid = Pid::from_raw(i32::try_from(child.id())?);
        Ok(Self { program, child: Mutex::new(child), pid, log_begin })
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.program.name
    }

    /// What was started.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its process id.
    pub fn pid(&self) -> i32 {
        self.pid.as_raw()
    }

    /// How it ended, if it did.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner).try_wait().ok().flatten()
    }

    /// Waits until `ready` says so.
    ///
    /// # Errors
    /// When it ends, or is not ready within `limit`; the message holds the end of its log.
    pub fn wait_until(&self, limit: Duration, mut ready: impl FnMut(&Self) -> bool) -> Result<()> {
        for _ in 0..limit.as_millis() / LOOK.as_millis() {
            if let Some(status) = self.ended() {
                bail!("{} ended at its start ({status}). {}", self.name(), self.last_words());
            }
            if ready(self) {
                return Ok(());
            }
            thread::sleep(LOOK);
        }
        bail!("{} was not ready after {} s. {}", self.name(), limit.as_secs(), self.last_words())
    }

    /// Stops it in good order; after `grace`, by force. Does nothing to one that has ended.
    pub fn stop(&self, grace: Duration) {
        self.signal(self.program.stop);
        for _ in 0..grace.as_millis() / LOOK.as_millis() {
            if self.ended().is_some() {
                return;
            }
            thread::sleep(LOOK);
        }
        self.kill();
    }

    /// Asks it to stop and does not wait.
    pub fn tell_to_stop(&self) {
        self.signal(self.program.stop);
    }

    /// Ends it as a power cut would: `kill -9`. Returns when it is gone.
    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
        drop(self.child.lock().unwrap_or_else(PoisonError::into_inner).wait());
    }

    /// Sends a signal, unless it has ended.
    pub fn signal(&self, signal: Signal) {
        // Looked at under the lock: a child that was not waited for keeps its number, so no stranger is hit.
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(child.try_wait(), Ok(None)) {
            // It may have ended this moment.
            let _ = kill(self.pid, signal);
        }
    }

    /// Sends a signal to the processes that it started itself.
    pub fn signal_children(&self, signal: Signal) {
        // As for the process: while it is not waited for, its number is no stranger's, and so nor are its children.
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(child.try_wait(), Ok(None)) {
            for child in children(self.pid) {
                // It may have ended this moment.
                let _ = kill(child, signal);
            }
        }
    }

    /// All that it wrote since it started.
    pub fn said(&self) -> String {
        let mut text = Vec::new();
        let read = File::open(&self.program.log).and_then(|mut log| {
            log.seek(SeekFrom::Start(self.log_begin))?;
            log.read_to_end(&mut text)
        });
        drop(read);
        String::from_utf8_lossy(&text).into_owned()
    }

    fn last_words(&self) -> String {
        last_words(&self.said(), &self.program.log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.stop(Duration::from_secs(5));
        }
    }
}

/// The processes that `parent` started, as the kernel tells it (proc(5)).
fn children(parent: Pid) -> Vec<Pid> {
    let text = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).map(Pid::from_raw).collect()
}

/// The end of a log, for a person who has to find out what went wrong.
pub fn last_words(log: &str, file: &Path) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let tail = lines[lines.len().saturating_sub(15)..].join("\n    ");
    if tail.is_empty() {
        return format!("It said nothing ({}).", file.display());
    }
    format!("The end of {}:\n    {tail}", file.display())
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// When it cannot be run or fails; the message holds what it complained.
pub fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("running {name} failed"))?;
    if !output.status.success() {
        // Some complain on their standard output.
        let said = [output.stderr.as_slice(), &output.stdout].concat();
        bail!("{name} failed ({}): {}", output.status, String::from_utf8_lossy(&said).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command that runs `file` as `account`, and dies with us.
pub fn as_account(file: &Path, account: Option<&Account>, at_our_death: Signal) -> Command {
    let mut command = Command::new("setpriv");
    if let Some(account) = account {
        command.arg("--reuid").arg(account.uid.to_string());
        command.arg("--regid").arg(account.gid.to_string()).arg("--clear-groups");
    }
    let signal = at_our_death.as_str().trim_start_matches("SIG");
    command.args(["--pdeathsig", signal, "--"]).arg(file);
    command
}

/// The first file called `name` on the search path.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn command(program: &Program, log: File) -> Result<Command> {
    let mut command = as_account(&program.file, program.account.as_ref(), program.stop);
    command.args(&program.arguments).envs(program.environment.iter().cloned()).current_dir(&program.folder);
    if program.account.is_some() {
        command.env("HOME", &program.folder);
    }
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
    Ok(command)
}

type Order = (Command, mpsc::Sender<std::io::Result<Child>>);

/// Starts `command` from the one thread whose end is our end.
fn spawn(command: Command) -> Result<Child> {
    static SPAWNER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let spawner = SPAWNER.get_or_init(|| {
        let (sender, orders) = mpsc::channel::<Order>();
        thread::spawn(move || {
            for (mut command, answer) in orders {
                drop(answer.send(command.spawn()));
            }
        });
        sender
    });
    let (sender, answer) = mpsc::channel();
    spawner.send((command, sender)).map_err(|_| anyhow!("the thread that starts programs has ended"))?;
    let child = answer.recv()?;
    child.context("`setpriv` of util-linux could not be run: install util-linux")
}
