//! Every crate we build on is under a licence that deny.toml allows.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

use crate::sources::{read, root};

/// The list `allow` of deny.toml.
fn allowed() -> BTreeSet<String> {
    let text = read("deny.toml");
    let list = text.split("\nallow = [").nth(1).and_then(|rest| rest.split("\n]").next()).expect("a list");
    list.lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// Whether an SPDX expression can be satisfied. `AND` binds closer than `OR`; the old `/` means `OR`; an exception
/// (`WITH`) only ever adds rights.
fn satisfied(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let fine = either(&mut words, allowed);
    assert_eq!(words.next(), None, "{expression} is no SPDX expression");
    fine
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut fine = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        fine |= both(words, allowed);
    }
    fine
}

fn both(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    let mut fine = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        fine &= one(words, allowed);
    }
    fine
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let fine = either(words, allowed);
        assert_eq!(words.next(), Some(")"));
        return fine;
    }
    let licence = words.next().expect("a licence");
    if words.next_if_eq(&"WITH").is_some() {
        words.next();
    }
    allowed.contains(licence)
}

/// This machine's target: without one, metadata would ask for crates of systems that nobody downloaded.
fn target() -> String {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc stands beside cargo");
    let version = String::from_utf8(version.stdout).expect("rustc writes text");
    version.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

#[test]
fn every_dependency_is_under_a_licence_that_we_allow() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1", "--filter-platform", &target()])
        .arg("--manifest-path")
        .arg(root().join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let allowed = allowed();
    let refused: Vec<_> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(|licence| satisfied(licence, &allowed)))
        .map(|package| format!("{} {}: {}", package["name"], package["version"], package["license"]))
        .collect();
    assert!(refused.is_empty(), "deny.toml does not allow:\n{}", refused.join("\n"));
}

#[test]
fn an_expression_is_read_as_spdx_means_it() {
    let allowed = BTreeSet::from(["MIT".to_owned(), "ISC".to_owned()]);
    let fine = |expression| satisfied(expression, &allowed);
    assert!(fine("MIT") && fine("GPL-3.0 OR MIT") && fine("MIT/Apache-2.0") && fine("MIT AND ISC"));
    assert!(fine("MIT OR GPL-3.0 AND Apache-2.0"), "AND binds closer");
    assert!(fine("ISC AND (GPL-3.0 OR MIT)") && fine("MIT WITH LLVM-exception"));
    assert!(!fine("GPL-3.0") && !fine("MIT AND GPL-3.0") && !fine("(MIT OR ISC) AND GPL-3.0"));
}
