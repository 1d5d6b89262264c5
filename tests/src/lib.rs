//! The whole system on free ports, as separate processes on real servers, and the people who use it.
//!
//! | module | what it gives |
//! |---|---|
//! | [`world`] | [`World`]: a system of its own for one test |
//! | [`shared`] | the servers that worlds share, and the database from which each gets its own |
//! | [`person`] | somebody with a browser: cookies, calls, answers |
//! | [`organizer`] | makes events and rooms, and steers them |
//! | [`fan`] | waits, is called, reserves, pays |
//! | [`mail`] | what came by mail |
//!
//! Helpers panic with what they saw: each is a step of a test.

#![expect(clippy::missing_panics_doc, reason = "helpers of tests: to panic is how they say no")]

pub mod fan;
pub mod mail;
pub mod organizer;
pub mod person;
pub mod shared;
pub mod world;

use std::time::Duration;

pub use fan::Fan;
pub use organizer::{Event, Organizer, Room};
pub use person::{Answer, Person};
pub use world::World;

/// Asks `look` until it gives something, at most `limit`. For a level that stays, not for an edge that passes.
pub async fn until<T>(what: &str, limit: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let found = tokio::time::timeout(limit, waiting).await;
    found.unwrap_or_else(|_| panic!("{what}: not within {} s", limit.as_secs()))
}
