//! The notifier's arguments.

use std::{
    num::{NonZeroU16, NonZeroU32},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Parser};
use lettre::message::Mailbox;
use platform::config::{OutboundConfig, PostgresConfig, SealConfig, ServiceConfig};

/// Sends the messages of the outbox by mail: tickets after a purchase, notices of money that goes back. Tells organizers by
/// HTTP what they asked to be told (docs/webhooks.md).
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
    /// What opens the secrets that are kept.
    #[command(flatten)]
    pub seals: SealConfig,
    /// What organizers are told by HTTP.
    #[command(flatten)]
    pub webhook: WebhookConfig,
    /// Which addresses of theirs may be called.
    #[command(flatten)]
    pub outbound: OutboundConfig,
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

/// How webhooks are delivered.
#[derive(Clone, Debug, Args)]
pub struct WebhookConfig {
    /// How often to look for notices that are due.
    #[arg(long, env = "NOTIFIER_WEBHOOK_POLL", value_parser = humantime::parse_duration, default_value = "500ms")]
    pub webhook_poll: Duration,
    /// How many endpoints are told something at the same time.
    #[arg(long, env = "NOTIFIER_WEBHOOK_ENDPOINTS_AT_ONCE", default_value = "64")]
    pub webhook_endpoints_at_once: NonZeroU16,
    /// How many notices one endpoint gets at the same time.
    #[arg(long, env = "NOTIFIER_WEBHOOK_AT_ONCE", default_value = "4")]
    pub webhook_at_once: NonZeroU16,
    /// How long an endpoint may take to answer, from looking its name up.
    #[arg(long, env = "NOTIFIER_WEBHOOK_LASTS", value_parser = humantime::parse_duration, default_value = "15s")]
    pub webhook_lasts: Duration,
    /// After which time another copy may tell a notice whose teller was not heard of again. Longer than an attempt.
    #[arg(long, env = "NOTIFIER_WEBHOOK_LEASE", value_parser = humantime::parse_duration, default_value = "1m")]
    pub webhook_lease: Duration,
    /// After which time, in which nothing succeeded, an endpoint is switched off and its organizer told by mail.
    #[arg(long, env = "NOTIFIER_WEBHOOK_FAILING", value_parser = humantime::parse_duration, default_value = "3d")]
    pub webhook_failing: Duration,
    /// How long what was told, and how that went, is kept.
    #[arg(long, env = "NOTIFIER_WEBHOOK_KEPT", value_parser = humantime::parse_duration, default_value = "30d")]
    pub webhook_kept: Duration,
    /// More certificates (PEM) whose endpoints are trusted, beside those of the public authorities.
    #[arg(long, env = "NOTIFIER_WEBHOOK_ROOTS")]
    pub webhook_roots: Option<PathBuf>,
}
