//! How booking-api tells queue-gate that a pass needs its slot no longer: a row in `slot_release`, written in the
//! transaction that made it so. The gate consumes it within 200 ms, idempotently.

use serde::{Deserialize, Serialize};

/// Why a slot ends before its recorded time. Stored as its snake-case name in `slot_release.cause`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseCause {
    /// The order was paid.
    Purchased,
    /// The fan left, or signed out.
    Left,
    /// The fan cancelled the order.
    Cancelled,
    /// The session ended with neither hold nor order, and reserve is closed to the pass.
    Idle,
}

impl ReleaseCause {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Purchased => "purchased",
            Self::Left => "left",
            Self::Cancelled => "cancelled",
            Self::Idle => "idle",
        }
    }
}
