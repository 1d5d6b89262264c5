//! What the calls about codes have in common: a list of them as JSON or as a table, a page at a time.

use axum::http::{HeaderMap, HeaderName, header};
use chrono::{DateTime, Utc};
use platform::http::{Problem, kinds};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{IMPORT_MAX, PAGE, table};

/// The codes of a body: a table (`text/csv`), or JSON with a list of them under `member`.
pub(crate) fn written<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: &[u8],
    member: &str,
) -> Result<Vec<T>, Problem> {
    let invalid = |why: String| Problem::of(kinds::INVALID_BODY).detail(why);
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let rows = match kind.as_str() {
        "text/csv" => {
            let text = std::str::from_utf8(body)
                .map_err(|_| Problem::of(kinds::MALFORMED_BODY).detail("The table is not in UTF-8."))?;
            table::read(text).map_err(|error| invalid(error.to_string()))?
        }
        "application/json" => {
            let body: Value = serde_json::from_slice(body)
                .map_err(|error| Problem::of(kinds::MALFORMED_BODY).detail(error.to_string()))?;
            match body {
                Value::Object(mut members) if members.len() == 1 => match members.remove(member) {
                    Some(Value::Array(rows)) => rows,
                    _ => return Err(invalid(format!("The body is a list called {member}."))),
                },
                _ => return Err(invalid(format!("The body is a list called {member}, and nothing else."))),
            }
        }
        _ => return Err(Problem::of(kinds::NOT_JSON).detail("Send application/json or text/csv.")),
    };
    if rows.len() > IMPORT_MAX {
        return Err(invalid(table::BadTable::TooLong.to_string()));
    }
    let read = |(row, value): (usize, Value)| {
        serde_json::from_value(value).map_err(|error| invalid(format!("Row {row}: {error}")))
    };
    (1..).zip(rows).map(read).collect()
}

/// Whether the client would rather have a table.
pub(crate) fn wants_table(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("text/csv")
}

/// What goes with a table of codes.
pub(crate) fn table_head(name: &str) -> [(HeaderName, String); 4] {
    crate::report::handler::head(name)
}

/// Where the page after this one is; `None` where this one is not full, and so the last. `address` makes it of the last row.
pub(crate) fn next<T>(page: &[T], address: impl Fn(&T) -> String) -> Option<String> {
    let is_full = i64::try_from(page.len()).unwrap_or(i64::MAX) >= PAGE;
    page.last().filter(|_| is_full).map(address)
}

/// An instant as a cell of a table, to the fraction of a second; empty for none.
pub(crate) fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339()).unwrap_or_default()
}
