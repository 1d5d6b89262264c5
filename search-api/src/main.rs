//! Starts search-api, or builds its index anew; `--help` is the manual.

use std::{future::ready, sync::Arc};

use mimalloc::MiMalloc;
use platform::{clock::SystemClock, lifecycle, telemetry};
use search_api::{
    config::{Command, Config},
    sync::rebuild::Progress,
};

/// A question and its answer are many small pieces of memory: this allocator gives them for less than the system's.
#[global_allocator]
static MEMORY: MiMalloc = MiMalloc;

fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::Serve(config) => lifecycle::run(&config.service, "search-api", |lifecycle| {
            ready(search_api::start(&config, &lifecycle, Arc::new(SystemClock)).map(drop).map_err(Into::into))
        }),
        Command::Rebuild(config) => rebuild(&config),
    }
}

/// Killed at any moment, by Ctrl-C too, it leaves nothing that the next one does not clear away.
fn rebuild(config: &Config) -> anyhow::Result<()> {
    telemetry::init(&config.service);
    lifecycle::install_crypto();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    Ok(runtime.block_on(search_api::rebuild(config, Arc::new(SystemClock), &tell))?)
}

#[expect(clippy::print_stdout, reason = "a person waits for it")]
fn tell(progress: &Progress) {
    match progress {
        Progress::Waiting => println!("another copy is building an index; waiting for it"),
        Progress::Filling { done, total, rate } => {
            println!("{done} of {total} documents, {rate:.0} a second");
        }
        Progress::Comparing => println!("comparing with PostgreSQL"),
        Progress::Swapped { documents, refused, took } => println!(
            "the new index is in use: {documents} documents, {refused} set aside, {:.1} s",
            took.as_secs_f64()
        ),
        Progress::Removed => println!("the old index is removed"),
    }
}
