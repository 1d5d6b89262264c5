//! A small HTTP server that keeps what it is told and answers as it is told to; and what a receiver does with a signature.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What the server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// This status, with these headers, each with its line end.
    Status(u16, String),
    /// Nothing, ever.
    Hang,
    /// 200, and a body without end.
    Endless,
    /// A head without end.
    LongHead,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

#[derive(Debug)]
struct State {
    manner: Manner,
    told: Vec<Told>,
    open: usize,
    most_open: usize,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The server; it listens until the test process ends.
#[derive(Clone, Debug)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

impl Receiver {
    /// A server on a free port that answers 204.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State { manner: status(204), told: Vec::new(), open: 0, most_open: 0 };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let receiver = Self { address, shared: shared.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        receiver
    }

    /// Its address, with a path and a query.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/usher?of=1", self.address)
    }

    /// From now on. What hangs goes on hanging.
    pub(crate) fn behave(&self, manner: Manner) {
        self.shared.state.lock().unwrap().manner = manner;
    }

    /// What was told, in order.
    pub(crate) fn told(&self) -> Vec<Told> {
        self.shared.state.lock().unwrap().told.clone()
    }

    /// The most requests that were open at the same time.
    pub(crate) fn most_open(&self) -> usize {
        self.shared.state.lock().unwrap().most_open
    }

    /// Blocks until so much was told.
    pub(crate) fn wait_for(&self, count: usize) {
        let state = self.shared.state.lock().unwrap();
        let limit = Duration::from_secs(20);
        let waited =
            self.shared.changed.wait_timeout_while(state, limit, |state| state.told.len() < count).unwrap();
        assert!(!waited.1.timed_out(), "only {} of {count} came", waited.0.told.len());
    }
}

/// Answers with this status and no headers.
pub(crate) fn status(code: u16) -> Manner {
    Manner::Status(code, String::new())
}

fn serve(mut stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let told = read(stream)?;
    let manner = {
        let mut state = shared.state.lock().unwrap();
        state.told.push(told);
        state.open += 1;
        state.most_open = state.most_open.max(state.open);
        state.manner.clone()
    };
    shared.changed.notify_all();
    let done = match manner {
        Manner::Status(code, headers) => {
            write!(stream, "HTTP/1.1 {code} Said\r\n{headers}content-length: 0\r\n\r\n")
        }
        // Until the other side has had enough.
        Manner::Hang => stream.read(&mut [0]).map(drop),
        Manner::Endless => {
            endless(stream, "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", &[b'x'; 4096])
        }
        Manner::LongHead => endless(stream, "HTTP/1.1 200 OK\r\n", b"x-more: and more and more and more\r\n"),
    };
    shared.state.lock().unwrap().open -= 1;
    done
}

fn endless(mut stream: &TcpStream, head: &str, more: &[u8]) -> std::io::Result<()> {
    stream.write_all(head.as_bytes())?;
    loop {
        stream.write_all(more)?;
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Told> {
    let mut lines = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        head.push(line.to_owned());
    }
    let line = head.remove(0);
    let headers: Vec<(String, String)> = head
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").unwrap().1.parse().unwrap();
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    Ok(Told { line, headers, body: String::from_utf8(body).unwrap() })
}

impl Told {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(other, _)| other == name).unwrap().1
    }

    /// Whether a receiver who knows `secret` believes it at `now`, by the rules of Standard Webhooks and of nothing of ours.
    pub(crate) fn is_believed(&self, secret: &str, now: DateTime<Utc>) -> bool {
        let at: i64 = self.header("webhook-timestamp").parse().unwrap();
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{at}.{}", self.header("webhook-id"), self.body);
        (now.timestamp() - at).abs() <= 300
            && self.header("webhook-signature").split(' ').filter_map(|one| one.strip_prefix("v1,")).any(
                |one| {
                    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
                    mac.update(signed.as_bytes());
                    mac.verify_slice(&STANDARD.decode(one).unwrap()).is_ok()
                },
            )
    }
}
