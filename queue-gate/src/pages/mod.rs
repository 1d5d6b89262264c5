//! The pages that the gate renders itself.

use axum::Router;

use crate::state::Gate;

/// The paths of the pages.
pub fn routes() -> Router<Gate> {
    Router::new()
}
