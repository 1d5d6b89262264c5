//! localstripe, a process that speaks as Stripe does, from Python's registry.

use std::path::PathBuf;

use anyhow::Result;

use crate::python;

/// The version that our tests were written against.
const VERSION: &str = "1.15.10";

/// The folder with its packages, for `PYTHONPATH`.
///
/// # Errors
/// When Python or its installer is missing, or the packages cannot be had.
pub fn packages() -> Result<PathBuf> {
    python::packages("localstripe", VERSION)
}
