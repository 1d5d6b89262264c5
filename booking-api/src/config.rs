//! What an operator may set. `--help` is the manual; every argument also comes from the environment.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use chrono::TimeDelta;
use clap::{Args, Parser};
use platform::config::{
    OutboundConfig, PostgresConfig, PublicConfig, RedisConfig, SealConfig, ServiceConfig, VerifierConfig,
};

use crate::session::Lasting;

/// The catalog, the bookings and the accounts of Usher.
///
/// `booking-api organizer --email E --password-file F` makes an organizer's account instead of serving.
#[derive(Clone, Debug, Parser)]
#[command(name = "booking-api", version)]
pub struct Config {
    /// How to listen, log and stop.
    #[command(flatten)]
    pub service: ServiceConfig,
    /// The database.
    #[command(flatten)]
    pub postgres: PostgresConfig,
    /// Where holds live.
    #[command(flatten)]
    pub redis: RedisConfig,
    /// Where browsers see us.
    #[command(flatten)]
    pub public: PublicConfig,
    /// The keys of others.
    #[command(flatten)]
    pub verifier: VerifierConfig,
    /// The private JWK that signs sessions.
    #[arg(long, env = "USHER_SESSION_KEY")]
    pub session_key: PathBuf,
    /// The private JWK that signs the codes on tickets.
    #[arg(long, env = "USHER_TICKET_KEY")]
    pub ticket_key: PathBuf,
    /// A JWK set of more keys whose codes are good: of the key that signed before this one, or of the one that will sign
    /// next. To rotate: publish the next key here, wait until every scanner has asked again, sign with it, and keep the
    /// old one here until its events are over.
    #[arg(long, env = "USHER_TICKET_JWKS")]
    pub ticket_jwks: Option<PathBuf>,
    /// The file with the secret under which the codes of organizers are kept: at least 32 bytes. With another one no code
    /// is known any more.
    #[arg(long, env = "BOOKING_API_CODE_SECRET")]
    pub code_secret: PathBuf,
    /// What seals the secrets that are kept.
    #[command(flatten)]
    pub seals: SealConfig,
    /// What signs wallet passes.
    #[command(flatten)]
    pub wallet: WalletConfig,
    /// The payment sandbox.
    #[command(flatten)]
    pub sandbox: SandboxConfig,
    /// Stripe.
    #[command(flatten)]
    pub stripe: StripeConfig,
    /// Which addresses of organizers may be called.
    #[command(flatten)]
    pub outbound: OutboundConfig,
    /// A file that names the providers by which people sign in, beside passwords and codes: a JSON list of
    /// `{id, name, issuer, clientId, clientSecretFile?, emailDomains?, plainHttp?}`. Each calls people back at
    /// `/account/oidc/{id}/callback` under the public address.
    #[arg(long, env = "BOOKING_API_OIDC_PROVIDERS")]
    pub oidc_providers: Option<PathBuf>,
    /// Brings the schema of the database up to date before serving.
    #[arg(long, env = "BOOKING_API_MIGRATE")]
    pub migrate: bool,
    /// How long sessions last.
    #[command(flatten)]
    pub sessions: SessionConfig,
    /// How many passwords are hashed at once; each takes one core and 19 MiB for some tens of milliseconds.
    #[arg(long, env = "BOOKING_API_PASSWORDS_AT_ONCE", default_value = "2")]
    pub passwords_at_once: NonZeroUsize,
    /// How long a hold keeps its tickets.
    #[arg(long, env = "BOOKING_API_HOLD_LASTS", value_parser = humantime::parse_duration, default_value = "10m")]
    pub hold_lasts: Duration,
    /// How long a hold may last at most, however often its fan extends it; a pass confirms no later.
    #[arg(long, env = "BOOKING_API_HOLD_LONGEST", value_parser = humantime::parse_duration, default_value = "20m")]
    pub hold_longest: Duration,
    /// How long a payment may take; the tickets are claimed for as long.
    #[arg(long, env = "BOOKING_API_PAYMENT_LASTS", value_parser = humantime::parse_duration, default_value = "15m")]
    pub payment_lasts: Duration,
    /// How long a payment may be silent before the provider is asked about it; longer each time.
    #[arg(long, env = "BOOKING_API_PAYMENT_SILENCE", value_parser = humantime::parse_duration, default_value = "10s")]
    pub payment_silence: Duration,
    /// How long one request to a payment provider may take.
    #[arg(long, env = "BOOKING_API_PAYMENT_DEADLINE", value_parser = humantime::parse_duration, default_value = "5s")]
    pub payment_deadline: Duration,
}

/// How long sessions and their tokens last.
#[derive(Clone, Debug, Args)]
pub struct SessionConfig {
    /// How long a session token holds; it is refreshed when a third of that is left. A session that is ended while the
    /// database is away is refused after this long at the latest.
    #[arg(long, env = "BOOKING_API_SESSION_LASTS", value_parser = humantime::parse_duration, default_value = "15m")]
    pub session_lasts: Duration,
    /// After how long a session ends that nobody uses.
    #[arg(long, env = "BOOKING_API_SESSION_IDLE", value_parser = humantime::parse_duration, default_value = "14d")]
    pub session_idle: Duration,
    /// After how long a session ends, however much it is used.
    #[arg(long, env = "BOOKING_API_SESSION_LONGEST", value_parser = humantime::parse_duration, default_value = "90d")]
    pub session_longest: Duration,
    /// How long a refresh token gives its successor again after its use: for two tabs that use it at once.
    #[arg(long, env = "BOOKING_API_REFRESH_GRACE", value_parser = humantime::parse_duration, default_value = "10s")]
    pub refresh_grace: Duration,
}

impl SessionConfig {
    /// The same as differences of time.
    pub fn lasting(&self) -> Lasting {
        let delta = |lasts| TimeDelta::from_std(lasts).unwrap_or(TimeDelta::days(365));
        Lasting {
            token: delta(self.session_lasts),
            idle: delta(self.session_idle),
            longest: delta(self.session_longest),
            grace: delta(self.refresh_grace),
        }
    }
}

/// The certificate that signs passes for Apple Wallet: all of it, or none, and then there are no passes.
#[derive(Clone, Debug, Args)]
pub struct WalletConfig {
    /// The identifier of the kind of pass, as the certificate has it: `pass.example.usher`.
    #[arg(long, env = "BOOKING_API_WALLET_PASS_TYPE", requires_all = ["wallet_team", "wallet_certificate", "wallet_key", "wallet_issuer"])]
    pub wallet_pass_type: Option<String>,
    /// The team that the certificate belongs to.
    #[arg(long, env = "BOOKING_API_WALLET_TEAM", requires = "wallet_pass_type")]
    pub wallet_team: Option<String>,
    /// The certificate, as PEM.
    #[arg(long, env = "BOOKING_API_WALLET_CERTIFICATE", requires = "wallet_pass_type")]
    pub wallet_certificate: Option<PathBuf>,
    /// Its private key: RSA, as PKCS #8 in PEM.
    #[arg(long, env = "BOOKING_API_WALLET_KEY", requires = "wallet_pass_type")]
    pub wallet_key: Option<PathBuf>,
    /// The certificates that issued it, without the root, as PEM.
    #[arg(long, env = "BOOKING_API_WALLET_ISSUER", requires = "wallet_pass_type")]
    pub wallet_issuer: Option<PathBuf>,
}

/// Where the payment sandbox is.
#[derive(Clone, Debug, Args)]
pub struct SandboxConfig {
    /// Its address.
    #[arg(long, env = "BOOKING_API_SANDBOX_URL", default_value = "http://127.0.0.1:8090")]
    pub sandbox_url: String,
    /// The file with the secret that signs its callbacks.
    #[arg(long, env = "BOOKING_API_SANDBOX_SECRET")]
    pub sandbox_secret: PathBuf,
    /// Where it calls back; `/payment/callback/sandbox` under the public address when absent.
    #[arg(long, env = "BOOKING_API_SANDBOX_CALLBACK_URL")]
    pub sandbox_callback_url: Option<String>,
}

/// Stripe, for operators who have an account there. Without the two files there is none.
#[derive(Clone, Debug, Args)]
pub struct StripeConfig {
    /// Its address.
    #[arg(long, env = "BOOKING_API_STRIPE_URL", default_value = "https://api.stripe.com")]
    pub stripe_url: String,
    /// The file with our secret key.
    #[arg(long, env = "BOOKING_API_STRIPE_KEY", requires = "stripe_webhook_secret")]
    pub stripe_key: Option<PathBuf>,
    /// The file with the secret that signs its webhooks.
    #[arg(long, env = "BOOKING_API_STRIPE_WEBHOOK_SECRET", requires = "stripe_key")]
    pub stripe_webhook_secret: Option<PathBuf>,
    /// Where fans come back to who had to prove who they are. Without it Stripe sends nobody anywhere.
    #[arg(long, env = "BOOKING_API_STRIPE_RETURN_URL")]
    pub stripe_return_url: Option<String>,
}

/// Makes an organizer's account, or makes an existing one an organizer's with this password. Repeating is harmless.
#[derive(Clone, Debug, Parser)]
#[command(name = "booking-api organizer")]
pub struct OrganizerConfig {
    /// The database.
    #[command(flatten)]
    pub postgres: PostgresConfig,
    /// The address to sign in with.
    #[arg(long)]
    pub email: String,
    /// A file with the password; a line end at its end does not count.
    #[arg(long)]
    pub password_file: PathBuf,
}

/// What the process was asked to do.
#[derive(Debug)]
pub enum Command {
    /// Serve.
    Serve(Box<Config>),
    /// `organizer`.
    Organizer(Box<OrganizerConfig>),
}

impl Command {
    /// Reads the arguments; ends the process with a message when they are wrong. Two parsers rather than a clap
    /// subcommand, because `organizer` needs none of the arguments that serving requires.
    pub fn parse() -> Self {
        let organizer = std::env::args_os().nth(1).is_some_and(|word| word == "organizer");
        if organizer {
            Self::Organizer(Box::new(OrganizerConfig::parse_from(std::env::args_os().skip(1))))
        } else {
            Self::Serve(Box::new(Config::parse()))
        }
    }
}
