//! The load test's process: see the library.

use std::process::ExitCode;

use clap::Parser;
use loadtest::config::Config;

fn main() -> ExitCode {
    let config = Config::parse();
    match loadtest::run(&config) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("the load test could not run: {error:#}");
            ExitCode::from(2)
        }
    }
}
