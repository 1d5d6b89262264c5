//! How long fans will wait: measured from how the line moves, told as an interval, and scored by what became of it.
//!
//! [`history`] watches a line, [`pace`] says what follows from it, [`sample`] keeps some of what was said until those
//! fans are called, [`watch`] does all three once a tick.

pub mod handler;
pub mod history;
pub mod pace;
pub mod sample;
pub mod store;
pub mod watch;
