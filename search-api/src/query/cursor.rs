//! Where the next page begins. Opaque for the caller; it keeps the moment of the first page, so that events do not
//! move between pages because time goes on.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use contracts::id::EventId;
use serde::{Deserialize, Serialize};

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
    /// How well the event fits.
    #[serde(rename = "r")]
    pub rank: f64,
    /// When it begins, in milliseconds.
    #[serde(rename = "s")]
    pub starts: i64,
    /// Which one it is.
    #[serde(rename = "e")]
    pub event: EventId,
}

/// Why a text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCursor {
    /// Not one that we gave.
    #[error("take it from the answer of the page before")]
    Unknown,
    /// Of another search.
    #[error("it belongs to another search: keep token, location and date while paging")]
    OtherSearch,
}

impl Cursor {
    /// Reads the cursor of the search with this fingerprint.
    ///
    /// # Errors
    /// [`BadCursor`].
    pub fn read(text: &str, search: &str) -> Result<Self, BadCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor::Unknown)?;
        let cursor: Self = serde_json::from_slice(&bytes).map_err(|_| BadCursor::Unknown)?;
        if cursor.search != search {
            return Err(BadCursor::OtherSearch);
        }
        if DateTime::from_timestamp(cursor.now, 0).is_none() || !cursor.rank.is_finite() {
            return Err(BadCursor::Unknown);
        }
        Ok(cursor)
    }

    /// The moment of the first page.
    pub fn moment(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.now, 0).unwrap_or_default()
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_vec(self).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_its_way_and_belongs_to_one_search() {
        let event = uuid::Uuid::from_u128(7).into();
        let cursor = Cursor { search: "a".to_owned(), now: 1_800_000_000, rank: 46.0, starts: -5, event };
        assert_eq!(Cursor::read(&cursor.to_string(), "a"), Ok(cursor.clone()));
        assert_eq!(Cursor::read(&cursor.to_string(), "b"), Err(BadCursor::OtherSearch));
        for text in ["", "e30", "!", &cursor.to_string()[1..]] {
            assert_eq!(Cursor::read(text, "a"), Err(BadCursor::Unknown), "{text}");
        }
    }
}
