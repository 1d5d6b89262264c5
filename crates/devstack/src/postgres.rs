//! A private PostgreSQL, 15 or newer.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{
    place::Home,
    port::Port,
    process::{Process, Program, Signal, as_account, run, which},
};

/// The oldest version that has what the schema needs: row filters and column lists in publications.
pub const OLDEST: u32 = 15;

/// Whether what is written must outlive a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// `fsync` on: for a person.
    Kept,
    /// `fsync` off: for tests, which throw it away.
    Thrown,
}

/// A running PostgreSQL whose superuser is `postgres`, without a password, on the loopback address only.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    port: Port,
}

impl Postgres {
    /// Starts it on the data of `home`, made when missing.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up; the message says what to do.
    pub fn start(home: &Home, port: Port, durability: Durability) -> Result<Self> {
        Self::start_with(home, port, durability, &[])
    }

    /// As [`Postgres::start`], with these settings in the place of the usual ones.
    ///
    /// # Errors
    /// As [`Postgres::start`].
    pub fn start_with(
        home: &Home,
        port: Port,
        durability: Durability,
        other: &[(&'static str, &str)],
    ) -> Result<Self> {
        let programs = programs().with_context(|| {
            format!("PostgreSQL {OLDEST} or newer is missing: `apt-get install postgresql`")
        })?;
        let folder = home.folder("postgres")?;
        let data = folder.join("data");
        if !data.join("PG_VERSION").is_file() {
            make(home, &programs, &data)?;
        }
        let mut settings = settings(&folder, port.number(), durability);
        // The last one counts.
        settings.extend(other.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let mut arguments = vec!["-D".into(), data.into_os_string()];
        for (name, value) in settings {
            arguments.extend(["-c".into(), format!("{name}={value}").into()]);
        }
        let process = Process::start(Program {
            name: "postgres".to_owned(),
            file: programs.join("postgres"),
            arguments,
            environment: vec![("LC_ALL".to_owned(), "C.UTF-8".to_owned())],
            log: folder.join("postgres.log"),
            folder,
            account: home.account().cloned(),
            // The "fast" end: it does not wait for clients to go.
            stop: Signal::SIGINT,
        })?;
        wait(&process, port.number())?;
        Ok(Self { process, port })
    }

    /// Stops it in good order and starts it again, with settings that only a start takes in.
    ///
    /// # Errors
    /// When it does not come up again.
    pub fn restart(&mut self) -> Result<()> {
        self.process.stop(Duration::from_secs(20));
        self.process = Process::start(self.process.program().clone())?;
        wait(&self.process, self.port.number())
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        url(self.port.number(), database)
    }

    /// Its process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Stops all its processes where they stand, as a machine that hangs does: connections stay, nothing answers. It goes on
    /// when what this returns is dropped.
    pub fn pause(&self) -> Paused<'_> {
        // The first one first: from then on there are no new ones.
        self.process.signal(Signal::SIGSTOP);
        self.process.signal_children(Signal::SIGSTOP);
        Paused(self)
    }
}

/// A PostgreSQL that stands still; it goes on when this is dropped.
#[derive(Debug)]
pub struct Paused<'a>(&'a Postgres);

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        self.0.process.signal_children(Signal::SIGCONT);
        self.0.process.signal(Signal::SIGCONT);
    }
}

/// Runs SQL in the database at `url` and returns the bare values, a row a line, columns apart by `|`.
///
/// # Errors
/// When the database cannot be reached or refuses.
pub fn sql(url: &str, sql: &str) -> Result<String> {
    let psql = programs().map_or_else(|| PathBuf::from("psql"), |programs| programs.join("psql"));
    let mut command = Command::new(psql);
    command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"]);
    command.env("PGCONNECT_TIMEOUT", "2").arg("--dbname").arg(url).arg("--command").arg(sql);
    Ok(run(&mut command)?.trim_end().to_owned())
}

/// Makes the database `name` on the server of `url` if there is none, and says whether it did.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub fn make_database(url: &str, name: &str) -> Result<bool> {
    if sql(url, &format!("select count(*) from pg_database where datname = '{name}'"))? == "0" {
        sql(url, &format!("create database \"{name}\""))?;
        return Ok(true);
    }
    Ok(false)
}

/// `url` with another database.
///
/// # Errors
/// When it is not the URL of a database.
pub fn with_database(url: &str, database: &str) -> Result<String> {
    let (server, rest) = url.rsplit_once('/').context("the URL of a database has a path")?;
    let query = rest.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    Ok(format!("{server}/{database}{query}"))
}

/// The folder with the programs of the newest PostgreSQL here, if it is new enough.
pub fn programs() -> Option<PathBuf> {
    let versioned = ["/usr/lib/postgresql", "/usr/local/lib/postgresql"].into_iter().filter_map(|parent| {
        let folders = std::fs::read_dir(parent).ok()?;
        Some(folders.filter_map(|folder| Some(folder.ok()?.path().join("bin"))).collect::<Vec<_>>())
    });
    let on_path = which("postgres").and_then(|file| Some(file.canonicalize().ok()?.parent()?.to_path_buf()));
    versioned
        .flatten()
        .chain(on_path)
        .filter(|folder| folder.join("initdb").is_file() && folder.join("psql").is_file())
        .filter_map(|folder| Some((version(&folder.join("postgres"))?, folder)))
        .filter(|(version, _)| *version >= OLDEST)
        .max()
        .map(|(_, folder)| folder)
}

fn version(postgres: &Path) -> Option<u32> {
    let text = run(Command::new(postgres).arg("--version")).ok()?;
    text.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

fn url(port: u16, database: &str) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/{database}")
}

fn wait(process: &Process, port: u16) -> Result<()> {
    let url = url(port, "postgres");
    process.wait_until(Duration::from_mins(1), |_| sql(&url, "select 1").is_ok())
}

/// Makes the data folder.
fn make(home: &Home, programs: &Path, data: &Path) -> Result<()> {
    if data.exists() {
        // An initdb that was cut short.
        std::fs::remove_dir_all(data)?;
    }
    let mut initdb = as_account(&programs.join("initdb"), home.account(), Signal::SIGTERM);
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
    initdb.arg("--pgdata").arg(data).current_dir(home.path());
    if let Err(error) = run(&mut initdb) {
        bail!("making the database's folder {} failed: {error:#}", data.display());
    }
    Ok(())
}

fn settings(folder: &Path, port: u16, durability: Durability) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("port", port.to_string()),
        ("listen_addresses", "127.0.0.1".to_owned()),
        ("unix_socket_directories", socket_folder(folder)),
        ("max_connections", "300".to_owned()),
        ("wal_level", "logical".to_owned()),
        ("max_replication_slots", "40".to_owned()),
        ("max_wal_senders", "40".to_owned()),
        // A slot that nobody reads is given up before it fills the disk.
        ("max_slot_wal_keep_size", "1GB".to_owned()),
        ("lock_timeout", "10s".to_owned()),
        ("timezone", "UTC".to_owned()),
        ("log_timezone", "UTC".to_owned()),
    ];
    if durability == Durability::Thrown {
        settings
            .extend(["fsync", "full_page_writes", "synchronous_commit"].map(|name| (name, "off".to_owned())));
    }
    settings
}

/// The folder for its socket; none where the name would be longer than the system allows (107 bytes).
fn socket_folder(folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    if folder.len() < 80 { folder.into_owned() } else { String::new() }
}
