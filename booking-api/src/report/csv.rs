//! Tables as text (RFC 4180), safe to open in a spreadsheet.

use chrono::{DateTime, SecondsFormat, Utc};
use contracts::money::{Currency, Money};

use super::{Report, Row};

/// The heads of the table of orders.
pub const ORDER_HEAD: &[&str] = &[
    "number",
    "orderId",
    "state",
    "createdAt",
    "paidAt",
    "email",
    "name",
    "ticketId",
    "place",
    "tier",
    "currency",
    "face",
    "discount",
    "fee",
    "tax",
    "price",
    "returnedAt",
];

const SALES_HEAD: &[&str] = &[
    "day",
    "tier",
    "currency",
    "sold",
    "face",
    "discounts",
    "fees",
    "tax",
    "gross",
    "returned",
    "refunded",
    "net",
];

/// One line of the table: cells between commas, each in quotes where it must be. A text that a spreadsheet would take for
/// a formula gets an apostrophe in front, which makes it a text there too: names and places are other people's words.
pub fn line<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(","))
}

/// A whole table: its heads, and the cells of each of `rows`.
pub fn table<'a, T>(
    heads: impl IntoIterator<Item = &'a str>,
    rows: &[T],
    cells: impl Fn(&T) -> Vec<String>,
) -> String {
    let row = |row: &T| line(cells(row).iter().map(String::as_str));
    std::iter::once(line(heads)).chain(rows.iter().map(row)).collect()
}

fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%'])
        && text.parse::<f64>().map_or(true, f64::is_nan);
    let safe = if is_formula { format!("'{text}") } else { text.to_owned() };
    if safe.contains(['"', ',', '\r', '\n', ';', '\'', '\t']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// An amount without its currency: `49.50`.
fn amount(minor: i64, currency: Currency) -> String {
    let text = Money { minor, currency }.to_string();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn instant(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}

/// The line of one ticket.
pub fn order(row: &Row, currency: Currency) -> String {
    let state = serde_json::json!(row.state).as_str().unwrap_or_default().to_owned();
    let [face, discount, fee, tax, price] = row.amounts.map(|minor| amount(minor, currency));
    let cells = [
        row.number.map(|number| number.to_string()).unwrap_or_default(),
        row.order.to_string(),
        state,
        instant(Some(row.created_at)),
        instant(row.paid_at),
        row.email.clone(),
        row.name.clone().unwrap_or_default(),
        row.ticket.to_string(),
        row.place.clone(),
        row.tier.clone(),
        currency.to_string(),
        face,
        discount,
        fee,
        tax,
        price,
        instant(row.returned_at),
    ];
    line(cells.iter().map(String::as_str))
}

/// The whole table of sales, with their sum below.
pub fn sales(report: &Report) -> String {
    let currency = report.currency;
    let write = |day: &str, tier: &str, sums: super::Sums| {
        let money = |minor| amount(minor, currency);
        let cells = [
            day.to_owned(),
            tier.to_owned(),
            currency.to_string(),
            sums.sold.to_string(),
            money(sums.face),
            money(sums.discounts),
            money(sums.fees),
            money(sums.tax),
            money(sums.gross),
            sums.returned.to_string(),
            money(sums.refunded),
            money(sums.gross - sums.refunded),
        ];
        line(cells.iter().map(String::as_str))
    };
    let rows = report.rows.iter().map(|row| write(&row.day.to_string(), &row.tier, row.sums));
    std::iter::once(line(SALES_HEAD.iter().copied()))
        .chain(rows)
        .chain([write("total", "", report.total())])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be() {
        assert_eq!(line(["plain", "a,b", "say \"x\"", ""]), "plain,\"a,b\",\"say \"\"x\"\"\",\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for evil in ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"x\")", "|calc", "%x"] {
            let cell = cell(evil);
            assert!(cell.starts_with("\"'") && cell.ends_with('"'), "{cell}");
        }
        assert_eq!(cell("-12.50"), "-12.50", "a number is what it says");
        assert_eq!(cell("O'Neill"), "\"O'Neill\"");
    }
}
