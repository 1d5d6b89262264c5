//! A way to a server that keeps a copy of every request: so the very bytes that a service sends are sent again, raw.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use anyhow::Result;

use super::wire;

/// The way. It ends with the process.
pub(super) struct Eavesdrop {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Eavesdrop {
    /// Opens a way to `server`.
    pub(super) fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, heard) = (listener.local_addr()?, Arc::<Mutex<Vec<_>>>::default());
        let all = heard.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let all = all.clone();
                // One that cannot be carried is closed; its client says so.
                thread::spawn(move || drop(carry(client, server, &all)));
            }
        });
        Ok(Self { address, heard })
    }

    /// Where it begins.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that came since the last time.
    pub(super) fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Carries a connection to its end, both ways.
fn carry(mut client: TcpStream, server: SocketAddr, heard: &Mutex<Vec<Vec<u8>>>) -> Result<()> {
    let mut server = TcpStream::connect(server)?;
    let (mut back, mut to) = (server.try_clone()?, client.try_clone()?);
    thread::spawn(move || {
        drop(std::io::copy(&mut back, &mut to));
        drop(to.shutdown(Shutdown::Write));
    });
    let (mut scratch, mut rest) = (vec![0; 64 * 1024], Vec::new());
    loop {
        let read = client.read(&mut scratch)?;
        if read == 0 {
            return Ok(server.shutdown(Shutdown::Write)?);
        }
        rest.extend_from_slice(&scratch[..read]);
        while let Some(length) = whole(&rest) {
            let request = rest.drain(..length).collect();
            // Kept before it is carried on: whoever has the answer finds it here.
            heard.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        }
        server.write_all(&scratch[..read])?;
    }
}

/// How long the request is that `bytes` begin with, once it is all there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let (head, end) = wire::head(bytes)?;
    let body = usize::try_from(wire::field(head, "content-length").unwrap_or(0)).ok()?;
    (bytes.len() >= end + body).then_some(end + body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_whole_with_its_body() {
        let bytes = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}GET";
        assert_eq!(whole(bytes), Some(bytes.len() - 3));
        assert_eq!(whole(&bytes[..bytes.len() - 4]), None);
        assert_eq!(whole(b"GET / HTTP/1.1\r\n\r\n"), Some(18));
    }
}
