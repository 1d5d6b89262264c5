//! Logs and metrics.

use std::{error::Error, fmt};

use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, ServiceConfig};

/// An error with its causes, outermost first: `placing a hold failed: Redis is not there: timed out`.
/// The log formatters would drop the causes.
pub struct Chain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Starts the log, to standard error. A second call (in tests) changes nothing.
pub fn init(config: &ServiceConfig) {
    let filter = EnvFilter::builder().parse_lossy(&config.log);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
}

/// Serves `/metrics` where the configuration says so.
///
/// # Errors
/// When the address is taken.
pub fn serve_metrics(config: &ServiceConfig) -> std::io::Result<()> {
    let Some(listen) = config.metrics_listen else { return Ok(()) };
    PrometheusBuilder::new().with_http_listener(listen).install().map_err(std::io::Error::other)
}
