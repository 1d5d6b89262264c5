//! `/event/{eventId}/plan`.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use contracts::id::EventId;
use platform::http::{Json, Path, Problem, internal, kinds::NOT_FOUND};

use super::{
    Drawn, PlanView,
    put::{self, PutPlanError},
    settled, store,
};
use crate::{
    catalog::{event, version::IfMatch},
    extractors::{Organizer, etag},
    problems::{NOT_YOURS, PLAN_SETTLED},
    seat::{self, availability},
    state::Booking,
};

/// `GET /event/{eventId}/plan`: what it sells, as its organizer draws it, and whether that can be changed.
///
/// # Errors
/// `not-found`, `not-yours`.
pub async fn read(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Response, Problem> {
    view(&app, &organizer, event).await
}

/// `PUT /event/{eventId}/plan`: draws the plan of a draft anew.
///
/// # Errors
/// `not-found`, `not-yours`, `plan-settled`, `invalid-body`, `version-unmatched`.
pub async fn write(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    expected: IfMatch,
    Json(drawn): Json<Drawn>,
) -> Result<Response, Problem> {
    put::put(&app, &organizer.actor, event, &drawn, &expected).await?;
    view(&app, &organizer, event).await
}

/// Read past all caches, the version first: who changes an older plan than they think is refused, not the other way round.
async fn view(app: &Booking, organizer: &Organizer, event: EventId) -> Result<Response, Problem> {
    let missing = || Problem::of(NOT_FOUND);
    let failed = |error| internal(&error);
    let (version, held) = store::version(&app.postgres, event).await.map_err(failed)?.ok_or_else(missing)?;
    let found = event::store::find(&app.postgres, event).await.map_err(failed)?.ok_or_else(missing)?;
    if found.event.owner != organizer.account {
        return Err(Problem::of(NOT_YOURS));
    }
    let layout = seat::store::layout(&app.postgres, event).await.map_err(failed)?.ok_or_else(missing)?;
    let kept = store::kept(&app.postgres, event).await.map_err(failed)?;
    let settled = settled(found.event.publication, held);
    let snapshot = match settled {
        Some(_) => Some(availability::snapshot(app, event).await?.value),
        None => None,
    };
    let bits = snapshot.as_ref().map(|snapshot| snapshot.bits.as_slice());
    let view = PlanView::new((version, settled), &layout, kept, bits);
    Ok(([(header::CACHE_CONTROL, "no-store")], etag(version), Json(view)).into_response())
}

impl From<PutPlanError> for Problem {
    fn from(error: PutPlanError) -> Self {
        match error {
            PutPlanError::Invalid(invalid) => invalid.into(),
            PutPlanError::Unknown => Self::of(NOT_FOUND),
            PutPlanError::NotYours => Self::of(NOT_YOURS),
            PutPlanError::Settled(why) => Self::of(PLAN_SETTLED).with("settled", why),
            PutPlanError::Unmatched(unmatched) => unmatched.into(),
            PutPlanError::Store(error) => internal(&error),
        }
    }
}
