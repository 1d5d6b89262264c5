//! The benches of the gateway, of booking and of search at a small size: that nothing is lost, doubled or sold twice is what is looked at here, not how
//! fast it goes.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::process::Command;

use serde_json::Value;

/// Runs a bench, which judges itself, and returns what it measured.
fn bench(name: &str) -> Vec<Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loadtest"));
    command.args(["bench", name, "--json", "--rounds", "1", "--seconds", "1", "--clients", "8"]);
    command.args(["--seats", "120", "--hall", "40", "--crowd", "60", "--events", "5"]);
    command.args(["--indexed", "300", "--changes", "50", "--passed-rate", "200", "--pushed-sockets", "200"]);
    let output = command.output().unwrap();
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");
    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&report["bench"], &report["breaches"]), (&name.into(), &Value::Array(Vec::new())));
    report["rows"].as_array().unwrap().clone()
}

/// The rows whose name begins so have something to show, all of them.
fn assert_measured(rows: &[Value], what: &str) {
    let mut found = rows.iter().filter(|row| row["what"].as_str().unwrap().starts_with(what)).peekable();
    assert!(found.peek().is_some(), "no row begins with {what}: {rows:?}");
    assert!(found.all(|row| row["ours"].as_f64().unwrap() > 0.0), "{rows:?}");
}

#[test]
fn every_fan_with_a_pass_is_passed_on_while_others_wait_and_are_told() {
    let rows = bench("proxy");
    for what in ["requests passed on", "processor time a request", "200 requests/s", "p99 at 200/s beside"] {
        assert_measured(&rows, what);
    }
}

#[test]
fn every_hold_has_the_seats_that_were_asked_for() {
    let rows = bench("hold");
    assert_measured(&rows, "holds of 1");
    assert_measured(&rows, "holds of 4");
}

#[test]
fn what_was_confirmed_is_in_the_database() {
    assert_measured(&bench("sale"), "confirmed");
}

#[test]
fn every_unit_is_taken_once_whether_or_not_the_service_is_killed() {
    assert_measured(&bench("ga"), "taken");
}

#[test]
fn the_best_seats_go_to_one_fan_each() {
    assert_measured(&bench("best"), "taken");
}

#[test]
fn of_a_crowd_one_has_the_seat() {
    assert_measured(&bench("hotseat"), "p99 of those who came second");
}

#[test]
fn a_hall_is_sold_to_the_last_seat_and_no_further() {
    assert_measured(&bench("sellout"), "time to the last");
}

#[test]
fn one_event_and_many_sell_what_they_confirm() {
    assert_measured(&bench("spread"), "holds and confirms");
}

#[test]
fn what_is_committed_is_found_also_while_the_index_is_built_anew() {
    let rows = bench("visible");
    assert_measured(&rows, "commit to found");
    assert_measured(&rows, "built anew");
    assert_measured(&rows, "searches meanwhile");
}

#[test]
fn questions_are_asked_beside_elasticsearch_raw() {
    let rows = bench("query");
    for kind in ["keyword", "typo", "near in a week", "suggest", "facets", "the same question"] {
        assert_measured(&rows, kind);
    }
}
