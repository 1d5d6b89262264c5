//! A small SMTP server (RFC 5321) that keeps what it is given and misbehaves on request.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

/// What the server does with the end of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Accepts.
    Accept,
    /// Refuses for the moment (451).
    RefuseForNow,
    /// Refuses for good (550), as where there is no such mailbox.
    RefuseForGood,
    /// Takes the mail in and never answers.
    AcceptAndFallSilent,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<(Manner, Vec<String>)>,
    arrived: Condvar,
}

/// The server; it listens until the test process ends.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Sink {
    /// A server on a free port.
    pub(crate) fn start() -> Self {
        Self::start_on(([127, 0, 0, 1], 0).into())
    }

    /// A server on this port.
    pub(crate) fn start_on(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Mutex::new((Manner::Accept, Vec::new()));
        let shared = Arc::new(Shared { state, arrived: Condvar::new() });
        let sink = Self { address, shared: shared.clone() };
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        sink
    }

    /// For `NOTIFIER_SMTP_URL`.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// From now on.
    pub(crate) fn behave(&self, manner: Manner) {
        self.shared.state.lock().unwrap().0 = manner;
    }

    /// The mails that arrived whole, in order, as they came over the wire.
    pub(crate) fn mails(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().1.clone()
    }

    /// Blocks until `count` mails have arrived.
    pub(crate) fn wait_for(&self, count: usize) {
        let state = self.shared.state.lock().unwrap();
        let waited = self
            .shared
            .arrived
            .wait_timeout_while(state, Duration::from_secs(20), |state| state.1.len() < count)
            .unwrap();
        assert!(!waited.1.timed_out(), "{count} mails did not arrive");
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let say = |text: &str| (&mut &*stream).write_all(format!("{text}\r\n").as_bytes());
    say("220 sink.invalid ready")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim_end().split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => say("250-sink.invalid\r\n250-8BITMIME\r\n250 SMTPUTF8")?,
            "HELO" | "MAIL" | "RCPT" | "RSET" | "NOOP" => say("250 well")?,
            "DATA" => {
                say("354 go on, end with a dot")?;
                let mail = read_mail(&mut lines)?;
                let manner = shared.state.lock().unwrap().0;
                if let Manner::RefuseForNow | Manner::RefuseForGood = manner {
                    let is_now = manner == Manner::RefuseForNow;
                    say(if is_now {
                        "451 not now, ada@example.com"
                    } else {
                        "550 5.1.1 nobody is called ada@example.com"
                    })?;
                    continue;
                }
                shared.state.lock().unwrap().1.push(mail);
                shared.arrived.notify_all();
                if manner == Manner::AcceptAndFallSilent {
                    continue;
                }
                say("250 kept")?;
            }
            "QUIT" => return say("221 bye"),
            _ => say("502 what?")?,
        }
    }
}

/// Everything up to the lonely dot, doubled dots made single again.
fn read_mail(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(mail);
        }
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
