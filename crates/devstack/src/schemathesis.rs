//! schemathesis, which reads an OpenAPI document and sends whatever a client may, and what none should.

use std::path::PathBuf;

use anyhow::Result;

use crate::python;

/// The version that our tests were written against.
const VERSION: &str = "4.32.5";

/// The folder with its packages, for `PYTHONPATH`.
///
/// # Errors
/// When Python or its installer is missing, or the packages cannot be had.
pub fn packages() -> Result<PathBuf> {
    python::packages("schemathesis", VERSION)
}
