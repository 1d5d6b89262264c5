//! The gate as a program: `queue-gate --help` is its manual.

use clap::Parser;
use queue_gate::{Config, StartError};

fn main() -> Result<(), StartError> {
    let config = Config::parse();
    platform::lifecycle::run(&config.service.clone(), "queue-gate", |lifecycle| async move {
        queue_gate::start(config, lifecycle).await.map(drop)
    })
}
