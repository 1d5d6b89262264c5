//! The floor of holding: the very script call that the service made, made again on a bare connection for other fans and
//! seats. It is learned by watching Redis (`MONITOR`), so it is the same script with the same arguments, whatever they are.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::time::Instant;

use super::measure::float;

/// How long the call may take to be seen.
const PATIENCE: Duration = Duration::from_secs(5);

/// Somebody who sees every command that comes to Redis.
pub(super) struct Watch(BufReader<TcpStream>);

/// What is different in every call.
#[derive(Clone, Debug)]
pub(super) struct Specimen {
    /// The hold.
    pub(super) hold: String,
    /// The fan's account.
    pub(super) account: String,
    /// The numbers of the tickets, all with as many digits.
    pub(super) tickets: Vec<String>,
}

/// A call that can be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// As it goes over the wire.
    bytes: Vec<u8>,
    /// Where in it the hold, the account, and the tickets stand.
    holds: Vec<usize>,
    accounts: Vec<usize>,
    tickets: Vec<(usize, usize)>,
    digits: usize,
}

impl Watch {
    /// Begins to watch.
    pub(super) fn begin(redis: &str) -> Result<Self> {
        let mut stream = connect(redis)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"MONITOR\r\n")?;
        let mut lines = BufReader::new(stream);
        ensure!(line(&mut lines)?.starts_with("+OK"), "Redis lets nobody watch");
        Ok(Self(lines))
    }

    /// The call that placed the hold of `specimen`.
    pub(super) fn find(mut self, specimen: &Specimen) -> Result<Call> {
        let mut lengths = specimen.tickets.iter().map(String::len);
        let first = lengths.next();
        ensure!(lengths.all(|length| Some(length) == first), "the numbers of the tickets differ in length");
        loop {
            let seen = line(&mut self.0).context("the call that placed a hold was not seen")?;
            let words = words(&seen);
            let is_call = words.first().is_some_and(|name| name.eq_ignore_ascii_case(b"evalsha"));
            if is_call && words.iter().any(|word| word == specimen.hold.as_bytes()) {
                return Ok(Call::of(&words, specimen));
            }
        }
    }
}

impl Call {
    fn of(words: &[Vec<u8>], specimen: &Specimen) -> Self {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        let (mut holds, mut accounts, mut tickets) = (Vec::new(), Vec::new(), Vec::new());
        for word in words {
            bytes.extend(format!("${}\r\n", word.len()).bytes());
            let at = bytes.len();
            holds.extend(places(word, &specimen.hold).map(|place| at + place));
            accounts.extend(places(word, &specimen.account).map(|place| at + place));
            // A short number may stand anywhere by chance; as a ticket it stands alone, ends a key, or is in a list.
            let is_list = word.starts_with(b"tickets ");
            for (index, ticket) in specimen.tickets.iter().enumerate() {
                let ends = word.ends_with(format!(":{ticket}").as_bytes()) || word == ticket.as_bytes();
                let found = places(word, ticket)
                    .filter(|place| is_list || ends && place + ticket.len() == word.len());
                tickets.extend(found.map(|place| (at + place, index)));
            }
            bytes.extend(word);
            bytes.extend(b"\r\n");
        }
        let digits = specimen.tickets.first().map_or(0, String::len);
        Self { bytes, holds, accounts, tickets, digits }
    }

    /// The same for the hold with this number, of a fan and of tickets of its own.
    fn again(&mut self, number: u64, per: u64) {
        let id = format!("00000000-0000-4000-9000-{number:012x}");
        for place in self.holds.iter().chain(&self.accounts) {
            self.bytes[*place..place + id.len()].copy_from_slice(id.as_bytes());
        }
        for (place, index) in &self.tickets {
            // Capital letters: no ticket of the event is called so, and nothing else that the service keeps under such keys.
            let mut rest = number * per + u64::try_from(*index).unwrap_or(0);
            for digit in self.bytes[*place..place + self.digits].iter_mut().rev() {
                *digit = b'A' + u8::try_from(rest % 26).unwrap_or(0);
                rest /= 26;
            }
        }
    }

    /// Makes the call for `span` with so many under way; calls per second.
    pub(super) fn rate(&self, redis: &str, pipelined: usize, span: Duration) -> Result<f64> {
        let mut stream = connect(redis)?;
        let mut answers = BufReader::with_capacity(64 * 1024, stream.try_clone()?);
        let per = u64::try_from(self.tickets.iter().map(|(_, index)| index + 1).max().unwrap_or(1))?;
        let most = 26_u64.saturating_pow(u32::try_from(self.digits)?) / per;
        let (mut call, mut out, mut number, began) = (self.clone(), Vec::new(), 0, Instant::now());
        while began.elapsed() < span && number + u64::try_from(pipelined)? < most {
            out.clear();
            for _ in 0..pipelined {
                call.again(number, per);
                out.extend_from_slice(&call.bytes);
                number += 1;
            }
            stream.write_all(&out)?;
            for _ in 0..pipelined {
                let said = answer(&mut answers)?;
                ensure!(said == "held", "the bare script said {said}");
            }
        }
        Ok(float(number) / began.elapsed().as_secs_f64())
    }
}

fn connect(redis: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(redis.trim_start_matches("redis://").trim_end_matches('/'))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Where `part` stands in `word`.
fn places<'a>(word: &'a [u8], part: &'a str) -> impl Iterator<Item = usize> + 'a {
    let windows = word.windows(part.len().max(1)).enumerate();
    windows.filter(move |(_, window)| *window == part.as_bytes()).map(|(place, _)| place)
}

/// The first text of an answer: a text, or a list of answers.
fn answer(answers: &mut BufReader<TcpStream>) -> Result<String> {
    let head = line(answers)?;
    if head.starts_with('$') {
        return line(answers);
    }
    let Some(parts) = head.strip_prefix('*').and_then(|parts| parts.parse::<usize>().ok()) else {
        bail!("Redis said {head}")
    };
    let mut first = None;
    for _ in 0..parts {
        let text = answer(answers)?;
        first.get_or_insert(text);
    }
    Ok(first.unwrap_or_default())
}

fn line(answers: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = String::new();
    let read = answers.read_line(&mut line).context("Redis is gone")?;
    ensure!(read > 0, "Redis is gone");
    Ok(line.trim_end().to_owned())
}

/// The words of a line of `MONITOR`: texts in quotes, with escapes.
fn words(line: &str) -> Vec<Vec<u8>> {
    let (mut words, mut word, mut bytes) = (Vec::new(), None::<Vec<u8>>, line.bytes());
    while let Some(byte) = bytes.next() {
        match (byte, word.as_mut()) {
            (b'"', None) => word = Some(Vec::new()),
            (b'"', Some(_)) => words.extend(word.take()),
            (b'\\', Some(open)) => open.push(match bytes.next().unwrap_or(b'\\') {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'a' => 7,
                b'b' => 8,
                b'x' => {
                    let mut digit =
                        || bytes.next().and_then(|digit| char::from(digit).to_digit(16)).unwrap_or(0);
                    u8::try_from(digit() * 16 + digit()).unwrap_or(0)
                }
                other => other,
            }),
            (other, Some(open)) => open.push(other),
            (_, None) => {}
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_made_again_for_another_fan_and_other_seats() {
        let seen = r#"1.5 [0 127.0.0.1:4] "EVALSHA" "s" "2" "hold:{e}:id:H1" "hold:{e}:70" "{\"account\":\"A1\",\"x\":70}" "tickets 70 71" "H1" "71""#;
        let words = words(seen);
        assert_eq!(words.len(), 9);
        assert_eq!(words[5], br#"{"account":"A1","x":70}"#);
        let specimen = Specimen {
            hold: "H1".to_owned(),
            account: "A1".to_owned(),
            tickets: vec!["70".to_owned(), "71".to_owned()],
        };
        let call = Call::of(&words, &specimen);
        assert_eq!((call.holds.len(), call.accounts.len()), (2, 1));
        let at = |place: usize| std::str::from_utf8(&call.bytes[place..place + 2]).unwrap();
        let tickets: Vec<_> = call.tickets.iter().map(|(place, index)| (at(*place), *index)).collect();
        assert_eq!(tickets, [("70", 0), ("70", 0), ("71", 1), ("71", 1)]);
    }
}
