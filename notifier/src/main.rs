//! The notifier's process: see the library.

use clap::Parser;
use notifier::config::Config;

fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    platform::lifecycle::run(&config.service.clone(), "notifier", |lifecycle| {
        notifier::start(config, lifecycle)
    })
}
