//! Questions to a server on the loopback address, answered or not within half a second.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::Duration,
};

const PATIENCE: Duration = Duration::from_millis(500);

/// What the server on `port` says to `question`: its first bytes. `None` when it does not listen or says nothing.
pub fn ask(port: u16, question: &str) -> Option<String> {
    let mut stream =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(question.as_bytes()).ok()?;
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).ok()?;
    (length > 0).then(|| String::from_utf8_lossy(&answer[..length]).into_owned())
}

/// The status with which the HTTP server on `port` answers `GET path`.
pub fn status(port: u16, path: &str) -> Option<u16> {
    let answer =
        ask(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"))?;
    answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}
