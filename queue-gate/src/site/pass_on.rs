//! Passing a request on to the origin of a site: a guarded path only with a pass of the room in front of it, all others as
//! they are.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderValue, Method, Request, Response, header};

use super::{Site, head};
use crate::{
    extractors::Visitor,
    gateway::{
        Refusal,
        authenticate::Leave,
        guard::{self, Verdict, Want},
        introduce, session,
        stream::{Answer, Body},
    },
    pass::verify::{self, Admission},
    room::{Room, bypass::let_through::let_through},
    state::Gate,
};

/// Who asks, and whether for something that is guarded.
#[derive(Clone, Copy, Debug)]
pub struct Asks {
    /// The visitor.
    pub visitor: Visitor,
    /// Where they ask from.
    pub client: IpAddr,
    /// Whether the path takes a pass.
    pub is_guarded: bool,
}

/// Passes `request` on to the origin of the site that `room` stands in front of.
///
/// # Errors
/// [`Refusal`], as for the services behind the gate.
pub async fn pass_on(
    gate: &Gate,
    room: &Arc<Room>,
    asks: &Asks,
    mut request: Request<Body>,
) -> Result<Response<Answer>, Refusal> {
    let site = room.policy.site.as_ref().ok_or(Refusal::Nowhere)?;
    let base = site.origin.uri().map_err(|_| Refusal::NotPermitted)?;
    let own = gate.config.public.public_url.host_str();
    gate.config.sites.permits(site, room.owner, own).map_err(|error| {
        tracing::warn!(room.id = %room.id, %error, "a site is not passed on to");
        Refusal::NotPermitted
    })?;
    if request.method() == Method::CONNECT {
        return Err(Refusal::Nowhere);
    }
    let admission = if asks.is_guarded { admitted(gate, room, asks.visitor, &request) } else { None };
    let (mut assertion, mut renewed) = (None, None);
    if asks.is_guarded {
        if let Some(leave) = judge(gate, room, asks, admission.as_ref(), &request)? {
            assertion = Some(vouch(gate, site, asks.visitor, &leave));
        }
        renewed = session::go_on(gate, asks.visitor.id, room.event, admission.as_ref()).await;
    }
    let host = public_host(site, &request);
    request.headers_mut().insert(header::HOST, host);
    let mut request = introduce(gate, asks.client, assertion, request);
    head::clean_request(request.headers_mut());
    let mut answer = gate.gateway.forwarder.send_to_origin(base, request).await.map_err(Refusal::Forward)?;
    head::clean_answer(answer.headers_mut());
    let ended = session::hear(gate, answer.headers_mut(), admission.as_ref()).await;
    if let Some(cookie) = ended.or(renewed) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

fn admitted(gate: &Gate, room: &Room, visitor: Visitor, request: &Request<Body>) -> Option<Admission> {
    verify::admission(gate, request.headers(), visitor.id, room.event, gate.clock.now())
}

/// The leave with which a guarded request goes on; none where the room closed a moment ago.
fn judge(
    gate: &Gate,
    room: &Room,
    asks: &Asks,
    admission: Option<&Admission>,
    request: &Request<Body>,
) -> Result<Option<Leave>, Refusal> {
    let (event, now) = (room.event, gate.clock.now());
    match guard::judge(gate.rooms.guard(event, now), admission, Want::Shop, asks.visitor.id, event, now) {
        Verdict::Goes(leave) => {
            if leave.as_ref().is_some_and(Leave::is_for_everybody) {
                gate.let_through.note(room.id, asks.visitor.id);
            }
            Ok(leave)
        }
        Verdict::Waits(room) => {
            let (path, headers) = (request.uri().path(), request.headers());
            let leave = let_through(gate, &room, asks.visitor.id, asks.client, path, headers);
            leave.map(Some).ok_or(Refusal::Waits(room))
        }
        Verdict::Rejected(room) => Err(Refusal::Rejected(room)),
        Verdict::Unknown => Err(Refusal::RoomsUnknown),
    }
}

fn vouch(gate: &Gate, site: &Site, visitor: Visitor, leave: &Leave) -> HeaderValue {
    let (key, now) = (&gate.keys.signing, gate.clock.now());
    gate.gateway.assertions.vouch_to_site(visitor, leave, site.host.as_str(), key, now)
}

/// The host that the origin hears: the site's own, with the port that was asked for.
fn public_host(site: &Site, request: &Request<Body>) -> HeaderValue {
    let said = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = request.uri().authority().map_or(said, |authority| Some(authority.as_str()));
    let port = authority.and_then(|said| said.rsplit_once(':')?.1.parse::<u16>().ok());
    let host = port.map_or_else(|| site.host.to_string(), |port| format!("{}:{port}", site.host));
    // A host is letters, digits, dots and hyphens.
    HeaderValue::try_from(host).unwrap_or_else(|_| HeaderValue::from_static(""))
}
