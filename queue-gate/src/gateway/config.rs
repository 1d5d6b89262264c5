//! What the gateway can be told.

use std::{num::NonZeroUsize, time::Duration};

use clap::Args;
use http::Uri;
use ipnet::IpNet;

use super::{added::Added, limit::LimitConfig};

/// Where requests go, and how much of what the gateway lets through.
#[derive(Clone, Debug, Args)]
pub struct GatewayConfig {
    /// Where booking-api is, as `http://host:port`.
    #[arg(long, env = "QUEUE_GATE_BOOKING")]
    pub booking: Uri,
    /// Where search-api is, as `http://host:port`.
    #[arg(long, env = "QUEUE_GATE_SEARCH")]
    pub search: Uri,
    /// More paths, separated by commas: `/prefix=https://host:port` leads to an origin that is not ours, `/prefix=booking-api` or
    /// `/prefix=search-api` to a service. None by default, and none that meets a path of the gate's own. A page from such an
    /// origin is of our host: name only what you trust as yourself.
    #[arg(long, env = "QUEUE_GATE_ROUTES", value_delimiter = ',')]
    pub routes: Vec<Added>,
    /// How long a connection to a service may take to come about.
    #[arg(long, env = "QUEUE_GATE_CONNECT_PATIENCE", value_parser = humantime::parse_duration, default_value = "1s")]
    pub connect_patience: Duration,
    /// How long a service may take to begin its answer.
    #[arg(long, env = "QUEUE_GATE_ANSWER_PATIENCE", value_parser = humantime::parse_duration, default_value = "30s")]
    pub answer_patience: Duration,
    /// How long an idle connection to a service is kept. Shorter than the service keeps it.
    #[arg(long, env = "QUEUE_GATE_IDLE_CONNECTIONS", value_parser = humantime::parse_duration, default_value = "30s")]
    pub idle_connections: Duration,
    /// The largest request body that is passed on, in bytes.
    #[arg(long, env = "QUEUE_GATE_BODY_LIMIT", default_value = "16777216")]
    pub body_limit: usize,
    /// How many requests may be with one service at a time; one more is turned away with 503.
    #[arg(long, env = "QUEUE_GATE_SERVICE_REQUESTS", default_value = "2048")]
    pub service_requests: NonZeroUsize,
    /// How many upgraded connections (WebSockets) may lead to one service at a time.
    #[arg(long, env = "QUEUE_GATE_SERVICE_UPGRADES", default_value = "8192")]
    pub service_upgrades: NonZeroUsize,
    /// Networks of proxies whose `X-Forwarded-For` is believed, separated by commas. None by default.
    #[arg(long, env = "QUEUE_GATE_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<IpNet>,
    /// How much one address may ask for.
    #[command(flatten)]
    pub limits: LimitConfig,
}
