//! What stands behind every proxy that is measured: one thread, one epoll, and the same short answer to everybody, so that what is
//! seen is the proxy's.

use std::{
    io::{ErrorKind, Read, Write},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};

use super::{
    child,
    heard::interrupted,
    raw::{Listen, listener},
    wire,
};

const DOOR: Token = Token(usize::MAX);

/// What it says. About as long as what is left of a small event.
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 52\r\nCache-Control: no-cache\r\n\r\n\
      {\"version\":7,\"tiers\":[{\"tier\":\"stalls\",\"left\":123}]}";

struct Line {
    stream: TcpStream,
    rest: Vec<u8>,
}

/// Runs the part. It takes no commands, and ends with its input.
pub(super) fn run(options: &Listen) -> Result<()> {
    let _commands = child::commands(Arc::new(|| {}));
    let mut poll = Poll::new()?;
    let mut door = TcpListener::from_std(listener(options.listen)?);
    poll.registry().register(&mut door, DOOR, Interest::READABLE)?;
    child::say(&"ready")?;
    let (mut events, mut scratch) = (Events::with_capacity(1024), vec![0; 16 * 1024]);
    let mut lines: Vec<Option<Line>> = Vec::new();
    loop {
        poll.poll(&mut events, Some(Duration::from_secs(1))).or_else(interrupted)?;
        for event in &events {
            if event.token() == DOOR {
                accept(&poll, &door, &mut lines)?;
            } else if let Some(line) = lines.get_mut(event.token().0)
                && line.as_mut().is_some_and(|line| !answer(line, &mut scratch))
            {
                *line = None;
            }
        }
    }
}

fn accept(poll: &Poll, door: &TcpListener, lines: &mut Vec<Option<Line>>) -> Result<()> {
    loop {
        match door.accept() {
            Ok((mut stream, _)) => {
                stream.set_nodelay(true)?;
                let free = lines.iter().position(Option::is_none).unwrap_or(lines.len());
                poll.registry().register(&mut stream, Token(free), Interest::READABLE)?;
                let line = Some(Line { stream, rest: Vec::new() });
                match lines.get_mut(free) {
                    Some(place) => *place = line,
                    None => lines.push(line),
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Answers each request that is all there; no request has a body here. `false` when the connection has ended.
fn answer(line: &mut Line, scratch: &mut [u8]) -> bool {
    loop {
        match line.stream.read(scratch) {
            Ok(0) => return false,
            Ok(read) => {
                line.rest.extend_from_slice(&scratch[..read]);
                while let Some((_, end)) = wire::head(&line.rest) {
                    line.rest.drain(..end);
                    if line.stream.write_all(ANSWER).is_err() {
                        return false;
                    }
                }
                if read < scratch.len() {
                    return true;
                }
            }
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_as_long_as_it_says() {
        let (head, end) = wire::head(ANSWER).unwrap();
        assert_eq!(wire::body(head, &ANSWER[end..]), Some(ANSWER.len() - end));
        assert_eq!(wire::status(head), 200);
    }
}
