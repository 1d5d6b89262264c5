//! What passed and what did not.

use anyhow::{Result, bail};

use crate::say;

/// A running total.
#[derive(Debug, Default)]
pub(crate) struct Total {
    passed: u32,
    skipped: u32,
    failures: Vec<String>,
    /// Failures that only a runner counted, without a name for each.
    unnamed: u32,
}

impl Total {
    /// Counts one thing and says why it failed, if it did.
    pub(crate) fn count(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => {
                say::line(format_args!("{name}: {error:#}"));
                self.failures.push(name.to_owned());
            }
        }
    }

    /// Adds what a runner counted.
    pub(crate) fn add(&mut self, name: &str, counts: Counts) {
        self.passed += counts.passed;
        self.skipped += counts.skipped;
        if counts.failed > 0 {
            self.failures.push(format!("{name} ({} of its tests)", counts.failed));
            self.unnamed += counts.failed - 1;
        }
    }

    /// Adds what a runner counted, and that it failed where it counted no failure.
    pub(crate) fn add_run(&mut self, name: &str, counts: Counts, outcome: Result<()>) {
        let failed_without_count = outcome.is_err() && counts.failed == 0;
        self.add(name, counts);
        if failed_without_count {
            self.count(name, outcome);
        }
    }

    /// Adds what was counted beside it.
    pub(crate) fn join(&mut self, other: Self) {
        self.passed += other.passed;
        self.skipped += other.skipped;
        self.unnamed += other.unnamed;
        self.failures.extend(other.failures);
    }

    /// Prints the closing line.
    ///
    /// # Errors
    /// When anything failed.
    #[expect(clippy::print_stdout, reason = "the result of the chore")]
    pub(crate) fn close(self) -> Result<()> {
        let failed = u32::try_from(self.failures.len())? + self.unnamed;
        println!("{} passed, {failed} failed, {} skipped", self.passed, self.skipped);
        if failed > 0 {
            bail!("failed: {}", self.failures.join("; "));
        }
        Ok(())
    }
}

/// What a runner of tests counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Passed.
    pub(crate) passed: u32,
    /// Failed.
    pub(crate) failed: u32,
    /// Left out.
    pub(crate) skipped: u32,
}

impl Counts {
    /// What a line says of Rust's own runner: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub(crate) fn of_rust(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut all = Self::default();
        for count in counts.split("; ") {
            match count.split_once(' ') {
                Some((number, "passed")) => all.passed = number.parse().ok()?,
                Some((number, "failed")) => all.failed = number.parse().ok()?,
                Some((number, "ignored")) => all.skipped = number.parse().ok()?,
                _ => {}
            }
        }
        Some(all)
    }

    /// Adds what a line says of Node's runner: `ℹ pass 3`, or `# pass 3`.
    pub(crate) fn add_of_node(&mut self, line: &str) {
        let mut words = line.split_whitespace().skip(1);
        let (Some(what), Some(number), None) = (words.next(), words.next(), words.next()) else { return };
        let Ok(number) = number.parse() else { return };
        match what {
            "pass" => self.passed = number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }

    /// Adds what a line says of vitest: `Tests  1 failed | 9 passed (10)`.
    pub(crate) fn add_of_vitest(&mut self, line: &str) {
        let Some(counts) = line.trim().strip_prefix("Tests ") else { return };
        let counts = counts.split('(').next().unwrap_or_default();
        for count in counts.split('|') {
            let Some((number, what)) = count.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u32>() else { continue };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "skipped" | "todo" => self.skipped += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runners_closing_lines_are_read() {
        let line = "test result: FAILED. 6 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.82s";
        assert_eq!(Counts::of_rust(line), Some(Counts { passed: 6, failed: 2, skipped: 1 }));
        assert_eq!(Counts::of_rust("test result"), None);
        let mut node = Counts::default();
        for line in ["ℹ tests 5", "ℹ pass 3", "ℹ fail 1", "ℹ cancelled 1", "# skipped 0", "pass 9 lives"]
        {
            node.add_of_node(line);
        }
        assert_eq!(node, Counts { passed: 3, failed: 2, skipped: 0 });
    }

    #[test]
    fn the_line_of_vitest_is_read() {
        let mut counts = Counts::default();
        for line in
            [" Test Files  1 failed | 1 passed (2)", "      Tests  1 failed | 9 passed | 2 skipped (12)"]
        {
            counts.add_of_vitest(line);
        }
        assert_eq!(counts, Counts { passed: 9, failed: 1, skipped: 2 });
    }

    #[test]
    fn one_failure_fails_the_whole() {
        let mut total = Total::default();
        total.add("it", Counts { passed: 3, failed: 0, skipped: 1 });
        assert!(total.close().is_ok());
        let mut total = Total::default();
        total.add("it", Counts { passed: 3, failed: 2, skipped: 1 });
        assert!(total.close().is_err());
    }
}
