//! The command line.

use std::{num::NonZeroU32, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use url::Url;

use crate::{
    bench::{Bench, Part},
    demo::Demo,
};

/// Plays fans against a running Usher and checks its promises afterwards.
#[derive(Clone, Debug, Parser)]
#[command(name = "loadtest", version)]
pub struct Config {
    /// What to play.
    #[command(subcommand)]
    pub scenario: Scenario,
}

/// What can be played.
#[derive(Clone, Debug, Subcommand)]
pub enum Scenario {
    /// An on-sale from its first visitor to its last mail.
    ///
    /// Makes an event with seats and a waiting room, through the public API. Then fans arrive in an open model: at
    /// instants drawn beforehand from a seed, whether the system keeps up or not, and each step that follows an arrival
    /// is timed from the instant at which it was due. A fan takes a place, waits on the WebSocket, claims, searches,
    /// reads the seat map, reserves one or two free seats, pays at the sandbox, and follows the order to its end; a fan
    /// who finds nothing left leaves.
    ///
    /// Then the run is checked: the order of the line (W1), both caps at every instant (W2), every ticket sold once and
    /// to a paid order (B1), every authorisation at the payment provider settled once (B3), one mail for each paid
    /// order, no hold left, every seat sold when fans suffice, every fan with an answer.
    ///
    /// Without --url it plays against the system that `cargo xtask up` runs, which it finds in target/devstack/up.json.
    ///
    /// Exit status: 0 all promises and goals held; 1 one did not; 2 the rush could not be played.
    #[command(verbatim_doc_comment)]
    Rush(Box<Rush>),
    /// Lets fans come when the console of a demo system asks for them: `cargo xtask up` runs it behind its gates.
    Demo(Box<Demo>),
    /// Measures gates and booking beside floors and peers, on private servers that it starts and ends itself.
    ///
    /// Each side is measured in turn, in one run, and a figure is the ratio of medians: a machine's own speed falls out.
    /// One message lost, one place given twice, one refusal that nobody asked for, and the run counts for nothing.
    /// The services are the programs beside this one: build all with the same profile.
    ///
    /// Exit status: 0 nothing went wrong (goals are printed, not enforced); 1 something did; 2 it could not be run.
    #[command(verbatim_doc_comment)]
    Bench(Bench),
    /// A part of a bench, started by it.
    #[command(hide = true)]
    BenchPart {
        /// Which.
        #[command(subcommand)]
        part: Part,
    },
}

/// How the rush goes.
#[derive(Clone, Debug, Args)]
pub struct Rush {
    /// How many fans come.
    #[arg(long, default_value = "2000")]
    pub fans: NonZeroU32,
    /// How many seats there are.
    #[arg(long, default_value = "500")]
    pub seats: NonZeroU32,
    /// How many fans arrive per second, on average: gaps are exponential.
    #[arg(long, default_value = "200")]
    pub rate: NonZeroU32,
    /// The room's rate: calls in any 60 seconds.
    #[arg(long, default_value = "3000")]
    pub admit_per_minute: NonZeroU32,
    /// The room's cap: fans called or inside at a time.
    #[arg(long, default_value = "200")]
    pub max_active: NonZeroU32,
    /// In the middle of the run, change the room's rate to this, and measure when a batch follows it.
    #[arg(long)]
    pub change_rate: Option<NonZeroU32>,
    /// Shield the room: every fan does a sum for the place, and what limits of addresses would refuse is counted.
    #[arg(long)]
    pub shield: bool,
    /// The share of fans whose first payment goes other ways than well: declined, called back twice, called back late.
    #[arg(long, default_value = "0.15", value_parser = share)]
    pub trouble: f64,
    /// The root of all chance: arrivals, seats, troubles. The same seed makes the same fans.
    #[arg(long, default_value = "1")]
    pub seed: u64,
    /// From how many loopback addresses the fans come (the gate limits each address). Ignored where the gate is not on
    /// this machine.
    #[arg(long, default_value = "64")]
    pub addresses: NonZeroU32,
    /// How long a fan waits for anything before giving up, which counts as a fan without an answer.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "15m")]
    pub patience: Duration,
    /// How long payments, mails and holds may take to settle after the last fan has gone.
    #[arg(long, value_parser = humantime::parse_duration, default_value = "1m")]
    pub settle: Duration,
    /// A goal: the 99th percentile of joining.
    #[arg(long, value_parser = humantime::parse_duration)]
    pub join_p99: Option<Duration>,
    /// Fans start late by more than 5 ms at the 99th percentile when this machine is too busy, and what was measured is
    /// then partly its own delay. Say so, but do not fail.
    #[arg(long)]
    pub tolerate_lag: bool,
    /// One line of JSON instead of a table; no progress is shown.
    #[arg(long)]
    pub json: bool,
    /// Where the system is.
    #[command(flatten)]
    pub target: Target,
}

/// Where the system is, when it is not the one of `cargo xtask up`.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Another system")]
pub struct Target {
    /// The file that `cargo xtask up` writes.
    #[arg(long, default_value = "target/devstack/up.json")]
    pub up: PathBuf,
    /// The gate, as `http://host:port`; then nothing is read from the file.
    #[arg(long, requires_all = ["postgres", "organizer_email", "organizer_password_file"])]
    pub url: Option<Url>,
    /// Its PostgreSQL; a role that may read will do.
    #[arg(long, requires = "url")]
    pub postgres: Option<String>,
    /// Its Redis; without it holds are not checked.
    #[arg(long, requires = "url")]
    pub redis: Option<String>,
    /// Its payment sandbox; without it the provider's side of the money is not checked.
    #[arg(long, requires = "url")]
    pub sandbox: Option<Url>,
    /// The folder of its mails; without it mails are not checked.
    #[arg(long, requires = "url")]
    pub mail_folder: Option<PathBuf>,
    /// Whether its search works; without it fans do not search.
    #[arg(long, requires = "url")]
    pub search: bool,
    /// An organizer's address.
    #[arg(long, requires = "url")]
    pub organizer_email: Option<String>,
    /// A file with the organizer's password.
    #[arg(long, requires = "url")]
    pub organizer_password_file: Option<PathBuf>,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    (0.0..=1.0).contains(&share).then_some(share).ok_or_else(|| "a share lies between 0 and 1".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Config::command().debug_assert();
        assert!(Config::try_parse_from(["loadtest", "rush", "--trouble", "1.5"]).is_err());
        assert!(Config::try_parse_from(["loadtest", "rush", "--url", "http://127.0.0.1:1"]).is_err());
        assert!(Config::try_parse_from(["loadtest", "rush", "--fans", "20", "--seats", "5"]).is_ok());
        assert!(Config::try_parse_from(["loadtest", "bench", "join", "push", "--sockets", "100"]).is_ok());
        assert!(Config::try_parse_from(["loadtest", "bench", "nothing"]).is_err());
    }
}
