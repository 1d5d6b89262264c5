//! What the calls about codes have in common: a list of them as JSON or as a table, and the report of an import.

use axum::http::{HeaderMap, HeaderName, header};
use platform::http::{Problem, kinds};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{IMPORT_MAX, Outcome, table};

/// What became of an import.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    imported: usize,
    unchanged: usize,
    refused: usize,
    rows: Vec<RowView>,
}

/// What became of one code.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RowView {
    row: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Report {
    /// The report of `outcomes`, in the order of the rows.
    pub fn new(outcomes: Vec<Outcome>) -> Self {
        let mut report = Self::default();
        for (row, outcome) in (1..).zip(outcomes) {
            let (count, outcome, why) = match outcome {
                Outcome::Imported => (&mut report.imported, "imported", None),
                Outcome::Unchanged => (&mut report.unchanged, "unchanged", None),
                Outcome::Refused(why) => (&mut report.refused, "refused", Some(why)),
            };
            *count += 1;
            report.rows.push(RowView { row, outcome, why });
        }
        report
    }
}

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
