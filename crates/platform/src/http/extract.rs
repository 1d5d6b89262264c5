//! Axum's extractors refuse in plain text; these refuse with problems.

use std::error::Error;

use axum::{
    body::Bytes,
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    pace::{TooSlow, has_cause},
    problem::{Problem, kinds},
};

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(JsonRejection::JsonDataError(error)) => {
                Err(Problem::of(kinds::INVALID_BODY).detail(cause(&error)))
            }
            Err(JsonRejection::JsonSyntaxError(error)) => {
                Err(Problem::of(kinds::MALFORMED_BODY).detail(cause(&error)))
            }
            Err(JsonRejection::MissingJsonContentType(_)) => Err(Problem::of(kinds::NOT_JSON)),
            Err(other) => Err(unreadable(&other, other.status(), other.body_text())),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A body of any type, as it was sent.
#[derive(Clone, Debug)]
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        Bytes::from_request(request, state)
            .await
            .map(Self)
            .map_err(|error| unreadable(&error, error.status(), error.body_text()))
    }
}

fn unreadable(error: &(dyn Error + 'static), status: StatusCode, why: String) -> Problem {
    if has_cause::<TooSlow>(error) {
        Problem::of(kinds::BODY_TOO_SLOW)
    } else if status == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::of(kinds::BODY_TOO_LARGE)
    } else {
        Problem::of(kinds::MALFORMED_BODY).detail(why)
    }
}

/// Parts of the path.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refuse = |error: PathRejection| Problem::of(kinds::INVALID_PARAMETER).detail(error.body_text());
        axum::extract::Path::from_request_parts(parts, state).await.map(|path| Self(path.0)).map_err(refuse)
    }
}

/// Parameters of the query.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let refuse = |error: QueryRejection| Problem::of(kinds::INVALID_PARAMETER).detail(error.body_text());
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|query| Self(query.0))
            .map_err(refuse)
    }
}

/// The innermost cause: it names the field and the line.
fn cause(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
