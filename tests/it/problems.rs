//! docs/PROBLEMS.md lists every kind of problem that a service may answer, as the sources have it, and no other.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;

use crate::sources::{code, read, sources};

/// Name, status, title.
type Kind = (String, u16, String);

/// The kinds in the `problems!` blocks of a file.
fn kinds(text: &str) -> Vec<Kind> {
    let code: Vec<&str> = code(text).map(|(_, line)| line).collect();
    let code = code.join("\n");
    let mut kinds = Vec::new();
    for block in code.split("problems! {").skip(1) {
        // A block of the macro holds no braces of its own.
        let block = block.split('}').next().unwrap_or_default();
        for entry in block.split(";\n").filter(|entry| entry.contains('=')) {
            kinds.push(kind(entry).unwrap_or_else(|| panic!("not a kind of problem: {entry}")));
        }
    }
    kinds
}

/// `NAME = STATUS "kebab" "title"`.
fn kind(entry: &str) -> Option<Kind> {
    let mut quoted = entry.split('"');
    let status = quoted.next()?.split('=').nth(1)?.trim();
    let (name, _, title) = (quoted.next()?, quoted.next()?, quoted.next()?);
    Some((name.to_owned(), number(status), title.to_owned()))
}

/// The number behind the name of a constant of `StatusCode`: its reason phrase says it.
fn number(constant: &str) -> u16 {
    let phrase = constant.replace('_', " ");
    let plain = |text: &str| text.to_uppercase().replace('-', " ");
    (100..600)
        .filter_map(|number| StatusCode::from_u16(number).ok())
        .find(|status| status.canonical_reason().is_some_and(|reason| plain(reason) == phrase))
        .unwrap_or_else(|| panic!("{constant} is no status"))
        .as_u16()
}

fn in_sources() -> BTreeSet<Kind> {
    let has_kinds =
        |path: &str| path.ends_with("/problems.rs") || path.ends_with("platform/src/http/problem.rs");
    sources(&[".rs"])
        .iter()
        .filter(|source| has_kinds(&source.path) && source.path.contains("/src/"))
        .flat_map(|source| kinds(&source.text))
        .collect()
}

/// The rows of the tables: `| name | status | title | …`.
fn in_docs() -> BTreeSet<Kind> {
    read("docs/PROBLEMS.md")
        .lines()
        .filter_map(|line| {
            let cells: Vec<_> = line.trim().trim_matches('|').split(" | ").map(str::trim).collect();
            let [name, status, title, ..] = cells[..] else { return None };
            Some((name.trim_matches('`').to_owned(), status.parse().ok()?, title.to_owned()))
        })
        .collect()
}

#[test]
fn every_kind_of_problem_is_documented_and_every_documented_kind_exists() {
    let (sources, docs) = (in_sources(), in_docs());
    let row = |(name, status, title): &Kind| format!("| `{name}` | {status} | {title} | how to mend it |");
    let missing: Vec<_> = sources.difference(&docs).map(row).collect();
    assert!(missing.is_empty(), "docs/PROBLEMS.md lacks:\n{}", missing.join("\n"));
    let gone: Vec<_> = docs.difference(&sources).map(row).collect();
    assert!(gone.is_empty(), "docs/PROBLEMS.md has what no service answers:\n{}", gone.join("\n"));
}

#[test]
fn a_type_has_one_status_whoever_answers_it() {
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    for (name, status, _) in in_sources() {
        let first = *statuses.entry(name.clone()).or_insert(status);
        assert_eq!(first, status, "/problems/{name} has two statuses");
    }
}

#[test]
fn the_blocks_are_read_as_the_compiler_reads_them() {
    let text = "platform::problems! {\n    /// Doc.\n    A = PAYLOAD_TOO_LARGE \"a\" \"It is; too large.\";\n    B = GONE \"b\"\n        \"Over.\";\n}\n";
    let kind = |name: &str, status, title: &str| (name.to_owned(), status, title.to_owned());
    assert_eq!(kinds(text), [kind("a", 413, "It is; too large."), kind("b", 410, "Over.")]);
}
