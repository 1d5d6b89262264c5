//! The address of the database as the replication client wants it.

use std::time::Duration;

use pgwire_replication::{ReplicationConfig, TlsConfig};
use url::Url;

use super::PUBLICATION;

/// How often the slot's progress is told to PostgreSQL.
const CONFIRM_EVERY: Duration = Duration::from_secs(1);

/// PostgreSQL ends the stream of a copy that says nothing for so long.
const OPTIONS: &str = "-c wal_sender_timeout=10s";

/// How to follow `slot` of the database at `url`.
pub(super) fn replication(url: &Url, slot: &str) -> ReplicationConfig {
    let decoded = |text: &str| percent_decoded(text);
    let parameter =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let host = parameter("host").unwrap_or_else(|| url.host_str().unwrap_or("127.0.0.1").to_owned());
    let user = decoded(url.username());
    let database = decoded(url.path().trim_start_matches('/'));
    let database = if database.is_empty() { user.clone() } else { database };
    let tls = match parameter("sslmode").as_deref() {
        Some("require") => TlsConfig::require(),
        Some("verify-ca") => TlsConfig::verify_ca(parameter("sslrootcert").map(Into::into)),
        Some("verify-full") => TlsConfig::verify_full(parameter("sslrootcert").map(Into::into)),
        _ => TlsConfig::disabled(),
    };
    ReplicationConfig::new(
        host,
        user,
        decoded(url.password().unwrap_or_default()),
        database,
        slot,
        PUBLICATION,
    )
    .with_port(url.port().unwrap_or(5432))
    .with_tls(tls)
    .with_application_name("search-api")
    .with_options(OPTIONS)
    .with_status_interval(CONFIRM_EVERY)
    .with_wakeup_interval(CONFIRM_EVERY)
}

/// A part of a URL without its percent signs.
fn percent_decoded(text: &str) -> String {
    // A form-encoded value is decoded the same way but for the plus sign, which stands for itself here.
    let pair = format!("v={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_database_is_taken_apart() {
        let url = "postgres://us%40er:p%2Bw+%26@db.example:6543/shop?sslmode=require".parse().unwrap();
        let config = replication(&url, "slot");
        assert_eq!((config.host.as_str(), config.port), ("db.example", 6543));
        assert_eq!((config.user.as_str(), config.password.as_str()), ("us@er", "p+w+&"));
        assert_eq!(config.database, "shop");
        assert!(config.tls.mode.requires_tls());
        let url = "postgres://postgres@127.0.0.1:15432/postgres?host=/run/postgresql".parse().unwrap();
        assert_eq!(replication(&url, "slot").host, "/run/postgresql");
    }
}
