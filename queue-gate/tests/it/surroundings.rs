//! Where and when the tests take place.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use platform::clock::FakeClock;

/// Where a gate has its stores and its time from.
#[derive(Clone)]
pub(crate) struct Surroundings {
    /// The machine's clock.
    pub(crate) clock: Arc<FakeClock>,
    /// Whether rooms go by their stores' clocks rather than by this one.
    pub(crate) follows_stores: bool,
    pub(crate) redis: String,
    /// Another port than that of the test's server.
    pub(crate) postgres: Option<u16>,
    /// The URL of the service behind.
    pub(crate) booking: String,
    /// How long joins may wait before more are turned away.
    pub(crate) join_patience: &'static str,
    /// What else the gate is told.
    pub(crate) arguments: Vec<String>,
}

impl Surroundings {
    /// The test servers, at [`beginning`].
    pub(crate) fn usual() -> Self {
        let redis = environment("USHER_TEST_REDIS_URL", "redis://127.0.0.1:16379");
        Self {
            clock: FakeClock::new(beginning()),
            follows_stores: false,
            redis,
            postgres: None,
            booking: "http://127.0.0.1:1".to_owned(),
            // A busy machine is no fault of the gate.
            join_patience: "30s",
            arguments: Vec::new(),
        }
    }
}

/// When the tests take place.
pub(crate) fn beginning() -> DateTime<Utc> {
    "2027-06-01T12:00:00Z".parse().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the test servers are named by the environment")]
pub(crate) fn environment(name: &str, otherwise: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| otherwise.to_owned())
}
