//! `cargo xtask import FILE…`: real events from files of JSON lines.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

/// See the module.
#[derive(Args)]
pub(crate) struct Import {
    /// Files of JSON lines.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Import {
    /// Imports the files into the running system.
    pub(crate) async fn run(self) -> Result<()> {
        bail!("importing {} files is not written yet", self.files.len())
    }
}
