//! Every path of the gate's own. All others go to the services behind, through the gateway.

use axum::{Router, extract::State, middleware::from_fn_with_state, routing::get};
use platform::http::Json;

use crate::{extractors, gateway, pages, state::Gate};

/// The router of `gate`.
pub fn router(gate: Gate) -> Router {
    let lifecycle = gate.lifecycle.clone();
    let routes = Router::new()
        .route("/.well-known/jwks.json", get(jwks))
        .merge(pages::routes())
        .fallback(gateway::handle)
        .layer(from_fn_with_state(gate.clone(), extractors::own_origin))
        .layer(from_fn_with_state(gate.clone(), extractors::identify))
        .layer(from_fn_with_state(gate.clone(), gateway::handler::enter))
        .with_state(gate);
    platform::http::dress_with(routes, &lifecycle)
}

/// `GET /.well-known/jwks.json`: the keys with which passes and assertions are checked.
async fn jwks(State(gate): State<Gate>) -> Json<serde_json::Value> {
    Json(gate.keys.public.to_jwks())
}
