//! `queue-gate simulate FILE`: the same what-if as the call, without a room.

use std::{io::Read, path::PathBuf, process::ExitCode};

use chrono::TimeDelta;
use clap::Args;

use super::request::{Asked, play};
use crate::{admission::Interval, room::Settings};

/// What the tool is asked.
#[derive(Clone, Debug, Args)]
pub struct Simulate {
    /// The scenario: JSON as `POST /room/{roomId}/simulate` takes it. `-` reads it from standard input.
    pub file: PathBuf,
}

/// Plays the scenario and prints what came of it.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool speaks to who runs it")]
pub fn run(asked: &Simulate) -> ExitCode {
    match outcome(asked) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn outcome(asked: &Simulate) -> Result<String, String> {
    let file = asked.file.display();
    let text = if asked.file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(&asked.file)
    };
    let text = text.map_err(|error| format!("{file} cannot be read: {error}"))?;
    let asked: Asked = serde_json::from_str(&text).map_err(|error| format!("{file}: {error}"))?;
    if asked.is_recorded() {
        return Err(format!("{file}: recorded arrivals are in the database: ask the gate"));
    }
    let usual = Settings {
        admit_per_minute: 60,
        max_active: 500,
        claim_window: TimeDelta::minutes(2),
        session_length: TimeDelta::minutes(10),
    };
    let scenario =
        asked.scenario((usual, Interval::default()), None).map_err(|error| format!("{file}: {error}"))?;
    serde_json::to_string_pretty(&play(scenario)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_read_played_and_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("scenario.json");
        let asked = Simulate { file: file.clone() };
        assert!(outcome(&asked).unwrap_err().contains("cannot be read"));
        let tell = |text: &str| {
            std::fs::write(&file, text).unwrap();
            outcome(&asked)
        };
        let told =
            tell(r#"{"admitPerMinute": 60, "arrivals": {"kind": "burst", "fans": 120, "over": "PT1S"}}"#);
        let told: serde_json::Value = serde_json::from_str(&told.unwrap()).unwrap();
        assert_eq!((&told["fans"], &told["overshoot"]), (&120.into(), &0.into()));
        assert!(tell(r#"{"arrivals": {"kind": "recorded"}}"#).unwrap_err().contains("ask the gate"));
        let many = tell(r#"{"arrivals": {"kind": "poisson", "perMinute": 100000, "over": "PT10H"}}"#);
        assert!(many.unwrap_err().contains("arrivals must be at most 500000 fans"));
        let told = tell(
            r#"{"lanes": [{"name": "main", "share": 1, "fans": 0.8}, {"name": "members", "share": 3, "fans": 0.2}],
                "arrivals": {"kind": "burst", "fans": 500, "over": "PT1S"}, "longest": "PT5M"}"#,
        );
        let told: serde_json::Value = serde_json::from_str(&told.unwrap()).unwrap();
        let (main, members) = (&told["lanes"][0], &told["lanes"][1]);
        assert_eq!((&main["name"], &members["share"]), (&"main".into(), &3.into()));
        assert!(main["waits"]["most"].as_u64() > Some(0) && members["called"].as_u64() > Some(50), "{told}");
        assert!(tell(r#"{"arrivals": {"kind": "flood"}}"#).unwrap_err().contains("unknown variant"));
    }
}
