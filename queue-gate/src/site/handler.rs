//! Every request for the host of a site that is not ours, before any path of the gate's own is looked at.

use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Body as AxumBody,
    extract::Request,
    http::Method,
    response::{IntoResponse, Redirect, Response},
};
use contracts::id::RoomId;
use platform::http::Problem;

use super::{
    Host,
    pass_on::{self, Asks},
};
use crate::{
    embed,
    extractors::Visitor,
    gateway::{
        handler::{Foreign, Page, refuse, turn_away, wants_page},
        stream::Body,
    },
    problems::UNKNOWN_ROOM,
    room::Room,
    state::Gate,
};

/// Whom a request is for that is none for the gate and the services behind it.
#[derive(Clone, Debug)]
pub enum Elsewhere {
    /// The site that this room stands in front of.
    Site(Arc<Room>),
    /// The line of a site, at another host than the site's. Cookies belong to one host, so nobody could go in from there.
    Line(Arc<Room>),
}

/// Whom a request is for; `None` where it is for us. At a site's host only the paths of its own line, and what their page loads, are
/// the gate's.
pub fn elsewhere(gate: &Gate, request: &Request) -> Option<Elsewhere> {
    if !gate.rooms.has_sites() {
        return None;
    }
    let path = request.uri().path();
    let host = Host::of(request.uri(), request.headers());
    let own = gate.config.public.public_url.host_str();
    let room = host.filter(|host| own != Some(host.as_str())).and_then(|host| gate.rooms.site(&host));
    let line: Option<RoomId> =
        path.strip_prefix("/queue/").and_then(|rest| rest.split('/').next()?.parse().ok());
    match room {
        Some(room) if line == Some(room.id) || path.starts_with("/assets/gate/") => None,
        Some(room) => Some(Elsewhere::Site(room)),
        None => {
            let room = line.and_then(|line| gate.rooms.get(line))?;
            room.policy.site.is_some().then_some(Elsewhere::Line(room))
        }
    }
}

/// Answers what is no affair of the gate's own paths. A part of [`crate::gateway::handler::enter`], not a layer of its own.
pub async fn stand_before(gate: &Gate, elsewhere: Elsewhere, client: IpAddr, request: Request) -> Response {
    match elsewhere {
        Elsewhere::Site(room) => for_site(gate, &room, client, request).await,
        Elsewhere::Line(room) => {
            let html = wants_page(request.method(), request.headers());
            if html.is_some() {
                Redirect::to(&embed::queue(gate, &room)).into_response()
            } else {
                refuse(Problem::of(UNKNOWN_ROOM), html)
            }
        }
    }
}

async fn for_site(gate: &Gate, room: &Arc<Room>, client: IpAddr, request: Request) -> Response {
    let visitor = Visitor::read(request.headers(), gate);
    let html = wants_page(request.method(), request.headers());
    let is_guarded = request.method() == Method::CONNECT
        || room.policy.site.as_ref().is_some_and(|site| site.guards(request.uri().path()));
    let back = request.uri().path_and_query().map(ToString::to_string);
    let headers = (html.is_some() && is_guarded).then(|| request.headers().clone());
    let asks = Asks { visitor, client, is_guarded };
    let request = request.map(Body::new);
    let mut response = match pass_on::pass_on(gate, room, &asks, request).await {
        Ok(answer) => {
            let mut response = answer.map(AxumBody::new);
            response.extensions_mut().insert(Foreign);
            response
        }
        Err(refusal) => {
            let page = headers.as_ref().map(|headers| Page { headers, client, back: back.as_deref() });
            turn_away(gate, visitor, refusal, html, page).await
        }
    };
    if is_guarded {
        visitor.give_cookie(gate, response.headers_mut());
    }
    response
}
