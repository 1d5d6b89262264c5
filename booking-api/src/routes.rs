//! The table of calls. `docs/API.md` says what each takes and answers.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post, put},
};

use platform::lifecycle::Lifecycle;

use crate::{
    account,
    catalog::{event, performer, venue},
    checkout, hold, order, pages, payment, seat,
    state::Booking,
    ticket,
};

/// The largest body that makes or imports events: a hall of 100,000 seats with room to spare.
const EVENT_BODY: usize = 32 << 20;

/// The largest body of a booking: a hundred tickets and a record with room to spare.
const BOOKING_BODY: usize = 64 << 10;

/// The router as it is served: what a client began to change is changed, though the client goes.
pub fn serving(app: Booking, lifecycle: &Lifecycle) -> Router {
    platform::http::dress(platform::http::finish_writes(routes(app), lifecycle), lifecycle)
}

/// All calls of this service.
pub fn routes(app: Booking) -> Router {
    let catalog = Router::new().merge(venues()).merge(performers()).merge(events());
    Router::new().merge(accounts()).merge(catalog).merge(bookings()).merge(shop()).with_state(app)
}

fn accounts() -> Router<Booking> {
    use account::handler as on;
    Router::new()
        .route("/account/register", post(on::register))
        .route("/account/sign-in", get(pages::handler::sign_in).post(on::sign_in))
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

fn bookings() -> Router<Booking> {
    use checkout::handler as page;
    Router::new()
        .route("/booking/reserve", post(hold::handler::reserve))
        .route("/booking/hold/{hold_id}", get(hold::handler::show).delete(hold::handler::release))
        .route("/booking/hold/{hold_id}/extend", post(hold::handler::extend))
        .route("/booking/leave", post(hold::handler::leave))
        .route("/booking/confirm", put(order::handler::confirm))
        .route("/order", get(order::handler::list))
        .route("/order/{order_id}", get(order::handler::show).delete(order::handler::cancel))
        .route("/order/{order_id}/ticket/{ticket_id}/qr.svg", get(ticket::handler::qr))
        .route("/payment/callback/sandbox", post(payment::handler::sandbox))
        .route("/ticket/check", post(ticket::handler::check))
        .route("/checkout/{hold_id}", get(page::checkout))
        .route("/assets/booking/checkout.js", get(page::checkout_script))
        .route("/assets/booking/order.js", get(page::order_script))
        .layer(DefaultBodyLimit::max(BOOKING_BODY))
}

fn shop() -> Router<Booking> {
    use pages::handler as on;
    Router::new()
        .route("/e/{event_id}", get(on::event))
        .route("/assets/booking/usher.css", get(on::style))
        .route("/assets/booking/event.js", get(on::event_script))
        .route("/assets/booking/sign-in.js", get(on::sign_in_script))
}
