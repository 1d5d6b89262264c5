//! Which sites may be guarded: the operator says so, because whoever owns a room for a host decides where its visitors go.

use std::str::FromStr;

use clap::Args;
use contracts::id::AccountId;

use super::{Host, Origin, Site, address::NoAddress};

/// The sites that are not ours and may be guarded. None by default.
#[derive(Clone, Debug, Default, Args)]
pub struct SiteConfig {
    /// Hosts that rooms may guard, separated by commas; one for a single organizer as `host=account id`. Their names must
    /// lead to the gate.
    #[arg(long, env = "QUEUE_GATE_SITE_HOSTS", value_delimiter = ',')]
    pub site_hosts: Vec<PermittedHost>,
    /// Origins that such rooms may lead to, separated by commas, as `https://host` or `http://host:port`. Nothing else is
    /// ever asked, so name a private address only where organizers may reach it.
    #[arg(long, env = "QUEUE_GATE_SITE_ORIGINS", value_delimiter = ',')]
    pub site_origins: Vec<Origin>,
}

/// A host that rooms may guard, and perhaps whose only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermittedHost {
    /// The host.
    pub host: Host,
    /// The only organizer who may; anyone where absent.
    pub owner: Option<AccountId>,
}

impl FromStr for PermittedHost {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let (host, owner) = match text.split_once('=') {
            Some((host, owner)) => (host, Some(owner.parse().map_err(|_| NoAddress::Host)?)),
            None => (text, None),
        };
        Ok(Self { host: host.parse()?, owner })
    }
}

/// Why a site may not be guarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// Not on the operator's list, on it for somebody else, or the gate's own.
    #[error("the operator of this gate has not permitted you this host")]
    Host,
    /// Not on the operator's list.
    #[error("the operator of this gate has not permitted this origin")]
    Origin,
}

impl NotPermitted {
    /// The member of JSON that names it.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Host => "site.host",
            Self::Origin => "site.origin",
        }
    }
}

impl SiteConfig {
    /// Whether `owner` may guard `site`, at a gate whose own host is `own`.
    ///
    /// # Errors
    /// [`NotPermitted`].
    pub fn permits(&self, site: &Site, owner: AccountId, own: Option<&str>) -> Result<(), NotPermitted> {
        let is_for = |permitted: &PermittedHost| {
            permitted.host == site.host && permitted.owner.is_none_or(|only| only == owner)
        };
        if own == Some(site.host.as_str()) || !self.site_hosts.iter().any(is_for) {
            return Err(NotPermitted::Host);
        }
        if self.site_origins.contains(&site.origin) { Ok(()) } else { Err(NotPermitted::Origin) }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::site::tests::site;

    #[test]
    fn nothing_is_permitted_but_what_the_operator_lists() {
        let [ada, bob] = [1, 2].map(|id| AccountId::from(Uuid::from_u128(id)));
        let site = site(&["/*"]);
        let config = |hosts: &[&str], origins: &[&str]| SiteConfig {
            site_hosts: hosts.iter().map(|text| text.parse().unwrap()).collect(),
            site_origins: origins.iter().map(|text| text.parse().unwrap()).collect(),
        };
        let origins = ["https://elsewhere.example", "http://10.0.0.5:8080"];
        assert_eq!(SiteConfig::default().permits(&site, ada, None), Err(NotPermitted::Host));
        let all = config(&["shop.example"], &origins);
        assert_eq!(all.permits(&site, ada, Some("usher.example")), Ok(()));
        assert_eq!(all.permits(&site, ada, Some("shop.example")), Err(NotPermitted::Host));
        let theirs = config(&[&format!("Shop.example={ada}")], &origins);
        assert_eq!(theirs.permits(&site, ada, None), Ok(()));
        assert_eq!(theirs.permits(&site, bob, None), Err(NotPermitted::Host));
        for other in ["http://10.0.0.5", "https://10.0.0.5:8080", "http://10.0.0.50:8080"] {
            let config = config(&["shop.example"], &[other]);
            assert_eq!(config.permits(&site, ada, None), Err(NotPermitted::Origin), "{other}");
        }
    }
}
