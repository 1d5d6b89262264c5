//! The accept loop. Hyper itself rather than `axum::serve`: it bounds the connections, times slow heads out, and upgrades.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use platform::lifecycle::Lifecycle;
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt;

use crate::metrics;

/// How long a client may take to send the head of a request, and an idle connection to send another.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// How much of a head is read into memory.
const HEAD_BYTES: usize = 16 * 1024;
/// How long to rest when the kernel has no descriptor for us.
const REST: Duration = Duration::from_millis(50);
/// How long a client may take nothing of what was written to it, before the kernel cuts it off. A browser that sleeps
/// still takes a frame or a comment; who takes none holds a connection for nothing.
const TAKES_WITHIN: Duration = Duration::from_mins(1);
/// The most streams that one HTTP/2 connection may have open.
const STREAMS: u32 = 100;

/// Serves `routes` on `listener` until the lifecycle ends; requests in flight are finished.
///
/// # Errors
/// When the listener has no address.
pub fn serve(
    listener: TcpListener,
    routes: Router,
    lifecycle: &Lifecycle,
    connections: usize,
) -> std::io::Result<SocketAddr> {
    let address = listener.local_addr()?;
    let (life, stopping) = (lifecycle.clone(), lifecycle.stopping());
    let free = Arc::new(Semaphore::new(connections));
    lifecycle.spawn(async move {
        // A connection waits in the kernel's backlog while all places are taken.
        while let Some(Ok(place)) = stopping.run_until_cancelled(free.clone().acquire_owned()).await {
            let Some(accepted) = stopping.run_until_cancelled(listener.accept()).await else { break };
            match accepted {
                Ok((stream, peer)) => {
                    let connection = connection(stream, peer, routes.clone(), life.clone());
                    life.spawn(async move {
                        ::metrics::gauge!(metrics::CONNECTIONS).increment(1);
                        connection.await;
                        ::metrics::gauge!(metrics::CONNECTIONS).decrement(1);
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(REST).await;
                }
            }
        }
    });
    tracing::info!(listen = %address, "listening");
    Ok(address)
}

async fn connection(stream: TcpStream, peer: SocketAddr, routes: Router, lifecycle: Lifecycle) {
    // Frames and answers are small and wanted at once.
    drop(stream.set_nodelay(true));
    drop(SockRef::from(&stream).set_tcp_user_timeout(Some(TAKES_WITHIN)));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        routes.clone().oneshot(request.map(Body::new))
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_BYTES);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).keep_alive_interval(HEAD_WITHIN);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    tokio::pin!(connection);
    let stopping = lifecycle.stopping();
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(error, "a connection ended badly");
    }
}
