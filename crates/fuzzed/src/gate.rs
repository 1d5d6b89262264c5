//! What the gate reads of a request, and of a WebSocket.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use queue_gate::{
    extractors,
    gateway::{body, header as forwarded, route},
    live::inbox::{Inbox, Said},
    site::{address::Host, head as site, spelling},
};

/// What ends at the gate, whatever a client says of it.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "transfer-encoding",
    "upgrade",
    "expect",
];

/// What was said, up to the first thing that ends the socket.
fn said(pieces: impl Iterator<Item = impl AsRef<[u8]>>) -> Vec<Said> {
    let (mut inbox, mut all) = (Inbox::default(), Vec::new());
    for piece in pieces {
        inbox.feed(piece.as_ref());
        while let Some(one) = inbox.take() {
            let is_end = matches!(one, Said::Wrong | Said::Close);
            all.push(one);
            if is_end {
                return all;
            }
        }
    }
    all
}

/// Frames of a WebSocket. The first byte says in how large pieces the others arrive, which does not matter.
pub(crate) fn websocket(bytes: &[u8]) {
    let Some((piece, frames)) = bytes.split_first() else { return };
    let whole = said(std::iter::once(frames));
    let pieces = said(frames.chunks(usize::from(*piece).max(1)));
    assert_eq!(whole, pieces);
    for one in whole {
        match one {
            Said::Text(text) => assert!(text.len() <= 512),
            Said::Ping(payload) => assert!(payload.len() <= 125),
            Said::Pong | Said::Close | Said::Wrong => {}
        }
    }
}

fn headers(bytes: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(100) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// The head of a request, a field in each line.
pub(crate) fn head(bytes: &[u8]) {
    let mut fields = headers(bytes);
    let peer = IpAddr::from([10, 0, 0, 1]);
    let trusted = ["10.0.0.0/8".parse().expect("a network")];
    let client = forwarded::client_address(peer, &fields, &trusted);
    assert_eq!(
        forwarded::client_address(IpAddr::from([9, 9, 9, 9]), &fields, &trusted).to_string(),
        "9.9.9.9"
    );
    forwarded::prefers_html(&fields);
    forwarded::is_framed_plainly(&fields);
    extractors::cookies(&fields, "a").for_each(drop);
    let host = Host::of(&Uri::from_static("/"), &fields);
    assert!(host.is_none_or(|host| host.as_str().parse() == Ok(host)));
    forwarded::strip_ours(&mut fields);
    forwarded::strip_hop_by_hop(&mut fields);
    assert!(HOP_BY_HOP.iter().all(|name| !fields.contains_key(*name)));
    let said = fields.get(header::HOST).cloned();
    forwarded::set_forwarded(&mut fields, client, said.as_ref(), "https");
    assert_eq!(fields.get_all(header::FORWARDED).iter().count(), 1);
    assert_eq!(fields.get_all(&platform::http::FORWARDED_FOR).iter().count(), 1);
    site::clean_request(&mut fields);
    let mut cookies = fields.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    assert!(!cookies.any(|line| {
        line.split(';').any(|pair| pair.trim().to_ascii_lowercase().starts_with("__host-usher_"))
    }));
    site::clean_answer(&mut fields);
}

/// The path of a request: no other spelling of a guarded path is less guarded.
pub(crate) fn path(bytes: &[u8]) {
    let Ok(uri) = Uri::try_from(bytes) else { return };
    let path = uri.path();
    for method in [Method::GET, Method::POST, Method::PUT] {
        route::class(&method, path);
        let doubled = path.replace('/', "//");
        assert_eq!(route::subject(&method, path), route::subject(&method, &doubled), "{path}");
    }
    route::destination(path);
    let readings = spelling::readings(path);
    if spelling::is_plain(path) {
        let [plain, resolved] = readings.expect("a plain path can be read");
        assert_eq!(plain, resolved, "{path} is read in two ways");
    } else if let Some(readings) = readings {
        let read = readings.iter().flatten();
        assert!(read.clone().all(|segment| !segment.contains(['/', '\\', '%', ';'])), "{readings:?}");
    }
}

/// A body that has to name one event. What is wrong with it is the service's to say, which reads it again.
pub(crate) fn booking_body(bytes: &[u8]) {
    let _ = body::event(bytes);
}
