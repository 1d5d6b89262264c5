//! Whole fans against a running system, and the promises checked afterwards.
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | the command line: `--help` is the manual |
//! | [`system`] | where the system under load is |
//! | [`arrival`] | when fans come: an open model from a seed, so that a slow system does not slow its own load |
//! | [`http`] | a thin client with a cookie jar, one per fan |
//! | [`fan`] | one fan's way: line, pass, search, seats, payment |
//! | [`scenario`] | an on-sale: makes the event, lets the fans come, waits for all of them |
//! | [`demo`] | fans on request, for the console of a demo system |
//! | [`oracle`] | what must be true afterwards, asked of PostgreSQL, Redis, the payment sandbox and the mail folder |
//! | [`mod@bench`] | gates and booking beside floors and peers, measured in turn |
//! | [`report`] | what was measured, for a person or a program |

pub mod arrival;
pub mod bench;
pub mod config;
pub mod demo;
pub mod fan;
pub mod http;
pub mod oracle;
pub mod report;
pub mod scenario;
pub mod system;

use std::io::Write;

use crate::config::{Config, Scenario};

/// Runs the scenario that was asked for and writes its report to standard output. `false` when the system broke a
/// promise or missed a goal.
///
/// # Errors
/// When the scenario could not be played at all.
pub fn run(config: &Config) -> anyhow::Result<bool> {
    let mut out = std::io::stdout();
    match &config.scenario {
        Scenario::Rush(rush) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            let report = runtime.block_on(scenario::rush::play(rush))?;
            let text = if rush.json { serde_json::to_string(&report)? } else { report.to_string() };
            writeln!(out, "{text}")?;
            Ok(report.passed)
        }
        Scenario::Demo(asked) => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(demo::serve(asked)).map(|()| true)
        }
        Scenario::Bench(asked) => bench::run(asked, |report| {
            let text = if asked.json { serde_json::to_string(report)? } else { report.to_string() };
            Ok(writeln!(out, "{text}")?)
        }),
        Scenario::BenchPart { part } => bench::part(part.clone()).map(|()| true),
    }
}
