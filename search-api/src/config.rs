//! The arguments of search-api.

use std::time::Duration;

use clap::Parser;
use platform::config::{PostgresConfig, ServiceConfig};
use url::Url;

/// Searches events, and keeps the index true to PostgreSQL.
#[derive(Clone, Debug, Parser)]
pub struct Config {
    /// How it listens, logs and stops.
    #[command(flatten)]
    pub service: ServiceConfig,
    /// Where the truth is.
    #[command(flatten)]
    pub postgres: PostgresConfig,
    /// Where Elasticsearch is, `http://[user:password@]host:port`. Without it, search answers 503 and says why.
    #[arg(long, env = "SEARCH_API_ELASTICSEARCH", hide_env_values = true)]
    pub elasticsearch: Option<Url>,
    /// The name of the alias that queries read; the names of the indices behind it begin with it.
    #[arg(long, env = "SEARCH_API_INDEX", default_value = "usher-event")]
    pub index: String,
    /// How long one attempt to ask Elasticsearch may take; there are two.
    #[arg(long, env = "SEARCH_API_ATTEMPT", value_parser = humantime::parse_duration, default_value = "300ms")]
    pub attempt: Duration,
    /// How long an answer is shared with those who ask the same.
    #[arg(long, env = "SEARCH_API_SHARED", value_parser = humantime::parse_duration, default_value = "200ms")]
    pub shared: Duration,
    /// How often all events are compared with the index.
    #[arg(long, env = "SEARCH_API_RECONCILE", value_parser = humantime::parse_duration, default_value = "5m")]
    pub reconcile: Duration,
}
