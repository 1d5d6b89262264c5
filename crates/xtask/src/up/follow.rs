//! While it is up: the logs, services that crash, and the signal to stop.
//!
//! A service that crashes is reported with its last words and started again, after 1 s, then 2 s, then 4 s; the pause
//! shrinks back to 1 s once it has run for a minute. At the fourth crash in such a row everything is stopped, with the
//! reason: something is wrong that a restart does not mend. So it is at once when a server (PostgreSQL, Redis,
//! Elasticsearch) ends.

use std::{
    collections::HashMap,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Result, bail};
use devstack::{process::last_words, system::Service};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::Instant,
};

use super::{LOOK, stack::Stack};
use crate::say;

/// How often in a row a service is started again.
const RESTARTS: u32 = 3;

/// Whether Ctrl-C or a TERM has come.
#[derive(Clone, Debug)]
pub(crate) struct Stopping(Arc<AtomicBool>);

impl Stopping {
    /// Listens from now on; a second Ctrl-C changes nothing.
    pub(crate) fn listen() -> Result<Self> {
        let told = Arc::new(AtomicBool::new(false));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (mut interrupt, mut terminate, mut hangup) = {
            let _context = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            )
        };
        let flag = Arc::clone(&told);
        thread::spawn(move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = interrupt.recv() => {}
                        _ = terminate.recv() => {}
                        _ = hangup.recv() => {}
                    }
                    flag.store(true, Ordering::Release);
                }
            });
        });
        Ok(Self(told))
    }

    /// Whether it has come.
    pub(crate) fn told(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// An error once it has come, so that a start breaks off.
    pub(crate) fn check(&self) -> Result<()> {
        if self.told() {
            bail!("stopped before everything was up");
        }
        Ok(())
    }
}

/// Follows the logs and mends crashes until told to stop.
pub(crate) fn until_told(stack: &mut Stack, stopping: &Stopping, show_logs: bool) -> Result<()> {
    let mut crashes: HashMap<Service, Crashes> = HashMap::new();
    let mut logs: Vec<Log> =
        stack.system().services().into_iter().map(|service| Log::of(stack, service)).collect();
    let mut awaits_search = stack.endpoints().elasticsearch.is_some() && !stack.servers().has_search();
    while !stopping.told() {
        if awaits_search && stack.servers().has_search() {
            awaits_search = false;
            say::line("Elasticsearch is up: search asks it.");
        }
        if show_logs {
            logs.iter_mut().for_each(Log::show);
        }
        if let Some(server) = stack.servers().ended() {
            let log = &server.program().log;
            bail!("{} has ended by itself. {}", server.name(), last_words(&server.said(), log));
        }
        for service in stack.system().ended() {
            mend(stack, service, crashes.entry(service).or_default())?;
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

/// How often a service has crashed in a row.
#[derive(Debug, Default)]
struct Crashes {
    count: u32,
    last: Option<Instant>,
}

fn mend(stack: &mut Stack, service: Service, crashes: &mut Crashes) -> Result<()> {
    let process = stack.system().process(service);
    let said = process.map(|process| last_words(&process.said(), &process.program().log)).unwrap_or_default();
    if crashes.last.is_some_and(|last| last.elapsed() > Duration::from_mins(1)) {
        crashes.count = 0;
    }
    if crashes.count >= RESTARTS {
        bail!("{} crashes again and again. {said}", service.name());
    }
    let pause = Duration::from_secs(1 << crashes.count);
    say::line(format_args!(
        "{} crashed; starting it again in {}. {said}",
        service.name(),
        say::seconds(pause)
    ));
    thread::sleep(pause);
    crashes.count += 1;
    crashes.last = Some(Instant::now());
    if let Err(error) = stack.system().restart(service) {
        // It counts as one more crash, seen by the next look.
        say::line(format_args!("{error:#}"));
    }
    Ok(())
}

/// A log that is read as it grows.
#[derive(Debug)]
struct Log {
    prefix: String,
    file: PathBuf,
    read: u64,
}

impl Log {
    fn of(stack: &mut Stack, service: Service) -> Self {
        let file =
            stack.system().process(service).map(|process| process.program().log.clone()).unwrap_or_default();
        let read = file.metadata().map_or(0, |metadata| metadata.len());
        Self { prefix: format!("{:<13}", service.name()), file, read }
    }

    /// Prints the whole lines that came since the last time.
    #[expect(clippy::print_stdout, reason = "what the person asked to see")]
    fn show(&mut self) {
        let mut text = Vec::new();
        let read = File::open(&self.file).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.read))?;
            file.take(1 << 20).read_to_end(&mut text)
        });
        let Some(end) = read.ok().and_then(|_| text.iter().rposition(|byte| *byte == b'\n')) else { return };
        for line in String::from_utf8_lossy(&text[..end]).lines() {
            println!("{} | {line}", self.prefix);
        }
        self.read += u64::try_from(end).unwrap_or_default() + 1;
    }
}
