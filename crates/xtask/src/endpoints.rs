//! Where a running system is: what `cargo xtask up` writes to `target/devstack/up.json` and prints with `--json`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The addresses and credentials of a running system.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Endpoints {
    /// The only door: `http://127.0.0.1:8080`.
    pub(crate) gate: String,
    /// booking-api itself, behind the gate.
    pub(crate) booking: String,
    /// search-api itself, behind the gate.
    pub(crate) search: String,
    /// The notifier: its pages show the mails.
    pub(crate) notifier: String,
    /// The payment sandbox.
    pub(crate) sandbox: String,
    /// The URL of the database.
    pub(crate) postgres: String,
    /// The URL of Redis.
    pub(crate) redis: String,
    /// The URL of Elasticsearch; absent where no Java could be had.
    pub(crate) elasticsearch: Option<String>,
    /// The folder into which mails go.
    pub(crate) mail_folder: PathBuf,
    /// Who may make events.
    pub(crate) organizer: Credentials,
    /// The events of the demo; absent until they are loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) events: Option<Demo>,
    /// Their waiting rooms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rooms: Option<Demo>,
}

/// How the organizer signs in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Credentials {
    /// The address.
    pub(crate) email: String,
    /// The password, made at the first start.
    pub(crate) password: String,
}

/// One id for each of the two on-sales of the demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Demo {
    /// The arena with reserved seats.
    pub(crate) arena: String,
    /// The club with general admission.
    pub(crate) club: String,
}

impl Endpoints {
    /// The system that `cargo xtask up` runs in this checkout.
    ///
    /// # Errors
    /// When none was started here yet.
    pub(crate) fn running() -> Result<Self> {
        let path = devstack::place::target().join("devstack/up.json");
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!("no system runs here ({} is not there): start one with `cargo xtask up`", path.display())
        })?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not what `cargo xtask up` writes", path.display()))
    }
}
