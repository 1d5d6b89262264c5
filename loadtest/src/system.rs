//! Where the system under load is.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use url::Url;

use crate::config::Target;

/// The addresses and credentials that a run needs.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct System {
    /// The gate.
    pub gate: Url,
    /// The database, for the checks.
    pub postgres: String,
    /// Redis, for the checks.
    pub redis: Option<String>,
    /// The payment sandbox, for the checks.
    pub sandbox: Option<Url>,
    /// Where search looks; absent where search answers 503.
    pub elasticsearch: Option<String>,
    /// The folder of mails, for the checks.
    pub mail_folder: Option<PathBuf>,
    /// Who makes the event.
    pub organizer: Organizer,
}

/// How the organizer signs in.
#[derive(Clone, Deserialize)]
pub struct Organizer {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Organizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Organizer").field("email", &self.email).finish_non_exhaustive()
    }
}

impl System {
    /// The system that `target` names.
    ///
    /// # Errors
    /// When none runs here and none was named.
    pub fn find(target: &Target) -> Result<Self> {
        let system = if let Some(url) = &target.url {
            Self::named(target, url.clone())?
        } else {
            let text = std::fs::read_to_string(&target.up).with_context(|| {
                format!(
                    "no system was found ({} cannot be read): start one with `cargo xtask up`, or name one with --url",
                    target.up.display()
                )
            })?;
            serde_json::from_str(&text)
                .with_context(|| format!("{} is not what `cargo xtask up` writes", target.up.display()))?
        };
        ensure!(
            system.gate.scheme() == "http",
            "fans speak plain http: name the gate itself, not a TLS proxy"
        );
        Ok(system)
    }

    fn named(target: &Target, gate: Url) -> Result<Self> {
        let password =
            target.organizer_password_file.as_ref().context("--organizer-password-file is missing")?;
        let password = std::fs::read_to_string(password)
            .with_context(|| format!("{} cannot be read", password.display()))?;
        let email = target.organizer_email.clone().context("--organizer-email is missing")?;
        Ok(Self {
            gate,
            postgres: target.postgres.clone().context("--postgres is missing")?,
            redis: target.redis.clone(),
            sandbox: target.sandbox.clone(),
            elasticsearch: target.search.then(|| "named".to_owned()),
            mail_folder: target.mail_folder.clone(),
            organizer: Organizer { email, password: password.trim_end().to_owned() },
        })
    }
}
