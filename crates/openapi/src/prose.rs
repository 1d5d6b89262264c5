//! What `docs/API.md` says of each call: who may make it, in words what it does, and what it is refused with.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::{document, problems, read, routes::Call};

/// The row of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Who may make it.
    pub who: String,
    /// What it takes and answers.
    pub words: String,
    /// The kinds of problem that are named.
    pub kinds: Vec<String>,
}

/// Stands for a `|` that divides no cells.
const BAR: &str = "\u{1}";

/// The rows of all tables about calls that go through the gate.
///
/// # Errors
/// When a page cannot be read.
pub fn rows() -> Result<BTreeMap<Call, Row>> {
    let known: Vec<_> = problems::kinds()?.into_iter().map(|kind| kind.name).collect();
    let page = read("docs/API.md")?;
    let (mut rows, mut is_of_calls) = (BTreeMap::<Call, Row>::new(), false);
    for line in page.lines() {
        let line = line.replace("\\|", BAR);
        let cells: Vec<_> =
            line.trim().trim_matches('|').split('|').map(|cell| cell.trim().replace(BAR, "|")).collect();
        let [named, who, words] = cells.as_slice() else { continue };
        if named == "call" {
            is_of_calls = who == "who";
        }
        if !is_of_calls || !line.starts_with('|') {
            continue;
        }
        for call in calls(named) {
            let row = rows.entry(call).or_insert_with(|| Row { who: who.clone(), ..Row::default() });
            if !row.words.is_empty() {
                row.words.push_str(". ");
            }
            row.words.push_str(&plain(words));
            let kinds =
                words.split('`').skip(1).step_by(2).filter(|code| known.iter().any(|kind| kind == code));
            row.kinds.extend(kinds.map(str::to_owned));
            row.kinds.sort();
            row.kinds.dedup();
        }
    }
    Ok(rows)
}

/// The calls that a cell names: `GET PUT /a/{b}`, and beside one `/c`, which stands in the place of the last part.
fn calls(cell: &str) -> Vec<Call> {
    let (mut calls, mut methods, mut path) = (Vec::new(), Vec::new(), String::new());
    for code in cell.split('`').skip(1).step_by(2) {
        let mut words = code.split_whitespace().peekable();
        let mut own = Vec::new();
        while let Some(method) =
            words.next_if(|word| document::METHODS.contains(&word.to_lowercase().as_str()))
        {
            own.push(method.to_owned());
        }
        // A method alone is another one of the same path.
        let next = words.next().unwrap_or("").split('?').next().unwrap_or_default();
        let parent = path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
        match (next.strip_prefix('…'), own.is_empty(), parent) {
            (None, false, _) if next.starts_with('/') => next.clone_into(&mut path),
            (None, false, Some(_)) if next.is_empty() => {}
            (Some(last), false, Some(parent)) => path = parent + last,
            (None, true, Some(parent)) if next.starts_with('/') => path = parent + next,
            _ => continue,
        }
        if !own.is_empty() {
            methods = own;
        }
        calls.extend(methods.iter().map(|method| (method.clone(), document::shape(&path))));
    }
    calls
}

/// Without links, which lead to files beside the page.
pub(crate) fn plain(words: &str) -> String {
    let mut parts = words.split("](");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        if let Some(at) = text.rfind('[') {
            text.remove(at);
        }
        text.push_str(part.split_once(')').map_or(part, |(_, rest)| rest));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_names_calls() {
        let call = |method: &str, path: &str| (method.to_owned(), path.to_owned());
        let named = calls("`PUT DELETE /room/{id}/opening/{x}`, `GET /a?b=` (HTML)");
        assert_eq!(
            named,
            [call("PUT", "/room/{}/opening/{}"), call("DELETE", "/room/{}/opening/{}"), call("GET", "/a")]
        );
        let named = calls("`POST /room/{id}/open`, `/pause {reason}`, `GET …/x.csv`");
        assert_eq!(
            named,
            [call("POST", "/room/{}/open"), call("POST", "/room/{}/pause"), call("GET", "/room/{}/x.csv")]
        );
        assert_eq!(calls("`GET /brand`, `PUT`"), [call("GET", "/brand"), call("PUT", "/brand")]);
        assert_eq!(calls("any guarded path while `queueing`"), []);
    }

    #[test]
    fn words_are_without_links() {
        assert_eq!(plain("as in [x.md](x.md#a) and [y](y), `[z]`"), "as in x.md and y, `[z]`");
    }
}
