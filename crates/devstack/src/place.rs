//! Where things are: the checkout, its target folder, and folders that the servers' account can reach.

use std::{
    fs::{DirBuilder, File, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::account::{self, Account};

/// The root of the checkout that this program was built in.
pub fn checkout() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// Cargo's target folder: the one that the running program lies in, else `target` of the checkout.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    let found = program.ancestors().skip(1).find(|folder| folder.join("CACHEDIR.TAG").is_file());
    found.map_or_else(|| checkout().join("target"), Path::to_path_buf)
}

/// A folder for the data of servers, and the account they run as. A temporary one is removed when dropped.
#[derive(Debug)]
pub struct Home {
    base: PathBuf,
    root: PathBuf,
    account: Option<Account>,
    /// Held as long as a temporary home is in use, so that others do not take it for a leftover.
    lock: Option<File>,
}

impl Home {
    /// The home called `name` under `target/devstack`, kept from run to run. Where the servers' account cannot get
    /// there (a home folder is often closed to others), a folder under the system's temporary folder, named after the
    /// checkout.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn named(name: &str) -> Result<Self> {
        let account = account::for_servers()?;
        let base = base(account.as_ref())?;
        let root = base.join(name);
        std::fs::create_dir_all(&root).with_context(|| format!("making {} failed", root.display()))?;
        Ok(Self { base, root, account, lock: None })
    }

    /// A home of its own that is removed when dropped. Leftovers of runs that were killed are swept first.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn temporary() -> Result<Self> {
        let account = account::for_servers()?;
        let base = base(account.as_ref())?;
        let all = base.join("run");
        std::fs::create_dir_all(&all)?;
        sweep(&all)?;
        let root = tempfile::Builder::new().prefix("").tempdir_in(&all)?.keep();
        account::give(&root, account.as_ref())?;
        let lock = File::create(all.join(lock_name(&root)))?;
        lock.lock()?;
        Ok(Self { base, root, account, lock: Some(lock) })
    }

    /// The account that servers run as; `None` for our own.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The folder of all homes, in which they share what is the same for all.
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// Where this home is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The folder `name` in this home, made when missing, for the servers' account alone.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.root.join(name);
        if !folder.is_dir() {
            DirBuilder::new().mode(0o700).recursive(true).create(&folder)?;
            account::give(&folder, self.account())?;
        }
        Ok(folder)
    }

    /// Removes all that is in it.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn clear(&self) -> Result<()> {
        std::fs::remove_dir_all(&self.root)?;
        Ok(std::fs::create_dir_all(&self.root)?)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.lock.take().is_some() {
            // A leftover is swept by the next run.
            drop(std::fs::remove_dir_all(&self.root));
            drop(std::fs::remove_file(self.root.with_file_name(lock_name(&self.root))));
        }
    }
}

/// The folder of all homes: `target/devstack` when the servers' account can get there.
fn base(account: Option<&Account>) -> Result<PathBuf> {
    let ours = target().join("devstack");
    std::fs::create_dir_all(&ours).with_context(|| format!("making {} failed", ours.display()))?;
    let Some(account) = account else { return Ok(ours) };
    if can_enter(&ours, account) {
        return Ok(ours);
    }
    let mut hasher = DefaultHasher::new();
    ours.hash(&mut hasher);
    let other = std::env::temp_dir().join(format!("usher-devstack-{:016x}", hasher.finish()));
    std::fs::create_dir_all(&other)?;
    if can_enter(&other, account) {
        return Ok(other);
    }
    bail!(
        "the servers' account can enter neither {} nor {}: open one to others",
        ours.display(),
        other.display()
    )
}

fn can_enter(folder: &Path, account: &Account) -> bool {
    let mut test = Command::new("setpriv");
    test.arg("--reuid").arg(account.uid.to_string()).arg("--regid").arg(account.gid.to_string());
    test.args(["--clear-groups", "test", "-x"]).arg(folder);
    test.status().is_ok_and(|status| status.success())
}

/// Removes the temporary homes in `all` whose lock nobody holds.
fn sweep(all: &Path) -> Result<()> {
    for entry in std::fs::read_dir(all)? {
        let lock = entry?.path();
        if lock.extension().is_none_or(|extension| extension != "lock") {
            continue;
        }
        let Ok(file) = File::open(&lock) else { continue };
        if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            drop(std::fs::remove_dir_all(lock.with_extension("")));
            drop(std::fs::remove_file(&lock));
        }
    }
    Ok(())
}

fn lock_name(root: &Path) -> String {
    format!("{}.lock", root.file_name().unwrap_or_default().to_string_lossy())
}
