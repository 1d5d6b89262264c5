//! `cargo xtask keys`: the key files of an installation, for containers or an operator.

use std::{fs::Permissions, os::unix::fs::PermissionsExt, path::PathBuf};

use anyhow::Result;
use clap::Args;

use crate::say;

/// Makes the key files that are missing in a folder; those that are there stay as they are.
#[derive(Args)]
pub(crate) struct Keys {
    /// Where they go. It is made for its owner only.
    #[arg(long)]
    folder: PathBuf,
    /// Lets every account read the files. Containers are given single files, under an account that is not the owner's;
    /// the folder still keeps all others on this machine out.
    #[arg(long)]
    containers: bool,
}

impl Keys {
    /// See [`Keys`].
    pub(crate) fn run(self) -> Result<()> {
        devstack::keys::Keys::open(&self.folder)?;
        if self.containers {
            for entry in std::fs::read_dir(&self.folder)? {
                std::fs::set_permissions(entry?.path(), Permissions::from_mode(0o444))?;
            }
        }
        say::line(format_args!("  the keys are in {}", self.folder.display()));
        Ok(())
    }
}
