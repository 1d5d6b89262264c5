//! What an operator may say to a gate. Each argument also comes from the environment.

use std::{num::NonZero, path::PathBuf, time::Duration};

use clap::{Args, Parser};
use platform::config::{PostgresConfig, PublicConfig, RedisConfig, ServiceConfig};

use crate::{gateway::GatewayConfig, serve::tls::TlsConfig, shield::budget::ShieldConfig, site::SiteConfig};

/// The only door: waiting rooms, and the way to the services behind them.
#[derive(Clone, Debug, Parser)]
#[command(name = "queue-gate", version)]
pub struct Config {
    /// Listening, logging, stopping.
    #[command(flatten)]
    pub service: ServiceConfig,
    /// How many cores serve connections, each with those that are its own; as many as the machine has where it is not said. With 0
    /// all threads share all connections.
    #[arg(long, env = "QUEUE_GATE_CORES")]
    pub cores: Option<usize>,
    /// The record.
    #[command(flatten)]
    pub postgres: PostgresConfig,
    /// The living line.
    #[command(flatten)]
    pub redis: RedisConfig,
    /// TLS.
    #[command(flatten)]
    pub tls: TlsConfig,
    /// Where browsers find us.
    #[command(flatten)]
    pub public: PublicConfig,
    /// Keys and secrets.
    #[command(flatten)]
    pub keys: KeyConfig,
    /// The line and its admission.
    #[command(flatten)]
    pub line: LineConfig,
    /// What addresses, networks and visitors may do in shielded rooms.
    #[command(flatten)]
    pub shield: ShieldConfig,
    /// The services behind.
    #[command(flatten)]
    pub gateway: GatewayConfig,
    /// Sites that are not ours.
    #[command(flatten)]
    pub sites: SiteConfig,
}

impl Config {
    /// How many cores serve connections.
    pub fn cores(&self) -> usize {
        self.cores.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, NonZero::get))
    }
}

/// Files with keys. They are made by `cargo xtask up` or by the operator, and read by no other service.
#[derive(Clone, Debug, Args)]
pub struct KeyConfig {
    /// The private JWK with which passes and assertions are signed.
    #[arg(long, env = "USHER_GATE_KEY")]
    pub gate_key: PathBuf,
    /// A JWK set of more keys whose passes are good, read again every few seconds: of the key that signed before this one, or of
    /// the one that will sign next. To rotate: publish the next key here and to the services behind, sign with it, and keep the
    /// old one here until the last pass that it signed is over.
    #[arg(long, env = "QUEUE_GATE_GATE_JWKS")]
    pub gate_jwks: Option<PathBuf>,
    /// The secret of visitors' cookies and of places in line: at least 32 bytes, in hex. The same for all gates.
    #[arg(long, env = "USHER_GATE_SECRET")]
    pub gate_secret: PathBuf,
    /// The JWK set with which sessions are checked; read again every few seconds.
    #[arg(long, env = "USHER_SESSION_JWKS")]
    pub session_jwks: PathBuf,
}

/// How the line lives.
#[derive(Clone, Debug, Args)]
pub struct LineConfig {
    /// How often fans are called and told where they stand.
    #[arg(long, env = "QUEUE_GATE_TICK", value_parser = humantime::parse_duration, default_value = "1s")]
    pub tick: Duration,
    /// How long a fan may be out of sight before a place near the front is parked.
    #[arg(long, env = "QUEUE_GATE_GRACE_AWAY", value_parser = humantime::parse_duration, default_value = "30s")]
    pub grace_away: Duration,
    /// How long calling waits after Redis lost something, for the fans to bring their places back.
    #[arg(long, env = "QUEUE_GATE_RECOVERY", value_parser = humantime::parse_duration, default_value = "10s")]
    pub recovery: Duration,
    /// How long joins may wait for the line before more are answered 503 at once, with the time to come back.
    #[arg(long, env = "QUEUE_GATE_JOIN_PATIENCE", value_parser = humantime::parse_duration, default_value = "150ms")]
    pub join_patience: Duration,
    /// The most connections at a time, waiting fans included; more are answered 503 and closed. The process needs a few
    /// hundred descriptors more than this: for those whom it turns away, and for the stores.
    #[arg(long, env = "QUEUE_GATE_CONNECTIONS", default_value = "19000")]
    pub connections: std::num::NonZeroUsize,
    /// The most waiting fans with a live connection; more are told to come back.
    #[arg(long, env = "QUEUE_GATE_SOCKETS", default_value = "18000")]
    pub sockets: usize,
}
