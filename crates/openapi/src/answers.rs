//! Holds what a service answered against its document. Tests hand every answer over that they see.
//!
//! In the documents a schema of an answer is open, because answers may gain members. Here it is closed: a member that no
//! document tells of is as wrong as one that is missing.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use http::{
    Method,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
    response::Parts,
};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::{document, problems};

/// What any call may be answered, whatever it is about: no call tells of it.
const ALWAYS: [u16; 4] = [405, 408, 502, 504];
/// The same by its kind: who works for several organizers says for which, and who comes past the gate is sent away.
const ALWAYS_KINDS: [&str; 2] = ["/problems/which-organizer", "/problems/no-assertion"];

/// Where an answer was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// At the gate, which is what the documents tell of: every status is told.
    AtTheGate,
    /// At a router of a service, where tests bring about what no client can: a refusal must be a problem of a known kind.
    AtARouter,
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// What was asked: the method in capitals.
    pub method: &'a str,
    /// The path, with or without its query.
    pub path: &'a str,
    /// The status.
    pub status: u16,
    /// The `Content-Type`; empty without one.
    pub media: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// A document that answers are held against.
struct Document {
    told: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

static DOCUMENTS: LazyLock<HashMap<&str, Document>> = LazyLock::new(|| {
    let read = |service: &'static str| {
        let mut told =
            serde_json::to_value(document::of(service).expect("it is there")).expect("it is JSON too");
        close_all(&mut told);
        (service, Document { told, validators: Mutex::default() })
    };
    document::SERVICES.map(read).into()
});

static KINDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let kinds = problems::kinds().expect("docs/PROBLEMS.md is there");
    kinds.into_iter().map(|kind| format!("/problems/{}", kind.name)).collect()
});

/// Panics where `answer` is not what a document of these services tells. What none of them tells of is nobody's here.
///
/// # Panics
/// As it says.
pub fn hold(services: &[&str], seen: Seen, answer: &Answer<'_>) {
    for service in services {
        if let Err(wrong) = DOCUMENTS[*service].check(seen, answer) {
            let body = String::from_utf8_lossy(answer.body);
            let body: String = body.chars().take(2000).collect();
            let Answer { method, path, status, media, .. } = answer;
            panic!(
                "docs/openapi/{service}.yaml says otherwise: {method} {path} → {status} {media}: {wrong}\n{body}"
            );
        }
    }
}

/// The same for an answer as `http` has it. One that is packed for its way is not looked at.
///
/// # Panics
/// As [`hold`].
pub fn hold_http(services: &[&str], seen: Seen, (method, path): (&Method, &str), parts: &Parts, body: &[u8]) {
    if parts.headers.contains_key(CONTENT_ENCODING) {
        return;
    }
    let media = parts.headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    hold(
        services,
        seen,
        &Answer { method: method.as_str(), path, status: parts.status.as_u16(), media, body },
    );
}

/// Closes the schemas of all answers of a document, and those that have names. Bodies that are sent say themselves what they
/// take.
pub fn close_all(document: &mut Value) {
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    schemas.into_iter().flat_map(Map::values_mut).for_each(close);
    let paths = document.pointer_mut("/paths").and_then(Value::as_object_mut);
    let calls = paths
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut);
    let answers = calls.filter_map(|call| call["responses"].as_object_mut()).flat_map(Map::values_mut);
    let bodies =
        answers.filter_map(|answer| answer.get_mut("content")?.as_object_mut()).flat_map(Map::values_mut);
    bodies.filter_map(|body| body.get_mut("schema")).for_each(close);
}

impl Document {
    fn check(&self, seen: Seen, answer: &Answer<'_>) -> Result<(), String> {
        let path = answer.path.split(['?', '#']).next().unwrap_or_default();
        let Some((template, call)) = self.find(answer.method, path) else { return Ok(()) };
        let media = answer.media.split(';').next().unwrap_or_default().trim();
        if answer.status >= 400 && media == "text/html" {
            return Ok(()); // The page that says what is wrong; its words are looked at elsewhere.
        }
        if answer.status >= 400 && (seen == Seen::AtARouter || ALWAYS.contains(&answer.status)) {
            return problem(media, answer.body);
        }
        if answer.status >= 400 && kind(answer.body).is_some_and(|kind| ALWAYS_KINDS.contains(&kind.as_str()))
        {
            return problem(media, answer.body);
        }
        let said = &call["responses"][answer.status.to_string()];
        let said = self.resolved(said).ok_or("this status is not told")?;
        let Some(content) = said.get("content") else {
            return if answer.body.is_empty() { Ok(()) } else { Err("no body is told".to_owned()) };
        };
        let schema = &content.get(media).ok_or("this type is not told")?["schema"];
        if answer.status >= 400 {
            problem(media, answer.body)?;
        }
        if media != "application/json" && media != "application/problem+json" {
            return Ok(());
        }
        let body: Value = serde_json::from_slice(answer.body).map_err(|error| error.to_string())?;
        let key = format!("{} {template} {} {media}", answer.method, answer.status);
        let validator = self.validator(key, schema)?;
        let wrong: Vec<_> = validator
            .iter_errors(&body)
            .map(|error| {
                format!(
                    "{} at {:?}",
                    error.to_string().chars().take(300).collect::<String>(),
                    error.instance_path.to_string()
                )
            })
            .collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
    }

    /// What is said of a call; of two paths that fit, the one with fewer parameters.
    fn find(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let fits = |template: &str| {
            let (told, asked) = (template.split('/'), path.split('/'));
            told.clone().count() == asked.clone().count()
                && told.zip(asked).all(|(told, asked)| part_fits(told, asked))
        };
        let paths = self.told["paths"].as_object()?.iter().filter(|(template, _)| fits(template));
        let (template, methods) = paths.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template, methods.get(method.to_lowercase())?))
    }

    fn resolved<'a>(&'a self, said: &'a Value) -> Option<&'a Value> {
        match said.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.told.pointer(reference.trim_start_matches('#')),
            None => said.is_object().then_some(said),
        }
    }

    fn validator(&self, key: String, schema: &Value) -> Result<Arc<Validator>, String> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(&key) {
            return Ok(validator.clone());
        }
        let schema = json!({ "allOf": [schema], "components": self.told["components"] });
        let options = jsonschema::draft202012::options().should_validate_formats(true);
        let validator = Arc::new(options.build(&schema).map_err(|error| error.to_string())?);
        validators.insert(key, validator.clone());
        Ok(validator)
    }
}

fn part_fits(told: &str, asked: &str) -> bool {
    match (told.find('{'), told.rfind('}')) {
        (Some(from), Some(to)) if from < to => {
            let (before, after) = (&told[..from], &told[to + 1..]);
            asked.len() > before.len() + after.len() && asked.starts_with(before) && asked.ends_with(after)
        }
        _ => told == asked,
    }
}

/// The kind of a problem.
fn kind(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(body["type"].as_str()?.to_owned())
}

/// A refusal is a problem of a kind that is documented.
fn problem(media: &str, body: &[u8]) -> Result<(), String> {
    if media != "application/problem+json" {
        return Err("a refusal is a problem".to_owned());
    }
    let kind = kind(body).ok_or("a problem has a type")?;
    if KINDS.contains(&kind) {
        Ok(())
    } else {
        Err(format!("{kind:?} is no kind of problem in docs/PROBLEMS.md"))
    }
}

/// Lets an object have the members that are told, and no other; whatever is to be open says `additionalProperties: true`.
fn close(schema: &mut Value) {
    let Some(schema) = schema.as_object_mut() else { return };
    let is_object = schema.contains_key("properties")
        || schema.get("type").is_some_and(|kind| {
            *kind == "object" || kind.as_array().is_some_and(|kinds| kinds.contains(&json!("object")))
        });
    if is_object {
        schema.entry("additionalProperties").or_insert(false.into());
    }
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("properties", Value::Object(members)) => members.values_mut().for_each(close),
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter_mut().for_each(close);
            }
            ("items" | "additionalProperties", part) => close(part),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &str, status: u16, body: &Value) -> Result<(), String> {
        let body = body.to_string();
        let media = if status < 400 { "application/json" } else { "application/problem+json" };
        let answer = Answer { method: "GET", path, status, media, body: body.as_bytes() };
        DOCUMENTS["search-api"].check(Seen::AtTheGate, &answer)
    }

    #[test]
    fn an_answer_has_what_is_told_and_nothing_else() {
        let found =
            json!({ "suggestions": [{ "kind": "city", "text": "Kiel", "detail": null, "link": "/search" }] });
        assert_eq!(seen("/search/suggest?token=k", 200, &found), Ok(()));
        let mut more = found.clone();
        more["suggestions"][0]["more"] = 1.into();
        assert!(seen("/search/suggest", 200, &more).is_err_and(|wrong| wrong.contains("more")));
        let mut less = found.clone();
        less["suggestions"][0].as_object_mut().unwrap().remove("link");
        assert!(seen("/search/suggest", 200, &less).is_err_and(|wrong| wrong.contains("link")));
        assert!(seen("/search/suggest", 201, &found).is_err());
        assert_eq!(seen("/searching", 200, &json!(1)), Ok(()), "nobody's");
    }

    #[test]
    fn a_refusal_is_a_problem_of_a_known_kind() {
        let problem = |name: &str| {
            let title = "This is not possible right now.";
            json!({ "type": format!("/problems/{name}"), "title": title, "status": 503 })
        };
        assert_eq!(seen("/search", 503, &problem("unavailable")), Ok(()));
        assert!(seen("/search", 503, &problem("unheard-of")).is_err());
        assert!(seen("/search", 418, &problem("unavailable")).is_err(), "the status is not told");
    }
}
