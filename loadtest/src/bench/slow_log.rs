//! Redis's own note of how long each command took.

use anyhow::Result;
use redis::cmd;

use super::{
    measure::{self, float},
    stand::Stand,
};

/// A call of a script that Redis noted.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The beginning of the script's digest.
    pub(super) script: String,
    /// How long it took, in milliseconds.
    pub(super) millis: f64,
}

/// From now on Redis notes commands that take `micros` or longer.
pub(super) fn begin(stand: &Stand, micros: u32) -> Result<()> {
    let mut line = stand.line.clone();
    let micros = micros.to_string();
    stand.servers.runtime.block_on(async {
        let settings = [("slowlog-max-len", "100000"), ("slowlog-log-slower-than", micros.as_str())];
        for (name, value) in settings {
            let () = cmd("CONFIG").arg("SET").arg(name).arg(value).query_async(&mut line).await?;
        }
        Ok(cmd("SLOWLOG").arg("RESET").query_async(&mut line).await?)
    })
}

/// The calls of scripts that were noted, and an end of it.
pub(super) fn end(stand: &Stand) -> Result<Vec<Call>> {
    type Entry = (u64, u64, u64, Vec<Vec<u8>>, String, String);
    let mut line = stand.line.clone();
    let entries: Vec<Entry> = stand.servers.runtime.block_on(async {
        let () =
            cmd("CONFIG").arg("SET").arg("slowlog-log-slower-than").arg("-1").query_async(&mut line).await?;
        cmd("SLOWLOG").arg("GET").arg("-1").query_async(&mut line).await
    })?;
    let is_script =
        |entry: &&Entry| entry.3.first().is_some_and(|name| name.eq_ignore_ascii_case(b"evalsha"));
    let call = |entry: &Entry| Call {
        script: entry
            .3
            .get(1)
            .map_or_else(String::new, |digest| String::from_utf8_lossy(digest).chars().take(8).collect()),
        millis: float(entry.2) / 1000.0,
    };
    Ok(entries.iter().filter(is_script).map(call).collect())
}

/// The quantile of `calls` in milliseconds; 0 where there were none.
pub(super) fn quantile(calls: &[Call], part: f64) -> f64 {
    measure::quantile(&calls.iter().map(|call| call.millis).collect::<Vec<_>>(), part)
}

/// The script that took longest, by its digest, and how often it and the others were called.
pub(super) fn longest(calls: &[Call]) -> String {
    calls.iter().max_by(|one, other| one.millis.total_cmp(&other.millis)).map_or_else(
        || "no script was called".to_owned(),
        |call| {
            let times = calls.iter().filter(|other| other.script == call.script).count();
            format!(
                "the longest of {} calls of scripts was of {}…, which was called {times} times",
                calls.len(),
                call.script
            )
        },
    )
}
