//! What an operator may set. `--help` is the manual; every argument also comes from the environment.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::Parser;
use platform::config::ServiceConfig;

/// A payment provider that takes no money.
#[derive(Clone, Debug, Parser)]
#[command(name = "sandbox", version)]
pub struct Config {
    /// How to listen, log and stop.
    #[command(flatten)]
    pub service: ServiceConfig,
    /// The file with the secret that signs callbacks, at least 16 bytes; white space around it does not count.
    #[arg(long, env = "SANDBOX_SECRET")]
    pub secret: PathBuf,
    /// The folder of the journal. It is made when it is not there.
    #[arg(long, env = "SANDBOX_DATA")]
    pub data: PathBuf,
    /// The shortest time until an authorization is decided.
    #[arg(long, env = "SANDBOX_DELAY_FROM", value_parser = humantime::parse_duration, default_value = "50ms")]
    pub delay_from: Duration,
    /// The longest time until an authorization is decided.
    #[arg(long, env = "SANDBOX_DELAY_TO", value_parser = humantime::parse_duration, default_value = "300ms")]
    pub delay_to: Duration,
    /// The pause before a callback is tried again; it doubles with each try.
    #[arg(long, env = "SANDBOX_RETRY_FROM", value_parser = humantime::parse_duration, default_value = "200ms")]
    pub retry_from: Duration,
    /// The longest such pause.
    #[arg(long, env = "SANDBOX_RETRY_TO", value_parser = humantime::parse_duration, default_value = "1m")]
    pub retry_to: Duration,
    /// How long a callback may take.
    #[arg(long, env = "SANDBOX_CALLBACK_TIMEOUT", value_parser = humantime::parse_duration, default_value = "5s")]
    pub callback_timeout: Duration,
    /// How long a request is kept waiting that was ordered to time out.
    #[arg(long, env = "SANDBOX_TIME_OUT", value_parser = humantime::parse_duration, default_value = "30s")]
    pub time_out: Duration,
    /// Where payers reach us for the second step; as the shop reaches us when absent.
    #[arg(long, env = "SANDBOX_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// How many callbacks are delivered at once.
    #[arg(long, env = "SANDBOX_CALLBACKS_AT_ONCE", default_value = "32")]
    pub callbacks_at_once: NonZeroUsize,
    /// How many decisions and callbacks may be due; beyond that new authorizations are refused for the moment.
    #[arg(long, env = "SANDBOX_OPEN_LIMIT", default_value = "20000")]
    pub open_limit: NonZeroUsize,
}
