//! Problem details (RFC 9457). The kinds that every service knows stand here; each service adds its own.

use std::error::Error;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use crate::telemetry::Chain;

/// A kind of problem: stable, listed in docs/PROBLEMS.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The last part of the `type` URI, `/problems/{name}`.
    pub name: &'static str,
    /// The HTTP status.
    pub status: StatusCode,
    /// One line that says what is wrong, the same for all cases of the kind.
    pub title: &'static str,
}

/// Declares kinds of problem, and a table of them for the test that compares it with the documentation.
#[macro_export]
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident = $status:ident $kebab:literal $title:literal;)*) => {
        $($(#[$doc])* pub const $name: $crate::http::Kind = $crate::http::Kind {
            name: $kebab, status: ::axum::http::StatusCode::$status, title: $title,
        };)*
        /// Every kind of this service.
        pub const ALL: &[$crate::http::Kind] = &[$($name),*];
    };
}

/// Kinds that every service may answer.
pub mod kinds {
    problems! {
        /// The body is not JSON, or not of the type that it says.
        MALFORMED_BODY = BAD_REQUEST "malformed-body" "The body cannot be read.";
        /// The body is JSON but not what this call takes.
        INVALID_BODY = UNPROCESSABLE_ENTITY "invalid-body" "The body is not what this call takes.";
        /// A part of the path or the query is not what this call takes.
        INVALID_PARAMETER = BAD_REQUEST "invalid-parameter" "A parameter is not what this call takes.";
        /// The body is larger than this call takes.
        BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "body-too-large" "The body is too large.";
        /// The body did not come at any pace.
        BODY_TOO_SLOW = REQUEST_TIMEOUT "body-too-slow" "The body came too slowly.";
        /// The `Content-Type` is not `application/json`.
        NOT_JSON = UNSUPPORTED_MEDIA_TYPE "not-json" "This call takes application/json.";
        /// Nothing is found under this path.
        NOT_FOUND = NOT_FOUND "not-found" "There is nothing here.";
        /// The path is known, but not with this method.
        METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method-not-allowed" "This path does not know this method.";
        /// Something that we should have thought of.
        INTERNAL = INTERNAL_SERVER_ERROR "internal" "Something went wrong on our side.";
        /// A part that this call needs is away for the moment.
        UNAVAILABLE = SERVICE_UNAVAILABLE "unavailable" "This is not possible right now.";
    }
}

/// A refusal, as a value: a kind, and what helps to mend this case.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: Kind,
    detail: Option<String>,
    retry_after: Option<u64>,
    fields: Vec<(HeaderName, HeaderValue)>,
    more: Map<String, Value>,
}

impl Problem {
    /// A problem of this kind.
    pub fn of(kind: Kind) -> Self {
        Self(Box::new(Parts { kind, detail: None, retry_after: None, fields: Vec::new(), more: Map::new() }))
    }

    /// Says of this case what is wrong and how to mend it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds an extension member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl serde::Serialize) -> Self {
        self.0.more.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// Says when to try again: `Retry-After`, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Adds a field to the head of the answer; one whose value no head can hold is left out.
    #[must_use]
    pub fn field(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.fields.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// The fields that were added to the head.
    pub fn fields(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.fields
    }

    /// The caller could not have done better: the chain of causes goes to the log and nothing of it to the caller.
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        tracing::error!(error = %Chain(error), "a request failed on our side");
        Self::of(kinds::INTERNAL)
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.0.kind.status
    }

    /// The body: the members of RFC 9457 and the extensions.
    pub fn body(&self) -> Value {
        let Parts { kind, detail, more, .. } = &*self.0;
        let mut body = Map::new();
        body.insert("type".to_owned(), format!("/problems/{}", kind.name).into());
        body.insert("title".to_owned(), kind.title.into());
        body.insert("status".to_owned(), kind.status.as_u16().into());
        if let Some(detail) = detail {
            body.insert("detail".to_owned(), detail.as_str().into());
        }
        body.extend(more.clone());
        Value::Object(body)
    }

    /// When to try again, in seconds.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        self.0.retry_after
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.0.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        headers.extend(self.0.fields);
        response
    }
}

/// The problem for a store that failed: 503 with `Retry-After` where a later try may do, else 500.
pub fn internal(error: &crate::postgres::StoreError) -> Problem {
    if error.is_passing() {
        tracing::warn!(error = %Chain(error), "a store is away");
        Problem::of(kinds::UNAVAILABLE).retry_after(1)
    } else {
        Problem::internal(error)
    }
}
