//! Starts search-api; `--help` is the manual.

use std::{future::ready, sync::Arc};

use clap::Parser;
use platform::{clock::SystemClock, lifecycle};
use search_api::config::Config;

fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    lifecycle::run(&config.service, "search-api", |lifecycle| {
        ready(search_api::start(&config, &lifecycle, Arc::new(SystemClock)).map(drop).map_err(Into::into))
    })
}
