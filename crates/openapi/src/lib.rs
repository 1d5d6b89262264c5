//! The OpenAPI documents of this house as tools and tests see them. No service links this: the gate serves what is made here.
//!
//! | module | what it does |
//! |---|---|
//! | [`document`] | reads the documents in `docs/openapi`, and joins them into one |
//! | [`problems`] | reads the kinds of problem in `docs/PROBLEMS.md` |
//! | [`prose`] | reads what `docs/API.md` says of each call |
//! | [`routes`] | says which calls a router takes, so that they can be compared with a document |
//! | [`answers`] | holds an answer against its document: status, type, every member |
//! | [`rust`] | makes the schemas of answers out of the types of the services |
//! | [`typescript`] | writes the types of the client in `web/client` |
//!
//! Files are read when they are asked for, not built in: a test sees what is there now.

pub mod answers;
pub mod document;
pub mod problems;
pub mod prose;
pub mod routes;
pub mod rust;
pub mod typescript;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The joined document, from the root of the workspace. The gate builds it in.
pub const JOINED: &str = "docs/openapi/usher.json";

/// The types of the client, from the root of the workspace.
pub const TYPES: &str = "web/client/src/schema.ts";

/// A file of the workspace.
pub fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The text of a file of the workspace.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &str) -> Result<String> {
    std::fs::read_to_string(at(path)).with_context(|| path.to_owned())
}
