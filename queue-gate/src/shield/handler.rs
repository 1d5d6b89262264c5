//! `GET /queue/{roomId}/challenge`, and `/room/{roomId}/shield` for organizers.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{id::RoomId, proof::Flaw};
use platform::http::{Json, Path, Problem, internal, kinds::INVALID_BODY};
use serde::{Deserialize, Serialize};

use super::{
    Measure, Mode,
    budget::{Spent, Whose},
    change::{self, Reshape},
    count::{Often, Proofs, Tally},
    judge::{self, Given, NoPlaceYet, Who},
    report::{self, Report},
};
use crate::{
    extractors::{Organizer, Visitor},
    gateway::handler::Client,
    line::handler::unknown,
    problems::{BAD_PROOF, PROOF_REQUIRED, ROOM_CLOSED, TOO_MANY_REQUESTS, UNKNOWN_ROOM},
    room::{
        handler::{Asked, answer},
        span,
    },
    state::Gate,
};

/// How challenges are to be answered: docs/API.md says it in full.
const ALGORITHM: &str = "sha-256";

/// A challenge, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeView {
    /// Whether nobody gets a new place without a proof.
    required: bool,
    algorithm: &'static str,
    challenge: String,
    difficulty: u8,
    wait_until: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// `GET /queue/{roomId}/challenge`: what to answer for a place.
///
/// # Errors
/// 404 for an unknown room, 409 for one that takes nobody, 429 where too many were asked for.
pub async fn challenge(
    State(gate): State<Gate>,
    visitor: Visitor,
    client: Client,
    Path(room): Path<RoomId>,
) -> Result<Response, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    if !room.state.takes_places() {
        return Err(Problem::of(ROOM_CLOSED));
    }
    let who = Who { visitor: visitor.id, address: client.0 };
    let Given { text, challenge } = judge::challenge(&gate, &room, who)?;
    let view = ChallengeView {
        required: room.policy.shield.proof == Mode::Enforce && !room.policy.entry.code,
        algorithm: ALGORITHM,
        challenge: text,
        difficulty: challenge.difficulty,
        wait_until: challenge.wait_until(),
        expires_at: challenge.expires(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

/// The body of `PUT /room/{roomId}/shield`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Put {
    version: Option<i64>,
    proof: Option<Mode>,
    joins: Option<Mode>,
    challenges: Option<Mode>,
    sockets: Option<Mode>,
    tabs: Option<Mode>,
    normal: Option<u32>,
    easiest: Option<u8>,
    hardest: Option<u8>,
    wait: Option<String>,
}

/// `PUT /room/{roomId}/shield`: changes what is watched and what is refused.
///
/// # Errors
/// 409 or 412 where somebody changed the room in between, 422 for a value outside its bounds.
pub async fn put(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(asked): Json<Put>,
) -> Result<Response, Problem> {
    let wait = asked.wait.as_deref().map(read_wait).transpose()?;
    let Put { version, proof, joins, challenges, sockets, tabs, normal, easiest, hardest, .. } = asked;
    let to = Reshape { version, proof, joins, challenges, sockets, tabs, normal, easiest, hardest, wait };
    answer(&gate, change::reshape(&gate, &ask, to).await?).await
}

fn read_wait(text: &str) -> Result<u16, Problem> {
    let seconds = span::parse(text).and_then(|span| u16::try_from(span.num_seconds()).ok());
    seconds.ok_or_else(|| Problem::of(INVALID_BODY).detail("wait: an ISO 8601 duration such as PT30S"))
}

/// How a shield stands, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    version: i64,
    since: Option<DateTime<Utc>>,
    normal: u32,
    easiest: u8,
    hardest: u8,
    wait: String,
    difficulty: u8,
    joins_per_minute: u64,
    measures: BTreeMap<&'static str, MeasureView>,
    proofs: Proofs,
}

/// One measure, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MeasureView {
    mode: Mode,
    seen: u64,
    would_refuse: u64,
    refused: u64,
    networks: Vec<Often>,
}

/// `GET /room/{roomId}/shield`: what it saw and refused, or would have.
///
/// # Errors
/// 404 where the room is none of the caller's, 503 while a store is away.
pub async fn show(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(room): Path<RoomId>,
) -> Result<Response, Problem> {
    let report = report::report(&gate, room, organizer.id).await.map_err(|error| internal(&error))?;
    let Report { room, counts, difficulty, per_minute } = report.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?;
    let shield = room.policy.shield;
    let measure = |(measure, tally): (Measure, &Tally)| {
        let mode = shield.mode(measure);
        let (refused, would_refuse) =
            if mode == Mode::Enforce { (tally.refused, 0) } else { (0, tally.refused) };
        let networks = tally.most_refused();
        (measure.name(), MeasureView { mode, seen: tally.seen, would_refuse, refused, networks })
    };
    let view = ReportView {
        version: room.version,
        since: shield.since,
        normal: shield.normal,
        easiest: shield.easiest,
        hardest: shield.hardest,
        wait: span::format(chrono::TimeDelta::seconds(shield.wait.into())),
        difficulty,
        joins_per_minute: per_minute,
        measures: counts.tallies().map(measure).collect(),
        proofs: counts.proofs,
    };
    Ok(([(header::ETAG, format!("\"{}\"", room.version))], Json(view)).into_response())
}

impl From<Spent> for Problem {
    fn from(spent: Spent) -> Self {
        let whose = match spent.whose {
            Whose::Address => "your address",
            Whose::Network => "the network of your address",
        };
        let detail = format!("At most {} {} a minute may come from {whose}.", spent.quota, spent.kind.name());
        let (policy, left) = spent.fields();
        Self::of(TOO_MANY_REQUESTS)
            .detail(detail)
            .retry_after(spent.wait)
            .field("ratelimit-policy", &policy)
            .field("ratelimit", &left)
    }
}

impl From<NoPlaceYet> for Problem {
    fn from(refused: NoPlaceYet) -> Self {
        match refused {
            NoPlaceYet::Spent(spent) => spent.into(),
            NoPlaceYet::Line(error) => error.into(),
            NoPlaceYet::Proof { flaw, given: Given { text, challenge } } => {
                let (kind, detail) = match flaw {
                    None => (PROOF_REQUIRED, "Answer the challenge, and send the answer as proof."),
                    Some(Flaw::Foreign) => {
                        (BAD_PROOF, "The challenge is none that you were given for this room.")
                    }
                    Some(Flaw::Expired) => (BAD_PROOF, "The challenge is too old."),
                    Some(Flaw::TooEasy) => (BAD_PROOF, "The hash does not begin with enough zero bits."),
                    Some(Flaw::TooEarly) => (BAD_PROOF, "The challenge alone will do only after waitUntil."),
                };
                Self::of(kind)
                    .detail(detail)
                    .with("algorithm", ALGORITHM)
                    .with("challenge", text)
                    .with("difficulty", challenge.difficulty)
                    .with("waitUntil", challenge.wait_until())
                    .with("expiresAt", challenge.expires())
            }
        }
    }
}
