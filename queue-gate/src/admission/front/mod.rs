//! The front of the line, as admission sees and moves it.

pub mod store;
