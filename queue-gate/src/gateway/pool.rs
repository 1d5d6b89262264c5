//! Connections to one service, over plain HTTP/1.1. A connection is read and written by whoever waits for its answer, and not by a
//! task of its own: a request that passes costs no task but its client's, and no words between two.

use std::{
    fmt,
    future::poll_fn,
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use http::{Request, Response, StatusCode};
use hyper::{
    Error as HyperError,
    client::conn::http1::{Builder, SendRequest},
};
use hyper_util::rt::TokioIo;
use platform::cores;
use tokio::{
    net::TcpStream,
    time::{Instant, timeout},
};

use super::stream::{Answer, Body, BoxError};

/// What moves a connection.
type Connection = Pin<Box<dyn Future<Output = Result<(), HyperError>> + Send>>;

/// The connections to one service that nobody uses at the moment, and how to make more.
pub(super) struct Pool {
    /// `host:port`.
    authority: String,
    /// How long a connection may take to come about.
    patience: Duration,
    /// How long one is kept that nobody uses.
    keep: Duration,
    /// Those of each core, and first those of the threads that are shared: a connection is moved by the core on which it was opened.
    idle: Box<[Mutex<Vec<Idle>>]>,
}

struct Idle {
    sender: SendRequest<Body>,
    connection: Connection,
    since: Instant,
}

/// Why there was no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum PoolError {
    /// No connection came about: nothing was sent.
    #[error("no connection came about")]
    Connect(#[source] BoxError),
    /// The connection broke. The service may have acted on the request.
    #[error("the connection broke")]
    Broken(#[source] HyperError),
}

impl Pool {
    /// No connections yet to `authority`, a `host:port`, from so many cores.
    pub(super) fn new(authority: String, patience: Duration, keep: Duration, cores: usize) -> Arc<Self> {
        let idle = (0..=cores).map(|_| Mutex::default()).collect();
        Arc::new(Self { authority, patience, keep, idle })
    }

    /// Sends `request`, whose target is a path and whose fields are what the service hears, and waits for the head of its answer. One
    /// that an idle connection could not begin to send, because the service had closed it, goes over the next.
    ///
    /// # Errors
    /// [`PoolError`].
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Request<Body>,
    ) -> Result<Response<Answer>, PoolError> {
        while let Some(line) = self.take() {
            match line.ask(request).await {
                Ok(answer) => return Ok(answer),
                Err(Failed { unsent: Some(unsent), .. }) => request = *unsent,
                Err(Failed { error, .. }) => return Err(PoolError::Broken(error)),
            }
        }
        let line = self.connect().await?;
        line.ask(request).await.map_err(|failed| PoolError::Broken(failed.error))
    }

    /// Closes what nobody has used for long. To be called now and then.
    pub(super) fn close_idle(&self) {
        let now = Instant::now();
        for core in 0..self.idle.len() {
            // Those that were used last stand at the end.
            let mut idle = self.idle(core);
            let old = idle.iter().take_while(|one| now - one.since >= self.keep).count();
            let old: Vec<Idle> = idle.drain(..old).collect();
            drop(idle);
            drop(old);
        }
    }

    /// The connection that was used last: the others may grow old.
    fn take(self: &Arc<Self>) -> Option<Line> {
        let core = cores::current();
        let Idle { sender, connection, since } = self.idle(core).pop()?;
        if since.elapsed() < self.keep {
            return Some(self.line(sender, connection, core));
        }
        // All others are older still.
        let old = mem::take(&mut *self.idle(core));
        drop(old);
        None
    }

    async fn connect(self: &Arc<Self>) -> Result<Line, PoolError> {
        let core = cores::current();
        let connecting = timeout(self.patience, TcpStream::connect(&self.authority));
        let stream = match connecting.await {
            Ok(connected) => connected.map_err(|error| PoolError::Connect(error.into()))?,
            Err(late) => return Err(PoolError::Connect(late.into())),
        };
        drop(stream.set_nodelay(true));
        let (sender, connection) =
            Builder::new().handshake(TokioIo::new(stream)).await.map_err(PoolError::Broken)?;
        let connection: Connection = Box::pin(connection.with_upgrades());
        Ok(self.line(sender, connection, core))
    }

    fn line(self: &Arc<Self>, sender: SendRequest<Body>, connection: Connection, core: usize) -> Line {
        Line { sender, connection: Some(connection), core, of: Arc::clone(self) }
    }

    fn idle(&self, core: usize) -> MutexGuard<'_, Vec<Idle>> {
        self.idle[core].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection. Nothing moves on it but in [`Line::drive`].
pub(super) struct Line {
    sender: SendRequest<Body>,
    /// None where it is over. It has to go at once: while it is there, a request that it never began to send waits in it.
    connection: Option<Connection>,
    /// The core on which it was opened.
    core: usize,
    of: Arc<Pool>,
}

/// Why a connection brought no answer, and the request, where nothing of it was sent.
struct Failed {
    error: HyperError,
    unsent: Option<Box<Request<Body>>>,
}

impl Line {
    async fn ask(mut self, request: Request<Body>) -> Result<Response<Answer>, Failed> {
        let answer = {
            let mut answering = pin!(self.sender.try_send_request(request));
            let connection = &mut self.connection;
            poll_fn(|context| {
                // How it ended is told to whoever waits for the answer.
                let _: Poll<()> = drive(connection, context);
                answering.as_mut().poll(context)
            })
            .await
            .map_err(|mut failed| {
                let unsent = failed.take_message().map(Box::new);
                Failed { error: failed.into_error(), unsent }
            })?
        };
        let (line, status) = (self.connection.is_some().then_some(self), answer.status());
        let taken = if status == StatusCode::SWITCHING_PROTOCOLS { Answer::switched } else { Answer::new };
        Ok(answer.map(|body| taken(body, line)))
    }

    /// Reads and writes what can be read and written. Ready where the connection is over.
    pub(super) fn drive(&mut self, context: &mut Context<'_>) -> Poll<()> {
        drive(&mut self.connection, context)
    }

    /// Reads and writes until the connection is over: another protocol has taken it.
    pub(super) async fn drive_to_end(mut self) {
        poll_fn(|context| self.drive(context)).await;
    }

    /// Keeps the connection for the next request, if it is ready for one: it is not where the service closes it, or where a part of
    /// the request was never sent.
    pub(super) fn give_back(mut self) {
        if !self.sender.is_ready() {
            // What ends an answer may have been read without having been thought about.
            let mut nobody = Context::from_waker(Waker::noop());
            if self.drive(&mut nobody).is_ready() || !self.sender.is_ready() {
                return;
            }
        }
        let Self { sender, connection, core, of } = self;
        if let Some(connection) = connection {
            of.idle(core).push(Idle { sender, connection, since: Instant::now() });
        }
    }
}

/// Reads and writes what can be read and written, and ends the connection where it is over: then ready.
fn drive(connection: &mut Option<Connection>, context: &mut Context<'_>) -> Poll<()> {
    let Some(moved) = connection else { return Poll::Ready(()) };
    let over = moved.as_mut().poll(context).map(drop);
    if over.is_ready() {
        *connection = None;
    }
    over
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("to", &self.of.authority).finish_non_exhaustive()
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("to", &self.authority).finish_non_exhaustive()
    }
}
