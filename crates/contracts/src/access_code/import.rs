//! Many codes at once: which of them can be kept, and what is said of each.

use std::collections::HashSet;

use serde::Serialize;

use super::Code;

/// What became of one code that an organizer brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is good from now on.
    Imported,
    /// It was there already, and stays as it was.
    Unchanged,
    /// It is none, for this reason.
    Refused(String),
}

/// Codes as an organizer wrote them, read one by one.
#[derive(Clone, Debug)]
pub struct Import<T> {
    outcomes: Vec<Outcome>,
    read: Vec<T>,
}

impl<T> Import<T> {
    /// Of `written`, each as it was read or with what is wrong, those that can be kept. `code` is the code of one; a code that
    /// comes twice is refused the second time.
    pub fn of(written: impl IntoIterator<Item = Result<T, String>>, code: impl Fn(&T) -> &Code) -> Self {
        let (mut outcomes, mut read, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for one in written {
            outcomes.push(match one {
                Ok(one) if !seen.insert(code(&one).clone()) => {
                    Outcome::Refused(format!("the code that ends in {} is there twice", code(&one).hint()))
                }
                Ok(one) => {
                    read.push(one);
                    Outcome::Unchanged
                }
                Err(why) => Outcome::Refused(why),
            });
        }
        Self { outcomes, read }
    }

    /// Those that can be kept, in their order.
    pub fn read(&self) -> &[T] {
        &self.read
    }

    /// What became of all, in order, where `is_new` says of each of [`Import::read`] whether it was not there before.
    pub fn outcomes(&self, is_new: impl IntoIterator<Item = bool>) -> Vec<Outcome> {
        let mut is_new = is_new.into_iter();
        let outcome = |outcome: &Outcome| match outcome {
            Outcome::Unchanged if is_new.next() == Some(true) => Outcome::Imported,
            outcome => outcome.clone(),
        };
        self.outcomes.iter().map(outcome).collect()
    }
}

/// What an organizer is told of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    imported: usize,
    unchanged: usize,
    refused: usize,
    rows: Vec<Told>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    row: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl Report {
    /// The report of `outcomes`, in the order of the rows, of which the first is 1.
    pub fn new(outcomes: Vec<Outcome>) -> Self {
        let mut report = Self::default();
        for (row, outcome) in (1..).zip(outcomes) {
            let (count, outcome, why) = match outcome {
                Outcome::Imported => (&mut report.imported, "imported", None),
                Outcome::Unchanged => (&mut report.unchanged, "unchanged", None),
                Outcome::Refused(why) => (&mut report.refused, "refused", Some(why)),
            };
            *count += 1;
            report.rows.push(Told { row, outcome, why });
        }
        report
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_row_is_told_what_became_of_it() {
        let read = |text: &str| Code::parse(text).ok_or_else(|| format!("{text} is none"));
        let import = Import::of(["ABC123", "?", "abc-123", "DEF456"].map(read), |code| code);
        assert_eq!(import.read().len(), 2);
        let report = Report::new(import.outcomes([false, true]));
        let rows = json!([
            { "row": 1, "outcome": "unchanged" },
            { "row": 2, "outcome": "refused", "why": "? is none" },
            { "row": 3, "outcome": "refused", "why": "the code that ends in 123 is there twice" },
            { "row": 4, "outcome": "imported" },
        ]);
        assert_eq!(json!(report), json!({ "imported": 1, "unchanged": 1, "refused": 2, "rows": rows }));
    }
}
