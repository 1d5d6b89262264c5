//! The table of calls. `docs/API.md` says what each takes and answers.

use axum::{
    Router,
    routing::{get, post},
};

use crate::{account, state::Booking};

/// All calls of this service.
pub fn routes(app: Booking) -> Router {
    Router::new().merge(accounts()).with_state(app)
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
