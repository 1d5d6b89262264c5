//! Private servers for a person, a test, a benchmark: never the machine's own, never as root.

pub mod place;
