//! localstripe, a process that speaks as Stripe does, from Python's registry.

use std::{fs::File, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{place, process};

/// The version that our tests were written against.
const VERSION: &str = "1.15.10";

/// The folder with its packages, for `PYTHONPATH`; they are installed there first where they are not. Whoever comes at the
/// same time waits.
///
/// # Errors
/// When Python or its installer is missing, or the packages cannot be had.
pub fn packages() -> Result<PathBuf> {
    let folder = place::target().join(format!("localstripe-{VERSION}"));
    std::fs::create_dir_all(&folder)?;
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    let mark = folder.join("installed");
    if !mark.exists() {
        let package = format!("localstripe=={VERSION}");
        let mut install = Command::new("python3");
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]);
        process::run(install.arg(&folder).arg(package))
            .context("localstripe comes by `python3 -m pip install`: is python3-pip there?")?;
        File::create(mark)?;
    }
    Ok(folder)
}
