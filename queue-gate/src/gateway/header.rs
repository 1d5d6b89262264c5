//! The heads of requests and answers on their way through: what ends at the gate, and what the gate says. Pure.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;
use platform::http::FORWARDED_FOR;

/// Fields that are for one connection only (RFC 9110 section 7.6.1), beside those that `Connection` names; the fields
/// of a proxy's own authentication (section 11.7); and `Expect`, which the gate has answered.
static HOP_BY_HOP: [HeaderName; 9] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
];

/// What a client may not say, because the gate does.
static OURS: [HeaderName; 7] = [
    HeaderName::from_static(contracts::session::JUST_REFRESHED),
    HeaderName::from_static(contracts::assertion::HEADER),
    header::FORWARDED,
    FORWARDED_FOR,
    FORWARDED_PROTO,
    FORWARDED_HOST,
    HeaderName::from_static("x-real-ip"),
];

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Removes what is for one connection only.
pub fn strip_hop_by_hop(headers: &mut HeaderMap) {
    // Most heads have none, and a look at each name costs less than a removal of what is not there.
    if !headers.keys().any(|name| HOP_BY_HOP.contains(name)) {
        return;
    }
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Whether the length of a body is said in the one way that everybody reads alike: in chunks and nothing around them, or as a
/// number, or there is none. The library takes any coding before the chunks, which the service behind would not hear of.
pub fn is_framed_plainly(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let is_chunked = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked");
    codings.next().is_none_or(|value| is_chunked(value) && codings.next().is_none())
}

/// Removes what only the gate may say.
pub fn strip_ours(headers: &mut HeaderMap) {
    if headers.keys().any(|name| OURS.contains(name)) {
        for name in &OURS {
            headers.remove(name);
        }
    }
}

/// Says to the service behind who asked, and for which host by which scheme.
pub fn set_forwarded(headers: &mut HeaderMap, client: IpAddr, host: Option<&HeaderValue>, scheme: &str) {
    let address = client.to_string();
    let mut forwarded = String::with_capacity(128);
    forwarded.push_str("for=");
    match client {
        IpAddr::V4(_) => forwarded.push_str(&address),
        // A node of RFC 7239 section 6.
        IpAddr::V6(_) => forwarded.extend(["\"[", &address, "]\""]),
    }
    forwarded.extend([";proto=", scheme]);
    if let Some(host) = host.and_then(|host| host.to_str().ok()) {
        forwarded.push_str(";host=\"");
        forwarded.extend(host.split(['"', '\\']));
        forwarded.push('"');
    }
    if let Some(host) = host {
        headers.insert(FORWARDED_HOST, host.clone());
    }
    let scheme = if scheme == "https" { "https" } else { "http" };
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static(scheme));
    for (name, value) in [(header::FORWARDED, forwarded), (FORWARDED_FOR, address)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    }
}

/// The address of the client: the peer's, or where the peer is a trusted proxy, the last one in `X-Forwarded-For` that
/// is none (each proxy appends the address it saw, so what stands further left is only what somebody claimed).
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    if !is_trusted(&peer) {
        return peer;
    }
    let values: Vec<&str> =
        headers.get_all(&FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok()).collect();
    let mut nearest = peer;
    for hop in values.iter().flat_map(|value| value.split(',')).rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        nearest = address.to_canonical();
        if !is_trusted(&nearest) {
            break;
        }
    }
    nearest
}

/// Whether the client would rather have a page than JSON: `text/html` outweighs `application/json` in `Accept`
/// (RFC 9110 section 12.5.1), and is named, so that `*/*` alone means JSON.
pub fn prefers_html(headers: &HeaderMap) -> bool {
    let (mut html, mut json) = (0.0_f32, 0.0_f32);
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in values.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let is = |kinds: [&str; 2]| kinds.iter().any(|other| kind.eq_ignore_ascii_case(other));
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1.0, |q| q.parse().unwrap_or(0.0));
        if is(["text/html", "application/xhtml+xml"]) {
            html = html.max(weight);
        } else if is(["application/json", "application/problem+json"]) {
            json = json.max(weight);
        }
    }
    html > json
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&str, &str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap()))
            .collect()
    }

    #[test]
    fn what_is_for_one_connection_stays_on_it() {
        let mut fields = headers(&[
            ("connection", "close, X-Mine"),
            ("connection", "x-too"),
            ("x-mine", "1"),
            ("x-too", "1"),
            ("keep-alive", "5"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("cookie", "a=b"),
        ]);
        strip_hop_by_hop(&mut fields);
        assert_eq!(fields, headers(&[("cookie", "a=b")]));
    }

    #[test]
    fn a_body_comes_in_chunks_once_and_in_no_other_coding() {
        let plain = |codings: &[&str]| {
            let fields: Vec<_> = codings.iter().map(|coding| ("transfer-encoding", *coding)).collect();
            is_framed_plainly(&headers(&fields))
        };
        assert!(plain(&[]) && plain(&["chunked"]) && plain(&["Chunked "]));
        for other in ["gzip, chunked", "identity, chunked", "chunked, chunked", "chunked;a=b", "xchunked", ""]
        {
            assert!(!plain(&[other]), "{other}");
        }
        assert!(!plain(&["chunked", "chunked"]) && !plain(&["gzip", "chunked"]));
    }

    #[test]
    fn only_a_trusted_proxy_says_for_whom_it_asks() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let said = headers(&[("x-forwarded-for", "1.1.1.1, 2.2.2.2"), ("x-forwarded-for", "10.0.0.9")]);
        let address = |peer, trusted: &[IpNet]| client_address(peer, &said, trusted).to_string();
        assert_eq!(address(proxy, &trusted), "2.2.2.2");
        assert_eq!(address(proxy, &[]), "10.0.0.1");
        assert_eq!(address("9.9.9.9".parse().unwrap(), &trusted), "9.9.9.9");
        assert_eq!(client_address(proxy, &HeaderMap::new(), &trusted), proxy);
    }

    #[test]
    fn a_browser_gets_pages_and_a_program_json() {
        let accept = |value| prefers_html(&headers(&[("accept", value)]));
        assert!(accept("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
        assert!(!accept("*/*"));
        assert!(!accept("application/json, text/html;q=0.5"));
        assert!(!accept("text/html;q=0"));
        assert!(!prefers_html(&HeaderMap::new()));
    }

    #[test]
    fn the_service_hears_who_asked() {
        let mut fields = HeaderMap::new();
        let host = HeaderValue::from_static("usher.example");
        set_forwarded(&mut fields, "::1".parse().unwrap(), Some(&host), "https");
        assert_eq!(fields["forwarded"], r#"for="[::1]";proto=https;host="usher.example""#);
        assert_eq!(fields["x-forwarded-for"], "::1");
        assert_eq!(fields["x-forwarded-host"], "usher.example");
    }
}
