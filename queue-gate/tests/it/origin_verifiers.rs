//! The verifiers that docs/integrate.md offers, in three languages: each takes and refuses the same tokens.

use std::{path::Path, process::Command};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use contracts::{key::PrivateKey, site::SiteAssertion, token::Claims};
use devstack::{cryptography, node, process::run};
use jsonwebtoken::jwk::JwkSet;
use platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::origin_verifier::let_through;

const HOST: &str = "tickets.example";

/// Judges each token of a file, and prints the visitor, or null for a refusal.
const PYTHON: &str = r#"
import json, sys
from usher import Refused, let_through
asked = json.load(open(sys.argv[1]))
def judge(token):
    try:
        return let_through(token, asked["keys"], asked["host"], asked["now"])["sub"]
    except Refused:
        return None
print(json.dumps([judge(token) for token in asked["tokens"]]))
"#;

/// The same; first the compiler must find nothing wrong, however strict.
const NODE: &str = r#"
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
const [compiler, source, folder, file] = process.argv.slice(-4);
const ts = createRequire(import.meta.url)(compiler);
const options = { strict: true, noEmit: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], noUncheckedIndexedAccess: true, types: [] };
const wrong = ts.getPreEmitDiagnostics(ts.createProgram([source], options));
for (const one of wrong) console.error(ts.flattenDiagnosticMessageText(one.messageText, " "));
if (wrong.length) process.exit(1);
const compiled = join(folder, "usher.mjs");
writeFileSync(compiled, ts.transpileModule(readFileSync(source, "utf8"), { compilerOptions: options }).outputText);
const { letThrough } = await import(pathToFileURL(compiled));
const asked = JSON.parse(readFileSync(file, "utf8"));
const judge = (token) => letThrough(token, asked.keys, asked.host, asked.now).then((claims) => claims.sub, () => null);
console.log(JSON.stringify(await Promise.all(asked.tokens.map(judge))));
"#;

/// A token with this head and these claims, signed by `key`.
fn signed(head: &Value, claims: &Value, key: &PrivateKey) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let said = format!("{}.{}", part(head), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(said.as_bytes()));
    format!("{said}.{signature}")
}

/// `of` with one member that is different.
fn with(of: &Value, member: &str, value: Value) -> Value {
    let mut changed = of.clone();
    changed[member] = value;
    changed
}

/// Tokens, and whether each is good.
fn tokens(keys: &[PrivateKey; 2], thief: &PrivateKey, now: i64) -> Vec<(&'static str, String, bool)> {
    let [key, next] = keys;
    let head = json!({"typ": SiteAssertion::TYP, "alg": "EdDSA", "kid": key.kid()});
    let claims = json!({"aud": HOST, "sub": "a visitor", "room": "a room", "kind": "admitted", "iat": now, "exp": now + 60});
    let good = signed(&head, &claims, key);
    let (said, signature) = good.rsplit_once('.').unwrap();
    let changed = with(&claims, "sub", json!("somebody else"));
    let (_, other) =
        signed(&head, &changed, key).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let other = other.split('.').next().unwrap().to_owned();
    let first = said.split('.').next().unwrap();
    let none = with(&head, "alg", json!("none"));
    vec![
        ("as the gate says it", good.clone(), true),
        ("by the next key", signed(&with(&head, "kid", json!(next.kid())), &claims, next), true),
        ("just over", signed(&head, &with(&claims, "exp", json!(now - 1)), key), true),
        ("over", signed(&head, &with(&claims, "exp", json!(now - 30)), key), false),
        ("for another site", signed(&head, &with(&claims, "aud", json!("other.example")), key), false),
        ("by a thief", signed(&head, &claims, thief), false),
        (
            "by a thief under a name of theirs",
            signed(&with(&head, "kid", json!(thief.kid())), &claims, thief),
            false,
        ),
        ("by the other key", signed(&head, &claims, next), false),
        ("for a service", signed(&with(&head, "typ", json!("usher-assertion+jwt")), &claims, key), false),
        ("of no kind", signed(&json!({"alg": "EdDSA", "kid": key.kid()}), &claims, key), false),
        ("with a demand", signed(&with(&head, "crit", json!(["b64"])), &claims, key), false),
        ("by no algorithm", signed(&none, &claims, key), false),
        (
            "by no algorithm and unsigned",
            format!("{}.{other}.", URL_SAFE_NO_PAD.encode(none.to_string())),
            false,
        ),
        ("by another algorithm", signed(&with(&head, "alg", json!("HS256")), &claims, key), false),
        ("with other claims", format!("{first}.{other}.{signature}"), false),
        (
            "without an end",
            signed(&head, &json!({"aud": HOST, "sub": "x", "room": "r", "kind": "rule"}), key),
            false,
        ),
        ("cut", good[..good.len() - 4].to_owned(), false),
        ("unsigned", format!("{said}."), false),
        ("nonsense", "a.b.c".to_owned(), false),
        ("less", "a.b".to_owned(), false),
        ("nothing", String::new(), false),
    ]
}

fn judged(command: &mut Command) -> Vec<Value> {
    serde_json::from_str(&run(command).unwrap()).unwrap()
}

#[test]
fn three_verifiers_take_and_refuse_the_same() {
    let keys = [PrivateKey::from_seed([1; 32]), PrivateKey::from_seed([2; 32])];
    let known = keys[0].public().and(keys[1].public()).to_jwks();
    // The verifier in Rust asks the system what time it is, and so it judges first; the others are told.
    let now = SystemClock.now().timestamp();
    let all = tokens(&keys, &PrivateKey::from_seed([3; 32]), now);
    let set: JwkSet = serde_json::from_value(known.clone()).unwrap();
    let texts: Vec<&str> = all.iter().map(|(_, token, _)| token.as_str()).collect();
    let rust: Vec<Value> = texts
        .iter()
        .map(|token| let_through(Some(token), &set, HOST).map_or(Value::Null, |found| json!(found.sub)))
        .collect();

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("asked.json");
    std::fs::write(&file, json!({"keys": known, "host": HOST, "now": now, "tokens": texts}).to_string())
        .unwrap();
    let verifiers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/verify");
    let libraries = [cryptography::packages().unwrap(), verifiers.clone()];
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", std::env::join_paths(libraries).unwrap()).env("PYTHONDONTWRITEBYTECODE", "1");
    let python = judged(python.args(["-c", PYTHON]).arg(&file));
    let mut typescript =
        Command::new(node::find().expect("`cargo xtask test` fetches Node where there is none"));
    typescript.args(["--input-type=module", "--eval", NODE, "--"]);
    typescript.arg(node::TYPESCRIPT.folder().join("lib/typescript.js")).arg(verifiers.join("usher.ts"));
    let typescript = judged(typescript.arg(folder.path()).arg(&file));

    for (at, (what, _, is_good)) in all.iter().enumerate() {
        let expected = if *is_good { json!("a visitor") } else { Value::Null };
        for (language, found) in [("Rust", &rust), ("Python", &python), ("TypeScript", &typescript)] {
            assert_eq!(found[at], expected, "a token {what}, by {language}");
        }
    }
}

#[test]
fn the_documentation_shows_the_verifiers_as_they_are() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let read = |name: &str| std::fs::read_to_string(docs.join(name)).unwrap();
    let page = read("integrate.md");
    for name in ["verify/usher.ts", "verify/usher.py"] {
        assert!(page.contains(read(name).trim()), "docs/integrate.md shows another {name}");
    }
}
