//! The floor below which no proxy on hyper gets: each request goes on as it came, over pooled connections. It looks at nothing and
//! asks nobody.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Result;
use clap::Args;
use hyper::{Request, Response, Uri, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{Client, Error, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    child,
    raw::{Listen, listener},
};

/// Where a bare proxy listens, and what stands behind it.
#[derive(Clone, Debug, Args)]
pub struct Relay {
    #[command(flatten)]
    listen: Listen,
    /// What stands behind it.
    #[arg(long)]
    upstream: SocketAddr,
}

type Pool = Client<HttpConnector, Incoming>;

/// Runs the part. It takes no commands, and ends with its input. It has as many threads as a gate.
pub(super) fn run(options: &Relay) -> Result<()> {
    let _commands = child::commands(Arc::new(|| {}));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(options))
}

async fn serve(options: &Relay) -> Result<()> {
    let door = TcpListener::from_std(listener(options.listen.listen)?)?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let pool: Pool = Client::builder(TokioExecutor::new()).build(connector);
    child::say(&"ready")?;
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = door.accept() => {
                tasks.spawn(carry(accepted?.0, pool.clone(), options.upstream));
            }
            Some(_) = tasks.join_next(), if !tasks.is_empty() => {}
        }
    }
}

async fn carry(stream: TcpStream, pool: Pool, upstream: SocketAddr) {
    drop(stream.set_nodelay(true));
    let pass_on = service_fn(move |request| {
        let pool = pool.clone();
        async move { one(&pool, upstream, request).await }
    });
    // Who measures sees a connection that breaks.
    drop(http1::Builder::new().serve_connection(TokioIo::new(stream), pass_on).await);
}

async fn one(
    pool: &Pool,
    upstream: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, Error> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::builder()
        .scheme("http")
        .authority(upstream.to_string())
        .path_and_query(path)
        .build()
        .unwrap_or_default();
    request.headers_mut().remove(header::CONNECTION);
    let mut answer = pool.request(request).await?;
    answer.headers_mut().remove(header::CONNECTION);
    Ok(answer)
}
