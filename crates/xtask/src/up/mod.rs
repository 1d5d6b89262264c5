//! `cargo xtask up`: the whole system on this machine, for a person.

mod crowd;
mod follow;
mod stack;

use std::{fs::File, io::Write, path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use clap::Args;
use devstack::{Home, place, postgres::Durability};

pub(crate) use self::{
    follow::Stopping,
    stack::{Shape, Stack},
};
use crate::{install, say, servers::Preferred};

/// The gate's port when it is free.
const GATE_PORT: u16 = 8080;

/// Brings the whole system up and keeps it up until Ctrl-C.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Up {
    /// Throws away the data of former runs and starts over.
    #[arg(long)]
    fresh: bool,
    /// Prints one line of JSON with every address, port and demo credential when all is ready, and no logs.
    #[arg(long)]
    json: bool,
    /// Builds the services with optimisation.
    #[arg(long)]
    release: bool,
    /// How many gates share the port.
    #[arg(long, default_value = "2", value_parser = clap::value_parser!(u16).range(1..=16))]
    gates: u16,
    /// Starts without the demo data.
    #[arg(long)]
    no_demo: bool,
}

impl Up {
    /// See [`Up`].
    pub(crate) fn run(self) -> Result<()> {
        let stopping = follow::Stopping::listen()?;
        let folder = place::target().join("devstack");
        std::fs::create_dir_all(&folder)?;
        let _lock = lock(&folder)?;
        drop(std::fs::remove_file(folder.join("up.json")));
        install::must_have(&install::SERVERS)?;
        if let Err(error) = install::try_to_have(&install::ELASTICSEARCH) {
            say::line(format_args!("  Elasticsearch's parts could not be installed: {error:#}"));
        }
        let home = Home::named("servers")?;
        if self.fresh {
            home.clear()?;
            drop(std::fs::remove_dir_all(folder.join("up")));
        }
        let shape = Shape {
            folder: folder.join("up"),
            keys: folder.join("keys"),
            profile: if self.release { "release" } else { "debug" },
            gates: self.gates,
            gate_port: Some(GATE_PORT),
            servers: Preferred { postgres: Some(15_432), redis: Some(16_379), elasticsearch: Some(19_200) },
            durability: Durability::Kept,
            // A person can begin without search, which is the last to come. A program is told when all is there.
            wait_for_search: self.json,
            demo: !self.no_demo,
            environment: Vec::new(),
        };
        let mut stack = Stack::start(home, shape, &stopping)?;
        let file = folder.join("up.json");
        let json = serde_json::to_string(stack.endpoints())?;
        std::fs::write(&file, &json)?;
        self.announce(&stack, &json)?;
        let outcome = follow::until_told(&mut stack, &stopping, !self.json);
        drop(std::fs::remove_file(&file));
        say::line("stopping …");
        stack.stop();
        outcome
    }

    #[expect(clippy::print_stdout, reason = "the result of the chore")]
    fn announce(&self, stack: &Stack, json: &str) -> Result<()> {
        if self.json {
            println!("{json}");
            return Ok(std::io::stdout().flush()?);
        }
        let at = stack.endpoints();
        let on_sale = at.events.as_ref().map_or_else(String::new, |events| {
            format!(
                "\n  arena, on sale      {gate}/e/{}\n  club, on sale       {gate}/e/{}",
                events.arena,
                events.club,
                gate = at.gate
            )
        });
        let search = match (&at.elasticsearch, stack.servers().has_search()) {
            (Some(url), true) => url.clone(),
            (Some(url), false) => {
                format!("{url} (starting: search answers from its own index until it is up)")
            }
            (None, _) => "none: no Java here, so search answers from its own index".to_owned(),
        };
        println!(
            "\n  Usher is up.\n\n  search and shop     {gate}/{on_sale}\n  organizer's console {gate}/console\n  \
             signs in as         {} with {}\n  mails               {}/mail\n\n  PostgreSQL          {}\n  \
             Redis               {}\n  Elasticsearch       {search}\n\n  Ctrl-C stops it. The logs:\n",
            at.organizer.email,
            at.organizer.password,
            at.notifier,
            at.postgres,
            at.redis,
            gate = at.gate
        );
        Ok(())
    }
}

/// One `up` at a time in a checkout.
fn lock(folder: &std::path::Path) -> Result<File> {
    let path: PathBuf = folder.join("up.lock");
    let mut file = File::options().create(true).append(true).open(&path)?;
    if file.try_lock().is_err() {
        let pid = std::fs::read_to_string(&path).unwrap_or_default();
        bail!(
            "`cargo xtask up` runs in this checkout already (process {}): use it ({}), or stop it first",
            pid.trim(),
            folder.join("up.json").display()
        );
    }
    file.set_len(0).context("writing the lock failed")?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

/// How often the running system is looked at.
const LOOK: Duration = Duration::from_millis(200);
