//! The file in which the operator names the providers.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use url::Url;

use super::Provider;

/// One provider, as the file names it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    id: String,
    name: String,
    issuer: String,
    client_id: String,
    /// Beside the file that names it, where it is no whole path.
    client_secret_file: Option<PathBuf>,
    #[serde(default)]
    email_domains: Vec<String>,
    #[serde(default)]
    plain_http: bool,
}

/// Why the file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum BadProviders {
    /// It, or a file that it names, cannot be read.
    #[error("{0} cannot be read")]
    File(PathBuf, #[source] std::io::Error),
    /// It is no list of providers.
    #[error("it is no list of providers")]
    Json(#[from] serde_json::Error),
    /// Something in it cannot be.
    #[error("the provider {0}: {1}")]
    Provider(String, &'static str),
}

/// The providers that `file` names.
///
/// # Errors
/// [`BadProviders`].
pub fn read(file: &Path) -> Result<Vec<Provider>, BadProviders> {
    let text = |file: &Path| {
        std::fs::read_to_string(file).map_err(|error| BadProviders::File(file.to_path_buf(), error))
    };
    let written: Vec<Written> = serde_json::from_str(&text(file)?)?;
    let mut ids = BTreeSet::new();
    let folder = file.parent().unwrap_or(Path::new("."));
    let provider = |written: Written| {
        let bad = |why| BadProviders::Provider(written.id.clone(), why);
        let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=30).contains(&written.id.len()) || !written.id.chars().all(is_word) {
            return Err(bad("its id has 1 to 30 small letters, digits and hyphens"));
        }
        if !ids.insert(written.id.clone()) {
            return Err(bad("its id is that of another"));
        }
        let issuer: Url = written.issuer.parse().map_err(|_| bad("its issuer is an address"))?;
        if issuer.scheme() != "https" && !(written.plain_http && issuer.scheme() == "http") {
            return Err(bad("its issuer begins with https://"));
        }
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(bad("its issuer has no query and no fragment"));
        }
        let secret =
            written.client_secret_file.as_deref().map(|file| text(&folder.join(file))).transpose()?;
        Ok(Provider {
            secret: secret.map(|secret| secret.trim().to_owned()),
            id: written.id,
            name: written.name,
            issuer: written.issuer,
            client: written.client_id,
            domains: written.email_domains,
            plain: written.plain_http,
        })
    };
    written.into_iter().map(provider).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(providers: &Value) -> Result<Vec<Provider>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), " of tests\n").unwrap();
        let file = folder.path().join("providers.json");
        std::fs::write(&file, providers.to_string()).unwrap();
        read(&file).map_err(|error| error.to_string())
    }

    #[test]
    fn providers_are_read_with_their_secrets_and_checked() {
        let one = json!({
            "id": "hall", "name": "The Hall", "issuer": "https://id.hall.example", "clientId": "usher",
            "clientSecretFile": "secret", "emailDomains": ["hall.example"],
        });
        let read = of(&json!([one])).unwrap();
        assert_eq!((read[0].secret.as_deref(), read[0].client.as_str()), (Some("of tests"), "usher"));
        assert!(!format!("{read:?}").contains("of tests"));
        let with = |name: &str, value: Value| {
            let mut other = one.clone();
            other[name] = value;
            of(&json!([other]))
        };
        for (name, value) in [
            ("id", json!("The Hall")),
            ("id", json!("")),
            ("issuer", json!("http://id.hall.example")),
            ("issuer", json!("https://id.hall.example?x")),
            ("issuer", json!("id.hall.example")),
            ("clientSecretFile", json!("nowhere")),
            ("secret", json!("in the file itself")),
        ] {
            assert!(with(name, value.clone()).is_err(), "{name} {value}");
        }
        assert!(of(&json!([one, one])).is_err(), "two of one id");
    }
}
