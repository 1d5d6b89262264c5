//! Each target over its corpus, whole and bent.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::{TARGETS, Target, genuine};

/// How many mutations each target bears at every run of the tests, and where these may be long (`cargo xtask test --long`).
const MUTATIONS: usize = 4000;
const MANY: usize = 400_000;
/// Bytes that mean something to somebody.
const TELLING: &[u8] = b"\0\t\n\r \"#%&'()*+,-./0:;=?@[\\]^_`{|}~\x7f\x80\xff";

#[expect(clippy::disallowed_methods, reason = "the environment says whether the tests may be long")]
fn mutations() -> usize {
    if std::env::var("USHER_TEST_LONG").is_ok() { MANY } else { MUTATIONS }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The corpus of a target: what is in its folder, and the tokens that only a program can make.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = fuzz().join("corpus").join(target.name);
    let mut all: Vec<Vec<u8>> =
        names(&folder).iter().map(|name| fs::read(folder.join(name)).unwrap()).collect();
    if ["signed", "ticket_code"].contains(&target.name) {
        all.extend(genuine().into_iter().map(String::into_bytes));
    }
    assert!(!all.is_empty(), "{} has no corpus", target.name);
    all
}

/// One of `corpus`, with some of its bytes changed, doubled, left out or put in from elsewhere.
fn bent(corpus: &[Vec<u8>], chance: &mut StdRng) -> Vec<u8> {
    let mut bytes = corpus[chance.random_range(0..corpus.len())].clone();
    for _ in 0..chance.random_range(1..6) {
        let at = chance.random_range(0..=bytes.len());
        let to = chance.random_range(at..=bytes.len().min(at + 40));
        match chance.random_range(0..6) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..to)),
            2 => bytes.insert(at, TELLING[chance.random_range(0..TELLING.len())]),
            3 => bytes.insert(at, chance.random()),
            4 => {
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let other = &corpus[chance.random_range(0..corpus.len())];
                let from = chance.random_range(0..=other.len());
                bytes.splice(at..to, other[from..].iter().copied().take(40));
            }
        }
    }
    bytes
}

#[test]
fn nothing_from_outside_breaks_a_promise_or_its_reader() {
    for target in &TARGETS {
        let corpus = corpus(target);
        for bytes in &corpus {
            (target.body)(bytes);
        }
        let mut chance = StdRng::seed_from_u64(27);
        for _ in 0..mutations() {
            let bytes = bent(&corpus, &mut chance);
            let outcome = std::panic::catch_unwind(|| (target.body)(&bytes));
            assert!(outcome.is_ok(), "{}: {:?}", target.name, String::from_utf8_lossy(&bytes));
        }
        (0..500_usize).for_each(|length| {
            let bytes: Vec<u8> = (0..length).map(|_| chance.random()).collect();
            (target.body)(&bytes);
        });
    }
}

#[test]
fn every_target_has_a_fuzzer_and_a_corpus() {
    let all: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let fuzzers = names(&fuzz().join("fuzz_targets"));
    assert_eq!(fuzzers.iter().map(|name| name.replace(".rs", "")).collect::<BTreeSet<_>>(), all);
    assert_eq!(names(&fuzz().join("corpus")), all);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for name in all {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is not in fuzz/Cargo.toml");
        let fuzzer = fs::read_to_string(fuzz().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(fuzzer.contains(&format!("fuzzed::run(\"{name}\"")), "{name}");
    }
}

#[test]
fn what_we_signed_is_found_genuine() {
    // Otherwise the target of forgeries would look at nothing.
    assert!(genuine().iter().all(|text| super::signed::proves_something(text)));
    assert!(!super::signed::proves_something("not ours"));
}
