//! Programs of others that judge how HTTP and WebSocket are spoken, from Python's registry.

use std::path::PathBuf;

use anyhow::Result;

use crate::python;

/// The versions that our baselines were made with.
const HTTPLINT: &str = "2026.10.4";
const KOSOKU: &str = "0.1.0";
const WEBSOCKETS: &str = "17.4";

/// httplint, which reads answers: the folder with its packages, for `PYTHONPATH`.
///
/// # Errors
/// When Python or its installer is missing, or the packages cannot be had.
pub fn httplint() -> Result<PathBuf> {
    python::packages("httplint", HTTPLINT)
}

/// kosoku, which plays the cases of the Autobahn test suite.
///
/// # Errors
/// As for [`httplint`].
pub fn kosoku() -> Result<PathBuf> {
    python::packages("kosoku", KOSOKU)
}

/// websockets, with which a server that sends everything back is a few lines.
///
/// # Errors
/// As for [`httplint`].
pub fn websockets() -> Result<PathBuf> {
    python::packages("websockets", WEBSOCKETS)
}
