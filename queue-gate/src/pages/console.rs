//! `/console…`: the organizer's console. One page, which its script fills by the address. It holds no secret; what it shows it asks for.

use axum::{
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use contracts::{
    id::{EventId, RoomId},
    language::Language,
};
use minijinja::{Value, context, value::Serde};
use platform::http::Path;

use super::{handler, render};
use crate::extractors::choice;

/// `GET /console` and what is under it.
pub(super) async fn page(uri: Uri, headers: HeaderMap) -> Response {
    let language = choice(uri.query(), &headers).language;
    let links = words::choice::links(language, uri.path(), uri.query());
    let values = context! {
        language => language.code(), words => catalogs(language, uri.path()), later => Value::from(Serde(later(language))),
        languages => Value::from(Serde(links)),
    };
    handler::page(language, StatusCode::OK, render("console.html", values))
}

/// `GET /console/room/{roomId}`: one room, live.
pub(super) async fn room(Path(_): Path<RoomId>, uri: Uri, headers: HeaderMap) -> Response {
    page(uri, headers).await
}

/// `GET /console/event/{eventId}`: how one event sells.
pub(super) async fn event(Path(_): Path<EventId>, uri: Uri, headers: HeaderMap) -> Response {
    page(uri, headers).await
}

/// The scripts with the sentences that the page at `path` says: those of all pages, and those of each part of the path that has
/// some. English needs none: it stands in the scripts.
fn catalogs(language: Language, path: &str) -> Vec<String> {
    let parts = std::iter::once("main").chain(path.split('/').skip(2));
    parts.filter_map(|part| catalog(language, part)).collect()
}

/// Those that the script of the page loads when it needs them, each with its part.
fn later(language: Language) -> Vec<(&'static str, String)> {
    ["tabs", "said", "problems"]
        .into_iter()
        .filter_map(|part| Some((part, catalog(language, part)?)))
        .collect()
}

fn catalog(language: Language, part: &str) -> Option<String> {
    web_assets::path(&format!("words-{}-{part}.js", language.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_loads_its_own_catalogs_and_in_english_none() {
        let names = |language, path: &str| {
            let all = catalogs(language, path).into_iter();
            all.map(|file| file.rsplit_once('-').unwrap().0.replace("/assets/web/", "")).collect::<Vec<_>>()
        };
        assert_eq!(names(Language::De, "/console"), ["words-de-main"]);
        let room = "/console/room/0190b3a8-0000-7000-8000-000000000000";
        assert_eq!(names(Language::Ja, room), ["words-ja-main", "words-ja-room"]);
        for page in ["event/0190b3a8-0000-7000-8000-000000000000", "webhooks", "team", "audit", "demo"] {
            assert_eq!(names(Language::Pt, &format!("/console/{page}")).len(), 2, "{page}");
        }
        assert_eq!(names(Language::En, room), Vec::<String>::new());
        assert_eq!([Language::En, Language::Es].map(|language| later(language).len()), [0, 3]);
    }
}
