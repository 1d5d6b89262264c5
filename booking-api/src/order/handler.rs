//! The calls about orders.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use contracts::{
    id::{EventId, HoldRef, OrderRef, TicketRef},
    language::Language,
};
use platform::http::{Json, Path, Problem, Query, internal, kinds};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    cancel::{self, CancelError},
    confirm::{self, Confirm, ConfirmError, Which},
    find::{self, FindError},
    view::{self, Brief},
};
use crate::{
    checkout,
    extractors::{OnPage, Organizer, Reader, SignedIn, Visitor},
    hold::handler::taken,
    holder::{self, mine},
    idempotency::{
        self,
        begin::{self as run, Begun},
    },
    payment::{Card, ProviderName, raw_card::has_raw_card},
    problems::{
        HOLD_EXPIRED, NOT_YOUR_BOOKING, NOT_YOURS, OFFER_OVER, PRESALE_CODE_USED, RAW_CARD_NUMBER,
        SALES_CLOSED, TOO_LATE_TO_CANCEL, TOO_MANY_TICKETS, UNKNOWN_EVENT, UNKNOWN_ORDER, UNKNOWN_PROVIDER,
    },
    state::Booking,
};

/// The body of `PUT /booking/confirm`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfirmBody {
    /// A ticket of the hold, or
    #[serde(default)]
    ticket_id: Option<TicketRef>,
    /// the hold.
    #[serde(default)]
    hold_id: Option<HoldRef>,
    /// The signed record that came with the hold; needed only when the hold was lost.
    #[serde(default)]
    record: Option<String>,
    /// Read in two steps: before anything else a card number must be refused. Nothing where there is nothing to pay.
    #[serde(default)]
    payment_details: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentDetails {
    provider: String,
    token: String,
}

/// The longest token that a provider gives.
const TOKEN: usize = 200;

/// `PUT /booking/confirm`: the tickets are claimed and the provider is asked.
///
/// # Errors
/// A problem.
pub async fn confirm(
    State(app): State<Booking>,
    fan: SignedIn,
    visitor: Visitor,
    headers: HeaderMap,
    Json(body): Json<ConfirmBody>,
) -> Result<Response, Problem> {
    let asked =
        Confirm { language: language(&headers).unwrap_or_default(), ..asked(&app, fan, visitor, &body)? };
    let Some(key) = idempotency::handler::key(&headers, &body)? else {
        let order = confirm::confirm(&app, &asked, None).await?;
        return Ok((StatusCode::ACCEPTED, Json(confirm::answer(&order))).into_response());
    };
    match run::begin(&app, fan.account, key).await? {
        Begun::Done(done) => {
            let status = StatusCode::from_u16(done.status).unwrap_or(StatusCode::ACCEPTED);
            Ok((status, Json(done.answer)).into_response())
        }
        Begun::Run(begun) => match confirm::confirm(&app, &asked, Some(&begun)).await {
            Ok(order) => Ok((StatusCode::ACCEPTED, Json(confirm::answer(&order))).into_response()),
            Err(error) => {
                run::forget(&app, fan.account, &begun).await;
                Err(error.into())
            }
        },
    }
}

fn asked(app: &Booking, fan: SignedIn, visitor: Visitor, body: &ConfirmBody) -> Result<Confirm, Problem> {
    let card = body.payment_details.as_ref().map(|details| card(app, details)).transpose()?;
    let which = match (body.ticket_id, body.hold_id) {
        (Some(ticket), None) => Which::Ticket(ticket),
        (None, Some(hold)) => Which::Hold(hold),
        _ => return Err(Problem::of(kinds::INVALID_BODY).detail("Name exactly one of ticketId and holdId.")),
    };
    Ok(Confirm {
        account: fan.account,
        visitor,
        which,
        record: body.record.clone(),
        card,
        language: Language::default(),
    })
}

/// The language that a client likes best among those in which we write.
pub(crate) fn language(headers: &HeaderMap) -> Option<Language> {
    Language::liked(headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?)
}

/// The provider and its token.
///
/// # Errors
/// `raw-card-number`, `unknown-provider`, `invalid-body`.
pub(crate) fn card(app: &Booking, details: &Value) -> Result<Card, Problem> {
    if has_raw_card(details) {
        return Err(Problem::of(RAW_CARD_NUMBER));
    }
    let details: PaymentDetails = serde_json::from_value(details.clone()).map_err(|_| {
        Problem::of(kinds::INVALID_BODY)
            .detail("paymentDetails is {provider, token}, both texts, and nothing else.")
    })?;
    let names = app.payments.providers.names();
    let provider = ProviderName::named(&details.provider).filter(|provider| names.contains(provider));
    let provider = provider.ok_or_else(|| Problem::of(UNKNOWN_PROVIDER).with("providers", names))?;
    if !(1..=TOKEN).contains(&details.token.len()) {
        return Err(Problem::of(kinds::INVALID_BODY).detail("A token has 1 to 200 characters."));
    }
    Ok(Card { provider, token: details.token })
}

/// `GET /order/{orderId}`: one's own order, as JSON or as a page.
///
/// # Errors
/// A problem.
pub async fn show(
    State(app): State<Booking>,
    OnPage(fan): OnPage,
    (reader, headers): (Reader, HeaderMap),
    Path(order): Path<OrderRef>,
) -> Result<Response, Problem> {
    let found = find::find(&app, fan.account, order).await?;
    let view = view::view(&app, found);
    if checkout::handler::wants_page(&headers) {
        return checkout::handler::order_page(&reader, &view);
    }
    Ok(Json(view).into_response())
}

/// `GET /order`: one's own orders, newest first; as a page all that one has, tickets too.
///
/// # Errors
/// A problem.
pub async fn list(
    State(app): State<Booking>,
    OnPage(fan): OnPage,
    (reader, headers): (Reader, HeaderMap),
) -> Result<Response, Problem> {
    if checkout::handler::wants_page(&headers) {
        return holder::handler::mine_page(&reader, &mine::mine(&app, fan, reader.language()).await?);
    }
    let orders = find::list(&app, fan.account).await.map_err(|error| internal(&error))?;
    Ok(Json(Listed { orders: orders.iter().map(view::brief).collect() }).into_response())
}

/// The query of `GET /event/{eventId}/order`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<OrderRef>,
}

/// `GET /event/{eventId}/order?after=`: the orders of one's own event, oldest first, a hundred at once.
///
/// # Errors
/// A problem.
pub async fn list_of_event(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Query(query): Query<After>,
) -> Result<Json<Listed>, Problem> {
    let after = query.after.map(|after| after.order);
    let orders =
        find::of_event(&app, organizer.account, event, after).await.map_err(|error| match error {
            FindError::Unknown => Problem::of(UNKNOWN_EVENT),
            FindError::NotYours => Problem::of(NOT_YOURS),
            FindError::Store(error) => internal(&error),
        })?;
    Ok(Json(Listed { orders: orders.iter().map(view::brief).collect() }))
}

/// The answer of `GET /order`.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// Newest first.
    pub orders: Vec<Brief>,
}

/// `DELETE /order/{orderId}`: cancels an order that awaits its payment.
///
/// # Errors
/// A problem.
pub async fn cancel(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(order): Path<OrderRef>,
) -> Result<StatusCode, Problem> {
    cancel::cancel(&app, fan.account, order).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<ConfirmError> for Problem {
    fn from(error: ConfirmError) -> Self {
        match error {
            ConfirmError::NotAdmitted(refused) => refused.into(),
            ConfirmError::HoldExpired => Self::of(HOLD_EXPIRED),
            ConfirmError::NotYours => Self::of(NOT_YOUR_BOOKING),
            ConfirmError::Taken(event, tickets) => taken(event, &tickets),
            ConfirmError::TooMany { limit, have } => {
                Self::of(TOO_MANY_TICKETS).with("limit", limit).with("have", have)
            }
            ConfirmError::Voucher(refusal) => refusal.into(),
            ConfirmError::OfferOver => Self::of(OFFER_OVER),
            ConfirmError::CodeUsed(left) => Self::of(PRESALE_CODE_USED).with("left", left),
            ConfirmError::NoPayment(total) => Self::of(kinds::INVALID_BODY)
                .detail(format!("{total} are to be paid: say with what, as paymentDetails."))
                .with("total", total),
            ConfirmError::Closed => Self::of(SALES_CLOSED),
            ConfirmError::Rebuilding(_) => Self::of(kinds::UNAVAILABLE).retry_after(1),
            ConfirmError::Store(error) => internal(&error),
            ConfirmError::Illegal(error) => Self::internal(&error),
        }
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        match error {
            FindError::Unknown => Self::of(UNKNOWN_ORDER),
            FindError::NotYours => Self::of(NOT_YOUR_BOOKING),
            FindError::Store(error) => internal(&error),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Unknown => Self::of(UNKNOWN_ORDER),
            CancelError::NotYours => Self::of(NOT_YOUR_BOOKING),
            CancelError::TooLate(step) => Self::of(TOO_LATE_TO_CANCEL).with("state", step.from),
            CancelError::Store(error) => internal(&error),
        }
    }
}
