//! The kinds of problem, as `docs/PROBLEMS.md` lists them. Another test compares that page with the sources.

use anyhow::Result;
use serde_yaml_ng::Value;

use crate::{prose, read};

/// The sections whose kinds nobody sees through the gate.
const INSIDE: [&str; 2] = ["notifier", "The payment sandbox"];

/// A kind of problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Who answers it: a service, or every one.
    pub service: String,
    /// The last part of its `type`.
    pub name: String,
    /// Its status.
    pub status: u16,
    /// What it says, the same in all cases.
    pub title: String,
    /// When it comes, and how to mend it.
    pub mend: String,
}

/// The kinds that come through the gate, in the order of the page.
///
/// # Errors
/// When the page cannot be read.
pub fn kinds() -> Result<Vec<Kind>> {
    let (mut service, mut kinds) = ("", Vec::new());
    let page = read("docs/PROBLEMS.md")?;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            service = heading;
        }
        kinds.extend(row(service, line).filter(|_| !INSIDE.contains(&service)));
    }
    Ok(kinds)
}

/// `` | `kind` | status | title | when, and how to mend it | ``
fn row(service: &str, line: &str) -> Option<Kind> {
    let cells: Vec<_> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
    let [name, status, title, ref mend @ ..] = cells[..] else { return None };
    Some(Kind {
        service: service.to_owned(),
        name: name.trim_matches('`').to_owned(),
        status: status.parse().ok()?,
        title: title.to_owned(),
        mend: prose::plain(&mend.join(" | ")),
    })
}

/// The same for the joined document.
pub(crate) fn as_value(kinds: &[Kind]) -> Value {
    let entry = |kind: &Kind| {
        let pairs = [
            ("type", format!("/problems/{}", kind.name).into()),
            ("status", Value::from(kind.status)),
            ("title", kind.title.clone().into()),
            ("mend", kind.mend.clone().into()),
            ("service", kind.service.clone().into()),
        ];
        Value::Mapping(pairs.into_iter().map(|(name, value): (&str, Value)| (name.into(), value)).collect())
    };
    Value::Sequence(kinds.iter().map(entry).collect())
}
