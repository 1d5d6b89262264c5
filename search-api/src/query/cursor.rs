//! Where the next page begins. Opaque for the caller; it keeps the moment of the first page, so that events do not
//! move between pages because time goes on, and how far the search was widened, so that all pages are of one search.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use contracts::id::EventId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{EventSearch, wider::Wider};

/// The longest cursor that is looked at: ours are shorter.
const LONGEST: usize = 1000;
/// How many bytes of the digest stand before what it is of.
const DIGEST: usize = 8;

/// The last event of a page, by all that orders events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cursor {
    /// Which search it belongs to.
    #[serde(rename = "q")]
    pub search: String,
    /// The moment of the first page, in seconds.
    #[serde(rename = "n")]
    pub now: i64,
    /// How the event ranks in the order that was asked for.
    #[serde(rename = "r")]
    pub rank: f64,
    /// When it begins, in milliseconds.
    #[serde(rename = "s")]
    pub starts: i64,
    /// Which one it is.
    #[serde(rename = "e")]
    pub event: EventId,
    /// What was found only because more was looked at.
    #[serde(rename = "w", default, skip_serializing_if = "Wider::is_none")]
    pub wider: Wider,
}

/// Why a text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCursor {
    /// Not one that we gave.
    #[error("take it from the answer of the page before, as it is")]
    Unknown,
    /// Of another search.
    #[error("it belongs to another search: while paging, keep all parameters but limit and facets")]
    OtherSearch,
}

impl Cursor {
    /// Reads the cursor of the search with this fingerprint. A digest tells one that was altered on its way; whoever
    /// makes one on purpose gets another page of what anybody may see.
    ///
    /// # Errors
    /// [`BadCursor`].
    pub fn read(text: &str, search: &str) -> Result<Self, BadCursor> {
        if text.len() > LONGEST {
            return Err(BadCursor::Unknown);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor::Unknown)?;
        let (sum, payload) = bytes.split_at_checked(DIGEST).ok_or(BadCursor::Unknown)?;
        if sum != digest(payload) {
            return Err(BadCursor::Unknown);
        }
        let cursor: Self = serde_json::from_slice(payload).map_err(|_| BadCursor::Unknown)?;
        if cursor.search != search {
            return Err(BadCursor::OtherSearch);
        }
        let sound = DateTime::from_timestamp(cursor.now, 0).is_some()
            && cursor.now.checked_mul(1000).is_some()
            && cursor.rank.is_finite()
            && cursor.wider.is_sound();
        if sound { Ok(cursor) } else { Err(BadCursor::Unknown) }
    }

    /// The cursor after a page of `search` whose last event has this rank, start and id.
    pub fn after(search: &EventSearch, wider: &Wider, now: DateTime<Utc>, last: (f64, i64, EventId)) -> Self {
        let (rank, starts, event) = last;
        let now = search.cursor.as_ref().map_or(now.timestamp(), |cursor| cursor.now);
        Self { search: search.fingerprint(), now, rank, starts, event, wider: wider.clone() }
    }

    /// The moment of the first page.
    pub fn moment(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.now, 0).unwrap_or_default()
    }
}

fn digest(payload: &[u8]) -> [u8; DIGEST] {
    let whole: [u8; 32] =
        Sha256::new_with_prefix(b"usher search cursor").chain_update(payload).finalize().into();
    let mut short = [0; DIGEST];
    short.copy_from_slice(&whole[..DIGEST]);
    short
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode([&digest(&payload)[..], &payload].concat()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_way_and_belongs_to_one_search() {
        let event = uuid::Uuid::from_u128(7).into();
        let wider = Wider { around: Some([52.52, 13.405, 150.0]), soft: vec![1], loose: true };
        let cursor = Cursor {
            search: "a".to_owned(),
            now: 1_800_000_000,
            rank: 0.999_877_15,
            starts: -5,
            event,
            wider,
        };
        assert_eq!(Cursor::read(&cursor.to_string(), "a"), Ok(cursor.clone()));
        assert_eq!(Cursor::read(&cursor.to_string(), "b"), Err(BadCursor::OtherSearch));
        for text in ["", "e30", "!", &cursor.to_string()[1..], &"a".repeat(10_000)] {
            assert_eq!(Cursor::read(text, "a"), Err(BadCursor::Unknown), "{text}");
        }
    }

    #[test]
    fn an_altered_cursor_is_none() {
        let event = uuid::Uuid::from_u128(7).into();
        let cursor =
            Cursor { search: "a".to_owned(), now: 1, rank: 46.0, starts: 5, event, wider: Wider::default() };
        let text = cursor.to_string();
        for at in 0..text.len() {
            let other = if &text[at..=at] == "A" { "B" } else { "A" };
            let altered = format!("{}{other}{}", &text[..at], &text[at + 1..]);
            // The last letter carries bits that mean nothing; they may not be set either.
            assert_eq!(Cursor::read(&altered, "a"), Err(BadCursor::Unknown), "at {at}");
        }
    }
}
