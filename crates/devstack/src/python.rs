//! Programs from Python's registry, each in a folder of its own.

use std::{fs::File, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{place, process};

/// The folder with the packages of `name` in this version, for `PYTHONPATH`; they are installed there first where they are
/// not. Whoever comes at the same time waits.
///
/// # Errors
/// When Python or its installer is missing, or the packages cannot be had.
pub(crate) fn packages(name: &str, version: &str) -> Result<PathBuf> {
    let folder = place::target().join(format!("{name}-{version}"));
    std::fs::create_dir_all(&folder)?;
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    let mark = folder.join("installed");
    if !mark.exists() {
        let package = format!("{name}=={version}");
        let mut install = Command::new("python3");
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]);
        process::run(install.arg(&folder).arg(package))
            .with_context(|| format!("{name} comes by `python3 -m pip install`: is python3-pip there?"))?;
        File::create(mark)?;
    }
    Ok(folder)
}
