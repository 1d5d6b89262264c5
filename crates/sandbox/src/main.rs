//! The payment sandbox as a process. See the library.

use clap::Parser;
use sandbox::{StartError, config::Config};

fn main() -> Result<(), StartError> {
    let config = Config::parse();
    platform::lifecycle::run(&config.service.clone(), "sandbox", |lifecycle| async move {
        sandbox::start(config, lifecycle).await.map(drop)
    })
}
