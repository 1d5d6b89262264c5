//! Who asks: the visitor of every request, and the organizer of some. Shared by the gate's own paths and the gateway.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use contracts::{
    id::{AccountId, VisitorId},
    session::{self, Role, Session},
    token, visitor,
};
use platform::http::Problem;

use crate::{
    account::refresh::refresh,
    gateway::{handler::Client, route},
    problems::{FOREIGN_ORIGIN, NOT_ORGANIZER, SIGN_IN},
    shield::judge::Who,
    state::Gate,
};

/// Whose browser or app a request comes from. Every request has one: [`identify`] gives a new one a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// The id in the cookie.
    pub id: VisitorId,
    /// Whether the cookie is given with this answer: the visitor may be one that takes no cookies.
    pub is_new: bool,
}

/// Who asks for a place: the visitor, their account where they are signed in, and where from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The visitor.
    pub visitor: VisitorId,
    /// Who is signed in.
    pub session: Option<Session>,
    /// The address that they ask from.
    pub client: IpAddr,
}

impl Asker {
    /// Who asks with `headers` from `client`.
    pub fn of(gate: &Gate, visitor: Visitor, client: IpAddr, headers: &HeaderMap) -> Self {
        Self { visitor: visitor.id, session: signed_in(headers, gate), client }
    }

    /// What shields judge by.
    pub fn who(&self) -> Who {
        Who { visitor: self.visitor, address: self.client }
    }
}

impl FromRequestParts<Gate> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Infallible> {
        let visitor = Visitor::from_request_parts(parts, gate).await?;
        let client = Client::of(&parts.extensions).0;
        Ok(Self::of(gate, visitor, client, &parts.headers))
    }
}

/// An organizer who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organizer {
    /// Their account.
    pub id: AccountId,
}

impl Visitor {
    /// The visitor that `headers` prove; `None` where they prove none.
    pub fn of(headers: &HeaderMap, gate: &Gate) -> Option<VisitorId> {
        cookies(headers, visitor::COOKIE).find_map(|cookie| visitor::verify(cookie, &gate.keys.secret))
    }
}

impl Visitor {
    /// Whose `headers` these are; a new visitor where they prove none.
    pub fn read(headers: &HeaderMap, gate: &Gate) -> Self {
        let known = Self::of(headers, gate);
        Self { id: known.unwrap_or_else(|| gate.ids.next()), is_new: known.is_none() }
    }

    /// Gives a new visitor the cookie, with the answer that has these `headers`.
    pub fn give_cookie(self, gate: &Gate, headers: &mut HeaderMap) {
        if self.is_new {
            let value = visitor::sign(self.id, &gate.keys.secret);
            let cookie = format!(
                "{}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=31536000",
                visitor::COOKIE
            );
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                headers.append(header::SET_COOKIE, cookie);
            }
        }
    }
}

impl FromRequestParts<Gate> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Infallible> {
        // `identify` has always run in the router; without it (a router of a test) the cookie is simply not given.
        let known = parts.extensions.get::<Self>().copied();
        let read = || Self::of(&parts.headers, gate).map(|id| Self { id, is_new: false });
        Ok(known.or_else(read).unwrap_or_else(|| Self { id: gate.ids.next(), is_new: true }))
    }
}

impl FromRequestParts<Gate> for Organizer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Problem> {
        match signed_in(&parts.headers, gate) {
            Some(Session { sub, role: Role::Organizer, .. }) => Ok(Self { id: sub }),
            Some(_) => Err(Problem::of(NOT_ORGANIZER)),
            None => Err(Problem::of(SIGN_IN)),
        }
    }
}

/// The session that `headers` prove, if it goes on: a bearer token, or the cookie.
pub fn signed_in(headers: &HeaderMap, gate: &Gate) -> Option<Session> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let now = gate.clock.now();
    let keys = gate.keys.sessions();
    bearer
        .into_iter()
        .chain(cookies(headers, session::COOKIE))
        .find_map(|token| token::verify(token, &keys, now).ok())
        .filter(|session: &Session| !gate.ended_sessions.contains(&session.sid))
}

/// The values of the cookies called `name`. There may be several; the first that proves something counts.
pub fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Reads or makes the visitor of a request, and gives a new one the cookie with the answer. A request that a page of
/// another site sent is refused. A part of [`crate::gateway::handler::enter`], not a layer of its own: a layer costs each
/// request a future on the heap and a copy of all that lies behind it.
pub async fn identify(gate: &Gate, mut request: Request, next: Next) -> Response {
    let visitor = Visitor::read(request.headers(), gate);
    request.extensions_mut().insert(visitor);
    let callback = route::is_callback(request.uri().path());
    let mut response = if is_foreign(&request, callback, gate) {
        Problem::of(FOREIGN_ORIGIN).into_response()
    } else {
        let (client, path) = (Client::of(request.extensions()).0, request.uri().path().to_owned());
        let refreshed = Box::pin(refresh(gate, client, &path, request.headers_mut())).await;
        let mut response = next.run(request).await;
        if let Some(refreshed) = refreshed {
            refreshed.tell(response.headers_mut());
        }
        response
    };
    if !callback {
        visitor.give_cookie(gate, response.headers_mut());
    }
    response
}

/// Whether a request is an unsafe one, or for a WebSocket, that a page of another site sent. A client that is no browser
/// sends no `Origin` and is let through.
fn is_foreign(request: &Request, callback: bool, gate: &Gate) -> bool {
    let headers = request.headers();
    let guarded = !request.method().is_safe() || headers.contains_key(header::UPGRADE);
    !callback && guarded && headers.get(header::ORIGIN).is_some_and(|origin| !is_own(origin, headers, gate))
}

/// Ours is the public address, and the address that the request itself was sent to.
fn is_own(origin: &HeaderValue, headers: &HeaderMap, gate: &Gate) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    if gate.config.public.public_url.origin().ascii_serialization() == origin {
        return true;
    }
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    authority.is_some() && authority == host
}
