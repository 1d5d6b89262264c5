//! Who asks: the visitor of every request, and the organizer of some. Shared by the gate's own paths and the gateway.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use contracts::{
    id::{AccountId, VisitorId},
    language::Language,
    organizer_key::OrganizerKey,
    session::{self, Role, Session},
    team::{Grant, NotPermitted, Scope},
    token, visitor,
};
use platform::http::{Problem, internal, kinds};
use words::Choice;

use crate::{
    account::{
        key::{self, Refused},
        refresh::refresh,
        team,
    },
    gateway::{
        handler::{Client, tell_budget, too_many},
        limit::Budget,
        route::{self, Class},
    },
    problems::{BAD_KEY, FOREIGN_ORIGIN, NOT_ORGANIZER, NOT_PERMITTED, SIGN_IN, WHICH_ORGANIZER},
    room::Acting,
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
    /// In which language they read our pages.
    pub language: Language,
    /// The languages that they want, the first one most: for pages that are not in all of them.
    pub wishes: Vec<Language>,
}

impl Asker {
    /// Who asks with `headers` from `client`.
    pub fn of(gate: &Gate, visitor: Visitor, client: IpAddr, headers: &HeaderMap) -> Self {
        let session = signed_in(headers, gate);
        let (language, wishes) = (choice(None, headers).language, wishes(None, headers));
        Self { visitor: visitor.id, session, client, language, wishes }
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
        let (query, headers) = (parts.uri.query(), &parts.headers);
        let (language, wishes) = (choice(query, headers).language, wishes(query, headers));
        Ok(Self { language, wishes, ..Self::of(gate, visitor, client, &parts.headers) })
    }
}

/// Somebody who is signed in and may make the call for an organizer: themselves, or somebody whom they work for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organizer {
    /// The organizer's account.
    pub id: AccountId,
    /// Who asks.
    pub by: AccountId,
    /// For which events of the organizer; a call whose path names none looks at it itself.
    pub scope: Scope,
}

impl Organizer {
    /// Who acts for whom.
    pub fn acting(&self) -> Acting {
        Acting { owner: self.id, by: self.by }
    }
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
        let (grant, by) = if let Some(key) = with_key(&parts.headers, gate) {
            (key.grant(), key.by)
        } else {
            let session = signed_in(&parts.headers, gate).ok_or_else(|| Problem::of(SIGN_IN))?;
            (grant(&parts.headers, gate, &session).await?, session.sub)
        };
        let params = RawPathParams::from_request_parts(parts, gate).await.ok();
        let room = params.iter().flatten().find(|(name, _)| *name == "room");
        let event = match room.and_then(|(_, id)| id.parse().ok()) {
            Some(room) => team::event(gate, room, &grant.scope).await.map_err(|error| internal(&error))?,
            None => None,
        };
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        grant.permits(parts.method.as_str(), path, event).map_err(refused)?;
        Ok(Self { id: grant.organizer, by, scope: grant.scope })
    }
}

/// What the one with `session` may do, and for whom.
async fn grant(headers: &HeaderMap, gate: &Gate, session: &Session) -> Result<Grant, Problem> {
    let own = (session.role == Role::Organizer).then_some(session.sub);
    let said = headers.get(contracts::team::HEADER).map(|said| said.to_str().ok()?.parse().ok());
    let said: Option<AccountId> = match said {
        Some(None) => return Err(refused(NotPermitted::NoOrganizer)),
        said => said.flatten(),
    };
    // Who acts for themselves needs no store.
    if own.is_some() && (said.is_none() || said == own) {
        return Grant::choose(own, &[], said).map_err(refused);
    }
    let teams = team::teams(gate, session.sub).await.map_err(|error| internal(&error))?;
    Grant::choose(own, &teams, said).map_err(refused)
}

/// What somebody is told who may not.
pub fn refused(why: NotPermitted) -> Problem {
    match why {
        NotPermitted::NoOrganizer => Problem::of(NOT_ORGANIZER),
        NotPermitted::Several => Problem::of(WHICH_ORGANIZER),
        NotPermitted::Missing(permission) => Problem::of(NOT_PERMITTED).with("permission", permission),
        NotPermitted::OtherEvent | NotPermitted::Undecided => Problem::of(NOT_PERMITTED),
    }
}

/// What the key was exchanged for that the request came with.
fn with_key(headers: &HeaderMap, gate: &Gate) -> Option<OrganizerKey> {
    token::verify(bearer(headers)?, &gate.keys.sessions(), gate.clock.now()).ok()
}

/// The bearer token of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The session that `headers` prove, if it goes on: a bearer token, or the cookie.
pub fn signed_in(headers: &HeaderMap, gate: &Gate) -> Option<Session> {
    let now = gate.clock.now();
    let keys = gate.keys.sessions();
    bearer(headers)
        .into_iter()
        .chain(cookies(headers, session::COOKIE))
        .find_map(|token| gate.sessions.verify(token, &keys, now).ok())
        .filter(|session| !gate.ended_sessions.contains(&session.sid))
}

/// In which language somebody wants our pages who sent `headers` and this `query`.
pub fn choice(query: Option<&str>, headers: &HeaderMap) -> Choice {
    Choice::of(query, cookies(headers, words::choice::COOKIE), Some(&liked(headers)))
}

/// The languages that somebody wants, the first one most.
fn wishes(query: Option<&str>, headers: &HeaderMap) -> Vec<Language> {
    Choice::wishes(query, cookies(headers, words::choice::COOKIE), Some(&liked(headers)))
}

fn liked(headers: &HeaderMap) -> String {
    let liked = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    liked.collect::<Vec<_>>().join(",")
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
    // What everybody is told alike may be kept by caches on the way: a cookie in it would be everybody's.
    let is_shared = route::is_shared(request.uri().path());
    let mut response = if is_foreign(&request, callback, gate) {
        Problem::of(FOREIGN_ORIGIN).into_response()
    } else {
        let (client, path) = (Client::of(request.extensions()).0, request.uri().path().to_owned());
        let refreshed = Box::pin(refresh(gate, client, &path, request.headers_mut())).await;
        let mut response = match Box::pin(key::exchange(gate, client, request.headers_mut())).await {
            Ok(found) => {
                let budget = match found {
                    Some((presented, budget)) => {
                        request.extensions_mut().insert(presented);
                        Some(budget)
                    }
                    None => of_account(gate, &request),
                };
                within(budget, request, next).await
            }
            Err(Refused::BadKey) => Problem::of(BAD_KEY).into_response(),
            Err(Refused::Away) => Problem::of(kinds::UNAVAILABLE).retry_after(1).into_response(),
        };
        if let Some(refreshed) = refreshed {
            refreshed.tell(response.headers_mut());
        }
        response
    };
    if !callback && !is_shared {
        visitor.give_cookie(gate, response.headers_mut());
    }
    response
}

/// What is left of the budget of the account that books; none where nobody is signed in, and for all else.
fn of_account(gate: &Gate, request: &Request) -> Option<Budget> {
    let class = route::class(request.method(), request.uri().path());
    let books = class == Some(Class::Booking) && !request.method().is_safe();
    let session = books.then(|| signed_in(request.headers(), gate)).flatten()?;
    Some(gate.gateway.take_account(session.sub))
}

/// Goes on where the key or the account that asks has something left of its `budget`, and says how much.
async fn within(budget: Option<Budget>, request: Request, next: Next) -> Response {
    let Some(budget) = budget else { return next.run(request).await };
    let mut response =
        if budget.is_spent() { too_many(&budget).into_response() } else { next.run(request).await };
    tell_budget(response.headers_mut(), &budget);
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
