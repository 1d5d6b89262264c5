//! The table of calls. `docs/API.md` says what each takes and answers.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::{
    account,
    catalog::{event, performer, venue},
    seat,
    state::Booking,
};

/// The largest body that makes or imports events: a hall of 100,000 seats with room to spare.
const EVENT_BODY: usize = 32 << 20;

/// All calls of this service.
pub fn routes(app: Booking) -> Router {
    Router::new().merge(accounts()).merge(venues()).merge(performers()).merge(events()).with_state(app)
}

fn accounts() -> Router<Booking> {
    use account::handler as on;
    Router::new()
        .route("/account/register", post(on::register))
        .route("/account/sign-in", post(on::sign_in))
        .route("/account/guest", post(on::guest))
        .route("/account/sign-out", post(on::sign_out))
        .route("/account", get(on::me))
}

fn venues() -> Router<Booking> {
    use venue::handler as on;
    Router::new()
        .route("/venue", post(on::create))
        .route("/venue/{venue_id}", get(on::read).put(on::update).delete(on::delete))
}

fn performers() -> Router<Booking> {
    use performer::handler as on;
    Router::new()
        .route("/performer", post(on::create))
        .route("/performer/{performer_id}", get(on::read).put(on::update).delete(on::delete))
}

fn events() -> Router<Booking> {
    use event::handler as on;
    Router::new()
        .route("/event", post(on::create))
        .route("/event/import", post(on::import))
        .layer(DefaultBodyLimit::max(EVENT_BODY))
        .route("/event/{event_id}", get(on::read).put(on::update).delete(on::delete))
        .route("/event/{event_id}/seats", get(seat::handler::seats))
        .route("/event/{event_id}/availability", get(seat::handler::availability))
}
