//! Everything that is not the gate's own.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use clap::Args;
use platform::http::{Problem, kinds};
use url::Url;

use crate::state::Gate;

/// Where the services behind are.
#[derive(Clone, Debug, Args)]
pub struct GatewayConfig {
    /// The base URL of booking-api.
    #[arg(long, env = "QUEUE_GATE_BOOKING")]
    pub booking: Url,
    /// The base URL of search-api.
    #[arg(long, env = "QUEUE_GATE_SEARCH")]
    pub search: Url,
}

/// What the gateway keeps between requests.
#[derive(Debug)]
pub struct Gateway;

/// Why the gateway cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {}

impl Gateway {
    /// The gateway to the services that `config` names.
    ///
    /// # Errors
    /// When a setting does not fit.
    pub fn new(_config: &GatewayConfig) -> Result<Self, GatewayError> {
        Ok(Self)
    }
}

/// Answers every request that no path of the gate's own takes.
pub async fn handle(State(_gate): State<Gate>, _request: Request) -> Response {
    Problem::of(kinds::NOT_FOUND).into_response()
}
