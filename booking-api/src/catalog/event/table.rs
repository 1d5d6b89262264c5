//! Events as a table: each row of a CSV file becomes a row of an import.
//!
//! The columns are named in the first row, in any order: those of `EVENT`, `VENUE` and `LISTS`. `performers` are apart by `;`. `tiers` are
//! apart by `;`, too, each `name=price in minor units=quantity`: a table has no seats.

use serde_json::{Map, Value, json};

use crate::catalog::csv;

/// What a row may say. The first ones are of the event, then come those of the venue.
const EVENT: [&str; 10] = [
    "externalId",
    "title",
    "description",
    "category",
    "startsAt",
    "salesStart",
    "salesEnd",
    "currency",
    "ticketLimit",
    "state",
];
const VENUE: [&str; 8] = [
    "venue.externalId",
    "venue.name",
    "venue.address",
    "venue.city",
    "venue.country",
    "venue.latitude",
    "venue.longitude",
    "venue.timeZone",
];
const LISTS: [&str; 2] = ["performers", "tiers"];

/// Why a table cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    /// It is no CSV.
    #[error("the table cannot be read: {0}")]
    Csv(#[from] csv::BadCsv),
    /// It has no first row.
    #[error("the first row names the columns")]
    Empty,
    /// A column that we do not know, or twice.
    #[error("there is no column {0}, or it is there twice")]
    Column(String),
}

/// The rows of `text`, each as the JSON of a row of an import; what is wrong with one is told where it stands.
///
/// # Errors
/// [`BadTable`].
pub fn rows(text: &str) -> Result<Vec<Result<Value, String>>, BadTable> {
    let mut rows = csv::read(text)?.into_iter();
    let (_, columns) = rows.next().ok_or(BadTable::Empty)?;
    for (index, column) in columns.iter().enumerate() {
        let known = EVENT.iter().chain(&VENUE).chain(&LISTS).any(|name| name == column);
        if !known || columns[..index].contains(column) {
            return Err(BadTable::Column(column.clone()));
        }
    }
    let row = |(line, fields): (usize, Vec<String>)| {
        if fields.len() != columns.len() {
            let (has, wants) = (fields.len(), columns.len());
            return Err(format!("line {line} has {has} fields, not {wants}"));
        }
        row(&columns, &fields).map_err(|why| format!("line {line}: {why}"))
    };
    Ok(rows.map(row).collect())
}

fn row(columns: &[String], fields: &[String]) -> Result<Value, String> {
    let (mut event, mut venue) = (Map::new(), Map::new());
    let mut performers = Vec::new();
    event.insert("tiers".to_owned(), json!([]));
    for (column, field) in columns.iter().zip(fields) {
        let field = field.trim();
        if field.is_empty() {
            continue;
        }
        match column.as_str() {
            "performers" => performers = field.split(';').map(str::trim).map(str::to_owned).collect(),
            "tiers" => {
                let tiers: Result<Vec<Value>, String> = field.split(';').map(tier).collect();
                event.insert(column.clone(), Value::Array(tiers?));
            }
            "ticketLimit" => {
                event.insert(column.clone(), json!(number::<i32>(column, field)?));
            }
            "venue.latitude" | "venue.longitude" => {
                venue.insert(column.replace("venue.", ""), json!(number::<f64>(column, field)?));
            }
            _ => match column.strip_prefix("venue.") {
                Some(of_venue) => venue.insert(of_venue.to_owned(), json!(field)),
                None => event.insert(column.clone(), json!(field)),
            }
            .map_or((), drop),
        }
    }
    Ok(json!({"venue": venue, "performers": performers, "event": event}))
}

/// `name=price in minor units=quantity`.
fn tier(text: &str) -> Result<Value, String> {
    let mut parts = text.rsplitn(3, '=').map(str::trim);
    let (quantity, price, name) = (parts.next(), parts.next(), parts.next());
    let (Some(quantity), Some(price), Some(name)) = (quantity, price, name) else {
        return Err(format!("tiers: {text} is not name=price=quantity"));
    };
    let (price, quantity) = (number::<i64>("tiers", price)?, number::<u32>("tiers", quantity)?);
    Ok(json!({"name": name, "price": price, "generalAdmission": true, "quantity": quantity}))
}

fn number<T: std::str::FromStr>(column: &str, text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{column}: {text} is no number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_becomes_what_an_import_takes() {
        let text = "title,performers,tiers,venue.name,venue.latitude\nNight,\"A; B\",\"Floor=2500=100; A=B=1=2\",Hall,52.5\n";
        let expected = json!({
            "venue": {"name": "Hall", "latitude": 52.5}, "performers": ["A", "B"],
            "event": {"title": "Night", "tiers": [
                {"name": "Floor", "price": 2500, "generalAdmission": true, "quantity": 100},
                {"name": "A=B", "price": 1, "generalAdmission": true, "quantity": 2},
            ]},
        });
        assert_eq!(rows(text).unwrap(), [Ok(expected)]);
    }

    #[test]
    fn what_is_wrong_is_told_by_line() {
        assert_eq!(rows(""), Err(BadTable::Empty));
        assert_eq!(rows("title,colour\n"), Err(BadTable::Column("colour".to_owned())));
        assert_eq!(rows("title,title\n"), Err(BadTable::Column("title".to_owned())));
        let told = rows("title,tiers\nNight\nDay,Floor=x=1\n\nDawn,Floor\n").unwrap();
        let told: Vec<_> = told.into_iter().map(Result::unwrap_err).collect();
        assert_eq!(
            told,
            [
                "line 2 has 1 fields, not 2",
                "line 3: tiers: x is no number",
                "line 5: tiers: Floor is not name=price=quantity"
            ]
        );
    }
}
