//! The notifier's arguments.

use std::{
    num::{NonZeroU16, NonZeroU32},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Parser};
use lettre::message::Mailbox;
use platform::config::{PostgresConfig, ServiceConfig};

/// Sends the messages of the outbox by mail: tickets after a purchase, notices of money that goes back.
///
/// Mails go to an SMTP server, or into a folder of `.eml` files; with the folder, `GET /mail` shows them.
#[derive(Clone, Debug, Parser)]
#[command(name = "notifier", version)]
pub struct Config {
    /// How the service listens, logs and stops.
    #[command(flatten)]
    pub service: ServiceConfig,
    /// Where the outbox is.
    #[command(flatten)]
    pub postgres: PostgresConfig,
    /// Where mails go.
    #[command(flatten)]
    pub transport: TransportConfig,
    /// Who the mails are from.
    #[arg(long, env = "NOTIFIER_FROM", default_value = "Usher <tickets@localhost>")]
    pub from: Mailbox,
    /// How often to look for messages that are due.
    #[arg(long, env = "NOTIFIER_POLL", value_parser = humantime::parse_duration, default_value = "200ms")]
    pub poll: Duration,
    /// How patient the delivery is.
    #[command(flatten)]
    pub rules: RulesConfig,
}

/// Where mails go: exactly one of the two.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct TransportConfig {
    /// The mail server: `smtp://user:password@host:port?tls=required`, `smtps://…`, or plain `smtp://host:port` on a
    /// trusted network.
    #[arg(long, env = "NOTIFIER_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// A folder into which each mail is written as one `.eml` file, named after its message; made when missing.
    #[arg(long, env = "NOTIFIER_MAIL_FOLDER")]
    pub mail_folder: Option<PathBuf>,
}

/// How patient the delivery is.
#[derive(Clone, Debug, Args)]
pub struct RulesConfig {
    /// How many messages one take leases, and so how many are sent at the same time.
    #[arg(long, env = "NOTIFIER_BATCH", default_value = "16")]
    pub batch: NonZeroU16,
    /// How long one attempt may take, the server's answer included.
    #[arg(long, env = "NOTIFIER_ATTEMPT_LASTS", value_parser = humantime::parse_duration, default_value = "20s")]
    pub attempt_lasts: Duration,
    /// After which time another copy may take a message whose taker was not heard of again. Longer than an attempt.
    #[arg(long, env = "NOTIFIER_LEASE", value_parser = humantime::parse_duration, default_value = "1m")]
    pub lease: Duration,
    /// After how many attempts a message is set aside. The pauses between them double from 1 s to at most 1 h, so the
    /// default goes on for about a day.
    #[arg(long, env = "NOTIFIER_ATTEMPTS", default_value = "36")]
    pub attempts: NonZeroU32,
}
