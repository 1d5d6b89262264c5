//! Every path of the gate's own. All others go to the services behind, through the gateway.

use axum::{
    Router,
    extract::State,
    http::{HeaderName, header},
    middleware::from_fn_with_state,
    routing::{delete, get, post, put},
};
use platform::http::Json;

use crate::{
    admission, code, draw, entry, forecast, gateway, lane, line, live, look, pages, party, pass, room,
    shield, state::Gate,
};

/// The router of `gate`.
pub fn router(gate: Gate) -> Router {
    let lifecycle = gate.lifecycle.clone();
    let routes = Router::new()
        .route("/.well-known/jwks.json", get(jwks))
        .route("/room", get(room::handler::list).post(room::handler::create))
        .route(
            "/room/{room}",
            get(room::handler::show).put(room::handler::tune).delete(room::handler::remove),
        )
        .route("/room/{room}/shield", get(shield::handler::show).put(shield::handler::put))
        .merge(watching())
        .merge(steps())
        .route("/room/{room}/beacon", post(draw::handler::beacon))
        .route("/room/{room}/code", get(code::handler::list).post(code::handler::import))
        .route("/room/{room}/code/{code}", delete(code::handler::revoke))
        .route("/room/{room}/entry", get(entry::handler::show).put(entry::handler::set))
        .route("/room/{room}/brand", get(look::handler::show).put(look::handler::put))
        .route("/room/{room}/logo", post(look::handler::send_logo))
        .route("/room/{room}/lane", get(lane::handler::show).put(lane::handler::set))
        .route("/room/{room}/log", get(room::log::handler::log))
        .route("/room/{room}/log/chain", get(room::log::handler::chain))
        .route("/room/{room}/log.csv", get(room::log::handler::csv))
        .route("/queue/{room}/log", get(room::log::handler::told))
        .route("/room/{room}/simulate", post(admission::handler::simulate))
        .route("/room/{room}/advice", get(admission::handler::advice))
        .route("/room/{room}/drive", put(admission::handler::hand_over).delete(admission::handler::hand_back))
        .merge(bypass())
        .route(
            "/queue/{room}/place",
            get(live::handler::place).post(line::handler::join).delete(line::handler::leave),
        )
        .route("/queue/{room}/draw", get(draw::handler::show))
        .route("/queue/{room}/draw/entries", get(draw::handler::entries))
        .route("/queue/{room}/draw/receipt", get(draw::handler::receipt))
        .route("/queue/{room}/party", get(party::handler::show).post(party::handler::make))
        .route("/queue/{room}/party/member", post(party::handler::join))
        .route("/queue/{room}/challenge", get(shield::handler::challenge))
        .route("/queue/{room}/live", get(live::handler::live))
        .route("/queue/{room}/forecast", get(forecast::handler::published))
        .route("/room/{room}/forecast", get(forecast::handler::so_far))
        .route("/queue/{room}/pass", post(pass::handler::claim))
        .route("/queue/{room}/session", post(pass::handler::exchange).delete(pass::handler::leave))
        .merge(pages::routes())
        .fallback(gateway::handle)
        .layer(from_fn_with_state(gate.clone(), gateway::handler::enter))
        .with_state(gate);
    platform::http::dress_with(routes, &lifecycle)
}

/// What is planned, and what is watched.
fn watching() -> Router<Gate> {
    use room::{opening::handler as opening, watch::handler as watch};
    Router::new()
        .route("/room/{room}/opening", get(opening::list).post(opening::add))
        .route("/room/{room}/opening/{opening}", put(opening::replan).delete(opening::remove))
        .route("/room/{room}/preview", get(opening::preview))
        .route("/room/{room}/live", get(watch::now))
        .route("/room/{room}/live/stream", get(watch::stream))
        .route("/room/{room}/history", get(watch::history))
        .route("/room/{room}/history.csv", get(watch::csv))
}

/// What passes by the line of a room.
fn bypass() -> Router<Gate> {
    use room::bypass::handler::{issue, revoke, rules, set_rules, show, test};
    Router::new()
        .route("/room/{room}/bypass/rules", get(rules).put(set_rules))
        .route("/room/{room}/bypass/test", post(test))
        .route("/room/{room}/staff-token", post(issue))
        .route("/room/{room}/staff-token/{staff}", delete(revoke))
        .route("/queue/{room}/staff", post(show))
}

/// The steps in the life of a room.
fn steps() -> Router<Gate> {
    use room::step::handler::{bypass, close, drain, lobby, open, pause, reject, reopen, restore, resume};
    Router::new()
        .route("/room/{room}/lobby", post(lobby))
        .route("/room/{room}/open", post(open))
        .route("/room/{room}/pause", post(pause))
        .route("/room/{room}/resume", post(resume))
        .route("/room/{room}/drain", post(drain))
        .route("/room/{room}/reopen", post(reopen))
        .route("/room/{room}/bypass", post(bypass))
        .route("/room/{room}/reject", post(reject))
        .route("/room/{room}/restore", post(restore))
        .route("/room/{room}/close", post(close))
}

/// `GET /.well-known/jwks.json`: the keys with which passes and assertions are checked. Whoever keeps them asks again before they take a
/// token for forged, and the next key is published long before it signs.
async fn jwks(State(gate): State<Gate>) -> ([(HeaderName, &'static str); 1], Json<serde_json::Value>) {
    ([(header::CACHE_CONTROL, "max-age=10")], Json(gate.keys.public().to_jwks()))
}
