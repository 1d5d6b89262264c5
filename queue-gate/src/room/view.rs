//! A room as its organizer sees it, in JSON.

use chrono::{DateTime, Utc};
use contracts::id::{EventId, RoomId};
use serde::Serialize;

use super::{Room, span};
use crate::{
    admission::{advise::Drive, census::Census},
    draw::Announced,
    site::Site,
    stock::Odds,
};

/// A room as its organizer sees it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoomView {
    room_id: RoomId,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<Site>,
    name: String,
    state: &'static str,
    version: i64,
    admit_per_minute: u32,
    max_active: u32,
    claim_window: String,
    session_length: String,
    interval: String,
    session: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_longest: Option<String>,
    failure: &'static str,
    message: Option<String>,
    odds: Odds,
    waitlist: Option<String>,
    pause_reason: Option<String>,
    exception: Option<ExceptionView>,
    failed_open_at: Option<DateTime<Utc>>,
    order: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    draw: Option<Announced>,
    /// Between which limits the gate sets the rate; absent while the organizer does.
    drive: Option<Drive>,
    created_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<Census>,
}

/// Why a room is in bypass or reject.
#[derive(Debug, Serialize)]
struct ExceptionView {
    /// The state that it goes back to.
    from: &'static str,
    reason: String,
}

/// The view of `room`.
pub fn view(room: Room, live: Option<Census>) -> RoomView {
    let exception = room.exception.map(|it| ExceptionView { from: it.from.name(), reason: it.reason });
    RoomView {
        room_id: room.id,
        event_id: room.policy.site.is_none().then_some(room.event),
        site: room.policy.site,
        name: room.name,
        state: room.state.name(),
        version: room.version,
        admit_per_minute: room.settings.admit_per_minute,
        max_active: room.settings.max_active,
        claim_window: span::format(room.settings.claim_window),
        session_length: span::format(room.settings.session_length),
        interval: span::format(room.policy.interval.span()),
        session: room.policy.session.name(),
        session_longest: room.policy.session.longest().map(span::format),
        failure: room.policy.failure.name(),
        message: room.message,
        odds: room.policy.odds,
        waitlist: room.policy.waitlist,
        pause_reason: room.pause_reason,
        exception,
        failed_open_at: room.failed_open_at,
        order: room.policy.order.name(),
        draw: room.policy.order.draw().cloned(),
        drive: room.policy.drive,
        created_at: room.created_at,
        live,
    }
}
