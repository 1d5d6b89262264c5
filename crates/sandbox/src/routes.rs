//! The table of calls. `docs/API.md` says what each takes and answers.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};

use crate::{
    authorization::handler as on, challenge::handler as page, oidc::handler as oidc, state::Sandbox,
};

/// The largest body that is read.
const BODY_LIMIT: usize = 16 * 1024;

/// All calls.
pub fn routes(sandbox: Sandbox) -> Router {
    Router::new()
        .route("/authorization", post(on::authorize).get(on::find))
        .route("/authorization/{id}", get(on::show))
        .route("/authorization/{id}/{step}", post(on::step))
        .route("/authorization/{id}/dispute", post(on::dispute))
        .route("/authorization/{id}/dispute/{outcome}", post(on::close_dispute))
        .route("/challenge/{id}", get(page::show))
        .route("/challenge/{id}/{proof}", post(page::prove))
        .route("/ledger", get(on::ledger))
        .route("/oidc/.well-known/openid-configuration", get(oidc::document))
        .route("/oidc/keys", get(oidc::keys))
        .route("/oidc/authorize", get(oidc::ask).post(oidc::answer))
        .route("/oidc/token", post(oidc::token))
        .route("/oidc/rotate", post(oidc::rotate))
        .route("/oidc/reads", get(oidc::reads))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(sandbox)
}
