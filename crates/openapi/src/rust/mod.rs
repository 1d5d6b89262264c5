//! Schemas out of the types of the services: what `serde` writes of a type is read from its source, the words from its
//! documentation. A schema of a document that says `x-rust: {file}#{type}` is made here, by `cargo xtask openapi`.
//!
//! Only what our types use of `serde` is understood; all else is an error, so that no schema is a guess.

mod attribute;
mod index;
mod schema;
mod yaml;

use anyhow::{Context, Result};
use serde_yaml_ng::Value;

use crate::{at, document};

pub use index::Index;

/// The member of a schema that names its type.
pub const MARK: &str = "x-rust";

/// The schemas of `service` that are made out of types: the name, what makes it, and what is made.
///
/// # Errors
/// When a type is not there, or says something that is not understood.
pub fn made(service: &str, index: &Index) -> Result<Vec<(String, Value)>> {
    let document = document::of(service)?;
    let schemas = document["components"]["schemas"].as_mapping().into_iter().flatten();
    let marked: Vec<_> = schemas
        .filter_map(|(name, schema)| {
            Some((name.as_str()?.to_owned(), schema.get(MARK)?.as_str()?.to_owned()))
        })
        .collect();
    let named =
        marked.iter().map(|(name, mark)| Ok((index.at(mark)?, name.as_str()))).collect::<Result<_>>()?;
    let maker = schema::Maker { index, named };
    let make = |(name, mark): &(String, String)| {
        let made = maker.of_mark(mark).with_context(|| format!("{service}: {name} of {mark}"))?;
        Ok((name.clone(), made))
    };
    marked.iter().map(make).collect()
}

/// Writes the schemas that are made out of types into the document of `service`; the names of those that changed.
///
/// # Errors
/// When one cannot be made, or the document not be written.
pub fn write(service: &str, index: &Index) -> Result<Vec<String>> {
    let path = at(&format!("docs/openapi/{service}.yaml"));
    let before = document::of(service)?;
    let mut text = std::fs::read_to_string(&path)?;
    let mut changed = Vec::new();
    for (name, schema) in made(service, index)? {
        if before["components"]["schemas"][name.as_str()] != schema {
            text = yaml::replaced(&text, &name, &schema).with_context(|| format!("{service}: {name}"))?;
            changed.push(name);
        }
    }
    if !changed.is_empty() {
        std::fs::write(path, text)?;
    }
    Ok(changed)
}
