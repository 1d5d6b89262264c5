//! What is made of the OpenAPI documents and of the code is what it would be made of now; the joined document is OpenAPI, and
//! its client compiles. That the documents are about the calls that there are, and that answers are as they say, the tests of
//! each service hold, and every test that asks a gate.

use std::{collections::BTreeSet, process::Command};

use devstack::{node, openapi_spec_validator};
use openapi::{JOINED, TYPES, at, document, prose, read, routes, rust, typescript};

const AGAIN: &str = "`cargo xtask openapi` writes it anew";

#[test]
fn the_schemas_of_answers_are_those_of_the_types_that_are_answered() {
    let index = rust::Index::read().unwrap();
    let (mut count, mut stale) = (0, Vec::new());
    for service in document::SERVICES {
        let told = document::of(service).unwrap();
        for (name, schema) in rust::made(service, &index).unwrap() {
            count += 1;
            if told["components"]["schemas"][name.as_str()] != schema {
                stale.push(format!("{service}: {name}"));
            }
        }
    }
    assert!(stale.is_empty(), "docs/openapi is not what the types say; {AGAIN}: {stale:#?}");
    assert!(count > 70, "{count} schemas are made out of types");
}

#[test]
fn the_joined_document_and_the_types_of_the_client_are_made_of_the_documents() {
    let joined = document::joined().unwrap();
    assert!(read(JOINED).unwrap() == document::text(&joined).unwrap(), "{JOINED} is stale; {AGAIN}");
    assert!(read(TYPES).unwrap() == typescript::types(&joined).unwrap(), "{TYPES} is stale; {AGAIN}");
}

#[test]
fn the_page_about_the_api_tells_of_every_call_and_of_no_other() {
    let joined = document::joined().unwrap();
    let told: BTreeSet<_> = prose::rows().unwrap().into_keys().collect();
    let calls: BTreeSet<_> =
        document::calls(&joined).map(|(method, path, _)| (method, document::shape(path))).collect();
    assert_eq!(told.difference(&calls).collect::<Vec<_>>(), Vec::<&routes::Call>::new(), "docs/API.md");
    assert_eq!(calls.difference(&told).collect::<Vec<_>>(), Vec::<&routes::Call>::new(), "docs/openapi");
}

#[test]
fn the_joined_document_is_openapi_and_no_call_has_the_name_of_another() {
    let packages = openapi_spec_validator::packages().expect("openapi-spec-validator can be had");
    let judge = |file: &std::path::Path| {
        let mut judge = Command::new("python3");
        judge.env("PYTHONPATH", &packages).args(["-m", "openapi_spec_validator"]).arg(file);
        judge.output().expect("python3 runs")
    };
    let judged = judge(&at(JOINED));
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.json");
    std::fs::write(&wrong, read(JOINED).unwrap().replacen("\"operationId\"", "\"operationld\"", 1)).unwrap();
    assert!(!judge(&wrong).status.success(), "the validator lets misspelt keys through");
    let joined = document::joined().unwrap();
    let mut names = BTreeSet::new();
    for (method, path, call) in document::calls(&joined) {
        let name = call["operationId"].as_str().unwrap_or_default();
        assert!(!name.is_empty() && names.insert(name), "{method} {path} is called {name:?}");
    }
}

#[test]
fn the_client_compiles_and_refuses_what_the_document_does_not_allow() {
    let compiler = node::TYPESCRIPT.folder().join("lib/tsc.js");
    let mut compile =
        Command::new(node::find().expect("`cargo xtask test` fetches Node where there is none"));
    let compiled =
        compile.arg(compiler).args(["--noEmit", "--project"]).arg(at("web/client")).output().unwrap();
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stdout));
}
