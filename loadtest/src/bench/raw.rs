//! The floor: one thread, one epoll, one write a socket. Nothing that serves sockets one by one does it for less.

use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    sync::{Arc, mpsc},
    time::Duration,
};

use anyhow::{Result, bail};
use clap::Args;
use mio::{
    Events, Interest, Poll, Token, Waker,
    net::{TcpListener, TcpStream},
};
use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{
    child,
    heard::interrupted,
    measure::{count, micros},
    wire::{self, Piece},
};

const PARENT: Token = Token(usize::MAX);
const DOOR: Token = Token(usize::MAX - 1);

/// Where a floor listens.
#[derive(Clone, Debug, Args)]
pub struct Listen {
    /// The address; several processes may share it.
    #[arg(long)]
    pub(super) listen: SocketAddr,
}

/// What sending a round came to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sent {
    /// When it began.
    pub(super) began: i64,
    /// How many frames were written.
    pub(super) frames: u64,
}

struct Line {
    stream: TcpStream,
    is_open: bool,
}

struct Floor {
    poll: Poll,
    door: TcpListener,
    lines: Vec<Option<Line>>,
    free: Vec<usize>,
}

/// A listener that several processes share.
pub(super) fn listener(address: SocketAddr) -> std::io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(4096)?;
    Ok(socket.into())
}

/// Runs the part: the command is `round N`.
pub(super) fn run(options: &Listen) -> Result<()> {
    let poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), PARENT)?);
    let commands = child::commands(Arc::new(move || drop(waker.wake())));
    let mut door = TcpListener::from_std(listener(options.listen)?);
    poll.registry().register(&mut door, DOOR, Interest::READABLE)?;
    child::say(&"ready")?;
    Floor { poll, door, lines: Vec::new(), free: Vec::new() }.serve(&commands)
}

impl Floor {
    fn serve(&mut self, commands: &mpsc::Receiver<Vec<String>>) -> Result<()> {
        let (mut events, mut scratch) = (Events::with_capacity(4096), vec![0; 4096]);
        loop {
            while let Ok(command) = commands.try_recv() {
                match command.as_slice() {
                    [word, round] if word == "round" => child::say(&self.send(round.parse()?))?,
                    other => bail!("the floor does not know {other:?}"),
                }
            }
            self.poll.poll(&mut events, Some(Duration::from_secs(1))).or_else(interrupted)?;
            for event in &events {
                match event.token() {
                    PARENT => {}
                    DOOR => self.accept()?,
                    Token(index) => self.read(index, &mut scratch),
                }
            }
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            match self.door.accept() {
                Ok((mut stream, _)) => {
                    stream.set_nodelay(true)?;
                    let index = self.free.pop().unwrap_or(self.lines.len());
                    self.poll.registry().register(&mut stream, Token(index), Interest::READABLE)?;
                    if index == self.lines.len() {
                        self.lines.push(None);
                    }
                    self.lines[index] = Some(Line { stream, is_open: false });
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn read(&mut self, index: usize, scratch: &mut [u8]) {
        let Some(Some(line)) = self.lines.get_mut(index) else { return };
        let is_over = match line.stream.read(scratch) {
            Ok(0) => true,
            Ok(read) if line.is_open => matches!(wire::piece(&scratch[..read]), Some((Piece::Close, _))),
            Ok(read) => !shake(line, &scratch[..read]),
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        };
        if is_over {
            self.lines[index] = None;
            self.free.push(index);
        }
    }

    fn send(&mut self, round: u64) -> Sent {
        let (began, mut frames, mut frame) = (micros(), 0, Vec::with_capacity(256));
        for (index, line) in self.lines.iter_mut().enumerate() {
            let Some(line) = line.as_mut().filter(|line| line.is_open) else { continue };
            wire::position(&mut frame, round, count(index));
            frames += u64::from(line.stream.write(&frame).is_ok_and(|written| written == frame.len()));
        }
        Sent { began, frames }
    }
}

/// Answers the request for an upgrade, which comes in one piece here.
fn shake(line: &mut Line, request: &[u8]) -> bool {
    let key = b"Sec-WebSocket-Key: ";
    let Some(at) = wire::find(request, key) else { return false };
    let key: Vec<u8> = request[at + key.len()..].iter().copied().take_while(|byte| *byte != b'\r').collect();
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        derive_accept_key(&key)
    );
    line.is_open = true;
    line.stream.write_all(answer.as_bytes()).is_ok()
}
