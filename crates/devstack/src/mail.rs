//! An SMTP server that keeps what it is sent, for tests.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::Result;

/// The longest mail that is taken.
const LONGEST: usize = 10 << 20;

/// A mail as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// The receivers of the envelope.
    pub to: Vec<String>,
    /// Header and body, lines apart by CR LF.
    pub text: String,
}

/// The server. It ends with the program.
#[derive(Clone, Debug)]
pub struct MailSink {
    port: u16,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailSink {
    /// Starts it on a free port of the loopback address.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let sink = Self { port: listener.local_addr()?.port(), mails: Arc::default() };
        let mails = Arc::clone(&sink.mails);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mails = Arc::clone(&mails);
                // A client that breaks off loses its own mail only.
                thread::spawn(move || drop(serve(&stream, &mails)));
            }
        });
        Ok(sink)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// All mails so far, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One connection (RFC 5321, the commands that every client uses).
fn serve(stream: &TcpStream, mails: &Mutex<Vec<Mail>>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let mut answers = stream.try_clone()?;
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut mail = Mail { from: String::new(), to: Vec::new(), text: String::new() };
    answers.write_all(b"220 sink ESMTP\r\n")?;
    let mut line = String::new();
    while {
        line.clear();
        lines.read_line(&mut line)? > 0
    } {
        let command = line.trim_end().to_ascii_uppercase();
        let answer = match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => "250-sink\r\n250 8BITMIME",
            "HELO" | "NOOP" => "250 ok",
            "MAIL" => {
                mail = Mail { from: address(&line), to: Vec::new(), text: String::new() };
                "250 ok"
            }
            "RCPT" => {
                mail.to.push(address(&line));
                "250 ok"
            }
            "DATA" if mail.to.is_empty() => "503 no receiver",
            "DATA" => {
                answers.write_all(b"354 go on, end with a dot\r\n")?;
                mail.text = text(&mut lines)?;
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
                "250 taken"
            }
            "RSET" => {
                mail.to.clear();
                "250 ok"
            }
            "QUIT" => return answers.write_all(b"221 bye\r\n"),
            _ => "502 unknown",
        };
        answers.write_all(answer.as_bytes())?;
        answers.write_all(b"\r\n")?;
    }
    Ok(())
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}

fn text(lines: &mut impl BufRead) -> std::io::Result<String> {
    let mut text = String::new();
    let mut line = String::new();
    while {
        line.clear();
        lines.read_line(&mut line)? > 0
    } {
        if line.trim_end() == "." {
            return Ok(text);
        }
        if text.len() + line.len() > LONGEST {
            return Err(std::io::Error::other("the mail is too long"));
        }
        // A dot at the begin of a line is doubled on the wire (RFC 5321 section 4.5.2).
        text.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
    Err(std::io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_kept_as_it_was_sent() {
        let sink = MailSink::start().unwrap();
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, sink.port)).unwrap();
        let talk = "EHLO me\r\nMAIL FROM:<a@x.example>\r\nRCPT TO:<b@x.example>\r\nDATA\r\nSubject: hi\r\n\r\n..dot\r\n.\r\nQUIT\r\n";
        stream.write_all(talk.as_bytes()).unwrap();
        let answers: Vec<String> = BufReader::new(stream).lines().map(Result::unwrap).collect();
        assert_eq!(answers.last().unwrap(), "221 bye");
        let [mail] = sink.mails().try_into().unwrap();
        assert_eq!(mail.from, "a@x.example");
        assert_eq!(mail.to, ["b@x.example"]);
        assert_eq!(mail.text, "Subject: hi\r\n\r\n.dot\r\n");
    }
}
