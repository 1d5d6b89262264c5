//! The two addresses of a site: the host that browsers ask for, and the origin that answers. Pure.

use std::{fmt, str::FromStr};

use http::{HeaderMap, Uri, header};
use serde::{Deserialize, Serialize};
use url::Url;

/// A public host: a name in lower case, without a port and without a dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

/// Where a site is served: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// A text that is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoAddress {
    /// Not the name of a host.
    #[error("a host is a name such as tickets.example, without a scheme and a port")]
    Host,
    /// Not an origin.
    #[error("an origin is http:// or https:// and a host, perhaps with a port, and nothing else")]
    Origin,
}

impl Host {
    /// The host that a request is for. A target in absolute form says it rather than `Host` (RFC 9112 section 3.2.2).
    pub fn of(uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        let said = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let authority = uri.authority().map_or(said, |authority| Some(authority.as_str()))?;
        let (_, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
            _ => authority,
        };
        host.strip_suffix('.').unwrap_or(host).parse().ok()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Host {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let text = text.to_ascii_lowercase();
        let is_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if text.len() <= 253 && text.split('.').all(is_label) { Ok(Self(text)) } else { Err(NoAddress::Host) }
    }
}

impl FromStr for Origin {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let url: Url = text.parse().map_err(|_| NoAddress::Origin)?;
        let is_bare = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        let origin = url.origin().ascii_serialization();
        // What only one of two readers of addresses takes is nowhere that a request could go.
        let is_askable = origin.parse::<Uri>().is_ok();
        if is_bare && is_askable { Ok(Self(origin)) } else { Err(NoAddress::Origin) }
    }
}

impl Origin {
    /// As the base of requests.
    ///
    /// # Errors
    /// Never for what was read as an origin.
    pub fn uri(&self) -> Result<Uri, http::uri::InvalidUri> {
        self.0.parse()
    }
}

impl TryFrom<String> for Host {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

impl TryFrom<String> for Origin {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.0
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_the_same_in_every_spelling() {
        let host = |uri: &str, said: Option<&str>| {
            let headers = said.map(|said| (header::HOST, said.parse().unwrap())).into_iter().collect();
            Host::of(&uri.parse().unwrap(), &headers).map(String::from)
        };
        for said in ["shop.example", "SHOP.example", "shop.example.", "shop.example:8443", "Shop.Example.:80"]
        {
            assert_eq!(host("/", Some(said)).as_deref(), Some("shop.example"), "{said}");
        }
        assert_eq!(host("http://shop.example/x", Some("other.example")).as_deref(), Some("shop.example"));
        assert_eq!(host("http://me@shop.example/x", None).as_deref(), Some("shop.example"));
        for said in ["", "shop example", "shop..example", "-a.example", "[::1]:80"] {
            assert_eq!(host("/", Some(said)), None, "{said}");
        }
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port_and_nothing_else() {
        for (text, read) in [
            ("https://a.example", "https://a.example"),
            ("http://A.example:80/", "http://a.example"),
            ("http://10.0.0.5:8080", "http://10.0.0.5:8080"),
        ] {
            assert_eq!(String::from(text.parse::<Origin>().unwrap()), read);
        }
        for text in [
            "",
            "a.example",
            "ftp://a.example",
            "file:///etc",
            "https://a.example/x",
            "https://a.example/?q",
            "https://me:x@a.example",
            "https://a.example#x",
            "//a.example",
            "unix:/run/x",
            "https://l`e:8443",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NoAddress::Origin), "{text}");
        }
    }
}
