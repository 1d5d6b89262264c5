//! The account that servers run as. PostgreSQL and Elasticsearch refuse to be root, and no server of ours should be.

use std::path::Path;

use anyhow::{Result, bail};
use nix::unistd::{User, geteuid};

/// An unprivileged account of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
}

/// The account for servers: `postgres` if it exists, else `nobody`. `None` when we are not root, as then the
/// servers run as ourselves.
///
/// # Errors
/// When we are root and there is neither.
pub fn for_servers() -> Result<Option<Account>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(Account { uid: user.uid.as_raw(), gid: user.gid.as_raw() }));
        }
    }
    bail!(
        "servers must not run as root, and there is no account `postgres` or `nobody`: run this as another user"
    )
}

/// Gives `path` and all below it to `account`; nothing to do when servers run as ourselves.
///
/// # Errors
/// When the owner cannot be changed.
pub fn give(path: &Path, account: Option<&Account>) -> std::io::Result<()> {
    let Some(account) = account else { return Ok(()) };
    if path.is_dir() && !path.is_symlink() {
        for entry in std::fs::read_dir(path)? {
            give(&entry?.path(), Some(account))?;
        }
    }
    std::os::unix::fs::lchown(path, Some(account.uid), Some(account.gid))
}
