//! `/queue/{roomId}/entry` and the forms on it.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use contracts::id::RoomId;
use platform::http::{Path, Problem, Query, Raw, internal};
use serde::Deserialize;

use super::Shown;
use crate::{
    draw::{self, enter::Entered},
    extractors::Asker,
    line::{self, take},
    pages::{
        handler::{field, page, problem},
        words,
    },
    party,
    room::Room,
    shield::judge,
    state::Gate,
};

/// The query of `GET /queue/{roomId}/entry`.
#[derive(Debug, Deserialize)]
pub struct Sent {
    party: Option<String>,
}

/// `GET /queue/{roomId}/entry`: the page; with `?party=` it asks whether one wants to join.
pub async fn show(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Query(Sent { party }): Query<Sent>,
) -> Response {
    let Some(room) = gate.rooms.get(room) else {
        return problem(asker.language, &line::handler::unknown(&gate));
    };
    let own = match party::find::find(&gate, &room, asker.visitor).await {
        Ok(own) => own,
        Err(error) => return problem(asker.language, &internal(&error)),
    };
    let link = own.as_ref().map(|own| party::handler::address(&gate, &room, own.party));
    let members = own.as_ref().map(|own| (own.members, own.limit));
    let (room, look) = (&room, &gate.brands.of(&room));
    let language = look.look.language_for(&asker.wishes);
    let (party, link) = (party.as_deref(), link.as_deref());
    let shown = Shown { room, look, seen: None, language, problem: None, party, link, members };
    page(language, StatusCode::OK, super::page(&shown))
}

/// The page with what went wrong, or with what the room asks for.
pub fn refused(gate: &Gate, asker: &Asker, room: &Room, refused: &Problem, party: Option<&str>) -> Response {
    let look = &gate.brands.of(room);
    let language = look.look.language_for(&asker.wishes);
    let words = words::detail(language, refused).unwrap_or_else(|| words::title(language, refused.kind()));
    let problem = Some(words.as_str());
    let shown = Shown { room, look, seen: None, language, problem, party, link: None, members: None };
    let mut response = page(language, refused.status(), super::page(&shown));
    if let Some(seconds) = refused.retry_after_seconds() {
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
    }
    response
}

/// `POST /queue/{roomId}/join`: the forms of the page: takes a place with a code, or joins a party.
pub async fn join(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Raw(body): Raw,
) -> Response {
    let Some(room) = gate.rooms.get(room) else {
        return problem(asker.language, &line::handler::unknown(&gate));
    };
    let typed = |name: &str| field(&body, name).filter(|value| !value.trim().is_empty());
    let (code, party) = (typed("code"), typed("party"));
    match enter(&gate, &room, &asker, code.as_deref(), party.as_deref()).await {
        Ok(()) => Redirect::to(&format!("/queue/{}", room.id)).into_response(),
        Err(error) => refused(&gate, &asker, &room, &error, party.as_deref()),
    }
}

async fn enter(
    gate: &Gate,
    room: &Room,
    asker: &Asker,
    code: Option<&str>,
    party: Option<&str>,
) -> Result<(), Problem> {
    if let Some(refusal) = line::handler::refusal(room) {
        return Err(refusal);
    }
    // A party has its place already; everything else is a new one.
    if party.is_none() || room.policy.order.draw().is_some() {
        judge::may_join(gate, room, asker.who(), None, None).await?;
    }
    if room.policy.order.draw().is_some() {
        let claim = take::admit(gate, room, asker, code).await?;
        let entered = draw::enter::enter(gate, room.id, asker.visitor, None, claim).await?;
        if !matches!(entered, Entered::Line { .. }) {
            return Ok(());
        }
    }
    if let Some(link) = party {
        party::join::join(gate, room, asker, link).await?;
        return Ok(());
    }
    take::take(gate, room, asker, take::Shown { place: None, code }).await?;
    Ok(())
}

/// `POST /queue/{roomId}/party` as a form: makes a party and shows its link.
pub async fn make(gate: &Gate, room: &Room, asker: &Asker) -> Response {
    match party::make::make(gate, room, asker).await {
        Ok(made) => {
            let link = party::handler::address(gate, room, made.party);
            let members = Some((made.members, made.limit));
            let look = &gate.brands.of(room);
            let language = look.look.language_for(&asker.wishes);
            let (seen, problem, party, link) = (None, None, None, Some(link.as_str()));
            let shown = Shown { room, look, seen, language, problem, party, link, members };
            page(language, StatusCode::OK, super::page(&shown))
        }
        Err(error) => refused(gate, asker, room, &error.into(), None),
    }
}
