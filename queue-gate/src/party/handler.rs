//! `/queue/{roomId}/party`: make a party, look at it, join one.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::{
    id::{PartyId, RoomId},
    party,
    place::{self, Place, PlaceNumber},
};
use platform::http::{Json, Path, Problem, internal};
use serde::{Deserialize, Serialize};

use super::{Party, PartyError, find, join, make};
use crate::{
    extractors::Asker,
    line::handler::{refusal, unknown},
    pages,
    problems::{IN_PARTY, NO_PLACE, PARTY_CALLED, PARTY_FULL, UNKNOWN_PARTY},
    room::Room,
    state::Gate,
};

/// A party, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartyView {
    party: String,
    link: String,
    members: u32,
    limit: u32,
}

/// The body of `POST /queue/{roomId}/party/member`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Join {
    party: String,
}

/// What a friend has who joined.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinedView {
    number: PlaceNumber,
    ahead: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lane: Option<String>,
    token: String,
    #[serde(flatten)]
    party: PartyView,
}

/// `POST /queue/{roomId}/party`: makes a party around one's place, or finds the one that one is in. As a form, it answers
/// with the page that shows the link.
///
/// # Errors
/// 404 without a place, 409 once it was called.
pub async fn make(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| kind.as_bytes().to_ascii_lowercase());
    if kind.is_some_and(|kind| kind.starts_with(b"application/x-www-form-urlencoded")) {
        return Ok(pages::entry::handler::make(&gate, &room, &asker).await);
    }
    let made = make::make(&gate, &room, &asker).await?;
    Ok((StatusCode::OK, Json(view(&gate, &room, made))).into_response())
}

/// `GET /queue/{roomId}/party`: the party that one is in.
///
/// # Errors
/// 404 where one is in none.
pub async fn show(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
) -> Result<Json<PartyView>, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    let own = find::find(&gate, &room, asker.visitor).await.map_err(|error| internal(&error))?;
    Ok(Json(view(&gate, &room, own.ok_or_else(|| Problem::of(UNKNOWN_PARTY))?)))
}

/// `POST /queue/{roomId}/party/member`: joins the party that a link names.
///
/// # Errors
/// 404 where there is none, 409 where it is full, one is in another, or a place was called.
pub async fn join(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Json(asked): Json<Join>,
) -> Result<Json<JoinedView>, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    if let Some(refusal) = refusal(&room) {
        return Err(refusal);
    }
    let joined = join::join(&gate, &room, &asker, &asked.party).await?;
    let standing = joined.place;
    let place = Place { room: room.id, visitor: asker.visitor, number: standing.number, lane: standing.lane };
    Ok(Json(JoinedView {
        number: standing.number,
        ahead: standing.ahead,
        lane: room.policy.lanes.shown(standing.lane),
        token: place::sign(place, &gate.keys.secret),
        party: view(&gate, &room, joined.party),
    }))
}

fn view(gate: &Gate, room: &Room, party: Party) -> PartyView {
    PartyView {
        party: party::sign(room.id, party.party, &gate.keys.secret),
        link: address(gate, room, party.party),
        members: party.members,
        limit: party.limit,
    }
}

/// Where friends join `party`.
pub fn address(gate: &Gate, room: &Room, party: PartyId) -> String {
    let base = gate.config.public.public_url.as_str().trim_end_matches('/');
    let link = party::sign(room.id, party, &gate.keys.secret);
    format!("{base}/queue/{}/entry?party={link}", room.id)
}

impl From<PartyError> for Problem {
    fn from(error: PartyError) -> Self {
        match error {
            PartyError::NoPlace => Self::of(NO_PLACE),
            PartyError::Unknown => Self::of(UNKNOWN_PARTY),
            PartyError::Full(limit) => Self::of(PARTY_FULL).with("limit", limit),
            PartyError::Called => Self::of(PARTY_CALLED),
            PartyError::InAnother => Self::of(IN_PARTY),
            PartyError::Refused(error) => error.into(),
            PartyError::Line(error) => error.into(),
            PartyError::Store(error) => internal(&error),
        }
    }
}
