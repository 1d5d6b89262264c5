//! Free ports that nobody else takes: outside the range from which the system gives ports to clients, and reserved by
//! a file lock that ends with the process, so that tests side by side never collide.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

/// A port of the loopback address that is ours until this is dropped.
#[derive(Debug)]
pub struct Port {
    number: u16,
    _lock: File,
}

impl Port {
    /// Any free port.
    ///
    /// # Errors
    /// When none is free.
    pub fn any() -> Result<Self> {
        let candidates = candidates();
        // Processes begin at different places, so that they seldom ask for the same.
        let begin =
            usize::try_from(std::process::id()).unwrap_or_default().wrapping_mul(7919) % candidates.len();
        let (later, sooner) = candidates.split_at(begin);
        for &number in sooner.iter().chain(later) {
            if let Some(port) = Self::take(number)? {
                return Ok(port);
            }
        }
        bail!("no port of 127.0.0.1 is free: stop some servers")
    }

    /// `number` if it is free, else any.
    ///
    /// # Errors
    /// When none is free.
    pub fn prefer(number: u16) -> Result<Self> {
        Self::take(number)?.map_or_else(Self::any, Ok)
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.number
    }

    fn take(number: u16) -> Result<Option<Self>> {
        let folder = folder()?;
        let file = folder.join(format!("{number}.lock"));
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&file)
            .with_context(|| format!("opening {} failed", file.display()))?;
        if lock.try_lock().is_err() || TcpListener::bind((Ipv4Addr::LOCALHOST, number)).is_err() {
            return Ok(None);
        }
        Ok(Some(Self { number, _lock: lock }))
    }
}

/// The folder of the locks, one for each user of the machine.
fn folder() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("usher-ports-{}", geteuid()));
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    Ok(folder)
}

/// The ports from 10,000 that the system does not give to clients.
fn candidates() -> Vec<u16> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut bounds = range.split_whitespace().map(|bound| bound.parse().ok());
    let low = bounds.next().flatten().unwrap_or(32_768);
    let high = bounds.next().flatten().unwrap_or(60_999);
    let outside: Vec<u16> = (10_000..=u16::MAX).filter(|port| !(low..=high).contains(port)).collect();
    if outside.is_empty() { (10_000..=u16::MAX).collect() } else { outside }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_once_and_comes_back() {
        let port = Port::any().unwrap();
        assert!(Port::take(port.number()).unwrap().is_none());
        assert_ne!(Port::prefer(port.number()).unwrap().number(), port.number());
        let number = port.number();
        drop(port);
        assert_eq!(Port::prefer(number).unwrap().number(), number);
    }

    #[test]
    fn a_port_that_another_program_listens_on_is_not_given() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken = listener.local_addr().unwrap().port();
        assert_ne!(Port::prefer(taken).unwrap().number(), taken);
    }
}
