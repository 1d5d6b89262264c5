//! `Idempotency-Key`: the same key and body give the same answer, another body under it is refused, and a twin that
//! still runs is told so.
//!
//! Reserve keeps its keys in Redis, beside the hold. For what is written to Postgres the key is committed first, as
//! running; the answer is written in the transaction of the work. A run that died leaves its key running; after
//! [`RUN_LASTS`] another may take it over, and the work's own keys (one order a hold) keep it from being done twice.

pub mod begin;
pub mod handler;
pub mod store;

use chrono::TimeDelta;
use uuid::Uuid;

/// How long a run is believed to be alive.
pub const RUN_LASTS: TimeDelta = TimeDelta::seconds(30);

/// How long answers are kept.
pub const KEPT: TimeDelta = TimeDelta::days(1);

/// What a client should know about a key that it used twice.
pub const KEY_REUSED_DETAIL: &str = "Use a new key for each new request, and the old one only to repeat it.";

/// A key with the body that came under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The key as the client sent it.
    pub text: String,
    /// Its hash, as hex: of one length whatever the client sends.
    pub hash: String,
    /// The hash of the body, as hex.
    pub body: String,
}

/// A run that began under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The key.
    pub key: Key,
    /// This run.
    pub id: Uuid,
}

/// The answer of a request that was done before.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The status.
    pub status: u16,
    /// The body.
    pub answer: serde_json::Value,
}
