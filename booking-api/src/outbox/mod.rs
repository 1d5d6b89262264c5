//! Messages that go out, written in the transaction of what they tell; the notifier delivers them.

pub mod append;
pub mod handler;
pub mod letter;
pub mod store;
