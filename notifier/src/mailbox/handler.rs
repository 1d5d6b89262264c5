//! `GET /mail`, `GET /mail/{name}`: only where mails go into a folder.

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::{Html, IntoResponse},
};
use contracts::id::MessageId;
use platform::http::{Path, Problem};

use super::{Letter, page};
use crate::{email::folder::Folder, problems::UNKNOWN_MAIL};

/// How many mails the list shows.
const LISTED: usize = 200;

/// Mails carry what people typed: no script runs, nothing is loaded from elsewhere.
const POLICY: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
];

/// `GET /mail`: the mails, newest first.
///
/// # Errors
/// When the folder cannot be read.
pub async fn list(State(folder): State<Folder>) -> Result<impl IntoResponse, Problem> {
    let mut letters = Vec::new();
    for id in folder.newest(LISTED).await.map_err(|error| Problem::internal(&error))? {
        let file = folder.get(id).await.map_err(|error| Problem::internal(&error))?;
        letters.extend(file.and_then(|file| Letter::parse(&file)).map(|letter| (id.to_string(), letter)));
    }
    let page = page::list(&letters, LISTED).map_err(|error| Problem::internal(&error))?;
    Ok((POLICY, Html(page)))
}

/// `GET /mail/{name}`: one mail. The name is the message's id, with or without `.eml`.
///
/// # Errors
/// 404 `unknown-mail` when there is none of this name.
pub async fn show(
    State(folder): State<Folder>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let unknown = || Problem::of(UNKNOWN_MAIL);
    let id: MessageId = name.trim_end_matches(".eml").parse().map_err(|_| unknown())?;
    let file = folder.get(id).await.map_err(|error| Problem::internal(&error))?.ok_or_else(unknown)?;
    let letter = Letter::parse(&file).ok_or_else(unknown)?;
    let page = page::letter(&letter).map_err(|error| Problem::internal(&error))?;
    Ok((POLICY, Html(page)))
}
