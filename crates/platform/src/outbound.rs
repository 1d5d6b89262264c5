//! Which addresses that other people name we may call. The rules against being led into our own network (SSRF): what may
//! stand in an address, and which IP addresses are called at all. Pure; whoever calls resolves the name itself, judges
//! every address by [`Reach::allows`], and connects to exactly the one that was judged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The longest address.
pub const LONGEST: usize = 2000;
/// The lowest port but 443: those below belong to services of the machine.
const FIRST_PORT: u16 = 1024;

/// How far we reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Whether this machine may be called too, and that without TLS.
    pub loopback: bool,
}

/// An address that may be called, as far as it can be told before its name is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The address.
    pub url: Url,
    /// Its host, without the dot that may end a name.
    pub host: Host<String>,
    /// Its port.
    pub port: u16,
    /// Whether it is called by TLS.
    pub tls: bool,
}

/// Why an address is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// It is no address.
    #[error("is an address such as https://example.com/usher, of at most {LONGEST} characters")]
    Unreadable,
    /// It does not begin with `https:`.
    #[error("begins with https://")]
    NotHttps,
    /// It carries a name or a password.
    #[error("carries no user and no password")]
    UserInfo,
    /// It has a part that is never sent.
    #[error("has no part after a #")]
    Fragment,
    /// Its port belongs to some other service.
    #[error("has the port 443, or one from {FIRST_PORT} on")]
    Port,
    /// Its name is none that everybody knows.
    #[error("names a host that everybody can reach")]
    Name,
    /// Its address is not one of the public ones.
    #[error("names a public address")]
    Address,
}

/// Names that mean something else, or nothing, outside of one network (RFC 6761, 6762, 8375, and what clouds use).
const INSIDE: &[&str] =
    &["localhost", "local", "internal", "intranet", "lan", "home.arpa", "onion", "invalid"];

impl Reach {
    /// The target that `text` names.
    ///
    /// # Errors
    /// [`BadTarget`] says what a good one is like.
    pub fn target(self, text: &str) -> Result<Target, BadTarget> {
        if text.len() > LONGEST {
            return Err(BadTarget::Unreadable);
        }
        let url: Url = text.parse().map_err(|_| BadTarget::Unreadable)?;
        let tls = url.scheme() == "https";
        let host = url.host().map(|host| host.to_owned()).ok_or(BadTarget::Unreadable)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadTarget::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(BadTarget::Fragment);
        }
        let host = match host {
            Host::Domain(name) => Host::Domain(name.trim_end_matches('.').to_owned()),
            address => address,
        };
        let is_here = self.loopback && is_loopback(&host);
        let is_plain = is_here && url.scheme() == "http";
        if !tls && !is_plain {
            return Err(BadTarget::NotHttps);
        }
        let port = url.port_or_known_default().ok_or(BadTarget::Port)?;
        if port != 443 && port < FIRST_PORT {
            return Err(BadTarget::Port);
        }
        match &host {
            Host::Domain(name) if !is_here && !is_known_to_all(name) => return Err(BadTarget::Name),
            Host::Ipv4(address) if !self.allows((*address).into()) => return Err(BadTarget::Address),
            Host::Ipv6(address) if !self.allows((*address).into()) => return Err(BadTarget::Address),
            Host::Domain(_) | Host::Ipv4(_) | Host::Ipv6(_) => {}
        }
        Ok(Target { url, host, port, tls })
    }

    /// Whether this address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || self.loopback && address.to_canonical().is_loopback()
    }
}

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).to_canonical().is_loopback(),
    }
}

fn is_known_to_all(name: &str) -> bool {
    let ends_with =
        |inside: &str| name.strip_suffix(inside).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    name.contains('.') && !INSIDE.iter().any(|inside| ends_with(inside))
}

/// Blocks of IPv4 that are not public (IANA's registry of special addresses; multicast and reserved too), and one public
/// address behind which a cloud keeps its metadata.
const CLOSED_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Blocks inside `2000::/3` that are not public: protocols (Teredo among them), documentation, 6to4.
const CLOSED_V6: &[(u128, u32)] = &[
    (0x2001 << 112, 23),
    (0x2001_0db8 << 96, 32),
    (0x2002 << 112, 16),
    (0x2620_004f_8000 << 80, 48),
    (0x3fff << 112, 20),
];

/// The first 96 bits of an address of IPv4 inside one of IPv6, which is judged as what it is: `::ffff:0:0/96`, and
/// `64:ff9b::/96` of NAT64.
const MAPPED: u128 = 0xffff;
const NAT64: u128 = 0x0064_ff9b << 64;

/// Whether everybody on the internet means the same by this address, and it is one machine.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let differs = |(block, bits): &(Ipv4Addr, u32)| (address.to_bits() ^ block.to_bits()) >> (32 - bits) != 0;
    CLOSED_V4.iter().all(differs)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let prefix = bits >> 32;
    if prefix == MAPPED || prefix == NAT64 {
        return is_public_v4(Ipv4Addr::from_bits(u32::try_from(bits & 0xffff_ffff).unwrap_or_default()));
    }
    let is_unicast = bits >> 125 == 1;
    is_unicast && CLOSED_V6.iter().all(|(block, length)| (bits ^ block) >> (128 - length) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Reach = Reach { loopback: false };
    const NEAR: Reach = Reach { loopback: true };

    /// What is not public, each for a reason of its own.
    const CLOSED: &str = "
        0.0.0.0 10.1.2.3 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254
        172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.19.255.255 198.51.100.7
        203.0.113.7 224.0.0.1 239.255.255.250 255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1
        ::ffff:169.254.169.254 64:ff9b::10.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::8.8.8.8 100::1 2001::1
        2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1
        ff02::1
    ";

    #[test]
    fn an_address_that_is_not_public_is_never_called_however_it_is_written() {
        for closed in CLOSED.split_whitespace() {
            assert!(!FAR.allows(closed.parse().unwrap()), "{closed}");
        }
        for open in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ] {
            assert!(FAR.allows(open.parse().unwrap()), "{open}");
        }
        for near in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert!(NEAR.allows(near.parse().unwrap()), "{near}");
        }
        assert!(
            !NEAR.allows("10.0.0.1".parse().unwrap()) && !NEAR.allows("169.254.169.254".parse().unwrap())
        );
    }

    #[test]
    fn an_address_is_https_names_a_public_host_and_nothing_else() {
        let long = format!("https://example.com/{}", "a".repeat(LONGEST));
        for (text, why) in [
            ("example.com", BadTarget::Unreadable),
            ("https://", BadTarget::Unreadable),
            (long.as_str(), BadTarget::Unreadable),
            ("data:text/plain,x", BadTarget::Unreadable),
            ("http://example.com/", BadTarget::NotHttps),
            ("ftp://example.com/", BadTarget::NotHttps),
            ("http://127.0.0.1:9000/", BadTarget::NotHttps),
            ("https://user@example.com/", BadTarget::UserInfo),
            ("https://:secret@example.com/", BadTarget::UserInfo),
            ("https://example.com/#part", BadTarget::Fragment),
            ("https://example.com:22/", BadTarget::Port),
            ("https://example.com:80/", BadTarget::Port),
            ("https://localhost/", BadTarget::Name),
            ("https://localhost./", BadTarget::Name),
            ("https://printer/", BadTarget::Name),
            ("https://printer.local/", BadTarget::Name),
            ("https://metadata.google.internal/", BadTarget::Name),
            ("https://metadata.google.internal./", BadTarget::Name),
            ("https://a.LOCALHOST/", BadTarget::Name),
            ("https://127.0.0.1/", BadTarget::Address),
            ("https://127.1/", BadTarget::Address),
            ("https://0x7f000001/", BadTarget::Address),
            ("https://2130706433/", BadTarget::Address),
            ("https://0177.0.0.1/", BadTarget::Address),
            ("https://[::1]/", BadTarget::Address),
            ("https://[::ffff:10.0.0.1]/", BadTarget::Address),
            ("https://169.254.169.254/latest", BadTarget::Address),
        ] {
            assert_eq!(FAR.target(text), Err(why), "{text}");
        }
        let target = FAR.target("https://hooks.example.com:8443/usher?of=1").unwrap();
        assert_eq!(
            (target.host.to_string().as_str(), target.port, target.tls),
            ("hooks.example.com", 8443, true)
        );
        assert!(FAR.target("https://8.8.8.8/").is_ok() && FAR.target("https://notlocal.example/").is_ok());
    }

    #[test]
    fn this_machine_is_called_only_where_the_operator_lets_us() {
        for text in [
            "http://127.0.0.1:9000/",
            "http://localhost:9000/",
            "http://[::1]:9000/",
            "https://localhost:9000/",
        ] {
            assert!(FAR.target(text).is_err() && NEAR.target(text).is_ok(), "{text}");
        }
        for text in [
            "http://example.com:9000/",
            "http://10.0.0.1:9000/",
            "http://127.0.0.1:22/",
            "https://printer.local/",
        ] {
            assert!(NEAR.target(text).is_err(), "{text}");
        }
    }
}
