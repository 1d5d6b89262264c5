//! Who asks, by their session and by what the gate asserts about them; and headers that many calls read and write alike.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::{FromRequestParts, MatchedPath, OptionalFromRequestParts, RawPathParams},
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use contracts::{
    assertion::{self, Admitted},
    door::DoorPass,
    id::{AccountId, DoorId, EventId, OrderRef, SessionId, VisitorId},
    language::Language,
    organizer_key::OrganizerKey,
    session::{self, Role},
    team::{self, Grant, NotPermitted, Scope, TeamRole},
    token::{self, BadToken},
};
use platform::http::{FORWARDED_FOR, Problem, REQUEST_ID, internal, kinds::INVALID_PARAMETER};
use url::form_urlencoded;
use words::{Choice, choice};

use crate::{
    audit::{Actor, Means},
    catalog::version::{IfMatch, Unmatched},
    checkout::handler::wants_page,
    code::guess::Guesser,
    door,
    problems::{
        DOOR_CLOSED, NO_ASSERTION, NOT_PERMITTED, ORGANIZERS_ONLY, SESSION_EXPIRED, SIGNED_OUT,
        VERSION_UNMATCHED, WHICH_ORGANIZER,
    },
    session::{confirm::confirm, label::label},
    state::Booking,
    team::known,
};

/// Somebody with a session: the `__Host-` cookie, or `Authorization: Bearer`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose session it is.
    pub account: AccountId,
    /// Which session it is.
    pub session: SessionId,
    /// What they may do.
    pub role: Role,
}

/// What the browser or app that asks is called, in a few words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device(pub String);

/// Somebody who may make the call for an organizer: themselves, or somebody whom they work for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organizer {
    /// The organizer: what is made and asked for is theirs.
    pub account: AccountId,
    /// Who asks, as it is written down beside what they change.
    pub actor: Actor,
    /// For which events of the organizer; a call whose path names none looks at it itself.
    pub scope: Scope,
}

/// What the gate calls the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(pub Option<String>);

/// The browser or app that asks, as the gate asserts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visitor {
    /// Which one.
    pub id: VisitorId,
    /// The pass that came with the request. Which event it opens must still be compared.
    pub pass: Option<Admitted>,
}

impl FromRequestParts<Booking> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Booking) -> Result<Self, Problem> {
        let token = bearer(&parts.headers)
            .or_else(|| cookie(&parts.headers, session::COOKIE))
            .ok_or_else(|| Problem::of(SIGNED_OUT))?;
        let session = app.sessions.verify(token, &app.keys.sessions.current(), app.clock.now());
        match session {
            Ok(session) if app.ended.contains(&session.sid) => Err(Problem::of(SESSION_EXPIRED)),
            Ok(session) => {
                if !parts.headers.contains_key(session::JUST_REFRESHED) {
                    confirm(app, &session).await;
                }
                Ok(Self { account: session.sub, session: session.sid, role: session.role })
            }
            Err(BadToken::Expired) => Err(Problem::of(SESSION_EXPIRED)),
            Err(BadToken::Forged | BadToken::NotYet) => Err(Problem::of(SIGNED_OUT)),
        }
    }
}

/// For pages that look different when somebody is signed in; a session that does not hold is none.
impl OptionalFromRequestParts<Booking> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Booking) -> Result<Option<Self>, Problem> {
        Ok(<Self as FromRequestParts<Booking>>::from_request_parts(parts, app).await.ok())
    }
}

/// Somebody with a session, at a path that is also a page: a browser without one is led to the page where one signs in, and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnPage(pub SignedIn);

impl FromRequestParts<Booking> for OnPage {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Booking) -> Result<Self, Response> {
        let problem = match <SignedIn as FromRequestParts<Booking>>::from_request_parts(parts, app).await {
            Ok(fan) => return Ok(Self(fan)),
            Err(problem) => problem,
        };
        if !parts.method.is_safe() || !wants_page(&parts.headers) {
            return Err(problem.into_response());
        }
        let next: String = form_urlencoded::byte_serialize(parts.uri.path().as_bytes()).collect();
        let keep = Reader::of(parts).keep();
        Err((keep, Redirect::to(&format!("/account/sign-in?next={next}"))).into_response())
    }
}

/// Somebody who reads a page: in which language, and where it is in the others.
#[derive(Clone, Debug)]
pub struct Reader {
    choice: Choice,
    /// Where the page is.
    pub path: String,
    /// What its address says beside.
    pub query: Option<String>,
}

impl Reader {
    fn of(parts: &Parts) -> Self {
        let all = |name| parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let (query, liked) = (parts.uri.query(), all(header::ACCEPT_LANGUAGE).collect::<Vec<_>>().join(","));
        let choice = Choice::of(query, cookie(&parts.headers, choice::COOKIE), Some(&liked));
        Self { choice, path: parts.uri.path().to_owned(), query: query.map(str::to_owned) }
    }

    /// The language of the answer.
    pub fn language(&self) -> Language {
        self.choice.language
    }

    /// Links to the page in every language.
    pub fn links(&self) -> Vec<choice::Link> {
        choice::links(self.choice.language, &self.path, self.query.as_deref())
    }

    /// The cookie that keeps a language which was chosen just now.
    pub fn keep(&self) -> Option<AppendHeaders<[(HeaderName, String); 1]>> {
        self.choice.cookie().map(|cookie| AppendHeaders([(header::SET_COOKIE, cookie)]))
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

impl<S: Sync> FromRequestParts<S> for Device {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let said = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self(label(said)))
    }
}

impl FromRequestParts<Booking> for Organizer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Booking) -> Result<Self, Problem> {
        let keys = app.keys.sessions.current();
        let key = bearer(&parts.headers)
            .and_then(|key| token::verify::<OrganizerKey>(key, &keys, app.clock.now()).ok());
        let (grant, account, means) = if let Some(key) = key {
            (key.grant(), key.by, Means::Key(key.jti))
        } else {
            let somebody = <SignedIn as FromRequestParts<Booking>>::from_request_parts(parts, app).await?;
            let (grant, role) = grant(&parts.headers, app, somebody).await?;
            (grant, somebody.account, Means::Role(role))
        };
        let params = RawPathParams::from_request_parts(parts, app).await.ok();
        let named = |wanted: &str| {
            let of = params.iter().flatten().find(|(name, _)| *name == wanted);
            of.map(|(_, text)| text.to_owned())
        };
        let of_order = || named("order_id")?.parse().ok().map(|order: OrderRef| order.event);
        let event = named("event_id").and_then(|event| event.parse().ok()).or_else(of_order);
        let path = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        grant.permits(parts.method.as_str(), path, event).map_err(refused)?;
        let request = request_id(&parts.headers);
        let actor = Actor { organizer: grant.organizer, account, means, request };
        Ok(Self { account: grant.organizer, actor, scope: grant.scope })
    }
}

/// What `somebody` may do, for whom, and as what.
async fn grant(headers: &HeaderMap, app: &Booking, somebody: SignedIn) -> Result<(Grant, TeamRole), Problem> {
    let own = (somebody.role == Role::Organizer).then_some(somebody.account);
    let said = headers.get(team::HEADER).map(|said| said.to_str().ok()?.parse().ok());
    let said: Option<AccountId> = match said {
        Some(None) => return Err(refused(NotPermitted::NoOrganizer)),
        said => said.flatten(),
    };
    // Who acts for themselves needs no store.
    if own.is_some() && (said.is_none() || said == own) {
        let grant = Grant::choose(own, &[], said).map_err(refused)?;
        return Ok((grant, TeamRole::Owner));
    }
    let teams = known::teams(app, somebody.account).await.map_err(|error| internal(&error))?;
    let grant = Grant::choose(own, &teams, said).map_err(refused)?;
    let place = teams.iter().find(|place| place.organizer == grant.organizer);
    Ok((grant, place.map_or(TeamRole::Owner, |place| place.role)))
}

/// What somebody is told who may not.
fn refused(why: NotPermitted) -> Problem {
    match why {
        NotPermitted::NoOrganizer => Problem::of(ORGANIZERS_ONLY),
        NotPermitted::Several => Problem::of(WHICH_ORGANIZER),
        NotPermitted::Missing(permission) => Problem::of(NOT_PERMITTED).with("permission", permission),
        NotPermitted::OtherEvent | NotPermitted::Undecided => Problem::of(NOT_PERMITTED),
    }
}

impl FromRequestParts<Booking> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Booking) -> Result<Self, Problem> {
        let refused = || Problem::of(NO_ASSERTION);
        let token =
            parts.headers.get(assertion::HEADER).and_then(|value| value.to_str().ok()).ok_or_else(refused)?;
        let said = app.assertions.verify(token, &app.keys.gate.current(), app.clock.now());
        let said = said.map_err(|error| refused().detail(error.to_string()))?;
        Ok(Self { id: said.sub, pass: said.pass })
    }
}

/// Where the request comes from, as the gate says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address(Option<IpAddr>);

impl Address {
    /// The address, where the gate told it.
    pub fn ip(self) -> Option<IpAddr> {
        self.0
    }

    /// Whose guesses are counted together, when `fan` asks from here.
    pub fn of(self, fan: SignedIn) -> Guesser {
        Guesser { account: fan.account, address: self.0 }
    }
}

impl<S: Sync> FromRequestParts<S> for RequestId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(request_id(&parts.headers)))
    }
}

/// What the gate calls the request; cut where somebody else says something very long.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let said = headers.get(REQUEST_ID)?.to_str().ok()?;
    Some(said.chars().take(100).collect())
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let said = parts.headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok());
        Ok(Self(said.and_then(|address| address.parse().ok())))
    }
}

/// Somebody who works at a door, with its session as `Authorization: Bearer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtDoor {
    /// The event.
    pub event: EventId,
    /// The door.
    pub door: DoorId,
    /// What the door is called.
    pub name: String,
}

impl FromRequestParts<Booking> for AtDoor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Booking) -> Result<Self, Problem> {
        let closed = || Problem::of(DOOR_CLOSED);
        let now = app.clock.now();
        let pass = bearer(&parts.headers).ok_or_else(closed)?;
        let pass = token::verify::<DoorPass>(pass, &app.keys.sessions.current(), now);
        let pass = pass.map_err(|error| closed().detail(error.to_string()))?;
        let found = door::store::find(&app.postgres, pass.event, pass.jti).await;
        let found = found.map_err(|error| internal(&error))?.filter(|door| door.is_open(now));
        let name = found.ok_or_else(closed)?.name;
        Ok(Self { event: pass.event, door: pass.jti, name })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The value of the cookie `name`, if the request carries it.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if_match(&parts.headers)
    }
}

/// The versions that `If-Match` names: quoted numbers.
fn if_match(headers: &HeaderMap) -> Result<IfMatch, Problem> {
    let mut versions = Vec::new();
    for value in headers.get_all(header::IF_MATCH) {
        for tag in value.to_str().unwrap_or("?").split(',').map(str::trim) {
            if tag == "*" {
                return Ok(IfMatch(None));
            }
            let number = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"'));
            let refuse = || {
                Problem::of(INVALID_PARAMETER).detail(format!("If-Match: {tag} is no version such as \"7\""))
            };
            versions.push(number.and_then(|number| number.parse().ok()).ok_or_else(refuse)?);
        }
    }
    Ok(IfMatch(Some(versions).filter(|versions| !versions.is_empty())))
}

/// The header that tells the version.
pub fn etag(version: i64) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}

/// The header that an answer carries which may be out of date because a store is away.
pub fn stale_header(stale: bool) -> Option<(HeaderName, HeaderValue)> {
    stale.then(|| (HeaderName::from_static("usher-stale"), HeaderValue::from_static("true")))
}

impl From<Unmatched> for Problem {
    fn from(unmatched: Unmatched) -> Self {
        Self::of(VERSION_UNMATCHED).with("version", unmatched.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_quoted_number() {
        let read = |text: &'static str| {
            let headers = [(header::IF_MATCH, text.parse().unwrap())].into_iter().collect();
            if_match(&headers)
        };
        assert_eq!(if_match(&HeaderMap::new()).unwrap(), IfMatch(None));
        assert_eq!(read("*").unwrap(), IfMatch(None));
        assert_eq!(read("\"6\", \"7\"").unwrap(), IfMatch(Some(vec![6, 7])));
        assert!(read("7").is_err() && read("W/\"7\"").is_err());
    }
}
