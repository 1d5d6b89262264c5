//! The arguments that all services share. Each also comes from the environment; `--help` is the manual.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

/// How a service listens, logs and stops.
#[derive(Clone, Debug, Args)]
pub struct ServiceConfig {
    /// Where to listen. Port 0 takes a free one; the log says which.
    #[arg(long, env = "USHER_LISTEN", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Where Prometheus reads the metrics; nowhere when absent.
    #[arg(long, env = "USHER_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// What to log, as `level` or `target=level,…`.
    #[arg(long, env = "USHER_LOG", default_value = "info")]
    pub log: String,
    /// How to write it.
    #[arg(long, env = "USHER_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
    /// How long to finish what was begun when told to stop.
    #[arg(long, env = "USHER_GRACE", value_parser = humantime::parse_duration, default_value = "10s")]
    pub grace: Duration,
    /// The root of all chance but secrets, to play a run again; from the operating system when absent.
    #[arg(long, env = "USHER_SEED")]
    pub seed: Option<u64>,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// One line for a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where PostgreSQL is and how patient we are with it.
#[derive(Clone, Debug, Args)]
pub struct PostgresConfig {
    /// `postgres://user:password@host:port/database`.
    #[arg(long, env = "USHER_POSTGRES_URL", hide_env_values = true)]
    pub postgres_url: String,
    /// The most connections of one pool.
    #[arg(long, env = "USHER_POSTGRES_CONNECTIONS", default_value = "16")]
    pub postgres_connections: std::num::NonZeroU32,
    /// How long a request waits for a free connection.
    #[arg(long, env = "USHER_POSTGRES_PATIENCE", value_parser = humantime::parse_duration, default_value = "2s")]
    pub postgres_patience: Duration,
    /// How long a statement waits for a row that another transaction has locked.
    #[arg(long, env = "USHER_POSTGRES_LOCK_TIMEOUT", value_parser = humantime::parse_duration, default_value = "2s")]
    pub postgres_lock_timeout: Duration,
    /// How long a statement may run.
    #[arg(long, env = "USHER_POSTGRES_STATEMENT_TIMEOUT", value_parser = humantime::parse_duration, default_value = "10s")]
    pub postgres_statement_timeout: Duration,
}

/// Where Redis is and how patient we are with it.
#[derive(Clone, Debug, Args)]
pub struct RedisConfig {
    /// `redis://host:port`.
    #[arg(long, env = "USHER_REDIS_URL", hide_env_values = true)]
    pub redis_url: String,
    /// How long a command may take, network and all.
    #[arg(long, env = "USHER_REDIS_TIMEOUT", value_parser = humantime::parse_duration, default_value = "500ms")]
    pub redis_timeout: Duration,
}

/// The address under which browsers see the system: the gate's.
#[derive(Clone, Debug, Args)]
pub struct PublicConfig {
    /// For links in pages and mails, and for the callbacks of the payment provider.
    #[arg(long, env = "USHER_PUBLIC_URL", default_value = "http://127.0.0.1:8080")]
    pub public_url: url::Url,
}

/// Which addresses that others name we may call.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct OutboundConfig {
    /// Also calls addresses of this machine (`http://127.0.0.1:PORT/…`), for whoever develops a receiver. Never where
    /// strangers are organizers.
    #[arg(long, env = "USHER_WEBHOOK_LOOPBACK")]
    pub webhook_loopback: bool,
}

/// Key files. Public ones are read again every few seconds, so that keys rotate without a restart.
#[derive(Clone, Debug, Args)]
pub struct VerifierConfig {
    /// The JWK set with which the gate's assertions and passes are checked.
    #[arg(long, env = "USHER_GATE_JWKS")]
    pub gate_jwks: PathBuf,
    /// The JWK set with which sessions are checked.
    #[arg(long, env = "USHER_SESSION_JWKS")]
    pub session_jwks: PathBuf,
}

/// What seals the secrets that are kept in the database.
#[derive(Clone, Debug, Args)]
pub struct SealConfig {
    /// A file with keys of 32 bytes, one a line, in hexadecimal digits: the first seals, all of them open. The same for
    /// booking-api and the notifier. To rotate: add the next key as the second line everywhere, then make it the first, and take
    /// the old one away when booking-api has said that it sealed everything anew.
    #[arg(long, env = "USHER_SEAL_KEYS")]
    pub seal_keys: std::path::PathBuf,
}
