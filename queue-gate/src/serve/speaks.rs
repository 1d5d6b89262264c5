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

/// How a client begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Begun {
    /// What it speaks.
    pub(super) speaks: Speaks,
    /// Whether the first that it asks for is one of a line's own paths: most of those connections are of somebody who waits.
    pub(super) is_of_a_line: bool,
}

/// How much of a beginning is looked at: a method and the first segment of a path have room in it.
const LOOK: usize = 64;
/// How the paths of a line begin.
const LINE: &[u8] = b"/queue/";

/// How soon a client is looked at again that has sent a part of that only. None does but to hold a connection open.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How the client of `stream` begins; `None` where it has not said so `within` this time, or has gone. Nothing is taken from
/// the stream. The servers of libraries wait for these bytes as long as it takes.
pub(super) async fn listen(stream: &TcpStream, within: Duration) -> Option<Begun> {
    timeout(within, first(stream)).await.ok().flatten()
}

async fn first(stream: &TcpStream) -> Option<Begun> {
    let mut bytes = [0; LOOK];
    loop {
        let read = stream.peek(&mut bytes).await.unwrap_or(0);
        let bytes = &bytes[..read];
        let preface = &bytes[..read.min(PREFACE.len())];
        if read == 0 {
            return None;
        } else if !PREFACE.starts_with(preface) {
            return Some(Begun { speaks: Speaks::Http1, is_of_a_line: asks_a_line(bytes) });
        } else if preface.len() == PREFACE.len() {
            return Some(Begun { speaks: Speaks::Http2, is_of_a_line: false });
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// Whether a request of HTTP/1.1 that begins with `bytes` is one to a line.
fn asks_a_line(bytes: &[u8]) -> bool {
    let mut words = bytes.split(|byte| *byte == b' ');
    words.nth(1).is_some_and(|path| path.starts_with(LINE))
}

#[cfg(test)]
mod tests {
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    use super::*;

    /// How a client begins that sends `parts`, each of them once the one before was looked at.
    async fn begun(parts: &[&[u8]]) -> Option<Begun> {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(door.local_addr().unwrap()).await.unwrap();
        let (stream, _) = door.accept().await.unwrap();
        let say = async {
            for part in parts {
                client.write_all(part).await.unwrap();
                tokio::task::yield_now().await;
            }
            client.shutdown().await.unwrap();
        };
        tokio::join!(listen(&stream, Duration::from_secs(5)), say).0
    }

    #[tokio::test]
    async fn a_client_is_known_by_how_it_begins() {
        let one = |is_of_a_line| Some(Begun { speaks: Speaks::Http1, is_of_a_line });
        let two = Some(Begun { speaks: Speaks::Http2, is_of_a_line: false });
        assert_eq!(begun(&[b"GET /queue/0190/live HTTP/1.1\r\nHost: a\r\n\r\n"]).await, one(true));
        assert_eq!(begun(&[b"POST /queue/0190/place HTTP/1.1\r\n\r\n"]).await, one(true));
        assert_eq!(begun(&[b"GET /event/queue/ HTTP/1.1\r\nReferer: /queue/\r\n\r\n"]).await, one(false));
        assert_eq!(begun(&[b"G"]).await, one(false));
        assert_eq!(begun(&[PREFACE]).await, two);
        assert_eq!(begun(&[&PREFACE[..9], &PREFACE[9..]]).await, two);
        assert_eq!(begun(&[]).await, None);
    }
}
