//! The calls about how an organizer wants to be seen.

use axum::extract::State;
use contracts::message::Brand;
use platform::http::{Json, Problem, internal};
use serde::Deserialize;

use super::{
    put::{self, PutBrandError},
    store,
};
use crate::{extractors::Organizer, state::Booking};

/// The body of `PUT /brand`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    name: Option<String>,
    colour: Option<String>,
    reply_to: Option<String>,
    footer: Option<String>,
}

/// `GET /brand`: how the organizer is seen in mails.
///
/// # Errors
/// A problem.
pub async fn read(State(app): State<Booking>, organizer: Organizer) -> Result<Json<Brand>, Problem> {
    Ok(Json(store::find(&app.postgres, organizer.account).await.map_err(|error| internal(&error))?))
}

/// `PUT /brand`: says all of it anew.
///
/// # Errors
/// `invalid-body`.
pub async fn put(
    State(app): State<Booking>,
    organizer: Organizer,
    Json(Written { name, colour, reply_to, footer }): Json<Written>,
) -> Result<Json<Brand>, Problem> {
    let written = Brand { name, colour, reply_to, footer };
    Ok(Json(put::put(&app, &organizer.actor, written).await?))
}

impl From<PutBrandError> for Problem {
    fn from(error: PutBrandError) -> Self {
        match error {
            PutBrandError::Invalid(invalid) => invalid.into(),
            PutBrandError::Store(error) => internal(&error),
        }
    }
}
