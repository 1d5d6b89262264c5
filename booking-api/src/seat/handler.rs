//! `GET /event/{eventId}/seats` and `/availability`.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::id::{EventId, TierId};
use platform::http::{Json, Path, Problem, internal, kinds::NOT_FOUND};
use serde::Serialize;

use super::{availability, map};
use crate::{
    admission::{self, Purpose},
    cache::Missing,
    extractors::Visitor,
    state::Booking,
};

/// What can be had.
#[derive(Debug, Serialize)]
pub struct AvailabilityView {
    version: u64,
    available: String,
    tiers: Vec<TierAvailable>,
    stale: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TierAvailable {
    tier_id: TierId,
    available: u32,
}

/// `GET /event/{eventId}/seats`: the map. It never changes, so a browser may keep it.
///
/// # Errors
/// `queue-required`, `not-found`.
pub async fn seats(
    State(app): State<Booking>,
    visitor: Visitor,
    Path(event): Path<EventId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    let map = map::map(&app, event).await?;
    let etag = HeaderValue::from_str(&map.etag).unwrap_or_else(|_| HeaderValue::from_static("\"0\""));
    let kept = (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let named = (header::ETAG, etag);
    if knows(&headers, &map.etag) {
        return Ok((StatusCode::NOT_MODIFIED, [named, kept]).into_response());
    }
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(([named, kept, json], map.json.clone()).into_response())
}

/// `GET /event/{eventId}/availability`: one bit a ticket.
///
/// # Errors
/// `queue-required`, `not-found`.
pub async fn availability(
    State(app): State<Booking>,
    visitor: Visitor,
    Path(event): Path<EventId>,
) -> Result<Response, Problem> {
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    let seen = availability::snapshot(&app, event).await?;
    let layout = availability::layout(&app, event).await?;
    let tiers = layout.tiers.iter().zip(&seen.value.tiers);
    let view = AvailabilityView {
        version: seen.value.version,
        available: STANDARD.encode(&seen.value.bits),
        tiers: tiers
            .map(|(tier, available)| TierAvailable { tier_id: tier.id, available: *available })
            .collect(),
        stale: seen.stale,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

fn knows(headers: &HeaderMap, etag: &str) -> bool {
    let named = headers.get_all(header::IF_NONE_MATCH);
    let mut named = named.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    named.any(|tag| tag.trim() == "*" || tag.trim().trim_start_matches("W/") == etag)
}

impl From<Missing> for Problem {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Self::of(NOT_FOUND),
            Missing::Store(error) => internal(&error),
        }
    }
}
