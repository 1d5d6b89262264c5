//! docs/PROMISES.md and docs/THREATS.md name for every promise and every threat the tests that hold against it, or say that none
//! does yet and why.

use std::collections::BTreeSet;

use crate::sources::{read, sources};

const PROMISES: &[&str] = &[
    "W1", "W2", "W3", "W4", "W5", "W6", "W7", "B1", "B2", "B3", "B4", "B5", "B6", "B7", "B8", "B9", "B10",
    "B11", "B12", "T1", "T2", "S1", "S2", "S3", "E1", "E2", "E3",
];

/// How many threats there are, T1 and so on.
const THREATS: usize = 46;

/// The pages, and the headings of the sections that each must have.
fn pages() -> [(&'static str, Vec<String>); 2] {
    let promises = PROMISES.iter().map(|&promise| promise.to_owned()).collect();
    let threats = (1..=THREATS).map(|number| format!("T{number}")).collect();
    [("docs/PROMISES.md", promises), ("docs/THREATS.md", threats)]
}

/// The part of the page under the heading `### W1 …`.
fn section<'a>(page: &'a str, promise: &str) -> &'a str {
    let heading = format!("\n### {promise} ");
    let start = page.find(&heading).unwrap_or_else(|| panic!("there is no section {promise}"));
    let rest = &page[start + heading.len()..];
    let end = ["\n### ", "\n## "].iter().filter_map(|next| rest.find(next)).min();
    &rest[..end.unwrap_or(rest.len())]
}

/// Every name in a line that begins with `- held by`: `` `a_held_seat_cannot_be_held_again` ``.
fn held_by(section: &str) -> Vec<&str> {
    section
        .lines()
        .filter(|line| line.starts_with("- held by"))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|name| !name.contains(['/', ' ', '.', '-']))
        .collect()
}

/// The names of all functions that are tests: their line before, or the one before that, is a test's attribute; or they
/// stand in a list of those that are tried with both engines of search.
fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources(&[".rs"]) {
        let (mut awaited, mut listed) = (false, false);
        for line in source.text.lines().map(str::trim) {
            if line == "in_both_engines! {" {
                listed = true;
            } else if listed {
                listed = line != "}";
                names.insert(line.trim_end_matches(',').to_owned());
            } else if is_test_attribute(line) {
                awaited = true;
            } else if let Some(name) = line.split("fn ").nth(1).filter(|_| awaited && !line.starts_with("//"))
            {
                names.insert(name.split(['(', '<']).next().unwrap_or_default().to_owned());
                awaited = false;
            }
        }
    }
    names
}

fn is_test_attribute(line: &str) -> bool {
    ["#[test]", "#[tokio::test", "#[sqlx::test"].iter().any(|attribute| line.starts_with(attribute))
}

#[test]
fn every_promise_and_threat_has_its_section_and_is_held_or_says_why_not() {
    for (name, sections) in pages() {
        let page = read(name);
        for one in sections {
            let section = section(&page, &one);
            let open = section.lines().any(|line| line.starts_with("- not yet: ") && line.len() > 30);
            assert!(
                !held_by(section).is_empty() || open,
                "{name}, {one}: neither held by a test nor said to be open"
            );
        }
    }
}

#[test]
fn every_test_that_the_pages_name_exists() {
    let tests = tests();
    for (name, sections) in pages() {
        let page = read(name);
        for one in sections {
            for held in held_by(section(&page, &one)) {
                assert!(tests.contains(held), "{name}, {one}: there is no test {held}");
            }
        }
    }
}
