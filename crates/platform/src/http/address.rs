//! Where requests come from.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::HeaderName;

/// The header by which the gate tells a service behind it the address of the client. It removes what clients say there.
pub const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What counts as one address: one of IPv4, or a /64 of IPv6, which is the least that one customer gets.
pub fn one_network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}
