//! The accept loop. Hyper itself rather than `axum::serve`: it bounds the connections, times out who says nothing or says it
//! slowly, upgrades, and turns joins away before anything is spent on them while too many wait.

mod calm;
mod idle;
mod speaks;
pub mod tls;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, response::IntoResponse};
use contracts::id::RoomId;
use hyper::{
    Method,
    body::{Body as _, Incoming},
    header,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use platform::{
    http::{Paced, Problem},
    lifecycle::Lifecycle,
};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tower::ServiceExt;

use self::{
    calm::Calm,
    idle::{Answering, Requests},
    speaks::Speaks,
    tls::Tls,
};
use crate::{
    gateway::handler::{lead_on, leads_on},
    metrics,
    problems::TOO_BUSY,
    state::Gate,
};

/// How long a client may take to say anything, or to shake hands.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

/// How long a client may take to send the head of a request, and an idle connection to send another.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// How much of a head is read into memory; of one of HTTP/2 as its fields count (RFC 9113 section 6.5.2).
const HEAD_BYTES: u16 = 16 * 1024;
/// How long to rest when the kernel has no descriptor for us.
const REST: Duration = Duration::from_millis(50);
/// How long a client may take nothing of what was written to it, before the kernel cuts it off. A browser that sleeps
/// still takes a frame or a comment; who takes none holds a connection for nothing.
const TAKES_WITHIN: Duration = Duration::from_mins(1);
/// How long a client of HTTP/2 may take to answer when it is asked whether it is there.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// The most streams that one HTTP/2 connection may have open.
const STREAMS: u32 = 100;
/// How many streams of a connection may be reset by their client before we have looked at them, and how many by us for what the
/// client did wrong in them. One more ends the connection: CVE-2023-44487, CVE-2025-8671.
const RESETS: usize = 20;
const FAULTS: usize = 100;

/// How many connections beyond the limit are told so at a time, and how long each may take to hear it.
const SPARE: usize = 256;
const TURNS_AWAY_WITHIN: Duration = Duration::from_secs(1);

/// A connection's place among those that may be open. In the extensions of each of its requests: who upgrades the
/// connection keeps it until that ends.
#[derive(Clone, Debug)]
pub struct Place(#[expect(dead_code, reason = "held, not read")] Arc<OwnedSemaphorePermit>);

/// Serves `routes` of `gate` on `listener`, over TLS where there is `tls`, until its lifecycle ends; requests in flight are
/// finished.
///
/// # Errors
/// When the listener has no address.
pub fn serve(
    listener: TcpListener,
    routes: Router,
    gate: &Gate,
    connections: usize,
    tls: Option<Tls>,
) -> std::io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let (gate, life, stopping) = (gate.clone(), gate.lifecycle.clone(), gate.lifecycle.stopping());
    let (free, spare) = (Arc::new(Semaphore::new(connections)), Arc::new(Semaphore::new(SPARE)));
    gate.lifecycle.clone().spawn(async move {
        // A connection waits in the kernel's backlog while even those who are turned away are too many.
        while let Some(Ok(turned)) = stopping.run_until_cancelled(spare.clone().acquire_owned()).await {
            let Some(accepted) = stopping.run_until_cancelled(listener.accept()).await else { break };
            match (accepted, free.clone().try_acquire_owned()) {
                (Ok((stream, peer)), Ok(place)) => {
                    let place = Place(Arc::new(place));
                    life.spawn(begin(stream, peer, place, routes.clone(), gate.clone(), tls.clone()));
                }
                (Ok((stream, _)), Err(_)) => {
                    ::metrics::counter!(metrics::TURNED_AWAY).increment(1);
                    let is_plain = tls.is_none();
                    life.spawn(async move {
                        // To shake hands only to say this would cost as much as to serve.
                        if is_plain {
                            turn_away(stream).await;
                        }
                        drop(turned);
                    });
                }
                (Err(error), _) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    });
    tracing::info!(listen = %address, "listening");
    Ok(address)
}

/// Has a core serve `stream`, which was opened elsewhere.
fn move_to_a_core<F>(life: &Lifecycle, stream: TcpStream, serve: impl FnOnce(TcpStream) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    match stream.into_std() {
        Ok(stream) => life.spawn_on_a_core(move || async move {
            match TcpStream::from_std(stream) {
                Ok(stream) => serve(stream).await,
                Err(error) => tracing::warn!(%error, "a connection could not be served"),
            }
        }),
        Err(error) => tracing::warn!(%error, "a connection could not be served"),
    }
}

/// All places are taken: says so at once, without reading, and when to come back.
async fn turn_away(mut stream: TcpStream) {
    let later = stream.peer_addr().map_or(2, later);
    let body = Problem::of(TOO_BUSY).body().to_string();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: {later}\r\nContent-Type: application/problem+json\r\n\
         Cache-Control: no-store\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // Closed while a request lies unread, the connection would be reset, and the answer lost with it.
    let listen = async {
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await?;
        let mut request = [0; 512];
        while stream.read(&mut request).await? > 0 {}
        std::io::Result::Ok(())
    };
    drop(tokio::time::timeout(TURNS_AWAY_WITHIN, listen).await);
}

/// When `peer` may come again, in seconds: not all at the same time.
fn later(peer: SocketAddr) -> u64 {
    1 + u64::from(peer.port() % 4)
}

/// Whether `request` asks for a place while others have waited too long for theirs. Looked at here, before there is a span, an
/// id and a way through the routes: what is turned away must cost little, or those who are not would pay for it.
fn comes_too_soon(gate: &Gate, request: &hyper::Request<Incoming>) -> bool {
    let is_place = || {
        let room = request.uri().path().strip_prefix("/queue/")?.strip_suffix("/place")?;
        gate.rooms.get(room.parse::<RoomId>().ok()?)
    };
    request.method() == Method::POST
        && (gate.joins.is_behind() || gate.entries.is_behind())
        && is_place().is_some()
}

/// A connection that is counted as long as this lives.
struct Counted;

impl Counted {
    fn new() -> Self {
        ::metrics::gauge!(metrics::CONNECTIONS).increment(1);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ::metrics::gauge!(metrics::CONNECTIONS).decrement(1);
    }
}

/// Finds out how a connection begins, and has it served: one that asks for what a service answers by a core of its own. Whoever waits
/// in a line stays where all are, because those who tell them where they stand are there: to wake each from elsewhere took a fifth
/// more for each that is told.
async fn begin(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    routes: Router,
    gate: Gate,
    tls: Option<Tls>,
) {
    let counted = Counted::new();
    // Frames and answers are small and wanted at once.
    drop(stream.set_nodelay(true));
    drop(SockRef::from(&stream).set_tcp_user_timeout(Some(TAKES_WITHIN)));
    let stopping = gate.lifecycle.stopping();
    if let Some(tls) = tls {
        let begun = stopping.run_until_cancelled(timeout(BEGINS_WITHIN, tls.accept(stream))).await;
        if let Some(Ok(Ok((stream, speaks)))) = begun {
            // Much larger than one without TLS, which is what most fans have behind a proxy.
            Box::pin(paced_connection(stream, speaks, peer, place, routes, gate)).await;
        }
    } else if let Some(Some(begun)) =
        stopping.run_until_cancelled(speaks::listen(&stream, BEGINS_WITHIN)).await
    {
        let life = gate.lifecycle.clone();
        let serve = move |stream| async move {
            paced_connection(stream, begun.speaks, peer, place, routes, gate).await;
            drop(counted);
        };
        if begun.is_of_a_line || life.cores().count() == 0 {
            serve(stream).await;
        } else {
            move_to_a_core(&life, stream, serve);
        }
    }
}

/// A connection of HTTP/1.1 as it is: who upgrades it takes the stream itself. One of HTTP/2 is read at a pace.
async fn paced_connection<S>(
    stream: S,
    speaks: Speaks,
    peer: SocketAddr,
    place: Place,
    routes: Router,
    gate: Gate,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match speaks {
        Speaks::Http1 => connection(stream, speaks, peer, place, routes, gate).await,
        // Larger, and few have one: their memory is not that of all who wait.
        Speaks::Http2 => Box::pin(connection(Calm::new(stream), speaks, peer, place, routes, gate)).await,
    }
}

/// What becomes of a request.
enum Way {
    /// It is told to come again.
    Away,
    /// It goes on to a service.
    On(Gate),
    /// One of the gate's own paths answers.
    In(Router),
}

async fn connection<S>(stream: S, speaks: Speaks, peer: SocketAddr, place: Place, routes: Router, gate: Gate)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stopping = gate.lifecycle.stopping();
    let requests = (speaks == Speaks::Http2).then(Arc::<Requests>::default);
    let counted = requests.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        let is_shed = comes_too_soon(&gate, &request);
        let way = if is_shed {
            Way::Away
        } else if leads_on(request.uri().path()) {
            Way::On(gate.clone())
        } else {
            Way::In(routes.clone())
        };
        match way {
            // Who upgrades the connection keeps its place; nothing else is looked for in there on the way to a service.
            Way::On(_) if !request.headers().contains_key(header::UPGRADE) => {}
            Way::On(_) | Way::In(_) | Way::Away => {
                request.extensions_mut().insert(ConnectInfo(peer));
                request.extensions_mut().insert(place.clone());
            }
        }
        let under_way = counted.as_ref().map(Requests::begin);
        async move {
            let answer = match way {
                Way::Away => {
                    ::metrics::counter!(metrics::JOINS, "outcome" => "shed").increment(1);
                    return Ok(Problem::of(TOO_BUSY).retry_after(later(peer)).into_response());
                }
                Way::On(gate) => Ok(lead_on(gate, peer.ip(), request.map(paced)).await),
                Way::In(routes) => routes.oneshot(request.map(paced)).await,
            };
            match under_way {
                Some(request) => {
                    answer.map(|answer| answer.map(|body| Body::new(Answering::new(body, request))))
                }
                None => answer,
            }
        }
    });
    let builder = builder(speaks);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = idle(requests.as_deref()) => {
            connection.as_mut().graceful_shutdown();
            timeout(BEGINS_WITHIN, connection).await.unwrap_or(Ok(()))
        }
        () = not_taken(requests.as_deref()) => {
            tracing::debug!("a client of HTTP/2 does not take its answers");
            Ok(())
        }
    };
    if let Err(error) = served {
        tracing::debug!(error, "a connection ended badly");
    }
}

async fn idle(requests: Option<&Requests>) {
    match requests {
        Some(requests) => requests.idle().await,
        None => std::future::pending().await,
    }
}

async fn not_taken(requests: Option<&Requests>) {
    match requests {
        Some(requests) => requests.not_taken().await,
        None => std::future::pending().await,
    }
}

/// A body, which has to come at some pace. Most requests have none.
fn paced(body: Incoming) -> Body {
    if body.is_end_stream() { Body::empty() } else { Body::new(Paced::new(body)) }
}

/// What serves a client who speaks this. It is told which: asked to find out, it would wait for the first bytes for ever.
fn builder(speaks: Speaks) -> Builder<TokioExecutor> {
    let mut builder = match speaks {
        Speaks::Http1 => Builder::new(TokioExecutor::new()).http1_only(),
        Speaks::Http2 => Builder::new(TokioExecutor::new()).http2_only(),
    };
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_BYTES.into());
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(FAULTS)
        .max_header_list_size(HEAD_BYTES.into())
        .keep_alive_interval(HEAD_WITHIN)
        .keep_alive_timeout(ANSWERS_WITHIN);
    builder
}
