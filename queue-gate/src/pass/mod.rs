//! Leave to enter: what becomes of a place that was called.

pub mod revoke;
pub mod store;
pub mod verify;
