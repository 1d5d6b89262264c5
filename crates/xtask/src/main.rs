//! The chores of this repository as one program: `cargo xtask up | test | check | sqlx | import | seed`.

mod chance;
mod currency;
mod demo;
mod endpoints;
mod import;
mod organizer;
mod seed;
mod when;

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
    /// Brings real events into the running system, through its public API.
    Import(import::Import),
    /// Makes events in the running system, as many as asked.
    Seed(seed::Seed),
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match Arguments::parse().chore {
        Chore::Import(import) => runtime.block_on(import.run()),
        Chore::Seed(seed) => runtime.block_on(seed.run()),
    }
}
