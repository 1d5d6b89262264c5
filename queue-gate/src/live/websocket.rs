//! A WebSocket (RFC 6455) that says where one stands. Buffers are small: there may be very many.

use std::time::Duration;

use contracts::{
    frame::Frame,
    id::{RoomId, VisitorId},
};
use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use platform::telemetry::Chain;
use rand::RngExt;
use serde::Deserialize;
use tokio::{sync::watch, time::Instant};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::{Pace, facts, first_frame, frame, hub::Note, tell::lease};
use crate::{
    draw,
    line::{self, LineError, Standing, restore},
    metrics,
    state::Gate,
};

/// What one socket may read at a time, and the longest message it may send: a signed place and a few words.
const READ_BUFFER: usize = 1024;
const MESSAGE_MAX: usize = 512;
/// What may wait to be written to one socket.
const WRITE_BUFFER: usize = 16 * 1024;
/// How often the client is asked whether it is there, and how long it may be silent.
const PING: Duration = Duration::from_secs(25);
const SILENCE: Duration = Duration::from_mins(1);
/// How long a frame may take to be written before the reader counts as too slow.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client without a place may take to prove one.
const PROOF: Duration = Duration::from_secs(5);
/// How many messages a client may send; it has hardly anything to say.
const SAYS: u32 = 8;
/// Over how long reconnects are spread when the gate goes away.
const JITTER: std::ops::Range<u32> = 0..20_000;
/// No place in the line.
const NO_PLACE: u16 = 4404;

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
    let (node, visitors) = ((gate.hub.node, lease(gate)), [visitor]);
    let ask = || line::store::attach(&gate.redis, room, gate.room_clock.now(), node, &visitors);
    Ok(line::with_recovery(gate, room, ask).await?.into_iter().next().flatten())
}

/// The seat is given up; the place counts as unseen from now on, unless another socket is about it.
async fn socket_ended(gate: &Gate, room: RoomId, id: u64) {
    let Some(number) = gate.hub.leave(room, id) else { return };
    let detached =
        line::store::detach(&gate.redis, room, gate.room_clock.now(), gate.hub.node, &[number]).await;
    if let Err(error) = detached {
        tracing::debug!(error = %Chain(&error), "a place stays attached until the lease ends");
    }
}

/// A socket about to open.
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
    /// Where the hub leaves its notes.
    pub notes: watch::Receiver<Note>,
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client went, or said nothing any more.
    Gone,
    /// It reads too slowly, or says too much.
    Slow,
    /// It has no place.
    NoPlace,
    /// It was told the last word.
    Told,
    /// The gate stops.
    Stopping,
}

type Stream = WebSocketStream<TokioIo<Upgraded>>;

impl Socket {
    /// Serves the socket until it ends, then gives its seat up. The first frame says where `standing` is.
    pub async fn run(self, upgrade: OnUpgrade, standing: Option<Standing>) {
        match upgrade.await {
            Ok(upgraded) => self.serve(upgraded, standing).await,
            Err(error) => tracing::debug!(%error, "a socket did not open"),
        }
        socket_ended(&self.gate, self.room, self.id).await;
    }

    async fn serve(&self, upgraded: Upgraded, standing: Option<Standing>) {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER)
            .max_message_size(Some(MESSAGE_MAX))
            .max_frame_size(Some(MESSAGE_MAX));
        let mut stream =
            WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, Some(config)).await;
        let end = self.talk(&mut stream, standing).await;
        tracing::debug!(?end, "a socket ends");
        self.close(&mut stream, end).await;
    }

    async fn talk(&self, stream: &mut Stream, standing: Option<Standing>) -> End {
        if let Err(end) = self.greet(stream, standing).await {
            return end;
        }
        let (mut notes, stopping) = (self.notes.clone(), self.gate.lifecycle.stopping());
        let (mut ping, mut heard, mut said) = (tokio::time::interval(PING), Instant::now(), 0);
        ping.reset();
        loop {
            let done = tokio::select! {
                () = stopping.cancelled() => Err(End::Stopping),
                changed = notes.changed() => match changed {
                    Ok(()) => {
                        let note = notes.borrow_and_update().clone();
                        Self::pass_on(stream, note).await
                    }
                    Err(_) => Err(End::Told),
                },
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE { Err(End::Gone) } else { send(stream, Message::Ping(Vec::new().into())).await }
                }
                message = stream.next() => {
                    heard = Instant::now();
                    said += 1;
                    self.listen(stream, message, &mut said).await
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    /// The first frame, exact. Without a place, the client has a moment to prove one.
    async fn greet(&self, stream: &mut Stream, standing: Option<Standing>) -> Result<(), End> {
        if let Some(frame) = self.in_draw(None).await {
            return say(stream, &frame).await;
        }
        say(stream, &self.frame(standing)?).await?;
        if standing.is_some() {
            return Ok(());
        }
        let proof = tokio::time::timeout(PROOF, async {
            loop {
                match stream.next().await {
                    Some(Ok(Message::Text(text))) => return self.prove(&text).await,
                    Some(Ok(message)) if !message.is_close() => {}
                    _ => return None,
                }
            }
        });
        let frame = proof.await.ok().flatten().ok_or(End::NoPlace)?;
        say(stream, &frame).await
    }

    fn frame(&self, standing: Option<Standing>) -> Result<Frame, End> {
        let room = self.gate.rooms.get(self.room).ok_or(End::NoPlace)?;
        Ok(match standing {
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
        if let Some(token) = token {
            draw::enter::prove(&self.gate, &room, self.visitor, token).await.ok()?;
        }
        draw::stand::stand(&self.gate, &room, self.visitor).await.ok()?
    }

    async fn pass_on(stream: &mut Stream, note: Note) -> Result<(), End> {
        match note {
            Note::Silence => Ok(()),
            Note::Frame(text) => send(stream, Message::text(text)).await,
            Note::Last(text) => {
                send(stream, Message::text(text)).await?;
                Err(End::Told)
            }
        }
    }

    async fn listen(
        &self,
        stream: &mut Stream,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
        said: &mut u32,
    ) -> Result<(), End> {
        match message {
            Some(Ok(Message::Text(text))) => {
                if *said > SAYS {
                    return Err(End::Slow);
                }
                match self.prove(&text).await {
                    Some(frame) => say(stream, &frame).await,
                    None => Ok(()),
                }
            }
            // The answer to a ping is written with the next flush.
            Some(Ok(Message::Ping(_))) => stream.flush().await.map_err(|_| End::Gone),
            Some(Ok(Message::Pong(_))) => {
                *said = said.saturating_sub(1);
                Ok(())
            }
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => Err(End::Slow),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(End::Gone),
        }
    }

    /// Where the client stands by what it proves; `None` when it proves nothing.
    async fn prove(&self, text: &str) -> Option<Frame> {
        let says: Says = serde_json::from_str(text).ok()?;
        if let Some(frame) = self.in_draw(Some(&says.token)).await {
            return Some(frame);
        }
        let room = self.gate.rooms.get(self.room)?;
        let restored = restore::restore(&self.gate, &room, self.visitor, &says.token).await.ok()?;
        restored?;
        let standing = attach(&self.gate, self.room, self.visitor).await.ok()?;
        self.gate.hub.room(self.room).seat(self.visitor, standing);
        self.frame(Some(standing?)).ok()
    }

    async fn close(&self, stream: &mut Stream, end: End) {
        let (code, reason) = match end {
            End::Gone => return,
            End::Slow => (CloseCode::Again, String::new()),
            End::NoPlace => (CloseCode::Library(NO_PLACE), "no place".to_owned()),
            End::Told => (CloseCode::Normal, String::new()),
            End::Stopping => (CloseCode::Away, self.gate.ids.stream().random_range(JITTER).to_string()),
        };
        if end == End::Slow {
            ::metrics::counter!(metrics::SOCKETS_CUT, "why" => "slow").increment(1);
        }
        let close = CloseFrame { code, reason: reason.into() };
        drop(tokio::time::timeout(Duration::from_secs(1), stream.close(Some(close))).await);
    }
}

/// Writes one frame.
async fn say(stream: &mut Stream, frame: &Frame) -> Result<(), End> {
    let text = serde_json::to_string(frame).map_err(|_| End::Gone)?;
    send(stream, Message::text(text)).await
}

/// Writes one message, patiently but not for ever.
async fn send(stream: &mut Stream, message: Message) -> Result<(), End> {
    match tokio::time::timeout(PATIENCE, stream.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => Err(End::Slow),
    }
}
