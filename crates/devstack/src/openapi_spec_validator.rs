//! openapi-spec-validator, which knows the official schema of OpenAPI.

use std::path::PathBuf;

use anyhow::Result;

use crate::python;

/// The version that our tests were written against.
const VERSION: &str = "0.9.0";

/// The folder with its packages, for `PYTHONPATH`.
///
/// # Errors
/// When Python or its installer is missing, or the packages cannot be had.
pub fn packages() -> Result<PathBuf> {
    python::packages("openapi-spec-validator", VERSION)
}
