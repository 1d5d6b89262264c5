//! `cargo xtask seed --events N`: made-up events, up to a million.

use anyhow::{Result, bail};
use clap::Args;

/// See the module.
#[derive(Args)]
pub(crate) struct Seed {
    /// How many.
    #[arg(long)]
    events: u32,
}

impl Seed {
    /// Makes the events in the running system.
    pub(crate) async fn run(self) -> Result<()> {
        bail!("making {} events is not written yet", self.events)
    }
}
