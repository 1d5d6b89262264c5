//! The gateway's ends in axum: what every request passes when it comes in, and the answer to what no path of the gate's
//! own takes.

use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use axum::{
    body::Body as AxumBody,
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use contracts::{
    frame::{Frame, PlaceView},
    language::Language,
};
use platform::{
    http::{InRequest, Problem, dress_one, kinds},
    telemetry::Chain,
};

use super::{
    Refusal,
    forward::ForwardError,
    header::{client_address, is_framed_plainly, prefers_html, strip_ours},
    limit::Budget,
    pass_on,
    route::{self, Class, Destination},
    stream,
};
use crate::{
    extractors::{Asker, Visitor, choice, identify},
    live, metrics,
    pages::{
        self,
        queue::handler::{Said, show_line},
    },
    problems::{
        BAD_GATEWAY, BAD_HOST, GATEWAY_TIMEOUT, NO_PLACE, QUEUE_REQUIRED, REJECTED, SEVERAL_EVENTS, SHED,
        TOO_MANY_REQUESTS,
    },
    room::Room,
    site::handler::{Elsewhere, elsewhere, stand_before},
    state::Gate,
};

/// When somebody without a place should look again, in seconds.
const LOOK_AGAIN: u64 = 5;

/// The address that a request comes from, behind all proxies that are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub IpAddr);

impl Client {
    /// Where a request comes from of which nobody knows.
    pub const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

    /// Where a request with these extensions comes from.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().copied().unwrap_or(Self(Self::NOWHERE))
    }
}

impl FromRequestParts<Gate> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Gate) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

/// What every request passes, those to the gate's own paths too: what only the gate may say is removed, the budget of
/// its address is charged, and the answer gets the headers that keep browsers from being used against their owners.
pub async fn enter(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get()
        .map_or(Client::NOWHERE, |ConnectInfo(peer): &ConnectInfo<SocketAddr>| peer.ip());
    let run = |mut request: Request, asks: Asks| {
        request.extensions_mut().insert(Client(asks.client));
        request.extensions_mut().insert(asks.visitor);
        next.run(request)
    };
    entered(&gate, peer, request, run).await
}

/// Who asks, and how they want to be answered.
#[derive(Clone, Copy, Debug)]
struct Asks {
    visitor: Visitor,
    client: IpAddr,
    /// In which language, where it is for somebody's eyes.
    html: Option<Language>,
}

/// Answers a request that goes on to a service whatever the gate's own paths are, without looking for it among them: nearly all
/// requests of a sale are such, and the way through a router costs more than all that is looked at here.
pub async fn lead_on(gate: Gate, peer: IpAddr, request: Request) -> Response {
    let led = |request, asks| answer(&gate, asks, request);
    // Whatever lies around it moves a pointer and not all that the way to a service takes.
    dress_one(request, |request| Box::pin(entered(&gate, peer, request, led))).await
}

/// Whether [`lead_on`] is the way of a request for `path`.
pub fn leads_on(path: &str) -> bool {
    matches!(route::destination(path), Some(Destination::Behind(_)))
}

/// What every request passes, and then what `next` says.
async fn entered<F>(
    gate: &Gate,
    peer: IpAddr,
    mut request: Request,
    next: impl FnOnce(Request, Asks) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let client = client_address(peer, request.headers(), &gate.config.gateway.trusted_proxies);
    strip_ours(request.headers_mut());
    let html = wants_page(request.method(), request.headers());
    let elsewhere = elsewhere(gate, &request);
    let hosts = request.headers().get_all(header::HOST).iter().count();
    // The paths of a site that is not ours are in no class of ours.
    let class = if matches!(elsewhere, Some(Elsewhere::Site(_))) {
        Some(Class::Rest)
    } else {
        route::class(request.method(), request.uri().path())
    };
    let budget = class.and_then(|class| gate.gateway.limits.take(class, client));
    let mut response = if hosts > 1 || (hosts == 0 && request.uri().authority().is_none()) {
        refuse(Problem::of(BAD_HOST), html)
    } else if !is_framed_plainly(request.headers()) {
        let detail = "A body comes with its length, or in chunks and in no other transfer coding.";
        refuse(Problem::of(kinds::MALFORMED_BODY).detail(detail), html)
    } else if let Some(spent) = budget.filter(Budget::is_spent) {
        refuse(too_many(&spent), html)
    } else if let Some(elsewhere) = elsewhere {
        Box::pin(stand_before(gate, elsewhere, client, request).in_request()).await
    } else {
        let identified = identify(gate, client, &mut request).await;
        let mut response = match identified.refusal() {
            Some(problem) => problem.into_response(),
            None => next(request, Asks { visitor: identified.visitor(), client, html }).await,
        };
        identified.tell(gate, response.headers_mut());
        response
    };
    if let Some(budget) = budget {
        tell_budget(response.headers_mut(), &budget);
    }
    if response.extensions().get::<Foreign>().is_none() {
        secure(response.headers_mut(), gate.config.public.public_url.scheme() == "https");
    }
    response
}

/// Marks the answer of an origin that is not ours: what it says to browsers is its own.
#[derive(Clone, Copy, Debug)]
pub struct Foreign;

/// What whoever asks hears beyond a budget.
pub fn too_many(spent: &Budget) -> Problem {
    ::metrics::counter!(metrics::LIMITED, "class" => spent.class.name()).increment(1);
    Problem::of(TOO_MANY_REQUESTS).retry_after(spent.wait)
}

/// Adds what is left of a budget.
pub fn tell_budget(headers: &mut HeaderMap, budget: &Budget) {
    let (policy, left) = budget.fields();
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", left)] {
        if let Ok(value) = HeaderValue::try_from(value) {
            // A narrower budget may have said its part already: the fields are lists.
            headers.append(HeaderName::from_static(name), value);
        }
    }
}

/// For a page that brings no policy of its own: scripts from here only, and nobody may frame it.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// How the type of a page begins.
const HTML: &[u8] = b"text/html";

/// Adds what keeps a browser from guessing types, from telling other sites where it was, and from framing our pages.
fn secure(headers: &mut HeaderMap, https: bool) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    if https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(year);
    }
    let is_page = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.as_bytes().get(..HTML.len()))
        .is_some_and(|kind| kind.eq_ignore_ascii_case(HTML));
    if is_page {
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(PAGE_POLICY);
    }
}

/// Answers every request that no path of the gate's own takes.
pub async fn handle(State(gate): State<Gate>, visitor: Visitor, request: Request) -> Response {
    let html = wants_page(request.method(), request.headers());
    let asks = Asks { visitor, client: Client::of(request.extensions()).0, html };
    answer(&gate, asks, request).await
}

async fn answer(gate: &Gate, asks: Asks, request: Request) -> Response {
    let Asks { visitor, client, html } = asks;
    // Who is sent to the line by this page is shown it at once.
    let looks = html.is_some() && request.uri().path().starts_with("/e/");
    let headers = looks.then(|| request.headers().clone());
    let request = request.map(stream::Body::new);
    match pass_on(gate, visitor, client, request).await {
        Ok(answer) => answer.map(AxumBody::new),
        Err(refusal) => {
            let page = headers.as_ref().map(|headers| Page { headers, client, back: None });
            Box::pin(turn_away(gate, visitor, refusal, html, page).in_request()).await
        }
    }
}

/// What it takes to show the queue page to somebody who has to wait.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What they sent.
    pub headers: &'a HeaderMap,
    /// Where they ask from.
    pub client: IpAddr,
    /// What they asked a site for.
    pub back: Option<&'a str>,
}

/// Answers for what was not passed on. Somebody who has to wait sees the queue page where there is one to show; an app hears
/// how to take a place.
pub async fn turn_away(
    gate: &Gate,
    visitor: Visitor,
    refusal: Refusal,
    html: Option<Language>,
    page: Option<Page<'_>>,
) -> Response {
    match (refusal, page) {
        (Refusal::Waits(room), Some(page)) if html.is_some() => {
            let asker = Asker::of(gate, visitor, page.client, page.headers);
            let said = Said { back: page.back, ..Said::default() };
            show_line(gate, &asker, &room, said).await
        }
        (Refusal::Waits(room), _) if html.is_none() => {
            let frame = where_one_stands(gate, visitor, &room).await;
            queue_required(&room, frame).into_response()
        }
        (refusal, _) => refuse(refusal.into(), html),
    }
}

/// The frame of an app that asks for what is guarded; `unknown` without a place. `None` while nobody can say: the app is
/// told to wait in line all the same.
async fn where_one_stands(gate: &Gate, visitor: Visitor, room: &Room) -> Option<Frame> {
    let unknown = live::frame(room, 0, None, live::Pace::default());
    if visitor.is_new {
        return Some(unknown);
    }
    match live::handler::stand(gate, room, visitor).await {
        Ok(frame) => Some(frame),
        Err(problem) if problem.kind() == NO_PLACE => Some(unknown),
        Err(_) => None,
    }
}

/// In which language somebody reads the answer, where it goes to somebody's eyes.
pub fn wants_page(method: &Method, headers: &HeaderMap) -> Option<Language> {
    let html = method.is_safe() && prefers_html(headers);
    html.then(|| choice(None, headers).language)
}

/// A problem, as a page for somebody who looks at it.
pub fn refuse(problem: Problem, html: Option<Language>) -> Response {
    match html {
        Some(language) => pages::handler::problem(language, &problem),
        None => problem.into_response(),
    }
}

/// Wait in line first: where, and how one stands there already.
fn queue_required(room: &Room, frame: Option<Frame>) -> Problem {
    let has_place = frame.as_ref().is_some_and(|frame| frame.place != PlaceView::Unknown);
    let detail = if has_place {
        "You have a place in line: listen at live, wait for your turn, and come back with the pass."
    } else {
        "Take a place in line with POST to place, wait for your turn, and come back with the pass."
    };
    let problem = Problem::of(QUEUE_REQUIRED)
        .detail(detail)
        .with("queue", format!("/queue/{}", room.id))
        .with("place", format!("/queue/{}/place", room.id))
        .with("live", format!("/queue/{}/live", room.id))
        .retry_after(LOOK_AGAIN);
    match frame {
        Some(frame) => problem.with("frame", frame),
        None => problem,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Nowhere => Self::of(kinds::NOT_FOUND),
            Refusal::Waits(room) => queue_required(&room, None),
            Refusal::Rejected(room) => {
                let words = room.why().unwrap_or("Nobody is let in at the moment. Please come back later.");
                Self::of(REJECTED).detail(words).retry_after(LOOK_AGAIN)
            }
            Refusal::RoomsUnknown => Self::of(kinds::UNAVAILABLE).retry_after(1),
            Refusal::SeveralEvents => Self::of(SEVERAL_EVENTS),
            Refusal::NotPermitted => {
                Self::of(kinds::UNAVAILABLE).detail("The operator of this gate permits this site no longer.")
            }
            Refusal::Unfinished => Self::of(kinds::MALFORMED_BODY).detail("The body ended too early."),
            Refusal::Forward(error) => error.into(),
        }
    }
}

impl From<ForwardError> for Problem {
    fn from(error: ForwardError) -> Self {
        let (problem, outcome) = match &error {
            ForwardError::Busy(_) => (Self::of(SHED).retry_after(1), "shed"),
            ForwardError::Resting(_, rest) => {
                (Self::of(kinds::UNAVAILABLE).retry_after(rest.as_secs() + 1), "resting")
            }
            ForwardError::Unreachable(..) => (Self::of(kinds::UNAVAILABLE).retry_after(2), "unreachable"),
            ForwardError::Broken(..) => (Self::of(BAD_GATEWAY), "broken"),
            ForwardError::Late(_) => (Self::of(GATEWAY_TIMEOUT), "late"),
            ForwardError::BodyTooSlow => return Self::of(kinds::BODY_TOO_SLOW),
            ForwardError::BodyTooLarge => return Self::of(kinds::BODY_TOO_LARGE),
            ForwardError::BodyBroken => return Refusal::Unfinished.into(),
        };
        ::metrics::counter!(metrics::UNANSWERED, "outcome" => outcome).increment(1);
        tracing::warn!(error = %Chain(&error), "a request got no answer from its service");
        problem
    }
}
