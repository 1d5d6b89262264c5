//! Passing a request on to a service and its answer back, both streaming, over pooled connections.

use std::{sync::Arc, time::Duration};

use dashmap::DashMap;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header, request::Parts, uri};
use http_body_util::LengthLimitError;
use hyper::{body::Body as _, upgrade::OnUpgrade};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use platform::{
    http::{InRequest, TooSlow, has_cause},
    lifecycle::Lifecycle,
    telemetry::Chain,
};
use tokio::time::{Instant, timeout};

use super::{
    breaker::Breaker,
    config::GatewayConfig,
    header::strip_hop_by_hop,
    measure::Measures,
    pool::{Pool, PoolError},
    route::Service,
    shed::{Capacity, Share},
    stream::{Answer, Body, BodyError, BoxError},
};
use crate::Place;

/// Why a request got no answer from its service.
#[derive(Debug, thiserror::Error)]
pub enum ForwardError {
    /// As many requests as the service bears are with it already.
    #[error("{0} has no capacity left")]
    Busy(&'static str),
    /// The service has not answered of late, and is left alone for so long.
    #[error("{0} does not answer")]
    Resting(&'static str, Duration),
    /// The service does not accept connections.
    #[error("{0} cannot be reached")]
    Unreachable(&'static str, #[source] BoxError),
    /// The connection broke before the answer had begun.
    #[error("{0} broke off")]
    Broken(&'static str, #[source] BoxError),
    /// The answer did not begin in time.
    #[error("{0} did not answer in time")]
    Late(&'static str),
    /// The request's body is larger than the gate passes on.
    #[error("the body is too large")]
    BodyTooLarge,
    /// The request's body came too slowly.
    #[error("the body came too slowly")]
    BodyTooSlow,
    /// The request's body did not come to its end, or in chunks that are none.
    #[error("the body broke off")]
    BodyBroken,
}

impl ForwardError {
    /// That of a request whose own body broke it, where that is so: the service is not to blame, or any client could have it left
    /// alone.
    pub fn of_body(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        if has_cause::<LengthLimitError>(error) {
            Some(Self::BodyTooLarge)
        } else if has_cause::<TooSlow>(error) {
            Some(Self::BodyTooSlow)
        } else if has_cause::<BodyError>(error) {
            Some(Self::BodyBroken)
        } else {
            None
        }
    }
}

/// One service behind the gate, or the origin of a site that is not ours.
#[derive(Clone, Debug)]
struct Upstream {
    name: &'static str,
    base: Uri,
    /// The connections to a service of ours. Those to origins, who may want TLS, are the library's.
    pool: Option<Arc<Pool>>,
    requests: Capacity,
    upgrades: Capacity,
    breaker: Breaker,
}

impl Upstream {
    fn new(name: &'static str, base: Uri, pool: Option<Arc<Pool>>, requests: usize, upgrades: usize) -> Self {
        let (requests, upgrades) = (Capacity::new(requests), Capacity::new(upgrades));
        Self { name, base, pool, requests, upgrades, breaker: Breaker::default() }
    }
}

/// The way to the services behind.
#[derive(Debug)]
pub struct Forwarder {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    booking: Upstream,
    search: Upstream,
    /// The origins of sites, each once it is asked for. Only those that the operator lists ever are.
    origins: DashMap<Uri, Upstream>,
    /// How much an upstream bears.
    requests: usize,
    upgrades: usize,
    patience: Duration,
    body_limit: usize,
    lifecycle: Lifecycle,
    /// How the answers of the service that sells were of late.
    pub origin: Measures,
}

impl Forwarder {
    /// The way to the services that `config` names.
    ///
    /// # Panics
    /// Never: the TLS versions are ones that `ring` speaks.
    pub fn new(config: &GatewayConfig, lifecycle: &Lifecycle) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(config.connect_patience));
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect::<rustls::RootCertStore>();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(config.idle_connections)
            .pool_timer(TokioTimer::new())
            .build(connector);
        let (requests, upgrades) = (config.service_requests.get(), config.service_upgrades.get());
        let cores = lifecycle.cores().count();
        let upstream = |service: Service, base: &Uri| {
            let authority = address(base);
            let pool = Pool::new(authority, config.connect_patience, config.idle_connections, cores);
            Upstream::new(service.name(), base.clone(), Some(pool), requests, upgrades)
        };
        Self {
            client,
            booking: upstream(Service::Booking, &config.booking),
            search: upstream(Service::Search, &config.search),
            origins: DashMap::new(),
            requests,
            upgrades,
            patience: config.answer_patience,
            body_limit: config.body_limit,
            lifecycle: lifecycle.clone(),
            origin: Measures::default(),
        }
    }

    /// Closes connections to services that nobody has used for long. To be called now and then.
    pub fn close_idle(&self) {
        for pool in [&self.booking, &self.search].into_iter().filter_map(|upstream| upstream.pool.as_ref()) {
            pool.close_idle();
        }
    }

    /// Passes `request` on to `service`; see `pass`.
    ///
    /// # Errors
    /// [`ForwardError`].
    pub async fn send(
        &self,
        service: Service,
        request: Request<Body>,
    ) -> Result<Response<Answer>, ForwardError> {
        let upstream = match service {
            Service::Booking => &self.booking,
            Service::Search => &self.search,
        };
        let began = Instant::now();
        let answer = self.pass(upstream, began, request).await;
        let is_error = match &answer {
            Ok(answer) => answer.status().is_server_error(),
            Err(ForwardError::BodyTooLarge | ForwardError::BodyTooSlow | ForwardError::BodyBroken) => {
                return answer;
            }
            Err(_) => true,
        };
        if matches!(service, Service::Booking) {
            self.origin.note(began.elapsed(), is_error);
        }
        answer
    }

    /// Passes `request` on to the origin at `base`; see `pass`.
    ///
    /// # Errors
    /// [`ForwardError`].
    pub async fn send_to_origin(
        &self,
        base: Uri,
        request: Request<Body>,
    ) -> Result<Response<Answer>, ForwardError> {
        let new = || Upstream::new("the origin of a site", base.clone(), None, self.requests, self.upgrades);
        let upstream = self.origins.entry(base.clone()).or_insert_with(new).clone();
        self.pass(&upstream, Instant::now(), request).await
    }

    /// Passes `request` on to `upstream`, at `now`. Its headers must be what the service may hear, but for those of the connection,
    /// which end here. The answer holds its share of the service's capacity until its body has been read or dropped.
    ///
    /// A GET or HEAD without a body is tried a second time when the connection broke before the answer began (a pooled
    /// connection may have been closed meanwhile); nothing else is ever repeated.
    ///
    /// # Errors
    /// [`ForwardError`]. The service may have acted on the request unless it is `Busy`, `Resting` or `Unreachable`.
    async fn pass(
        &self,
        upstream: &Upstream,
        now: Instant,
        request: Request<Body>,
    ) -> Result<Response<Answer>, ForwardError> {
        let leave = upstream.breaker.ask(now).map_err(|rest| ForwardError::Resting(upstream.name, rest))?;
        let answer = self.pass_now(upstream, request).await;
        match &answer {
            Ok(_) => leave.answered(),
            Err(ForwardError::Unreachable(..) | ForwardError::Broken(..) | ForwardError::Late(_)) => {
                leave.failed(Instant::now());
            }
            // That was not the service.
            Err(_) => drop(leave),
        }
        answer
    }

    async fn pass_now(
        &self,
        upstream: &Upstream,
        request: Request<Body>,
    ) -> Result<Response<Answer>, ForwardError> {
        let service = upstream.name;
        let (mut parts, body) = request.into_parts();
        let (upgrade, place) = (upgrade_of(&mut parts), parts.extensions.remove::<Place>());
        let capacity = if upgrade.is_some() { &upstream.upgrades } else { &upstream.requests };
        let share = capacity.take().ok_or(ForwardError::Busy(service))?;
        if body.size_hint().lower() > u64::try_from(self.body_limit).unwrap_or(u64::MAX) {
            return Err(ForwardError::BodyTooLarge);
        }
        readdress(&mut parts, upstream);
        if let Some((protocol, _)) = &upgrade {
            parts.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            parts.headers.insert(header::UPGRADE, protocol.clone());
        }
        let repeatable = matches!(parts.method, Method::GET | Method::HEAD) && body.is_end_stream();
        let again = repeatable.then(|| parts.clone());
        let body = body.limited(self.body_limit);
        let mut answer = self.once(upstream, Request::from_parts(parts, body)).await;
        let is_broken = matches!(answer, Err(ForwardError::Broken(..)));
        if let Some(parts) = again.filter(|_| is_broken) {
            let once_more = async {
                tracing::debug!(service.name = service, "a connection broke, trying once more");
                self.once(upstream, Request::from_parts(parts, Body::default())).await
            };
            answer = Box::pin(once_more.in_request()).await;
        }
        let mut answer = answer?;
        let switched = answer.status() == StatusCode::SWITCHING_PROTOCOLS;
        if let (true, Some((protocol, client))) = (switched, upgrade) {
            let service_side = hyper::upgrade::on(&mut answer);
            if let Some(line) = answer.body_mut().take_line() {
                self.lifecycle.spawn(line.drive_to_end());
            }
            self.join(client, service_side, (share, place));
            return Ok(switching(answer, protocol));
        }
        strip_hop_by_hop(answer.headers_mut());
        Ok(answer.map(|body| body.with_share(share)))
    }

    async fn once(
        &self,
        upstream: &Upstream,
        request: Request<Body>,
    ) -> Result<Response<Answer>, ForwardError> {
        let name = upstream.name;
        let broken = |error: BoxError| match ForwardError::of_body(&*error) {
            Some(of_body) => of_body,
            None => ForwardError::Broken(name, error),
        };
        let Some(pool) = &upstream.pool else {
            return match timeout(self.patience, self.client.request(request)).await {
                Err(_) => Err(ForwardError::Late(name)),
                Ok(Err(error)) if error.is_connect() => Err(ForwardError::Unreachable(name, error.into())),
                Ok(Err(error)) => Err(broken(error.into())),
                Ok(Ok(answer)) => Ok(answer.map(|body| Answer::new(body, None))),
            };
        };
        match timeout(self.patience, pool.send(request)).await {
            Err(_) => Err(ForwardError::Late(name)),
            Ok(Err(PoolError::Connect(error))) => Err(ForwardError::Unreachable(name, error)),
            Ok(Err(PoolError::Broken(error))) => Err(broken(error.into())),
            Ok(Ok(answer)) => Ok(answer),
        }
    }

    /// Copies between two upgraded connections until either ends or the gate stops, and keeps what they take up so long.
    fn join(&self, client: OnUpgrade, service: OnUpgrade, taken: (Share, Option<Place>)) {
        let stopping = self.lifecycle.stopping();
        let copying = async move {
            let _taken = taken;
            match tokio::try_join!(client, service) {
                Ok((client, service)) => {
                    let (mut client, mut service) = (TokioIo::new(client), TokioIo::new(service));
                    let ended = tokio::io::copy_bidirectional(&mut client, &mut service).await;
                    tracing::trace!(whole = ended.is_ok(), "an upgraded connection ended");
                }
                Err(error) => tracing::debug!(error = %Chain(&error), "an upgrade did not come about"),
            }
        };
        self.lifecycle.spawn(async move {
            stopping.run_until_cancelled(copying).await;
        });
    }
}

/// The protocol that the client wants to switch to, and its side of the connection, when there is one.
fn upgrade_of(parts: &mut Parts) -> Option<(HeaderValue, OnUpgrade)> {
    let protocol = parts.headers.get(header::UPGRADE)?.clone();
    let client = parts.extensions.remove::<OnUpgrade>()?;
    Some((protocol, client))
}

/// Makes the head of a request one for `upstream`: the same path and query, the same `Host`.
fn readdress(parts: &mut Parts, upstream: &Upstream) {
    let base = &upstream.base;
    strip_hop_by_hop(&mut parts.headers);
    let mut uri = uri::Parts::default();
    uri.path_and_query =
        parts.uri.path_and_query().cloned().or_else(|| Some(uri::PathAndQuery::from_static("/")));
    // Over a connection to it, a service is asked for a path alone (RFC 9112 section 3.2.1).
    if upstream.pool.is_none() {
        uri.scheme = base.scheme().cloned();
        uri.authority = base.authority().cloned();
    } else if !parts.headers.contains_key(header::HOST)
        && let Ok(host) = HeaderValue::from_str(&address(base))
    {
        parts.headers.insert(header::HOST, host);
    }
    // It has a path, and with a scheme an authority, so it is a URI; were it none, the request would be refused.
    parts.uri = Uri::from_parts(uri).unwrap_or_default();
    parts.version = Version::HTTP_11;
    parts.extensions.clear();
}

/// The `host:port` of a service at `base`.
fn address(base: &Uri) -> String {
    format!("{}:{}", base.host().unwrap_or_default(), base.port_u16().unwrap_or(80))
}

/// The answer that tells the client that its connection is another protocol's from here on.
fn switching(answer: Response<Answer>, protocol: HeaderValue) -> Response<Answer> {
    let mut answer = answer.map(|_| Answer::default());
    strip_hop_by_hop(answer.headers_mut());
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    answer.headers_mut().insert(header::UPGRADE, protocol);
    answer
}
