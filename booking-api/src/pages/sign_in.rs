//! `GET /account/sign-in`, its form, and its script.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use minijinja::{Value, context};
use platform::http::{Problem, Query};
use serde::Deserialize;
use url::form_urlencoded;

use super::{
    form::Fields,
    handler::{A_MINUTE, SCRIPT, asset, page},
    words::{self, BOTH, SIGNING_IN},
};
use crate::{
    account::{
        Caller,
        register::{self, NewAccount},
        sign_in,
    },
    extractors::{Address, Device, Reader},
    oidc::{self, Provider},
    session::{Given, handler::keep},
    state::Booking,
};

/// The query of `GET /account/sign-in`.
#[derive(Clone, Debug, Deserialize)]
pub struct SignInPage {
    next: Option<String>,
    problem: Option<String>,
}

/// `GET /account/sign-in`: the form, and the providers who sign people in.
///
/// # Errors
/// `invalid-parameter`.
pub async fn show(
    State(app): State<Booking>,
    reader: Reader,
    Query(asked): Query<SignInPage>,
) -> Result<Response, Problem> {
    let problem = asked.problem.as_deref().and_then(oidc::handler::explained);
    let problem = problem.map(|kind| words::title(reader.language(), kind));
    form(&app, reader, asked.next.as_deref(), "", problem.as_deref())
}

/// `POST /account/sign-in/form`: signs in, or registers where `register` is pressed, without a script, and leads to `next`; where
/// that is refused the page says why.
///
/// # Errors
/// A problem of what is no form.
pub async fn sign_in(
    State(app): State<Booking>,
    Device(label): Device,
    (address, reader): (Address, Reader),
    fields: Fields,
) -> Result<Response, Problem> {
    let next = oidc::way_back(fields.text("next"));
    match given(&app, &label, &address, &fields).await {
        Ok(given) => Ok((keep(&given), Redirect::to(&next)).into_response()),
        Err(problem) => {
            let said = words::problem(reader.language(), &problem);
            let mut answer = form(&app, reader, Some(&next), fields.or_empty("email"), Some(&said))?;
            *answer.status_mut() = problem.status();
            answer.headers_mut().extend(problem.fields().iter().cloned());
            Ok(answer)
        }
    }
}

async fn given(app: &Booking, label: &str, address: &Address, fields: &Fields) -> Result<Given, Problem> {
    let (email, password) = (fields.or_empty("email"), fields.as_typed("password"));
    if fields.text("register").is_some() {
        let new = NewAccount { email: email.to_owned(), password: password.to_owned(), name: None };
        return Ok(register::register(app, new, label).await?);
    }
    let caller = Caller { label, address: address.ip() };
    Ok(sign_in::sign_in(app, email, password, &caller).await?)
}

fn form(
    app: &Booking,
    mut reader: Reader,
    next: Option<&str>,
    email: &str,
    problem: Option<&str>,
) -> Result<Response, Problem> {
    let next = oidc::way_back(next);
    let escaped: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    let of = |provider: &Provider| {
        let href = format!("/account/oidc/{}?next={escaped}", provider.id);
        context! { id => &provider.id, name => &provider.name, href => Value::from_safe_string(href) }
    };
    let providers: Vec<Value> = app.providers.all().map(of).collect();
    let words = words::script(reader.language(), &[BOTH], &SIGNING_IN);
    let words = Value::from_safe_string(words);
    // The form that was refused says where one came from; its address does not.
    reader.query = Some(format!("next={escaped}"));
    page(&reader, "sign-in.html", &context! { providers, problem, next, email, words })
}

/// `GET /assets/booking/sign-in.js`.
pub async fn script() -> impl IntoResponse {
    asset(SCRIPT, A_MINUTE, include_str!("sign-in.js"))
}
