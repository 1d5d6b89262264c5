//! Where a gate under test has its stores and its time from.

use std::sync::Arc;

use platform::clock::FakeClock;

use crate::app::{beginning, environment};

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
}

impl Surroundings {
    /// The test servers, at [`beginning`].
    pub(crate) fn usual() -> Self {
        let redis = environment("USHER_TEST_REDIS_URL", "redis://127.0.0.1:16379");
        let booking = "http://127.0.0.1:1".to_owned();
        Self { clock: FakeClock::new(beginning()), follows_stores: false, redis, postgres: None, booking }
    }
}
