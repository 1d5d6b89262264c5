//! The chores of this repository as one program: `cargo xtask up | test | bench | conformance | check | sqlx | openapi | web |
//! screenshots | keys | demo | import | seed`.

mod bench;
mod cargo;
mod chance;
mod check;
mod conformance;
mod currency;
mod demo;
mod endpoints;
mod import;
mod install;
mod keys;
mod openapi;
mod organizer;
mod say;
mod screenshots;
mod seed;
mod servers;
mod sqlx;
mod test;
mod total;
mod up;
mod web;
mod when;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Chores of the Usher repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Brings the whole system up on this machine and keeps it up until Ctrl-C.
    Up(up::Up),
    /// Runs all tests: format, lints, documentation, cached queries, unit, integration, whole system, browser.
    Test(test::Test),
    /// Measures gates beside floors and peers, on servers of its own.
    Bench(bench::Bench),
    /// Lets programs of others judge how the gate speaks HTTP and WebSocket.
    Conformance(conformance::Conformance),
    /// Runs what needs no server: format, lints, documentation.
    Check,
    /// Writes the cached queries of every crate anew, or of the named ones.
    Sqlx {
        /// Crates, by the names of their folders.
        packages: Vec<String>,
    },
    /// Writes what is made of the OpenAPI documents and of the code: schemas, the joined document, the client's types.
    Openapi,
    /// Builds what the pages load in a browser; needed only after a change in `web/src`.
    Web,
    /// Takes the pictures of `docs/` anew, from a system of its own.
    Screenshots,
    /// Makes the key files that an installation needs.
    Keys(keys::Keys),
    /// Loads the demo catalog into a running system; `up` does so by itself.
    Demo(demo::LoadDemo),
    /// Brings real events into the running system, through its public API.
    Import(import::Import),
    /// Makes events in the running system, as many as asked.
    Seed(seed::Seed),
}

fn main() -> ExitCode {
    match Arguments::parse().chore.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::line(format_args!("\n{error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Chore {
    fn run(self) -> Result<()> {
        match self {
            Self::Up(up) => up.run(),
            Self::Test(test) => test.run(),
            Self::Bench(bench) => bench.run(),
            Self::Conformance(conformance) => conformance.run(),
            Self::Check => {
                let mut total = total::Total::default();
                check::all(&mut total);
                total.close()
            }
            Self::Sqlx { packages } => sqlx::write(&packages),
            Self::Openapi => openapi::write(),
            Self::Web => web::build(),
            Self::Screenshots => screenshots::take(),
            Self::Keys(keys) => keys.run(),
            Self::Demo(demo) => runtime()?.block_on(demo.run()),
            Self::Import(import) => runtime()?.block_on(import.run()),
            Self::Seed(seed) => runtime()?.block_on(seed.run()),
        }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
