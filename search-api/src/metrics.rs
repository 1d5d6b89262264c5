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

/// Documents that are set aside now, each with its cause in the table `search_refusal`. Not zero: somebody has to mend them.
pub const SET_ASIDE: &str = "search_api_sync_set_aside";
/// Whether this copy leads. Summed over all copies it is one.
pub const LEADS: &str = "search_api_sync_leads";
/// What PostgreSQL keeps of its log for the slot, in whole MiB.
pub const SLOT_KEPT_BYTES: &str = "search_api_slot_kept_bytes";
/// How much of PostgreSQL's log the slot has not confirmed, in whole MiB. Grows while Elasticsearch is away.
pub const SLOT_UNCONFIRMED_BYTES: &str = "search_api_slot_unconfirmed_bytes";
/// How much PostgreSQL can write before it gives the slot up, in whole MiB; absent where it never does. Call someone when
/// it is less than what is kept.
pub const SLOT_ROOM_BYTES: &str = "search_api_slot_room_bytes";
/// How often the slot was found gone, or given up by PostgreSQL, and was made anew. Each time everything is compared.
pub const SLOTS_MADE_ANEW_TOTAL: &str = "search_api_slots_made_anew_total";
/// Documents of the index that is built. Label `of`: done, total.
pub const REBUILD_DOCUMENTS: &str = "search_api_rebuild_documents";

/// So many documents are set aside.
pub fn set_aside(count: i64) {
    metrics::gauge!(SET_ASIDE).set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
}

/// This copy leads, or not any more.
pub fn leads(leads: bool) {
    metrics::gauge!(LEADS).set(f64::from(u8::from(leads)));
}

/// What PostgreSQL keeps for the slot, in bytes.
pub fn kept(bytes: i64, unconfirmed: i64, room: Option<i64>) {
    metrics::gauge!(SLOT_KEPT_BYTES).set(whole_mib(bytes));
    metrics::gauge!(SLOT_UNCONFIRMED_BYTES).set(whole_mib(unconfirmed));
    if let Some(room) = room {
        metrics::gauge!(SLOT_ROOM_BYTES).set(whole_mib(room));
    }
}

fn whole_mib(bytes: i64) -> f64 {
    const MIB: u32 = 1 << 20;
    f64::from(u32::try_from(bytes.max(0) / i64::from(MIB)).unwrap_or(u32::MAX)) * f64::from(MIB)
}

/// The slot was gone.
pub fn slot_made_anew() {
    metrics::counter!(SLOTS_MADE_ANEW_TOTAL).increment(1);
}

/// So many documents of a new index are written.
pub fn building(done: f64, total: f64) {
    metrics::gauge!(REBUILD_DOCUMENTS, "of" => "done").set(done);
    metrics::gauge!(REBUILD_DOCUMENTS, "of" => "total").set(total);
}

/// Questions that a second node of Elasticsearch was asked because the first was slow.
pub const HEDGED_TOTAL: &str = "search_api_node_hedged_total";
/// How often a node of Elasticsearch was left alone because it failed.
pub const NODE_RESTS_TOTAL: &str = "search_api_node_rests_total";
/// Questions that the embedded index answered in place of Elasticsearch. Rising: Elasticsearch is away.
pub const STOOD_IN_TOTAL: &str = "search_api_query_stood_in_total";
/// Questions that were refused because too many were being asked.
pub const SHED_TOTAL: &str = "search_api_query_shed_total";
/// How long ago the embedded index was known to hold all that PostgreSQL has. Rising for minutes: PostgreSQL is away.
pub const EMBEDDED_AGE_SECONDS: &str = "search_api_embedded_age_seconds";
/// Events of which the embedded index knows the version.
pub const EMBEDDED_EVENTS: &str = "search_api_embedded_events";

/// A second node is asked too.
pub fn hedged() {
    metrics::counter!(HEDGED_TOTAL).increment(1);
}

/// A node is left alone for a while.
pub fn node_rests() {
    metrics::counter!(NODE_RESTS_TOTAL).increment(1);
}

/// The embedded index answers in place of Elasticsearch.
pub fn stood_in() {
    metrics::counter!(STOOD_IN_TOTAL).increment(1);
}

/// A question was refused.
pub fn shed() {
    metrics::counter!(SHED_TOTAL).increment(1);
}

/// The embedded index was brought up to date, or could not be.
pub fn embedded(age: Option<Duration>, events: usize) {
    if let Some(age) = age {
        metrics::gauge!(EMBEDDED_AGE_SECONDS).set(age.as_secs_f64());
    }
    metrics::gauge!(EMBEDDED_EVENTS).set(f64::from(u32::try_from(events).unwrap_or(u32::MAX)));
}

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
