//! What a chore tells the person who waits for it. All of it goes to standard error; standard output is for results.

use std::{fmt::Display, io::IsTerminal, time::Duration};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

/// Does one step while a spinner turns, and says how long it took. Without a terminal: one line at its end.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let begin = Instant::now();
    let spinner = spinner(what);
    let outcome = work();
    spinner.finish_and_clear();
    match &outcome {
        Ok(_) => line(format_args!("  done  {what} ({})", seconds(begin.elapsed()))),
        Err(_) => line(format_args!("  FAILED  {what} ({})", seconds(begin.elapsed()))),
    }
    outcome
}

/// One line.
#[expect(clippy::print_stderr, reason = "a program for people")]
pub(crate) fn line(text: impl Display) {
    eprintln!("{text}");
}

/// A duration as people say it.
pub(crate) fn seconds(duration: Duration) -> String {
    let tenths = duration.as_millis() / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn spinner(what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("  {spinner} {msg} {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner());
    let spinner = ProgressBar::new_spinner().with_style(style).with_message(what.to_owned());
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}
