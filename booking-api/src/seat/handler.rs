//! `GET /event/{eventId}/seats` and `/availability`.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};
use contracts::id::{EventId, TierId};
use platform::http::{
    Json, Path, Problem, Query, internal,
    kinds::{NOT_FOUND, UNAVAILABLE},
    names_tag,
};
use serde::{Deserialize, Serialize};

use super::{
    Layout,
    availability::{self, Sight},
    compact,
    feed::{self, Delta},
    map,
};
use crate::{
    admission::{self, Purpose},
    cache::Missing,
    catalog::event::overview,
    extractors::{SignedIn, Visitor, stale_header},
    state::Booking,
};

/// What can be had: everything, or what is different from the version `since`.
#[derive(Debug, Serialize)]
pub struct AvailabilityView {
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    free: Option<Vec<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken: Option<Vec<u32>>,
    tiers: Vec<TierAvailable>,
    stale: bool,
}

/// What somebody was told last.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which version; none when nothing.
    pub version: Option<u64>,
    /// Whether it was called stale.
    pub stale: bool,
    /// Until when each tier was said to be sold with a code only.
    pub presale_until: Vec<Option<DateTime<Utc>>>,
}

impl Told {
    /// Nothing but what the version `since` says.
    pub fn since(version: Option<u64>) -> Self {
        Self { version, stale: false, presale_until: Vec::new() }
    }
}

/// The query of `GET /event/{eventId}/availability`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Since {
    since: Option<u64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TierAvailable {
    tier_id: TierId,
    available: u32,
    /// Until when it is sold with a code only, if it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    presale_until: Option<DateTime<Utc>>,
}

/// `GET /event/{eventId}/seats`: the map. It never changes, so a browser may keep it.
///
/// # Errors
/// `queue-required`, `not-found`.
pub async fn seats(
    State(app): State<Booking>,
    somebody: Option<SignedIn>,
    visitor: Visitor,
    Path(event): Path<EventId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    overview::detail(&app, event, somebody.map(|fan| fan.account)).await?;
    let map = map::map(&app, event).await?;
    let etag = HeaderValue::from_str(&map.etag).unwrap_or_else(|_| HeaderValue::from_static("\"0\""));
    let kept = (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    let named = (header::ETAG, etag);
    if names_tag(&headers, &map.etag) {
        return Ok((StatusCode::NOT_MODIFIED, [named, kept]).into_response());
    }
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(([named, kept, json], map.json.clone()).into_response())
}

/// `GET /event/{eventId}/seats/{plan}`: the hall as our own pages read it, called by its hash, so that a browser keeps it
/// for ever.
///
/// # Errors
/// `queue-required`, `not-found`, also for a plan that is called otherwise.
pub async fn plan(
    State(app): State<Booking>,
    somebody: Option<SignedIn>,
    visitor: Visitor,
    Path((event, called)): Path<(EventId, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    overview::detail(&app, event, somebody.map(|fan| fan.account)).await?;
    let plan = compact::plan(&app, event).await?;
    if plan.hash != called {
        return Err(Problem::of(NOT_FOUND));
    }
    let kept = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    let codings = headers.get_all(header::ACCEPT_ENCODING);
    let mut codings = codings.iter().filter_map(|value| value.to_str().ok());
    if codings.any(|codings| codings.contains("gzip")) {
        let packed = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return Ok((kept, [packed], plan.gzip.clone()).into_response());
    }
    Ok((kept, plan.json.clone()).into_response())
}

/// `GET /event/{eventId}/availability`: one bit a ticket, or what changed since a version; as events for who asks for
/// `text/event-stream`.
///
/// # Errors
/// `queue-required`, `not-found`.
pub async fn availability(
    State(app): State<Booking>,
    somebody: Option<SignedIn>,
    visitor: Visitor,
    Path(event): Path<EventId>,
    Query(asked): Query<Since>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    admission::check(&app, event, &visitor, Purpose::Shop).await?;
    overview::detail(&app, event, somebody.map(|fan| fan.account)).await?;
    let layout = availability::layout(&app, event).await?;
    if wants_events(&headers) {
        let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
        let lasts =
            visitor.pass.as_ref().map(|pass| (pass.until - app.clock.now()).to_std().unwrap_or_default());
        let seen = availability::sight(&app, event).await?;
        let listening =
            app.views.hub.listen(event, seen).ok_or_else(|| Problem::of(UNAVAILABLE).retry_after(1))?;
        let events = feed::handler::stream(listening, layout, last.or(asked.since), lasts);
        return Ok(([(header::CACHE_CONTROL, "no-store")], events).into_response());
    }
    let sight = availability::sight(&app, event).await?;
    let view = AvailabilityView::of(&layout, &sight, &mut Told::since(asked.since));
    let mut answer = ([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response();
    answer.headers_mut().extend(stale_header(sight.seen.stale));
    Ok(answer)
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with("text/event-stream"))
}

impl AvailabilityView {
    /// What `told` must be told now: everything, unless their version is remembered.
    pub(super) fn of(layout: &Layout, sight: &Sight, told: &mut Told) -> Self {
        let Sight { seen, presale_until } = sight;
        let snapshot = &seen.value;
        let since = told.version.filter(|_| !snapshot.without_holds);
        let delta = since.and_then(|since| Some((since, snapshot.published.as_ref()?.since(since)?)));
        let presale_until = presale_until.clone();
        *told = Told { version: Some(snapshot.version), stale: seen.stale, presale_until };
        let tiers = layout.tiers.iter().zip(&snapshot.tiers).zip(&sight.presale_until);
        let tiers = tiers.map(|((tier, available), presale_until)| TierAvailable {
            tier_id: tier.id,
            available: *available,
            presale_until: *presale_until,
        });
        let (since, free, taken) = match delta {
            Some((since, Delta { free, taken })) => (Some(since), Some(free), Some(taken)),
            None => (None, None, None),
        };
        Self {
            version: snapshot.version,
            available: since.is_none().then(|| STANDARD.encode(&snapshot.bits)),
            since,
            free,
            taken,
            tiers: tiers.collect(),
            stale: seen.stale,
        }
    }

    /// The same for one who stays connected; none when there is nothing new.
    pub(super) fn news(layout: &Layout, sight: &Sight, told: &mut Told) -> Option<Self> {
        let seen = &sight.seen;
        let known = told.version == Some(seen.value.version)
            && told.stale == seen.stale
            && told.presale_until == sight.presale_until;
        (!known).then(|| Self::of(layout, sight, told))
    }

    /// Which version it leads to.
    pub(super) fn version(&self) -> u64 {
        self.version
    }
}

impl From<Missing> for Problem {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Self::of(NOT_FOUND),
            Missing::Store(error) => internal(&error),
        }
    }
}
