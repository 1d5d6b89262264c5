//! Who asks: the visitor of every request, and the organizer of some. Shared by the gate's own paths and the gateway.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams, Request},
    http::{Extensions, HeaderMap, HeaderValue, header, request::Parts},
};
use contracts::{
    id::{AccountId, VisitorId},
    language::Language,
    organizer_key::OrganizerKey,
    session::{self, Role, Session},
    team::{Grant, NotPermitted, Scope},
    token, visitor,
};
use platform::http::{InRequest, Problem, internal, kinds};
use words::Choice;

use crate::{
    account::{
        key::{self, Refused},
        refresh::{Refreshed, is_presented, refresh},
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
        Self::asking(gate, visitor, client, None, headers)
    }

    fn asking(
        gate: &Gate,
        visitor: Visitor,
        client: IpAddr,
        query: Option<&str>,
        headers: &HeaderMap,
    ) -> Self {
        let wishes = wishes(query, headers);
        let language = words::choice::first(&wishes);
        Self { visitor: visitor.id, session: signed_in(headers, gate), client, language, wishes }
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
        Ok(Self::asking(gate, visitor, client, parts.uri.query(), &parts.headers))
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

    /// Whose request this is, as [`identify`] found out. It always runs; without it (a router of a test) the cookie is simply not given.
    pub fn in_request(extensions: &Extensions, headers: &HeaderMap, gate: &Gate) -> Self {
        extensions.get::<Self>().copied().unwrap_or_else(|| Self::read(headers, gate))
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
        Ok(Self::in_request(&parts.extensions, &parts.headers, gate))
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
        // Not `to_str`, which looks at one byte after the other.
        .filter_map(|value| str::from_utf8(value.as_bytes()).ok())
        .flat_map(|value| value.split(';'))
        .filter_map(move |pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// What a request was found to be, for its answer.
pub struct Identified {
    visitor: Visitor,
    /// Whether the answer may give a cookie: a payment provider that calls back takes none, and what everybody is told alike may be
    /// kept by caches on the way, where a cookie in it would be everybody's.
    takes_cookies: bool,
    refreshed: Option<Arc<Refreshed>>,
    /// What is left to the key or the account that asks, or why it asks in vain.
    may: Result<Option<Budget>, Kept>,
}

/// Why a request goes no further.
#[derive(Clone, Copy)]
enum Kept {
    Foreign,
    BadKey,
    Away,
}

/// Reads or makes the visitor of a request, refreshes their session and exchanges their key where there is one. A request that a page
/// of another site sent is refused. A part of [`crate::gateway::handler::enter`], not a layer of its own: a layer costs each
/// request a future on the heap and a copy of all that lies behind it.
pub async fn identify(gate: &Gate, client: IpAddr, request: &mut Request) -> Identified {
    let visitor = Visitor::read(request.headers(), gate);
    let path = request.uri().path();
    let is_callback = route::is_callback(path);
    let takes_cookies = !is_callback && !route::is_shared(path);
    if is_foreign(request, is_callback, gate) {
        return Identified { visitor, takes_cookies, refreshed: None, may: Err(Kept::Foreign) };
    }
    // Most requests bring neither a refresh token nor a key: what those take has no room in the future of all.
    let refreshed = if is_presented(request.headers()) {
        let path = request.uri().path().to_owned();
        Box::pin(refresh(gate, client, &path, request.headers_mut()).in_request()).await
    } else {
        None
    };
    let exchanged = if request.headers().contains_key(header::AUTHORIZATION) {
        Box::pin(key::exchange(gate, client, request.headers_mut()).in_request()).await
    } else {
        Ok(None)
    };
    let may = match exchanged {
        Ok(Some((presented, budget))) => {
            request.extensions_mut().insert(presented);
            Ok(Some(budget))
        }
        Ok(None) => Ok(of_account(gate, request)),
        Err(Refused::BadKey) => Err(Kept::BadKey),
        Err(Refused::Away) => Err(Kept::Away),
    };
    Identified { visitor, takes_cookies, refreshed, may }
}

impl Identified {
    /// Whose request it is.
    pub fn visitor(&self) -> Visitor {
        self.visitor
    }

    /// Why the request goes no further, where it does not.
    pub fn refusal(&self) -> Option<Problem> {
        match &self.may {
            Ok(budget) => budget.filter(Budget::is_spent).map(|spent| too_many(&spent)),
            Err(Kept::Foreign) => Some(Problem::of(FOREIGN_ORIGIN)),
            Err(Kept::BadKey) => Some(Problem::of(BAD_KEY)),
            Err(Kept::Away) => Some(Problem::of(kinds::UNAVAILABLE).retry_after(1)),
        }
    }

    /// Tells what is left of a budget, and gives a browser the cookies that it has to have, with the answer of these `headers`.
    pub fn tell(&self, gate: &Gate, headers: &mut HeaderMap) {
        if let Ok(Some(budget)) = &self.may {
            tell_budget(headers, budget);
        }
        if let Some(refreshed) = &self.refreshed {
            refreshed.tell(headers);
        }
        if self.takes_cookies {
            self.visitor.give_cookie(gate, headers);
        }
    }
}

/// What is left of the budget of the account that books; none where nobody is signed in, and for all else.
fn of_account(gate: &Gate, request: &Request) -> Option<Budget> {
    let class = route::class(request.method(), request.uri().path());
    let books = class == Some(Class::Booking) && !request.method().is_safe();
    let session = books.then(|| signed_in(request.headers(), gate)).flatten()?;
    Some(gate.gateway.take_account(session.sub))
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
