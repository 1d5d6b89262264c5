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

    /// The same to the letter, spaces too; nothing where the field is not there.
    pub fn as_typed(&self, name: &str) -> &str {
        self.0.get(name).map(String::as_str).unwrap_or_default()
    }

    /// What was typed, without the spaces around it, or nothing.
    pub fn or_empty(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// What was chosen, if it can be read.
    pub fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}
