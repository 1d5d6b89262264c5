//! Mails to an SMTP server (RFC 5321), over connections that are kept for the next mail.

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{Error, PoolConfig},
};

use crate::config::RulesConfig;

/// A mail server.
#[derive(Clone)]
pub struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// The server at `url`. It is asked only when there is a mail. At most as many connections are open as a batch has
    /// messages.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn new(url: &str, rules: &RulesConfig) -> Result<Self, Error> {
        let pool = PoolConfig::new().max_size(u32::from(rules.batch.get()));
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?;
        Ok(Self(builder.timeout(Some(rules.attempt_lasts)).pool_config(pool).build()))
    }

    /// Returns once the server has accepted responsibility for the mail (its 250 after the data).
    ///
    /// # Errors
    /// When it refused, or is not there; or when its answer was lost, and it may have accepted.
    pub async fn send(&self, mail: &Message) -> Result<(), Error> {
        self.0.send(mail.clone()).await.map(drop)
    }
}
