//! A WebSocket (RFC 6455) that says where one stands. There may be very many: a task for each, which sleeps until its
//! client says something, and no buffer.

use std::{io::ErrorKind, sync::Arc, time::Duration};

use bytes::Bytes;
use contracts::{
    frame::Frame,
    id::{RoomId, VisitorId},
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::{rt::TokioIo, server::conn::auto::upgrade::downcast};
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::{
    Pace,
    encode::Encoder,
    facts, first_frame, frame,
    inbox::{Inbox, Said},
    keep::{self, AGAIN_LATER},
    wire::{Wire, link::Link},
};
use crate::{
    Place, draw,
    line::{self, LineError, Standing, restore},
    metrics,
    state::Gate,
};

/// How much is read at a time.
const READ: usize = 1024;
/// How long a client without a place may take to prove one.
const PROOF: Duration = Duration::from_secs(5);
/// How many messages a client may send; it has hardly anything to say.
const SAYS: u32 = 8;

/// What a client may say: that it holds a place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Says {
    token: String,
}

/// Notes that this process has a live socket of `visitor`, and says where they stand.
///
/// # Errors
/// When the line cannot be asked.
pub async fn attach(gate: &Gate, room: RoomId, visitor: VisitorId) -> Result<Option<Standing>, LineError> {
    line::with_recovery(gate, room, || gate.presence.attach(room, visitor)).await
}

/// A socket.
#[derive(Clone)]
pub struct Socket {
    /// The gate.
    pub gate: Gate,
    /// The room that it is about.
    pub room: RoomId,
    /// Whose it is.
    pub visitor: VisitorId,
    /// Its seat in the hub.
    pub id: u64,
    /// Its place among the connections of this process.
    pub place: Option<Place>,
}

/// Whether a socket goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Listen,
    End,
}

impl Socket {
    /// Opens the socket and lets it live. The first frame says where `standing` is.
    pub async fn run(self, upgrade: OnUpgrade, standing: Option<Standing>) {
        let upgraded = upgrade.await.inspect_err(|error| tracing::debug!(%error, "a socket did not open"));
        let link = upgraded.ok().and_then(|upgraded| link(&self.gate, upgraded));
        let greeting = self.greeting(standing).await;
        match (link, greeting) {
            (Some((link, early)), Some(greeting)) => self.open(link, &early, &greeting),
            _ => self.ended().await,
        }
    }

    fn open(self, link: Link, early: &Bytes, (greeting, proves): &(Frame, bool)) {
        let gate = self.gate.clone();
        keep::begin(&gate);
        let wire = Wire::new(link, gate.hub.watched.clone());
        say(&wire, greeting);
        if *proves {
            wire.expect_proof(PROOF);
        }
        gate.hub.connect(self.room, self.id, wire.clone());
        if gate.lifecycle.stopping().is_cancelled() {
            keep::goodbye(&gate, &wire);
        }
        let mut inbox = Inbox::default();
        inbox.feed(early);
        gate.lifecycle.spawn(self.listen(wire, inbox));
    }

    /// Until the client goes, or the wire is ended by who writes to it.
    async fn listen(self, wire: Arc<Wire>, mut inbox: Inbox) {
        let mut said = 0;
        loop {
            while let Some(one) = inbox.take() {
                if self.hear(&wire, one, &mut said).await == Next::End {
                    wire.close(AGAIN_LATER, "");
                    return self.ended().await;
                }
            }
            if wire.link().readable().await.is_err() || read(&wire, &mut inbox) == Next::End {
                wire.cut();
                return self.ended().await;
            }
        }
    }

    async fn hear(&self, wire: &Arc<Wire>, one: Said, said: &mut u32) -> Next {
        match one {
            Said::Pong => Next::Listen,
            Said::Close => {
                wire.close(1000, "");
                Next::End
            }
            Said::Ping(payload) => {
                let length = u8::try_from(payload.len()).unwrap_or(0);
                wire.control(&[&[0x8a, length], payload.as_slice()].concat());
                Next::Listen
            }
            Said::Text(text) if *said < SAYS => {
                *said += 1;
                // Seldom and large: on the heap, or every silent socket would have room for it.
                if let Some(frame) = Box::pin(self.prove(&text)).await {
                    wire.proved();
                    say(wire, &frame);
                }
                Next::Listen
            }
            Said::Text(_) | Said::Wrong => {
                ::metrics::counter!(metrics::SOCKETS_CUT, "why" => "slow").increment(1);
                Next::End
            }
        }
    }

    /// The first frame, exact; and whether the client has to prove a place to be told more.
    async fn greeting(&self, standing: Option<Standing>) -> Option<(Frame, bool)> {
        if let Some(frame) = self.in_draw(None).await {
            return Some((frame, false));
        }
        Some((self.frame(standing)?, standing.is_none()))
    }

    fn frame(&self, standing: Option<Standing>) -> Option<Frame> {
        let room = self.gate.rooms.get(self.room)?;
        Some(match standing {
            Some(standing) => first_frame(&self.gate, &room, standing.tick, facts(standing)),
            None => frame(&room, 0, None, Pace::default()),
        })
    }

    /// The frame for the client, where theirs is an entry in a draw; `token` may prove one that was lost.
    async fn in_draw(&self, token: Option<&str>) -> Option<Frame> {
        let room = self.gate.rooms.get(self.room)?;
        if self.gate.draws.is_settled(self.room) {
            return None;
        }
        // A line of accounts gives places back to those who are signed in: over `POST /queue/{roomId}/place`.
        if let Some(token) = token.filter(|_| room.policy.entry.account.is_none()) {
            draw::enter::prove(&self.gate, &room, self.visitor, token).await.ok()?;
        }
        draw::stand::stand(&self.gate, &room, self.visitor).await.ok()?
    }

    /// Where the client stands by what it proves; `None` when it proves nothing.
    async fn prove(&self, text: &[u8]) -> Option<Frame> {
        let says: Says = serde_json::from_slice(text).ok()?;
        if let Some(frame) = self.in_draw(Some(&says.token)).await {
            return Some(frame);
        }
        // A line of accounts gives places back to those who are signed in: over `POST /queue/{roomId}/place`.
        let room = self.gate.rooms.get(self.room).filter(|room| room.policy.entry.account.is_none())?;
        let restored = restore::restore(&self.gate, &room, self.visitor, &says.token).await.ok()?;
        restored?;
        let standing = attach(&self.gate, self.room, self.visitor).await.ok()?;
        self.gate.hub.room(self.room).seat(self.visitor, standing);
        self.frame(Some(standing?))
    }

    /// The seat is given up; the place counts as unseen from now on, unless another socket is about it.
    async fn ended(&self) {
        if let Some(number) = self.gate.hub.leave(self.room, self.id) {
            self.gate.presence.detach(self.room, number).await;
        }
    }
}

/// What the socket is over, and what was read from it already. `None` where that is no connection of ours.
fn link(gate: &Gate, upgraded: Upgraded) -> Option<(Link, Bytes)> {
    let upgraded = match downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => return Some((Link::Bare(parts.io.into_inner()), parts.read_buf)),
        Err(upgraded) => upgraded,
    };
    let parts = downcast::<TokioIo<TlsStream<TcpStream>>>(upgraded).ok()?;
    let (link, carry) = Link::veiled(parts.io.into_inner(), parts.read_buf)
        .inspect_err(|error| tracing::warn!(%error, "a socket did not open"))
        .ok()?;
    gate.lifecycle.spawn(carry);
    Some((link, Bytes::new()))
}

fn read(wire: &Wire, inbox: &mut Inbox) -> Next {
    let mut buffer = [0; READ];
    match wire.link().try_read(&mut buffer) {
        Ok(0) => Next::End,
        Ok(read) => {
            wire.hear();
            inbox.feed(&buffer[..read]);
            Next::Listen
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Next::Listen,
        Err(_) => Next::End,
    }
}

fn say(wire: &Arc<Wire>, frame: &Frame) {
    if let Ok((frame, _)) = Encoder::default().text(|out| serde_json::to_writer(out, frame)) {
        wire.push(frame, false);
    }
}
