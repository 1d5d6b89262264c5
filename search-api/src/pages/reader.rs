//! Who reads a page: in which language, and where the page is in the others.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, header, request::Parts},
    response::AppendHeaders,
};
use contracts::language::Language;
use words::{Choice, choice};

/// See the module.
#[derive(Clone, Debug)]
pub struct Reader {
    choice: Choice,
    path: String,
    query: Option<String>,
}

impl Reader {
    /// The language of the answer.
    pub fn language(&self) -> Language {
        self.choice.language
    }

    /// Links to the page in every language.
    pub fn links(&self) -> Vec<choice::Link> {
        choice::links(self.choice.language, &self.path, self.query.as_deref())
    }

    /// The cookie that keeps a language which was chosen just now.
    pub fn keep(&self) -> Option<AppendHeaders<[(HeaderName, String); 1]>> {
        self.choice.cookie().map(|cookie| AppendHeaders([(header::SET_COOKIE, cookie)]))
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let all = |name| parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let liked = all(header::ACCEPT_LANGUAGE).collect::<Vec<_>>().join(",");
        let pairs = all(header::COOKIE).flat_map(|line| line.split(';'));
        let cookies = pairs.filter_map(|pair| pair.trim().split_once('='));
        let kept = cookies.filter_map(|(name, value)| (name == choice::COOKIE).then_some(value));
        let query = parts.uri.query();
        let choice = Choice::of(query, kept, Some(&liked));
        Ok(Self { choice, path: parts.uri.path().to_owned(), query: query.map(str::to_owned) })
    }
}
