//! The arguments of search-api.

use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use platform::config::{PostgresConfig, ServiceConfig};
use url::Url;

/// Searches events, and keeps the index true to PostgreSQL. `search-api rebuild`, with the same arguments, builds the index
/// anew and ends.
#[derive(Clone, Debug, Parser)]
pub struct Config {
    /// How it listens, logs and stops.
    #[command(flatten)]
    pub service: ServiceConfig,
    /// Where the truth is.
    #[command(flatten)]
    pub postgres: PostgresConfig,
    /// Where Elasticsearch is, `http://[user:password@]host:port`, several nodes with commas between them. Without it,
    /// search answers from an index of its own.
    #[arg(long, env = "SEARCH_API_ELASTICSEARCH", hide_env_values = true, value_delimiter = ',')]
    pub elasticsearch: Vec<Url>,
    /// Whether an index of its own (in memory, about 3 kB an event) answers where Elasticsearch is away. Without
    /// Elasticsearch there is always one.
    #[arg(long, env = "SEARCH_API_STAND_IN", default_value_t = true, action = clap::ArgAction::Set)]
    pub stand_in: bool,
    /// Who is asked first where both can answer; the other one where that fails. What is found is the same.
    #[arg(long, env = "SEARCH_API_FIRST", value_enum, default_value_t = First::Elasticsearch)]
    pub first: First,
    /// How often the index of its own asks PostgreSQL what changed.
    #[arg(long, env = "SEARCH_API_FOLLOW", value_parser = humantime::parse_duration, default_value = "200ms")]
    pub follow: Duration,
    /// The name of the alias that queries read; the names of the indices behind it begin with it.
    #[arg(long, env = "SEARCH_API_INDEX", default_value = "usher-event")]
    pub index: String,
    /// How long one attempt to ask may take; the whole answer may take four times as long.
    #[arg(long, env = "SEARCH_API_ATTEMPT", value_parser = humantime::parse_duration, default_value = "300ms")]
    pub attempt: Duration,
    /// How long an answer is shared with those who ask the same; at most a second, for that long a change may be hidden.
    #[arg(long, env = "SEARCH_API_SHARED", value_parser = a_moment, default_value = "200ms")]
    pub shared: Duration,
    /// How long the last answer to a question stands in where nobody can answer.
    #[arg(long, env = "SEARCH_API_STALE", value_parser = humantime::parse_duration, default_value = "10m")]
    pub stale: Duration,
    /// How many questions are put to the engines at once; beyond that search answers 503 at once. Answers that are
    /// shared do not count.
    #[arg(long, env = "SEARCH_API_AT_ONCE", default_value_t = 128)]
    pub at_once: usize,
    /// How often all events are compared with the index.
    #[arg(long, env = "SEARCH_API_RECONCILE", value_parser = humantime::parse_duration, default_value = "5m")]
    pub reconcile: Duration,
}

/// Who is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum First {
    /// Elasticsearch: one index for all copies, which take little memory and processor time of their own.
    Elasticsearch,
    /// The index of the process, as soon as it is whole; then there is one whatever `--stand-in` says.
    Embedded,
}

/// What the process was asked to do.
#[derive(Debug)]
pub enum Command {
    /// Serve.
    Serve(Box<Config>),
    /// `rebuild`: build the index anew, and end.
    Rebuild(Box<Config>),
}

impl Command {
    /// Reads the arguments; ends the process with a message when they are wrong. Both take the same ones, so that a
    /// rebuild runs in the environment of the service.
    pub fn parse() -> Self {
        let mut arguments: Vec<_> = std::env::args_os().collect();
        if arguments.get(1).is_some_and(|word| word == "rebuild") {
            arguments.remove(1);
            let command = Config::command()
                .bin_name("search-api rebuild")
                .about("Builds the index anew from PostgreSQL beside the one in use, while changes go on, and swaps them.");
            let found = command.get_matches_from(arguments);
            return Self::Rebuild(Box::new(
                Config::from_arg_matches(&found).unwrap_or_else(|error| error.exit()),
            ));
        }
        Self::Serve(Box::new(Config::parse()))
    }
}

/// A time of at most a second.
fn a_moment(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time <= Duration::from_secs(1) { Ok(time) } else { Err("at most 1s".to_owned()) }
}
