//! The table of calls. `docs/API.md` says what each takes and answers.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{delete, get, post, put},
};

use platform::lifecycle::Lifecycle;
use tower_http::compression::CompressionLayer;

use crate::{
    account, allocation, audit, brand, cancellation,
    catalog::{event, performer, venue},
    charge, checkout, document, door, drawing, hold, holder, key, mail_code, oidc, order, outbox, pages,
    payment, presale, refund, report, scanner, seat, session,
    state::Booking,
    team, ticket, transfer, voucher, waitlist, webhook,
};

/// The largest body that makes or imports events: a hall of 100,000 seats with room to spare.
const EVENT_BODY: usize = 32 << 20;

/// The largest body of a booking: a hundred tickets and a record with room to spare.
const BOOKING_BODY: usize = 64 << 10;

/// The largest list of codes: as many as a call takes, with room to spare.
const CODES_BODY: usize = 4 << 20;

/// The largest body of scans: as many as a call takes, with room to spare.
const SCANS_BODY: usize = 256 << 10;

/// The router as it is served: what a client began to change is changed, though the client goes.
pub fn serving(app: Booking, lifecycle: &Lifecycle) -> Router {
    let calls = platform::http::finish_writes(routes(app), lifecycle);
    platform::http::dress(platform::http::read_small_bodies(calls), lifecycle)
}

/// All calls of this service.
pub fn routes(app: Booking) -> Router {
    let catalog = Router::new().merge(venues()).merge(performers()).merge(events());
    Router::new()
        .merge(accounts())
        .merge(teams())
        .merge(catalog)
        .merge(bookings())
        .merge(tickets())
        .merge(doors())
        .merge(money())
        .merge(codes())
        .merge(waitlists())
        .merge(webhooks())
        .merge(shop())
        .with_state(app)
}

fn accounts() -> Router<Booking> {
    use account::handler as on;
    Router::new()
        .route("/account/register", post(on::register))
        .route("/account/sign-in", get(pages::sign_in::show).post(on::sign_in))
        .route("/account/sign-in/form", get(pages::sign_in::show).post(pages::sign_in::sign_in))
        .route("/account/oidc/{provider_id}", get(oidc::handler::begin))
        .route("/account/oidc/{provider_id}/callback", get(oidc::handler::finish))
        .route("/account/guest", post(on::guest))
        .route("/account/sign-out", post(session::handler::sign_out))
        .route("/account/sign-out-everywhere", post(session::handler::sign_out_everywhere))
        .route("/account/code", post(mail_code::handler::ask))
        .route("/account/code/sign-in", post(mail_code::handler::sign_in))
        .route("/account/password", put(on::change_password))
        .route("/account/session", get(session::handler::list))
        .route(contracts::session::REFRESH_PATH, post(session::handler::refresh))
        .route("/account/session/{session_id}", delete(session::handler::end))
        .route("/account/team", get(team::handler::mine))
        .route("/account/team/{organizer_id}", delete(team::handler::leave))
        .route("/account", get(on::me).put(on::reach))
        .route("/audit", get(audit::handler::list))
        .route("/brand", get(brand::handler::read).put(brand::handler::put))
}

/// Who works for an organizer.
fn teams() -> Router<Booking> {
    use team::handler as on;
    Router::new()
        .route("/team", get(on::list))
        .route("/team/key", get(key::handler::list).post(key::handler::make))
        .route("/team/key/{key_id}", delete(key::handler::revoke))
        .route(contracts::organizer_key::EXCHANGE_PATH, post(key::handler::exchange))
        .route("/team/member", post(on::add))
        .route("/team/member/{account_id}", put(on::change).delete(on::remove))
}

fn venues() -> Router<Booking> {
    use venue::handler as on;
    Router::new()
        .route("/venue", get(on::list).post(on::create))
        .route("/venue/{venue_id}", get(on::read).put(on::update).delete(on::delete))
}

fn performers() -> Router<Booking> {
    use performer::handler as on;
    Router::new()
        .route("/performer", get(on::list).post(on::create))
        .route("/performer/{performer_id}", get(on::read).put(on::update).delete(on::delete))
}

fn events() -> Router<Booking> {
    use event::handler as on;
    Router::new()
        .route("/event", get(on::list).post(on::create))
        .route("/event/import", post(on::import))
        .route(
            "/event/{event_id}/plan",
            get(drawing::handler::read).put(drawing::handler::write).layer(CompressionLayer::new()),
        )
        .layer(DefaultBodyLimit::max(EVENT_BODY))
        .route("/event/{event_id}", get(on::read).put(on::update).delete(on::delete))
        .route("/event/{event_id}/seating-plan", get(on::seating_plan))
        .route("/event/{event_id}/seats", get(seat::handler::seats))
        .route("/event/{event_id}/seats/{plan}", get(seat::handler::plan))
        .route(
            "/event/{event_id}/availability",
            get(seat::handler::availability).layer(CompressionLayer::new()),
        )
}

/// What organizers see and do of the money.
fn money() -> Router<Booking> {
    Router::new()
        .route("/event/{event_id}/charge", get(charge::handler::read).put(charge::handler::write))
        .route("/event/{event_id}/order", get(order::handler::list_of_event))
        .route(
            "/event/{event_id}/cancel",
            get(cancellation::handler::progress).post(cancellation::handler::cancel),
        )
        .route("/event/{event_id}/order.csv", get(report::handler::orders_csv))
        .route("/event/{event_id}/mail", get(outbox::handler::list))
        .route("/event/{event_id}/mail/{message_id}/retry", post(outbox::handler::again))
        .route("/event/{event_id}/sales", get(report::handler::sales))
        .route("/event/{event_id}/sales.csv", get(report::handler::sales_csv))
        .route("/order/{order_id}/refund", post(refund::handler::refund))
        .route("/order/{order_id}/refund/{refund_id}/retry", post(refund::handler::again))
        .layer(DefaultBodyLimit::max(BOOKING_BODY))
}

fn bookings() -> Router<Booking> {
    use checkout::{form::handler as forms, handler as page};
    Router::new()
        .route("/booking/reserve", post(hold::handler::reserve))
        .route("/booking/hold/{hold_id}", get(hold::handler::show).delete(hold::handler::release))
        .route("/booking/hold/{hold_id}/extend", post(hold::handler::extend))
        .route(
            "/booking/hold/{hold_id}/voucher",
            put(voucher::handler::put).delete(voucher::handler::take_off),
        )
        .route("/booking/leave", post(hold::handler::leave))
        .route("/booking/confirm", put(order::handler::confirm))
        .route("/order", get(order::handler::list))
        .route("/order/{order_id}", get(order::handler::show).delete(order::handler::cancel))
        .route("/order/{order_id}/ticket/{ticket_id}/qr.svg", get(ticket::handler::qr))
        .route("/payment/callback/sandbox", post(payment::handler::sandbox))
        .route("/payment/callback/stripe", post(payment::handler::stripe))
        .route("/checkout/{hold_id}", get(page::checkout))
        .route("/checkout/{hold_id}/extend", get(forms::checkout).post(forms::extend))
        .route("/checkout/{hold_id}/pay", get(forms::checkout).post(forms::pay))
        .route("/checkout/{hold_id}/release", get(forms::checkout).post(forms::release))
        .route("/checkout/{hold_id}/voucher", get(forms::checkout).post(forms::voucher))
        .route("/order/{order_id}/cancel", get(forms::order).post(forms::cancel))
        .layer(DefaultBodyLimit::max(BOOKING_BODY))
}

fn tickets() -> Router<Booking> {
    use transfer::handler as on;
    Router::new()
        .route("/ticket", get(on::list))
        .route("/ticket/key", get(ticket::handler::keys))
        .route("/ticket/check", post(ticket::handler::check))
        .route("/ticket/accept", get(holder::handler::accept).post(on::accept))
        .route("/ticket/{ticket_id}", get(on::show).post(holder::handler::pass_on))
        .route("/ticket/{ticket_id}/qr.svg", get(on::code))
        .route("/ticket/{ticket_id}/ticket.pdf", get(document::handler::pdf))
        .route("/ticket/{ticket_id}/event.ics", get(document::handler::ics))
        .route("/ticket/{ticket_id}/ticket.pkpass", get(document::handler::wallet))
        .route("/assets/booking/accept.js", get(holder::handler::accept_script))
        .route("/ticket/{ticket_id}/transfer", post(on::send).delete(on::cancel))
        .route("/event/{event_id}/transfer", put(on::rule))
        .route("/event/{event_id}/revocation", get(ticket::handler::revocations))
        .layer(DefaultBodyLimit::max(BOOKING_BODY))
}

fn doors() -> Router<Booking> {
    use door::handler as on;
    Router::new()
        .route(
            "/event/{event_id}/allocation",
            post(allocation::handler::create).get(allocation::handler::list),
        )
        .route("/event/{event_id}/allocation/{order_id}", delete(allocation::handler::release))
        .route("/event/{event_id}/door", post(on::open).get(on::list))
        .route("/event/{event_id}/door/{door_id}", delete(on::close))
        .route("/ticket/door", get(on::here))
        .route("/ticket/bundle", get(on::bundle))
        .route("/ticket/scan", post(on::scan))
        .route("/ticket/scanner", get(scanner::handler::page))
        .route("/assets/booking/scanner.js", get(scanner::handler::script))
        .route("/assets/booking/scanner.css", get(scanner::handler::style))
        .route("/assets/booking/scanner-worker.js", get(scanner::handler::worker))
        .layer(DefaultBodyLimit::max(SCANS_BODY))
}

/// Who waits for seats that come back.
fn waitlists() -> Router<Booking> {
    use waitlist::handler as on;
    Router::new()
        .route("/event/{event_id}/waitlist", get(on::own).post(on::enter).put(on::put).delete(on::leave))
        .route("/event/{event_id}/waitlist/entry", get(on::list))
        .route("/event/{event_id}/waitlist/entry/{entry_id}", delete(on::remove))
        .layer(DefaultBodyLimit::max(BOOKING_BODY))
}

/// What organizers give out.
fn codes() -> Router<Booking> {
    use voucher::handler as on;
    Router::new()
        .route("/event/{event_id}/voucher", post(on::import).get(on::list))
        .route("/event/{event_id}/voucher/{voucher_id}", delete(on::revoke))
        .route("/event/{event_id}/presale", get(presale::handler::read).put(presale::handler::put))
        .route("/event/{event_id}/presale/code", post(presale::handler::import).get(presale::handler::list))
        .route("/event/{event_id}/presale/code/{code_id}", delete(presale::handler::revoke))
        .layer(DefaultBodyLimit::max(CODES_BODY))
}

/// Where organizers are told what happens.
fn webhooks() -> Router<Booking> {
    use webhook::handler as on;
    Router::new()
        .route("/webhook", get(on::list).post(on::create))
        .route("/webhook/{webhook_id}", get(on::show).put(on::change).delete(on::remove))
        .route("/webhook/{webhook_id}/secret", post(on::rotate))
        .route("/webhook/{webhook_id}/test", post(on::try_out))
        .route("/webhook/{webhook_id}/replay", post(on::replay_all))
        .route("/webhook/{webhook_id}/delivery", get(on::deliveries))
        .route("/webhook/{webhook_id}/delivery/{notice_id}", get(on::delivery))
        .route("/webhook/{webhook_id}/delivery/{notice_id}/replay", post(on::replay))
        .layer(DefaultBodyLimit::max(BOOKING_BODY))
}

fn shop() -> Router<Booking> {
    use pages::handler as on;
    Router::new()
        .route("/e/{event_id}", get(on::event).post(on::choose).layer(CompressionLayer::new()))
        .route("/assets/booking/usher.css", get(on::style))
        .route("/assets/booking/sign-in.js", get(pages::sign_in::script))
}
