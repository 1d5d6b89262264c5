//! What search-api counts and measures.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::sync::reconcile::Differences;

/// How long a search took, cached answers too. Label `outcome`: answered, failed.
pub const QUERY_SECONDS: &str = "search_api_query_seconds";
/// Events that were read again because PostgreSQL said that they changed.
pub const FOLLOWED_EVENTS_TOTAL: &str = "search_api_sync_followed_events_total";
/// From the commit in PostgreSQL to the index having taken it; the refresh of the index comes on top.
pub const SYNC_LAG_SECONDS: &str = "search_api_sync_lag_seconds";
/// Documents that the index does not take: each wants a look.
pub const REFUSED_DOCUMENTS_TOTAL: &str = "search_api_sync_refused_documents_total";
/// What the last comparison found to mend. Label `kind`: behind, astray, surplus. Not zero for long: call someone.
pub const DIFFERENCES: &str = "search_api_sync_differences";

/// A search was answered, or not.
pub fn asked(took: Duration, answered: bool) {
    let outcome = if answered { "answered" } else { "failed" };
    metrics::histogram!(QUERY_SECONDS, "outcome" => outcome).record(took.as_secs_f64());
}

/// Changed events were brought to the index; the oldest change was committed so many microseconds after 2000.
pub fn followed(events: usize, committed_micros: Option<i64>, now: DateTime<Utc>) {
    metrics::counter!(FOLLOWED_EVENTS_TOTAL).increment(u64::try_from(events).unwrap_or(u64::MAX));
    let epoch = DateTime::from_timestamp(946_684_800, 0).unwrap_or_default();
    if let Some(micros) = committed_micros
        && let Ok(lag) = (now - (epoch + TimeDelta::microseconds(micros))).to_std()
    {
        metrics::histogram!(SYNC_LAG_SECONDS).record(lag.as_secs_f64());
    }
}

/// The index does not take a document.
pub fn document_refused() {
    metrics::counter!(REFUSED_DOCUMENTS_TOTAL).increment(1);
}

/// A comparison ended.
pub fn reconciled(found: &Differences) {
    for (kind, count) in [("behind", found.behind), ("astray", found.astray), ("surplus", found.surplus)] {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        metrics::gauge!(DIFFERENCES, "kind" => kind).set(f64::from(count));
    }
}
