//! `cargo xtask openapi`: the schemas that are made out of types, the joined document, and the types of the client. A test
//! fails where one of them is not what this would write.

use anyhow::{Context, Result};
use openapi::{JOINED, TYPES, at, document, rust, typescript};

use crate::say;

/// Writes all of it.
pub(crate) fn write() -> Result<()> {
    let index = rust::Index::read()?;
    for service in document::SERVICES {
        for name in rust::write(service, &index)? {
            say::line(format_args!("  {service}: {name}"));
        }
    }
    let joined = document::joined()?;
    put(JOINED, &document::text(&joined)?)?;
    put(TYPES, &typescript::types(&joined)?)
}

fn put(path: &str, text: &str) -> Result<()> {
    let file = at(path);
    if std::fs::read_to_string(&file).is_ok_and(|before| before == text) {
        return Ok(());
    }
    std::fs::write(file, text).with_context(|| path.to_owned())?;
    say::line(format_args!("  {path}"));
    Ok(())
}
