//! The documents are true: what they link to and the files that they name are there.

use crate::sources::{root, sources};

/// The endings of files that a document may name.
const ENDINGS: &[&str] = &[".rs", ".lua", ".sql", ".md", ".toml", ".json", ".mjs", ".yml", ".html"];

fn documents() -> impl Iterator<Item = (String, String)> {
    sources(&[".md"]).into_iter().map(|source| (source.path, source.text))
}

/// The folder of a file, from the root.
fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[test]
fn every_link_inside_the_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for (path, text) in documents() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let outside = target.is_empty() || target.contains("://") || target.starts_with('/');
            if !outside && !root().join(folder(&path)).join(target).exists() {
                broken.push(format!("{path}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn every_file_that_the_architecture_names_exists() {
    let page = crate::sources::read("docs/ARCHITECTURE.md");
    let named = |word: &&str| word.contains('/') && ENDINGS.iter().any(|ending| word.ends_with(ending));
    let mut inside = "";
    let mut missing = Vec::new();
    for path in page.split('`').skip(1).step_by(2).filter(named) {
        // `line/join.rs` after a full path is meant in the same crate.
        let full = root().join(path).exists();
        if full {
            inside = path.split_once("/src/").map_or(inside, |(crate_, _)| crate_);
        } else if !root().join(inside).join("src").join(path).exists() {
            missing.push(path);
        }
    }
    assert!(missing.is_empty(), "docs/ARCHITECTURE.md names files that are not there: {missing:?}");
}
