//! What a form of a page sends: fields by name, as a browser without scripts writes them.

use std::{collections::BTreeMap, str::FromStr};

use axum::{
    Form,
    extract::{FromRequest, Request},
};
use platform::http::{Problem, kinds};

use crate::problems::SOLD_OUT;

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

/// A problem in a line for a fan.
pub(crate) fn words(problem: &Problem) -> String {
    let body = problem.body();
    let part = |name: &str| body[name].as_str().unwrap_or_default();
    // Of a code or a voucher something may be left, too: those say what they are about.
    match body["left"].as_u64().filter(|_| problem.kind() == SOLD_OUT) {
        Some(0) => "Nothing is left of that. Try other seats, or another price.".to_owned(),
        Some(left) => format!("Only {left} of these are left together. Ask for fewer, or for others."),
        None => format!("{} {}", part("title"), part("detail")).trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problems::PRESALE_CODE_USED;

    #[test]
    fn what_is_left_is_said_of_tickets_and_not_of_codes() {
        let said = |kind, left: u32| words(&Problem::of(kind).with("left", left));
        assert!(said(SOLD_OUT, 0).starts_with("Nothing is left of that."));
        assert!(said(SOLD_OUT, 2).starts_with("Only 2 of these"));
        assert_eq!(said(PRESALE_CODE_USED, 0), "This presale code is not good for so many seats.");
    }
}
