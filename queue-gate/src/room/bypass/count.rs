//! What rules let through: gathered in memory, written down once a second.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use contracts::id::RoomId;
use platform::telemetry::Chain;

use super::{Rule, store};
use crate::{metrics, state::Gate};

/// The requests that this gate let through and has not written down, by room and rule.
#[derive(Debug, Default)]
pub struct ByRule(Mutex<HashMap<(RoomId, String), i64>>);

impl ByRule {
    /// Notes that `rule` let a request through in `room`.
    pub fn note(&self, room: RoomId, rule: &Rule) {
        self.add(room, rule.name.clone(), 1);
        ::metrics::counter!(metrics::LET_THROUGH_BY_RULE, "by" => rule.looks_at()).increment(1);
    }

    fn add(&self, room: RoomId, rule: String, requests: i64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((room, rule)).or_default() += requests;
    }

    fn take(&self) -> HashMap<(RoomId, String), i64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Writes down what was let through since the last time.
pub async fn write_down(gate: &Gate) {
    for ((room, rule), requests) in gate.by_rule.take() {
        if let Err(error) = store::add(&gate.postgres, room, &rule, requests).await {
            tracing::warn!(room.id = %room, error = %Chain(&error), "what rules let through is counted later");
            gate.by_rule.add(room, rule, requests);
        }
    }
}
