//! What a client speaks, by the first bytes that it sends; and that it sends any.

use std::time::Duration;

use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// HTTP/1.1, or 1.0.
    Http1,
    /// HTTP/2.
    Http2,
}

/// The preface of HTTP/2 (RFC 9113 section 3.4). No request of HTTP/1.1 begins so: there is no such method.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How soon a client is looked at again that has sent a part of that only. None does but to hold a connection open.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What the client of `stream` speaks; `None` where it has not said so `within` this time, or has gone. Nothing is taken from
/// the stream. The servers of libraries wait for these bytes as long as it takes.
pub(super) async fn listen(stream: &TcpStream, within: Duration) -> Option<Speaks> {
    timeout(within, first(stream)).await.ok().flatten()
}

async fn first(stream: &TcpStream) -> Option<Speaks> {
    let mut begun = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut begun).await {
            Ok(0) | Err(_) => return None,
            Ok(read) if begun[..read] != PREFACE[..read] => return Some(Speaks::Http1),
            Ok(read) if read == PREFACE.len() => return Some(Speaks::Http2),
            Ok(_) => sleep(LOOK_AGAIN).await,
        }
    }
}
