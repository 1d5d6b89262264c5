//! What became of each row: a tally for the eye and a file for everything else.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Serialize;

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Origin {
    pub(super) file: PathBuf,
    /// From 1.
    pub(super) line: usize,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Fate {
    Created,
    Updated,
    /// It was there already, and says the same.
    Unchanged,
    /// The system said no.
    Refused,
    /// The row lacks what an event or a venue must have; it was not sent.
    Unusable,
    /// The system went away before it could say anything.
    Unanswered,
}

/// One line of the report.
#[derive(Clone, Debug, Serialize)]
struct Entry {
    #[serde(flatten)]
    origin: Origin,
    fate: Fate,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<uuid::Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The whole report.
#[derive(Debug, Default)]
pub(super) struct Report {
    entries: Vec<Entry>,
}

impl Report {
    /// Adds what became of one row.
    pub(super) fn add(
        &mut self,
        origin: Origin,
        fate: Fate,
        event: Option<uuid::Uuid>,
        reason: Option<String>,
    ) {
        self.entries.push(Entry { origin, fate, event, reason });
    }

    /// How many rows met that fate.
    pub(super) fn count(&self, fate: Fate) -> usize {
        self.entries.iter().filter(|entry| entry.fate == fate).count()
    }

    /// Writes one JSON text a row, in the order of the files.
    pub(super) fn write(&mut self, path: &Path) -> anyhow::Result<()> {
        self.entries.sort_by(|a, b| a.origin.cmp(&b.origin));
        let write = || -> anyhow::Result<()> {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = BufWriter::new(std::fs::File::create(path)?);
            for entry in &self.entries {
                serde_json::to_writer(&mut file, entry)?;
                file.write_all(b"\n")?;
            }
            Ok(file.flush()?)
        };
        write().with_context(|| format!("cannot write the report {}", path.display()))
    }

    /// The tally by file, and the first reasons why rows did not come in.
    pub(super) fn summary(&self) -> String {
        let mut tallies: BTreeMap<&Path, BTreeMap<Fate, usize>> = BTreeMap::new();
        for entry in &self.entries {
            *tallies.entry(&entry.origin.file).or_default().entry(entry.fate).or_default() += 1;
        }
        let mut text = String::new();
        for (file, tally) in tallies {
            let of = |fate| tally.get(&fate).copied().unwrap_or(0);
            let _ = writeln!(
                text,
                "{}: {} created, {} updated, {} unchanged, {} refused, {} unusable, {} unanswered",
                file.display(),
                of(Fate::Created),
                of(Fate::Updated),
                of(Fate::Unchanged),
                of(Fate::Refused),
                of(Fate::Unusable),
                of(Fate::Unanswered)
            );
        }
        let failed = self.entries.iter().filter_map(|entry| Some((&entry.origin, entry.reason.as_ref()?)));
        for (Origin { file, line }, reason) in failed.take(10) {
            let _ = writeln!(text, "  {}:{line}: {reason}", file.display());
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_tells_each_row_by_file_and_line() {
        let mut report = Report::default();
        let at = |line| Origin { file: "a.jsonl".into(), line };
        report.add(at(2), Fate::Unusable, None, Some("no place".to_owned()));
        report.add(at(1), Fate::Created, Some(uuid::Uuid::nil()), None);
        assert_eq!(
            report.summary(),
            "a.jsonl: 1 created, 0 updated, 0 unchanged, 0 refused, 1 unusable, 0 unanswered\n  a.jsonl:2: no place\n"
        );
        let path = std::env::temp_dir().join(format!("usher-report-{}.jsonl", std::process::id()));
        report.write(&path).unwrap();
        let lines = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            lines.lines().last(),
            Some(r#"{"file":"a.jsonl","line":2,"fate":"unusable","reason":"no place"}"#)
        );
    }
}
