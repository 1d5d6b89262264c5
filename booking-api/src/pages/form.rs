//! What a form of a page sends: fields by name, as a browser without scripts writes them.

use std::{collections::BTreeMap, str::FromStr};

use axum::{
    Form,
    extract::{FromRequest, Request},
};
use platform::http::{Problem, kinds};

/// The fields of a form. Unknown ones are passed over: a page may be older than we are.
#[derive(Clone, Debug, Default)]
pub struct Fields(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Form::<BTreeMap<String, String>>::from_request(request, state).await {
            Ok(Form(fields)) => Ok(Self(fields)),
            Err(error) => Err(Problem::of(kinds::MALFORMED_BODY).detail(error.body_text())),
        }
    }
}

impl Fields {
    /// What was typed into the field, without the spaces around it; none where that is nothing.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
    }

    /// The same, or nothing.
    pub fn or_empty(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// What was chosen, if it can be read.
    pub fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

/// A problem in a line for a fan.
pub(crate) fn words(problem: &Problem) -> String {
    let body = problem.body();
    let part = |name: &str| body[name].as_str().unwrap_or_default();
    match body["left"].as_u64() {
        Some(0) => "Nothing is left of that. Try other seats, or another price.".to_owned(),
        Some(left) => format!("Only {left} of these are left together. Ask for fewer, or for others."),
        None => format!("{} {}", part("title"), part("detail")).trim_end().to_owned(),
    }
}
