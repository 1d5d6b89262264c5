//! What can be played.

pub mod rush;
mod stage;
