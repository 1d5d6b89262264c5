//! The rules of the house that no compiler knows: who may name what, how long a file may be, which words may not
//! stand anywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::sources::{Source, code, root, sources};

const SERVICES: &[&str] = &["booking-api", "notifier", "queue-gate", "sandbox", "search-api"];

/// Where HTTP may be spoken in a service: the edges. Folders end with `/`.
const HTTP: &[&str] = &["handler.rs", "routes.rs", "problems.rs", "extractors.rs", "lib.rs", "/src/pages/"];

/// Beside these, with the reason.
const ALSO_HTTP: &[(&str, &str)] = &[
    ("queue-gate/src/gateway/", "the gateway's subject is requests"),
    ("queue-gate/src/serve/", "the loop that accepts connections"),
];

/// Where databases may be named: where they are asked, and where their pools are opened and kept.
const STORES: &[&str] = &["/store.rs", "/store/", "/state.rs", "/src/lib.rs"];

/// The text of a service's sources, without those of its tests.
fn of_services() -> Vec<Source> {
    let folder = |service: &str| {
        if service == "sandbox" { "crates/sandbox/src/".to_owned() } else { format!("{service}/src/") }
    };
    let folders: Vec<_> = SERVICES.iter().map(|service| folder(service)).collect();
    let of_service = |source: &Source| folders.iter().any(|folder| source.path.starts_with(folder));
    sources(&[".rs"]).into_iter().filter(of_service).collect()
}

fn assert_none(breaches: &[String], rule: &str) {
    assert!(breaches.is_empty(), "{rule}:\n{}", breaches.join("\n"));
}

/// Every line of code with one of the words.
fn lines_with(source: &Source, words: &[&str]) -> Vec<String> {
    code(&source.text)
        .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
        .map(|(number, line)| format!("{}:{number}: {}", source.path, line.trim()))
        .collect()
}

#[test]
fn http_is_spoken_at_the_edges_only() {
    let breaches: Vec<_> = of_services()
        .iter()
        .filter(|source| {
            !HTTP.iter().any(|place| source.path.ends_with(place) || source.path.contains(place))
        })
        .filter(|source| !ALSO_HTTP.iter().any(|(place, _)| source.path.starts_with(place)))
        .flat_map(|source| lines_with(source, &["axum::"]))
        .collect();
    assert_none(&breaches, "axum belongs into handlers, routes, problems and extractors");
}

#[test]
fn databases_are_asked_in_stores_only() {
    let breaches: Vec<_> = of_services()
        .iter()
        .filter(|source| {
            !STORES.iter().any(|place| source.path.ends_with(place) || source.path.contains(place))
        })
        .flat_map(|source| lines_with(source, &["sqlx::", "redis::"]))
        // Our own module of the same name holds the pool and the connection types.
        .filter(|line| !line.contains("platform::"))
        .collect();
    assert_none(&breaches, "SQL and Redis belong into store.rs");
}

#[test]
fn a_file_has_at_most_four_hundred_lines() {
    let breaches: Vec<_> = sources(&[".rs"])
        .iter()
        .map(|source| (source.text.lines().count(), &source.path))
        .filter(|(lines, _)| *lines > 400)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    assert_none(&breaches, "a reader can hold 400 lines");
}

#[test]
fn an_integration_test_is_one_binary_a_crate() {
    let breaches: Vec<_> = sources(&[".rs"])
        .into_iter()
        .filter(|source| source.path.contains("/tests/") && !source.path.contains("/tests/it/"))
        .map(|source| source.path)
        .collect();
    assert_none(
        &breaches,
        "every integration test is a module of tests/it/main.rs: each binary costs a link",
    );
}

/// Packages of the workspace and what they depend on inside it; with `dev` also for their tests.
fn dependencies(dev: bool) -> BTreeMap<String, BTreeSet<String>> {
    let metadata = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let inside = |dependency: &&Value| dependency["path"].is_string() && (dev || dependency["kind"] != "dev");
    packages
        .iter()
        .map(|package| {
            let depends_on = package["dependencies"].as_array().unwrap().iter().filter(inside).map(name);
            (name(package), depends_on.collect())
        })
        .collect()
}

#[test]
fn services_meet_over_the_wire_and_never_link_one_another() {
    let all = dependencies(true);
    for service in SERVICES {
        let mut others = all[*service].iter().filter(|other| SERVICES.contains(&other.as_str()));
        // Tests of a service may play the payment provider that all of them are written against.
        assert_eq!(others.find(|other| *other != "sandbox"), None, "{service} links another service");
    }
    for service in SERVICES {
        let production = &dependencies(false)[*service];
        let allowed =
            ["contracts", "paper", "platform", "qr", "web-assets", "words"].map(str::to_owned).into();
        assert!(
            production.is_subset(&allowed),
            "{service} may depend on contracts, paper, platform, qr, web-assets and words: {production:?}"
        );
    }
}

#[test]
fn shared_crates_depend_downwards_only() {
    let all = dependencies(true);
    let none = BTreeSet::new();
    assert_eq!(all["contracts"], none, "contracts knows nobody");
    assert_eq!(all["web-assets"], none, "web-assets knows nobody");
    assert_eq!(all["paper"], BTreeSet::from(["contracts".to_owned()]), "paper knows only what it shows");
    assert_eq!(
        all["words"],
        BTreeSet::from(["contracts".to_owned()]),
        "words knows whose language it speaks"
    );
    assert!(all["platform"].is_subset(&BTreeSet::from(["contracts".to_owned()])), "{:?}", all["platform"]);
    for tool in ["devstack", "xtask", "loadtest"] {
        let linked: Vec<_> = all[tool].iter().filter(|name| SERVICES.contains(&name.as_str())).collect();
        assert!(linked.is_empty(), "{tool} knows services by their programs, not by their code: {linked:?}");
    }
}

#[test]
fn nothing_is_left_to_do_and_no_lint_is_silenced() {
    // Taken apart here, or this file would accuse itself.
    let words = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[", "ignore"),
        concat!("#[", "allow("),
    ];
    let breaches: Vec<_> = sources(&[".rs"]).iter().flat_map(|source| lines_with(source, &words)).collect();
    assert_none(&breaches, "finish it, mend it, or say #[expect(…, reason = …)]");
}

#[test]
fn tests_wait_for_conditions_and_not_for_time() {
    let breaches: Vec<_> = sources(&[".rs"])
        .iter()
        .filter(|source| source.path.contains("tests/"))
        .flat_map(|source| lines_with(source, &[concat!("sleep", "(")]))
        .filter(|line| !is_a_look(line))
        .collect();
    assert_none(
        &breaches,
        "wait until a condition holds, with a limit; a pause between two looks is at most 50 ms",
    );
}

/// The pause between two looks at a condition: `sleep(Duration::from_millis(20))`, at most 50.
fn is_a_look(line: &str) -> bool {
    let milliseconds = line.split("from_millis(").nth(1).and_then(|rest| rest.split(')').next());
    milliseconds.and_then(|number| number.parse::<u32>().ok()).is_some_and(|number| number <= 50)
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let words = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];
    let endings = [
        ".rs", ".toml", ".lock", ".json", ".md", ".sql", ".lua", ".html", ".js", ".mjs", ".ts", ".yml",
        ".yaml",
    ];
    let mut breaches = Vec::new();
    for Source { path, text } in sources(&endings) {
        for (index, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                breaches.push(format!("{path}:{}: {}", index + 1, line.trim()));
            }
        }
    }
    assert_none(&breaches, "a path of somebody's machine");
}

#[test]
fn locks_name_no_registry_but_the_public_one() {
    let public = "registry+https://github.com/rust-lang/crates.io-index";
    let lock = crate::sources::read("Cargo.lock");
    let mut others =
        lock.lines().filter(|line| line.starts_with("source = ") && !line.contains(public)).peekable();
    assert_eq!(others.peek(), None, "Cargo.lock");
    for Source { path, text } in sources(&["package-lock.json"]) {
        assert!(
            !text.contains("\"resolved\""),
            "{path} names a registry: omit-lockfile-registry-resolved=true"
        );
    }
}
