//! Python's package `cryptography`, with which the Python of the documentation is tried.

use std::path::PathBuf;

use anyhow::Result;

use crate::python;

/// The version that our tests were written against.
const VERSION: &str = "46.0.7";

/// The folder with its packages, for `PYTHONPATH`.
///
/// # Errors
/// When Python or its installer is missing, or the packages cannot be had.
pub fn packages() -> Result<PathBuf> {
    python::packages("cryptography", VERSION)
}
