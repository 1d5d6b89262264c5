//! The calls about holds.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use contracts::id::{EventId, HoldRef, TicketId, TicketRef};
use platform::http::{Json, Path, Problem, internal, kinds};
use serde::Deserialize;

use super::{
    extend,
    find::{self, FindError},
    place::{self, Asker, PlaceError},
    release::{self, ReleaseError},
    reserve::Reserve,
    view::{HoldView, view},
};
use crate::{
    code::guess::Slowed,
    extractors::{Address, SignedIn, Visitor},
    idempotency::{self, KEY_REUSED_DETAIL},
    problems::{
        HOLD_CONFIRMED, HOLD_EXPIRED, KEY_REUSED, NOT_YOUR_BOOKING, OFFER_OVER, PRESALE_CODE_USED,
        SEATS_TAKEN, SOLD_OUT, TOO_MANY_CODES, TOO_MANY_TICKETS, UNKNOWN_EVENT, UNKNOWN_PRESALE_CODE,
        UNKNOWN_SECTION, UNKNOWN_TICKET, UNKNOWN_TIER,
    },
    state::Booking,
};

/// `POST /booking/reserve`: sets tickets aside for the fan who is signed in and admitted.
///
/// # Errors
/// A problem.
pub async fn reserve(
    State(app): State<Booking>,
    fan: SignedIn,
    visitor: Visitor,
    address: Address,
    headers: HeaderMap,
    Json(asked): Json<Reserve>,
) -> Result<(StatusCode, Json<HoldView>), Problem> {
    let key = idempotency::handler::key(&headers, &asked)?;
    let buyer = Asker { guesser: address.of(fan), visitor };
    let placed = Box::pin(place::place(&app, &buyer, &asked, key.as_ref())).await?;
    Ok((StatusCode::CREATED, Json(view(&app, placed))))
}

/// `GET /booking/hold/{holdId}`: one's own hold.
///
/// # Errors
/// A problem.
pub async fn show(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(hold): Path<HoldRef>,
) -> Result<Json<HoldView>, Problem> {
    Ok(Json(view(&app, find::find(&app, fan.account, hold).await?)))
}

/// `POST /booking/hold/{holdId}/extend`: lets it last longer, but not for ever.
///
/// # Errors
/// A problem.
pub async fn extend(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(hold): Path<HoldRef>,
) -> Result<Json<HoldView>, Problem> {
    Ok(Json(view(&app, extend::prolong(&app, fan.account, hold).await?)))
}

/// The body of `POST /booking/leave`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Leave {
    event_id: EventId,
}

/// `POST /booking/leave`: gives everything back that the fan holds of an event and does not pay for.
///
/// # Errors
/// A problem.
pub async fn leave(
    State(app): State<Booking>,
    fan: SignedIn,
    Json(left): Json<Leave>,
) -> Result<StatusCode, Problem> {
    release::leave(&app, fan.account, left.event_id).await.map_err(|error| internal(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /booking/hold/{holdId}`: gives the tickets back.
///
/// # Errors
/// A problem.
pub async fn release(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(hold): Path<HoldRef>,
) -> Result<StatusCode, Problem> {
    release::release(&app, fan.account, hold).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `seats-taken`, with the tickets that others have.
pub(crate) fn taken(event: EventId, tickets: &[TicketId]) -> Problem {
    let conflicts: Vec<TicketRef> =
        tickets.iter().map(|ticket| TicketRef { event, ticket: *ticket }).collect();
    Problem::of(SEATS_TAKEN).with("conflicts", conflicts)
}

impl From<PlaceError> for Problem {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::BadRequest(bad) => Self::of(kinds::INVALID_BODY).detail(bad.to_string()),
            PlaceError::NotAdmitted(refused) => refused.into(),
            PlaceError::UnknownEvent => Self::of(UNKNOWN_EVENT),
            PlaceError::UnknownTickets(tickets) => Self::of(UNKNOWN_TICKET)
                .with("unknown", tickets.iter().map(|one| one.number()).collect::<Vec<_>>()),
            PlaceError::UnknownTier => Self::of(UNKNOWN_TIER),
            PlaceError::UnknownSection => Self::of(UNKNOWN_SECTION),
            PlaceError::Shut(shut) => shut.into(),
            PlaceError::UnknownCode => Self::of(UNKNOWN_PRESALE_CODE),
            PlaceError::Slowed(Slowed(wait)) => Self::of(TOO_MANY_CODES).retry_after(wait),
            PlaceError::OfferOver => Self::of(OFFER_OVER),
            PlaceError::CodeUsed(left) => Self::of(PRESALE_CODE_USED).with("left", left),
            PlaceError::TooMany { limit, have } => {
                Self::of(TOO_MANY_TICKETS).with("limit", limit).with("have", have)
            }
            PlaceError::Taken(event, tickets) => taken(event, &tickets),
            PlaceError::SoldOut(left) => Self::of(SOLD_OUT).with("left", left),
            PlaceError::Voucher(refusal) => refusal.into(),
            PlaceError::KeyReused => Self::of(KEY_REUSED).detail(KEY_REUSED_DETAIL),
            PlaceError::Crowded => Self::of(kinds::UNAVAILABLE).detail(error.to_string()).retry_after(1),
            PlaceError::Rebuilding(_) => Self::of(kinds::UNAVAILABLE).retry_after(1),
            PlaceError::Store(error) => internal(&error),
            PlaceError::Away(error) => internal(&error),
        }
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Gone => Self::of(HOLD_EXPIRED),
            FindError::NotYours => Self::of(NOT_YOUR_BOOKING),
            FindError::Priced(error) => error.into(),
            FindError::Store(error) => internal(&error),
        }
    }
}

impl From<ReleaseError> for Problem {
    fn from(error: ReleaseError) -> Self {
        match error {
            ReleaseError::NotYours => Self::of(NOT_YOUR_BOOKING),
            ReleaseError::Confirmed => Self::of(HOLD_CONFIRMED),
            ReleaseError::Store(error) => internal(&error),
        }
    }
}
