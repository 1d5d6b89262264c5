//! `POST /checkout/{holdId}/…` and `POST /order/{orderId}/cancel`: each does what the call for programs does, and leads to the
//! page that shows it; where it is refused the page says why and keeps what was typed.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use contracts::id::{AccountId, HoldRef, OrderRef};
use platform::http::{Path, Problem, internal, kinds};
use serde_json::json;

use crate::{
    account::{self, reach},
    checkout::handler::{order_again, show},
    extractors::{Address, Reader, SignedIn, Visitor},
    hold::{extend, release},
    order::{
        cancel,
        confirm::{self, Confirm, Which},
        handler::card,
    },
    pages::form::Fields,
    state::Booking,
    voucher::apply,
};

/// `POST /checkout/{holdId}/pay`: takes the fan's address down, and confirms.
///
/// # Errors
/// A problem.
pub async fn pay(
    State(app): State<Booking>,
    fan: SignedIn,
    (visitor, reader): (Visitor, Reader),
    Path(hold): Path<HoldRef>,
    fields: Fields,
) -> Result<Response, Problem> {
    let paid = async {
        reachable(&app, fan.account, &fields).await?;
        let details = fields.text("token").map(|token| json!({ "provider": "sandbox", "token": token }));
        let asked = Confirm {
            account: fan.account,
            visitor,
            which: Which::Hold(hold),
            record: fields.text("record").map(str::to_owned),
            card: details.as_ref().map(|details| card(&app, details)).transpose()?,
            language: reader.language(),
        };
        // Confirming a hold again gives its order.
        Ok::<_, Problem>(Box::pin(confirm::confirm(&app, &asked, None)).await?)
    };
    match paid.await {
        Ok(order) => Ok(Redirect::to(&format!("/order/{}", order.reference())).into_response()),
        Err(problem) => show(&app, (fan, &reader), hold, &fields, Some(problem)).await,
    }
}

/// Takes down where the tickets go. Somebody with a password has told it long ago.
async fn reachable(app: &Booking, fan: AccountId, fields: &Fields) -> Result<(), Problem> {
    if let Some(email) = fields.text("email") {
        return Ok(reach::reach(app, fan, email, fields.text("name")).await?);
    }
    let known = account::store::find(&app.postgres, fan).await.map_err(|error| internal(&error))?;
    if known.is_some_and(|account| account.email.known().is_some()) {
        return Ok(());
    }
    Err(Problem::of(kinds::INVALID_BODY).detail("We need an e-mail address to send the tickets to."))
}

/// `POST /checkout/{holdId}/extend`.
///
/// # Errors
/// A problem.
pub async fn extend(
    State(app): State<Booking>,
    (fan, reader): (SignedIn, Reader),
    Path(hold): Path<HoldRef>,
) -> Result<Response, Problem> {
    match extend::prolong(&app, fan.account, hold).await {
        Ok(_) => Ok(back_to(hold)),
        Err(error) => show(&app, (fan, &reader), hold, &Fields::default(), Some(error.into())).await,
    }
}

/// `POST /checkout/{holdId}/voucher`: lays the voucher on, or takes it off where `off` is said.
///
/// # Errors
/// A problem.
pub async fn voucher(
    State(app): State<Booking>,
    fan: SignedIn,
    (address, reader): (Address, Reader),
    Path(hold): Path<HoldRef>,
    fields: Fields,
) -> Result<Response, Problem> {
    let code = if fields.text("off").is_some() { None } else { Some(fields.or_empty("voucher")) };
    match apply::apply(&app, &address.of(fan), hold, code).await {
        Ok(_) => Ok(back_to(hold)),
        Err(error) => show(&app, (fan, &reader), hold, &fields, Some(error.into())).await,
    }
}

/// `POST /checkout/{holdId}/release`: gives the tickets back and leads to the event.
///
/// # Errors
/// A problem.
pub async fn release(
    State(app): State<Booking>,
    (fan, reader): (SignedIn, Reader),
    Path(hold): Path<HoldRef>,
) -> Result<Response, Problem> {
    match release::release(&app, fan.account, hold).await {
        Ok(()) => Ok(Redirect::to(&format!("/e/{}", hold.event)).into_response()),
        Err(error) => show(&app, (fan, &reader), hold, &Fields::default(), Some(error.into())).await,
    }
}

/// `POST /order/{orderId}/cancel`.
///
/// # Errors
/// A problem.
pub async fn cancel(
    State(app): State<Booking>,
    (fan, reader): (SignedIn, Reader),
    Path(order): Path<OrderRef>,
) -> Result<Response, Problem> {
    match cancel::cancel(&app, fan.account, order).await {
        Ok(()) => Ok(self::order(reader, Path(order)).await),
        Err(error) => order_again(&app, (fan, &reader), order, &error.into()).await,
    }
}

/// `GET /checkout/{holdId}/pay` and the other forms: a page that was refused stands at their address, and somebody loads it anew.
pub async fn checkout(reader: Reader, Path(hold): Path<HoldRef>) -> Response {
    (reader.keep(), back_to(hold)).into_response()
}

/// `GET /order/{orderId}/cancel`: the same.
pub async fn order(reader: Reader, Path(order): Path<OrderRef>) -> Response {
    (reader.keep(), Redirect::to(&format!("/order/{order}"))).into_response()
}

fn back_to(hold: HoldRef) -> Response {
    Redirect::to(&format!("/checkout/{hold}")).into_response()
}
