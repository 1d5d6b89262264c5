//! What the system says of its processes: processor time, memory, load. All of it from `/proc`.

use std::{fs, time::Duration};

use platform::clock::{Clock, SystemClock};

/// Microseconds since 1970: a time that processes of one machine share.
pub(super) fn micros() -> i64 {
    SystemClock.now().timestamp_micros()
}

/// Seconds between two such times.
pub(super) fn seconds(from: i64, to: i64) -> f64 {
    Duration::from_micros(u64::try_from(to - from).unwrap_or(0)).as_secs_f64()
}

/// The processor time of all threads of `pids` so far.
pub(super) fn cpu(pids: &[i32]) -> Duration {
    let nanos = pids.iter().flat_map(|pid| tasks(*pid)).filter_map(|task| {
        fs::read_to_string(task.join("schedstat")).ok()?.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanos.sum())
}

fn tasks(pid: i32) -> Vec<std::path::PathBuf> {
    let folder = fs::read_dir(format!("/proc/{pid}/task"));
    folder.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The memory of `pids` in bytes, what they share with others counted in proportion.
pub(super) fn pss(pids: &[i32]) -> u64 {
    let of = |pid: &i32| {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find(|line| line.starts_with("Pss:"))?.to_owned();
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    pids.iter().filter_map(of).sum::<u64>() * 1024
}

/// The children of a process.
pub(super) fn children(pid: i32) -> Vec<i32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}

/// The load of the last minute: how many processes wanted a processor.
pub(super) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// A whole number as a fraction; saturates far beyond what is counted here.
pub(super) fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// A count.
pub(super) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The one in the middle; 0 of none.
pub(super) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The one below which this part of all is, the largest for 1; 0 of none.
pub(super) fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let at = Duration::from_secs_f64(float(count(sorted.len())) * part).as_secs();
    sorted.get(usize::try_from(at).unwrap_or(last).min(last)).copied().unwrap_or(0.0)
}
