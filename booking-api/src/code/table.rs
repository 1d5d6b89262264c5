//! Codes as a table (RFC 4180): the first row names the columns.

use serde_json::{Map, Value};

use super::IMPORT_MAX;
use crate::catalog::csv::{self, BadCsv};

/// Why a text is no table of codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// It is no table.
    #[error(transparent)]
    Csv(#[from] BadCsv),
    /// The first row names no codes, or a column twice.
    #[error("the first row names each column once: code, and others where you need them")]
    Columns,
    /// A row has more cells than there are columns.
    #[error("line {0} has more cells than there are columns")]
    TooWide(usize),
    /// There are too many rows.
    #[error("one call takes at most {IMPORT_MAX} codes")]
    TooLong,
}

/// Reads a table: each row as an object with the columns' names, all values texts.
///
/// # Errors
/// [`BadTable`].
pub fn read(text: &str) -> Result<Vec<Value>, BadTable> {
    let mut rows = csv::read(text)?.into_iter();
    let (_, columns) = rows.next().ok_or(BadTable::Columns)?;
    let columns: Vec<String> = columns.iter().map(|name| name.trim().to_owned()).collect();
    let is_once = |name: &String| columns.iter().filter(|other| *other == name).count() == 1;
    if !columns.iter().any(|name| name == "code") || !columns.iter().all(is_once) {
        return Err(BadTable::Columns);
    }
    let filled = rows.filter(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty()));
    let objects = filled.map(|(line, row)| {
        if row.len() > columns.len() {
            return Err(BadTable::TooWide(line));
        }
        let members = columns.iter().cloned().zip(row.into_iter().map(Value::String));
        Ok(Value::Object(members.collect::<Map<_, _>>()))
    });
    let objects = objects.collect::<Result<Vec<_>, _>>()?;
    if objects.len() > IMPORT_MAX { Err(BadTable::TooLong) } else { Ok(objects) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_table_of_codes_names_its_columns_once() {
        let read_back = read("code,label\r\nABC123,\"Press, early\"\r\n,\r\nDEF456\r\n").unwrap();
        assert_eq!(
            read_back,
            [json!({"code": "ABC123", "label": "Press, early"}), json!({"code": "DEF456"})]
        );
        assert_eq!(read("label\nx"), Err(BadTable::Columns));
        assert_eq!(read("code,code\nx,y"), Err(BadTable::Columns));
        assert_eq!(read(""), Err(BadTable::Columns));
        assert_eq!(read("code\nABC123,x"), Err(BadTable::TooWide(2)));
        assert!(matches!(read("code\n\"ABC"), Err(BadTable::Csv(_))));
        assert_eq!(read(&format!("code\n{}", "ABC123\n".repeat(IMPORT_MAX + 1))), Err(BadTable::TooLong));
    }
}
