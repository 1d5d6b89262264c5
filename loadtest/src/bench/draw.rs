//! G2: a lobby of many is drawn.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::Instant;

use super::{Sizes, measure::count, ratio::Report, slow_log, stand::Stand};

/// The longest that a draw is waited for.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often it is asked how far the draw is.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Runs it.
pub(super) fn run(sizes: &Sizes) -> Result<Report> {
    let mut report = Report::new("draw", format!("{} in the lobby, {} gates", sizes.waiting, sizes.gates));
    let (mut took, mut longest) = (Vec::new(), Vec::new());
    for _ in 0..sizes.rounds {
        let stand = Stand::start(sizes.gates, &[])?;
        let room = stand.draw()?;
        report.breaches.extend(stand.fill(&room, 0, sizes.waiting)?);
        slow_log::begin(&stand, 1000)?;
        let began = Instant::now();
        stand.open(&room)?;
        let (mut phases, mut entries) = (Vec::<(String, Duration)>::new(), None);
        while phases.last().is_none_or(|(phase, _)| phase != "done") {
            ensure!(began.elapsed() < PATIENCE, "the draw is {:?}", phases.last());
            std::thread::sleep(LOOK_AGAIN);
            let draw = stand.published_draw(&room)?;
            let phase = draw["state"].as_str().unwrap_or_default();
            entries = draw["entries"].as_u64();
            if phases.last().is_none_or(|(last, _)| last != phase) {
                phases.push((phase.to_owned(), began.elapsed()));
            }
        }
        if entries != Some(count(sizes.waiting)) {
            report.breaches.push(format!("{entries:?} of {} entries were drawn", sizes.waiting));
        }
        took.push(began.elapsed().as_secs_f64());
        let calls = slow_log::end(&stand)?;
        longest.push(slow_log::quantile(&calls, 1.0));
        let steps: Vec<_> =
            phases.iter().map(|(name, at)| format!("{name} {:.2} s", at.as_secs_f64())).collect();
        report.notes.push(format!("{}; over 1 ms: {}", steps.join(", "), slow_log::longest(&calls)));
    }
    report.number("from opening to the drawn line", "s", &took, &[("MUST", -5.0)]);
    report.number("longest script", "ms", &longest, &[("MUST", -10.0)]);
    Ok(report)
}
