//! The documents are true: what they link to and the files that they name are there.

use crate::sources::{root, sources};

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
