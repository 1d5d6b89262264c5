//! The paths of search-api.

use axum::{Router, routing::get};

use crate::{pages, query, state::Search};

/// All paths.
pub fn routes(app: Search) -> Router {
    Router::new()
        .route("/", get(pages::handler::home))
        .route("/search", get(query::handler::search))
        .route("/search/suggest", get(query::handler::suggest))
        .with_state(app)
}
