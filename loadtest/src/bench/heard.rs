//! What clients are told and say of their sockets, and the little that all clients share.

use std::{
    io::ErrorKind,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use clap::Args;
use contracts::{
    id::VisitorId,
    visitor::{self, GateSecret},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::measure::{float, seconds};

/// Which sockets.
#[derive(Clone, Debug, Args)]
pub struct Sockets {
    /// The server.
    #[arg(long)]
    pub(super) target: SocketAddr,
    /// The path.
    #[arg(long)]
    pub(super) path: String,
    /// How many.
    #[arg(long)]
    pub(super) count: usize,
    /// The number of the first visitor, and of this client: its addresses are 127.BLOCK.x.1.
    #[arg(long, default_value = "0")]
    pub(super) base: u64,
    /// See `base`.
    #[arg(long, default_value = "10")]
    pub(super) block: u8,
    /// The gate's secret: then each socket has the cookie of its visitor.
    #[arg(long)]
    pub(super) secret: Option<PathBuf>,
    /// How many handshakes are under way at a time.
    #[arg(long, default_value = "256")]
    pub(super) in_flight: usize,
    /// How many sockets stop reading once they are open.
    #[arg(long, default_value = "0")]
    pub(super) slow: usize,
}

/// What opening came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Opened {
    /// Handshakes that succeeded.
    pub(super) sockets: u64,
    /// Refusals with 503 and `Retry-After`.
    pub(super) turned_away: u64,
    /// All other ends.
    pub(super) failed: u64,
    /// When the first connection was begun, and when the last handshake was done.
    pub(super) began: i64,
    /// See `began`.
    pub(super) ended: i64,
    /// Handshakes in milliseconds.
    pub(super) p50: f64,
    /// See `p50`.
    pub(super) p99: f64,
    /// What went wrong first.
    pub(super) trouble: Option<String>,
}

/// What a round, or a while, came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Heard {
    /// How many sockets have heard of the round, or of a later one.
    pub(super) reached: u64,
    /// How many should.
    pub(super) expected: u64,
    /// When the first and the last of them heard.
    pub(super) first: i64,
    /// See `first`.
    pub(super) last: i64,
    /// Frames since the last answer.
    pub(super) frames: u64,
    /// Pings since the last answer.
    pub(super) pings: u64,
    /// Positions that rose without a reason, so far.
    pub(super) rises: u64,
    /// Sockets that ended, so far; and those of them that had stopped reading.
    pub(super) ended: u64,
    /// See `ended`.
    pub(super) slow_ended: u64,
}

/// The gate's secret in `file`.
pub(super) fn secret(file: &Path) -> Result<GateSecret> {
    let bytes = hex::decode(std::fs::read_to_string(file)?.trim())?;
    GateSecret::new(&bytes).context("the gate's secret is too short")
}

/// The cookie of visitor `number`.
pub(super) fn cookie(secret: &GateSecret, number: u64) -> String {
    let visitor = VisitorId::from(Uuid::from_u128(u128::from(number) + (1 << 100)));
    visitor::sign(visitor, secret)
}

/// A poll that a signal ended is no failure.
pub(super) fn interrupted(error: std::io::Error) -> std::io::Result<()> {
    if error.kind() == ErrorKind::Interrupted { Ok(()) } else { Err(error) }
}

/// The rate of handshakes over several clients: all of them, from the first connection to the last handshake.
pub(super) fn rate(all: &[Opened]) -> f64 {
    let opened: u64 = all.iter().map(|one| one.sockets).sum();
    let began = all.iter().map(|one| one.began).min().unwrap_or(0);
    let ended = all.iter().map(|one| one.ended).max().unwrap_or(0);
    float(opened) / seconds(began, ended).max(1e-6)
}
