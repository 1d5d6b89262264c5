//! The WebSocket of one waiting fan, with buffers small enough for many of them.

use std::{io, net::SocketAddr, time::Duration};

use contracts::frame::Frame;
use futures_util::StreamExt;
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        http::{HeaderValue, header},
        protocol::WebSocketConfig,
    },
};

use crate::http::Visitor;

/// How long a handshake may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// The longest pause that a server may ask for before a reconnect.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The live view of a place.
pub(super) struct Socket(WebSocketStream<TcpStream>);

/// What came over the socket.
pub(super) enum Heard {
    /// A frame.
    Frame(Frame),
    /// A text that is no frame.
    Unreadable(String),
    /// The end: with the server's code, and how long it asks to wait before a reconnect.
    Closed { code: u16, pause: Duration },
}

impl Socket {
    /// Opens the socket as the browser of `visitor` would.
    pub(super) async fn open(visitor: &Visitor, path: &str) -> Result<Self, Error> {
        let timed_out = |_| Error::Io(io::ErrorKind::TimedOut.into());
        tokio::time::timeout(DEADLINE, Self::handshake(visitor, path)).await.map_err(timed_out)?
    }

    async fn handshake(visitor: &Visitor, path: &str) -> Result<Self, Error> {
        let gate = visitor.gate();
        let host = (gate.host_str().unwrap_or_default(), gate.port_or_known_default().unwrap_or(80));
        let found = lookup_host(host).await?.next();
        let address = found.ok_or_else(|| Error::Io(io::ErrorKind::NotFound.into()))?;
        let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if let Some(from) = visitor.address() {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let url = format!("ws{}{path}", visitor.origin().trim_start_matches("http"));
        let mut request = url.into_client_request()?;
        let cookies = visitor.cookies().unwrap_or_default();
        request.headers_mut().insert(header::COOKIE, value(&cookies)?);
        request.headers_mut().insert(header::ORIGIN, value(visitor.origin())?);
        let config = WebSocketConfig::default()
            .read_buffer_size(1024)
            .write_buffer_size(0)
            .max_write_buffer_size(4096)
            .max_message_size(Some(64 * 1024))
            .max_frame_size(Some(64 * 1024));
        Ok(Self(client_async_with_config(request, stream, Some(config)).await?.0))
    }

    /// What comes next.
    pub(super) async fn next(&mut self) -> Heard {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text)
                        .map_or_else(|_| Heard::Unreadable(text.chars().take(300).collect()), Heard::Frame);
                }
                Some(Ok(Message::Close(frame))) => {
                    let (code, reason) = frame
                        .map_or((1005, String::new()), |frame| (frame.code.into(), frame.reason.to_string()));
                    return Heard::Closed { code, pause: pause(&reason) };
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Heard::Closed { code: 1006, pause: pause("") },
            }
        }
    }
}

fn value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::Io(io::ErrorKind::InvalidData.into()))
}

/// The jitter that the server put into the reason of a close, in milliseconds.
fn pause(reason: &str) -> Duration {
    let digits: String = reason.chars().filter(char::is_ascii_digit).collect();
    Duration::from_millis(digits.parse().unwrap_or(200)).min(LONGEST_PAUSE)
}
