//! What organizers upload, and what payment providers call back with.

use std::sync::Arc;

use booking_api::{
    catalog::{csv, event},
    code,
    payment::{raw_card, sandbox, stripe},
    seat::{
        plan::{MOST_TICKETS, NewFocalPoint, NewSeat, NewTier, Said, plan},
        pretix::PlanFile,
    },
};
use chrono::DateTime;
use platform::{clock::SystemClock, ids::Ids};
use serde_json::Value;

/// A field of a table, in quotes.
fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// Tables of codes, of the gate and of booking; of events; and any table.
pub(crate) fn tables(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(codes) = queue_gate::code::table::read(text) {
        assert!(codes.len() <= queue_gate::code::IMPORT_MAX);
    }
    if let Ok(codes) = code::table::read(text) {
        assert!(codes.len() <= code::IMPORT_MAX);
        for code in codes.iter().filter_map(|row| row["code"].as_str()) {
            drop(code::read(code));
        }
    }
    drop(event::table::rows(text));
    if let Ok(rows) = csv::read(text) {
        let fields = |row: &[String]| row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",");
        let written: String = rows.iter().map(|(_, row)| fields(row) + "\n").collect();
        let again: Vec<_> =
            csv::read(&written).expect("what we wrote").into_iter().map(|(_, row)| row).collect();
        assert!(rows.iter().map(|(_, row)| row).eq(&again), "{text:?}");
    }
}

/// A seating plan: drawn elsewhere, or as the body of a new event.
pub(crate) fn seating_plan(bytes: &[u8]) {
    if let Ok(seats) = serde_json::from_slice::<PlanFile>(bytes).map(|file| file.seats()) {
        drop(seats);
    }
    let Ok((tiers, seats, points)) =
        serde_json::from_slice::<(Vec<NewTier>, Vec<NewSeat>, Vec<NewFocalPoint>)>(bytes)
    else {
        return;
    };
    let ids = Ids::new(1, Arc::new(SystemClock));
    let said = Said { tiers: &tiers, known: &[], seats: &seats, points: &points, is_draft: false };
    if let Ok(planned) = plan(&said, &ids) {
        assert!(planned.tickets.len() <= MOST_TICKETS);
        assert_eq!(planned.numbered().count(), planned.tickets.len());
        assert_eq!(planned.tiers.len(), tiers.len());
    }
}

/// HMAC-SHA-256 of `1800000000.{}` under the secret below: the one signature that the corpus knows.
const TAG: &str = "fec716bb052295622b6e6b22c11d98843a1dc64e89ca21c0ee8c06f45ab4d6a6";

/// What a provider calls back with: a signature in the first line, then the body that it is of.
pub(crate) fn callback(bytes: &[u8]) {
    let secret = b"whsec_of_the_tests";
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let body = bytes.get(at + 1..).unwrap_or_default();
    if let Ok(header) = std::str::from_utf8(&bytes[..at]) {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
        let is_ours = body == b"{}" && header.to_ascii_lowercase().contains(TAG);
        assert!(is_ours || !stripe::signature::is_genuine(secret, header, body, now), "forged: {header}");
        assert!(is_ours || !sandbox::is_genuine(secret, header, body), "forged: {header}");
    }
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        raw_card::has_raw_card(&value);
    }
}
