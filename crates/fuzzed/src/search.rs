//! What search is asked, and what PostgreSQL tells it.

use chrono::DateTime;
use http::{HeaderMap, HeaderValue, header};
use platform::http::names_tag;
use search_api::{
    query::{EventSearch, HIGHEST_LIMIT, accept, cursor::Cursor, parse::Typed, plan::Plan, wider::Wider},
    sync::pgoutput::Decoder,
};

/// The query of a search or of suggestions, as it stands in a URL; what was understood can be planned.
pub(crate) fn search(bytes: &[u8]) {
    let parameters: Vec<(String, String)> = url::form_urlencoded::parse(bytes).into_owned().collect();
    if let Ok(search) = EventSearch::parse(&parameters) {
        assert!((1..=HIGHEST_LIMIT).contains(&search.limit));
        assert_eq!(search.fingerprint(), search.clone().fingerprint());
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        drop(Plan::of(&search, &Wider::default(), now));
    }
    if let Ok(typed) = Typed::parse(&parameters) {
        assert!(!typed.words.telling().is_empty());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        accept::prefers_page(text);
    }
    if let Ok(value) = HeaderValue::from_bytes(bytes) {
        let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, value)]);
        let is_there = bytes.contains(&b'*') || bytes.windows(3).any(|three| three == b"\"0\"");
        assert!(is_there || !names_tag(&headers, "\"0\""), "what is not there is not named");
    }
}

/// Where the next page begins. No seed of the corpus is one that we gave: its digest keeps all others out.
pub(crate) fn cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(cursor) = Cursor::read(text, "a") {
        assert_eq!(Cursor::read(&cursor.to_string(), "a"), Ok(cursor));
    }
}

/// Messages of logical replication, each after a byte that says how long it is.
pub(crate) fn pgoutput(bytes: &[u8]) {
    let (mut decoder, mut rest) = (Decoder::default(), bytes);
    while let Some((length, after)) = rest.split_first() {
        let length = usize::from(*length).min(after.len());
        let _ = decoder.read(&after[..length]);
        rest = &after[length..];
    }
}
