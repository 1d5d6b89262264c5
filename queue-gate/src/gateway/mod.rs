//! Everything that is not the gate's own: a request's steps, in order.
//!
//! 1. [`limit`]: one address may ask for so much.
//! 2. [`route`]: who answers the path, and which event it is about ([`body`] where only the body says so); [`added`]: paths of the
//!    operator's.
//! 3. [`guard`]: while a room guards the event, only with a pass.
//! 4. [`authenticate`]: the assertion that tells the service who asks.
//! 5. [`shed`] and [`forward`]: on to the service, if it bears one more, over a connection of its `pool`; bodies [`stream`].

pub mod added;
pub mod authenticate;
pub mod body;
pub mod breaker;
pub mod config;
pub mod forward;
pub mod guard;
pub mod handler;
pub mod header;
pub mod limit;
pub mod measure;
mod pool;
pub mod route;
pub mod session;
pub mod shed;
pub mod stream;

use std::{net::IpAddr, sync::Arc, time::Duration};

use contracts::{
    id::{AccountId, EventId, VisitorId},
    staff,
};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, header as field};
use http_body_util::{BodyExt, Limited};
use platform::lifecycle::{Lifecycle, every};

use self::{
    added::{NoRoute, Target},
    authenticate::Assertions,
    forward::{ForwardError, Forwarder},
    guard::{Verdict, Want},
    limit::{Budget, Limits},
    measure::Measured,
    route::{Destination, Subject},
    stream::{Answer, Body, BoxError},
};
pub use self::{config::GatewayConfig, handler::handle};
use crate::{
    extractors::Visitor,
    pass::verify,
    room::{Room, bypass::let_through::let_through},
    site::{Origin, head},
    state::Gate,
};

/// How often budgets, assertions and connections that nobody needs are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(30);

/// What the gateway keeps between requests.
pub struct Gateway {
    /// The way to services and origins.
    pub forwarder: Forwarder,
    /// The assertions in use.
    pub assertions: Assertions,
    limits: Limits,
}

/// Why the gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The base URL of a service is not `http://host:port`.
    #[error("{0} is not the base URL of a service: it should be http://host:port")]
    Base(Uri),
    /// Two added routes meet.
    #[error(transparent)]
    Routes(#[from] NoRoute),
}

/// Why a request was not passed on, or came back without an answer.
#[derive(Debug)]
pub enum Refusal {
    /// Nobody answers this path.
    Nowhere,
    /// The visitor has to wait in line first.
    Waits(Arc<Room>),
    /// Nobody is let through.
    Rejected(Arc<Room>),
    /// The gate never read the rooms.
    RoomsUnknown,
    /// A booking that names things of several events.
    SeveralEvents,
    /// The client did not send its body to the end.
    Unfinished,
    /// The operator permits the site no longer.
    NotPermitted,
    /// The service gave no answer.
    Forward(ForwardError),
}

impl Gateway {
    /// Takes one try of a secret from the budgets of `visitor` and `address`.
    ///
    /// # Errors
    /// Where one of them is spent: how many seconds to wait.
    pub fn take_guess(&self, visitor: VisitorId, address: IpAddr) -> Result<(), u64> {
        self.limits.take_guess(visitor, address)
    }

    /// Takes one request from the budget of the organizer's key that begins with `prefix` and is good.
    pub fn take_key(&self, prefix: &str) -> Budget {
        self.limits.take_key(prefix)
    }

    /// Takes one booking from the budget of `account`.
    pub fn take_account(&self, account: AccountId) -> Budget {
        self.limits.take_account(account)
    }

    /// The gateway to the services that `config` names.
    ///
    /// # Errors
    /// When a base URL is none.
    pub fn new(config: &GatewayConfig, lifecycle: &Lifecycle) -> Result<Self, GatewayError> {
        for base in [&config.booking, &config.search] {
            let plain = base.scheme_str() == Some("http") && base.authority().is_some();
            if !plain || base.path() != "/" || base.query().is_some() {
                return Err(GatewayError::Base(base.clone()));
            }
        }
        added::distinct(&config.routes)?;
        Ok(Self {
            forwarder: Forwarder::new(config, lifecycle),
            assertions: Assertions::default(),
            limits: Limits::new(&config.limits),
        })
    }
}

impl Gateway {
    /// How the answers of the service that sells were of late.
    pub fn origin(&self) -> Measured {
        self.forwarder.origin.look()
    }
}

/// Starts what the gateway repeats: forgetting.
pub fn spawn(gate: &Gate) {
    let (gate, stopping) = (gate.clone(), gate.lifecycle.stopping());
    let lifecycle = gate.lifecycle.clone();
    lifecycle.spawn(every(stopping, FORGET_EVERY, async move || {
        gate.gateway.limits.forget_idle();
        gate.gateway.assertions.forget_old(gate.clock.now());
        gate.gateway.forwarder.close_idle();
    }));
}

/// Passes `request` of `visitor`, who asks from `client`, on to the service that answers it.
///
/// # Errors
/// [`Refusal`]. Nothing has reached a service, but perhaps where [`ForwardError`] says so.
pub async fn pass_on(
    gate: &Gate,
    visitor: Visitor,
    client: IpAddr,
    mut request: Request<Body>,
) -> Result<Response<Answer>, Refusal> {
    let service = match target(gate, request.uri().path()).ok_or(Refusal::Nowhere)? {
        Target::Service(service) => service,
        Target::Origin(origin) => return Box::pin(to_origin(gate, client, &origin, request)).await,
    };
    let (request_subject, now) = (route::subject(request.method(), request.uri().path()), gate.clock.now());
    let (about, request) = match request_subject {
        Subject::Nowhere => return Err(Refusal::Nowhere),
        Subject::Nothing => (None, request),
        Subject::About(event) => (Some((event, Want::Look)), request),
        Subject::Guarded(event) => (Some((event, Want::Shop)), request),
        Subject::InBody { confirms } => {
            let (event, read) = Box::pin(read_event(request)).await?;
            request = read;
            (event.map(|event| (event, if confirms { Want::Confirm } else { Want::Shop })), request)
        }
    };
    let (mut leave, mut admission, mut renewed) = (None, None, None);
    if let Some((event, want)) = about {
        admission = verify::admission(gate, request.headers(), visitor.id, event, now);
        let guard = gate.rooms.guard(event, now);
        leave = match guard::judge(guard, admission.as_ref(), want, visitor.id, event, now) {
            Verdict::Goes(leave) => leave,
            Verdict::Waits(room) => {
                let (path, headers) = (request.uri().path(), request.headers());
                match let_through(gate, &room, visitor.id, client, path, headers) {
                    Some(leave) => Some(leave),
                    None => return Err(Refusal::Waits(room)),
                }
            }
            Verdict::Rejected(room) => return Err(Refusal::Rejected(room)),
            Verdict::Unknown => return Err(Refusal::RoomsUnknown),
        };
        if let Some(leave) = leave.as_ref().filter(|leave| leave.is_for_everybody()) {
            gate.let_through.note(leave.admitted.room, visitor.id);
        }
        renewed = session::go_on(gate, visitor.id, event, admission.as_ref()).await;
    }
    let keys = &gate.keys.signing;
    let assertion = gate.gateway.assertions.vouch(visitor.id, leave.as_ref(), !visitor.is_new, keys, now);
    let request = introduce(gate, client, Some(assertion), request);
    let answer = gate.gateway.forwarder.send(service, request).await;
    let mut answer = answer.map_err(Refusal::Forward)?;
    let ended = session::hear(gate, answer.headers_mut(), admission.as_ref()).await;
    if let Some(cookie) = ended.or(renewed) {
        answer.headers_mut().append(field::SET_COOKIE, cookie);
    }
    Ok(answer)
}

fn target(gate: &Gate, path: &str) -> Option<Target> {
    match route::destination(path) {
        Some(Destination::Behind(service)) => Some(Target::Service(service)),
        // The router would have taken it, if the gate knew it.
        Some(Destination::Own) => None,
        None => added::target(&gate.config.gateway.routes, path).cloned(),
    }
}

/// Passes `request` on to an origin of the operator's, under the host that the origin has.
async fn to_origin(
    gate: &Gate,
    client: IpAddr,
    origin: &Origin,
    request: Request<Body>,
) -> Result<Response<Answer>, Refusal> {
    let base = origin.uri().map_err(|_| Refusal::Nowhere)?;
    if request.method() == Method::CONNECT {
        return Err(Refusal::Nowhere);
    }
    let mut request = introduce(gate, client, None, request);
    let headers = request.headers_mut();
    if let Some(host) = base.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        headers.insert(field::HOST, host);
    }
    head::clean_request(headers);
    // A bearer token at this host is one of ours: for a session, or what a key was exchanged for.
    let is_bearer = |said: &HeaderValue| {
        said.as_bytes().get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
    };
    if headers.get_all(field::AUTHORIZATION).iter().any(is_bearer) {
        headers.remove(field::AUTHORIZATION);
    }
    let mut answer = gate.gateway.forwarder.send_to_origin(base, request).await.map_err(Refusal::Forward)?;
    head::clean_answer(answer.headers_mut());
    Ok(answer)
}

/// Reads the body to learn its event, and puts it back.
async fn read_event(request: Request<Body>) -> Result<(Option<EventId>, Request<Body>), Refusal> {
    let (parts, body) = request.into_parts();
    let read = Limited::new(body, body::LIMIT).collect().await.map_err(|error| unreadable(&error))?;
    let bytes = read.to_bytes();
    let event = match body::event(&bytes) {
        body::Event::One(event) => Some(event),
        body::Event::Several => return Err(Refusal::SeveralEvents),
        body::Event::None => None,
    };
    Ok((event, Request::from_parts(parts, Body::full(bytes))))
}

fn unreadable(error: &BoxError) -> Refusal {
    ForwardError::of_body(&**error).map_or(Refusal::Unfinished, Refusal::Forward)
}

/// Tells the service who asks and for which host. What clients say of that was removed when the request came in.
pub fn introduce(
    gate: &Gate,
    client: IpAddr,
    assertion: Option<HeaderValue>,
    mut request: Request<Body>,
) -> Request<Body> {
    let authority = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    let headers = request.headers_mut();
    let host = headers.get(field::HOST).cloned().or(authority);
    // A client could name our own fields in `Connection` and so have them removed: first its, then ours.
    let upgrade = headers.get(field::UPGRADE).cloned();
    header::strip_hop_by_hop(headers);
    headers.remove(staff::HEADER);
    if let Some(upgrade) = upgrade {
        headers.insert(field::UPGRADE, upgrade);
    }
    if let Some(host) = host.as_ref().filter(|_| !headers.contains_key(field::HOST)) {
        headers.insert(field::HOST, host.clone());
    }
    header::set_forwarded(headers, client, host.as_ref(), gate.config.public.public_url.scheme());
    if let Some(assertion) = assertion {
        headers.insert(HeaderName::from_static(contracts::assertion::HEADER), assertion);
    }
    request
}
