//! The documents, each a service's, and the one that they make together.

use anyhow::{Context, Result, bail};
use serde_yaml_ng::{Mapping, Value};

use crate::{
    problems,
    prose::{self, Row},
    read,
    rust::MARK,
};

/// The services that have a document: all that answer through the gate.
pub const SERVICES: [&str; 3] = ["booking-api", "queue-gate", "search-api"];

/// The methods that a path may have in a document.
pub const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// What belongs together on a page of reference: the name, what it is, and the beginnings of its paths. The first that fits
/// counts, by whole segments; `{}` is any segment.
const TAGS: &[(&str, &str, &[&str])] = &[
    ("Search", "What is on: by words, place, date and price.", &["/search"]),
    ("Accounts", "Registering, signing in, sessions, and going on as a guest.", &["/account"]),
    (
        "Teams and keys",
        "Who works for an organizer, in which role, and the keys of programs.",
        &["/team", "/audit"],
    ),
    (
        "Waiting room",
        "The line as a fan sees it: a place, frames as it moves, the turn, the pass.",
        &["/queue", "/embed"],
    ),
    ("Rooms", "The line as its organizer sees it: opening, pacing, watching, steering.", &["/room"]),
    ("Booking", "Holding seats for a while, and confirming them.", &["/booking"]),
    ("Orders and refunds", "What was bought, what it cost, and what went back.", &["/order", "/payment"]),
    (
        "Tickets and doors",
        "Tickets, their transfer, and who scans them.",
        &["/ticket", "/event/{}/door", "/event/{}/transfer", "/event/{}/revocation"],
    ),
    (
        "Sales",
        "Figures, charges, codes, waitlist, mail and cancelling of one event.",
        &[
            "/event/{}/order",
            "/event/{}/order.csv",
            "/event/{}/sales",
            "/event/{}/sales.csv",
            "/event/{}/charge",
            "/event/{}/allocation",
            "/event/{}/voucher",
            "/event/{}/presale",
            "/event/{}/waitlist",
            "/event/{}/mail",
            "/event/{}/cancel",
        ],
    ),
    (
        "Catalog",
        "Venues, performers, events, seats and what of them can be had.",
        &["/venue", "/performer", "/event"],
    ),
    ("Webhooks", "Being told what happens.", &["/webhook"]),
    (
        "Pages",
        "What a browser shows; programs need none of it.",
        &["/", "/e", "/checkout", "/console", "/brand", "/docs"],
    ),
    (
        "About",
        "The keys that tokens are checked with, and this document.",
        &["/.well-known", "/openapi.json", "/problems"],
    ),
];

/// Pages that stand under the paths of something else.
const PAGES: &[&str] = &[
    "GET /account/sign-in",
    "GET /queue/{}",
    "GET /queue/{}/entry",
    "POST /queue/{}/enter",
    "POST /queue/{}/join",
    "POST /queue/{}/leave",
    "GET /ticket/accept",
    "GET /ticket/scanner",
    "GET /brand",
    "PUT /brand",
];

/// The document of `service`, in its own order.
///
/// # Errors
/// When it is not there or no YAML.
pub fn of(service: &str) -> Result<Value> {
    let path = format!("docs/openapi/{service}.yaml");
    serde_yaml_ng::from_str(&read(&path)?).context(path)
}

/// A path without the names of its parameters.
pub fn shape(path: &str) -> String {
    let part = |part: &str| match (part.find('{'), part.rfind('}')) {
        (Some(from), Some(to)) if from < to => format!("{}{{}}{}", &part[..from], &part[to + 1..]),
        _ => part.to_owned(),
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Every call of a document: its method in capitals, its path, and what is said of it.
pub fn calls(document: &Value) -> impl Iterator<Item = (String, &str, &Value)> {
    let paths = document["paths"].as_mapping().into_iter().flatten();
    paths.flat_map(|(path, methods)| {
        let path = path.as_str().unwrap_or_default();
        let methods = methods.as_mapping().into_iter().flatten();
        methods.filter_map(move |(method, call)| {
            let method = method.as_str().filter(|method| METHODS.contains(method))?;
            Some((method.to_uppercase(), path, call))
        })
    })
}

/// What a call is about.
fn tag(method: &str, path: &str) -> Option<&'static str> {
    let shape = shape(path);
    if PAGES.contains(&format!("{method} {shape}").as_str()) {
        return Some("Pages");
    }
    let is_under = |prefix: &&&str| {
        shape.strip_prefix(**prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            && (**prefix != "/" || shape == "/")
    };
    TAGS.iter()
        .find(|(_, _, prefixes)| prefixes.iter().any(|prefix| is_under(&prefix)))
        .map(|(name, ..)| *name)
}

fn map(pairs: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Mapping(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// One document of all services, with what the other pages say of calls and problems.
///
/// # Errors
/// When a document cannot be read, two say different things under one name, or a call stands in no page or is about nothing
/// that we know.
pub fn joined() -> Result<Value> {
    let (mut paths, mut components) = (Mapping::new(), Mapping::new());
    let rows = prose::rows()?;
    for service in SERVICES {
        let document = of(service)?;
        for (path, methods) in document["paths"].as_mapping().into_iter().flatten() {
            let name = path.as_str().context("a path is a text")?;
            let mut methods = methods.clone();
            for (method, call) in methods.as_mapping_mut().into_iter().flatten() {
                let method = method.as_str().unwrap_or_default().to_uppercase();
                let row = rows.get(&(method.clone(), shape(name)));
                let row = row.with_context(|| format!("docs/API.md does not tell of {method} {name}"))?;
                let tag = tag(&method, name).with_context(|| format!("{method} {name} has no tag"))?;
                explain(call, row, service, tag);
            }
            if paths.insert(path.clone(), methods).is_some() {
                bail!("two services have {name}");
            }
        }
        gather(&mut components, service, &document)?;
    }
    Ok(map([
        ("openapi", "3.1.0".into()),
        ("info", info()),
        ("servers", Value::Sequence(vec![map([("url", "/".into()), ("description", "the gate".into())])])),
        ("tags", tags()),
        ("paths", paths.into()),
        ("components", components.into()),
        ("x-problem-types", problems::as_value(&problems::kinds()?)),
    ]))
}

/// Says of a call what stands elsewhere.
fn explain(call: &mut Value, row: &Row, service: &str, tag: &str) {
    call["tags"] = Value::Sequence(vec![tag.into()]);
    call["description"] = row.words.clone().into();
    call["x-service"] = service.into();
    call["x-who"] = row.who.clone().into();
    call["x-problems"] = Value::Sequence(row.kinds.iter().map(|kind| kind.clone().into()).collect());
}

/// Takes the components of a service's document to the others.
fn gather(components: &mut Mapping, service: &str, document: &Value) -> Result<()> {
    for (kind, named) in document["components"].as_mapping().into_iter().flatten() {
        let all = components.entry(kind.clone()).or_insert_with(|| Mapping::new().into());
        let all = all.as_mapping_mut().context("components are maps")?;
        for (name, said) in named.as_mapping().into_iter().flatten() {
            let mut said = said.clone();
            if let Some(schema) = said.as_mapping_mut() {
                schema.remove(MARK);
            }
            if all.insert(name.clone(), said.clone()).is_some_and(|before| before != said) {
                bail!("{service} says something else of {kind:?} {name:?} than a service before it");
            }
        }
    }
    Ok(())
}

fn tags() -> Value {
    let tag = |(name, what, _): &(&str, &str, &[&str])| {
        map([("name", (*name).into()), ("description", (*what).into())])
    };
    Value::Sequence(TAGS.iter().map(tag).collect())
}

fn info() -> Value {
    map([
        ("title", "Usher".into()),
        ("version", "1".into()),
        ("summary", "A waiting room and the booking behind it.".into()),
        ("description", ABOUT.into()),
        ("license", map([("name", "MIT".into()), ("identifier", "MIT".into())])),
    ])
}

const ABOUT: &str = "All calls go to the gate. JSON is camelCase; instants are RFC 3339 in UTC; money is a whole number of minor \
    units and a currency. A refusal is a problem (RFC 9457): decide by its `type`. Bodies with unknown members are refused; answers \
    may gain members. Calls that take an `Idempotency-Key` answer a repeated request as they answered the first. \
    Beside what it tells itself, any call may be answered 405, 408, 502 or 504, and one for an organizer 409 \
    `which-organizer` where the caller works for several.";

/// A document as it is written to a file: in its own order, which `serde_json` would not keep.
///
/// # Errors
/// Never for a document that was read.
pub fn text(document: &Value) -> Result<String> {
    Ok(serde_json::to_string_pretty(document)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_about_one_thing_by_whole_segments() {
        assert_eq!(tag("GET", "/event/{eventId}/order.csv"), Some("Sales"));
        assert_eq!(tag("GET", "/event/{eventId}/seats"), Some("Catalog"));
        assert_eq!(tag("GET", "/"), Some("Pages"));
        assert_eq!(tag("GET", "/account/sign-in"), Some("Pages"));
        assert_eq!(tag("POST", "/account/sign-in"), Some("Accounts"));
        assert_eq!(tag("GET", "/searching"), None);
    }

    #[test]
    fn a_shape_keeps_what_stands_beside_a_parameter() {
        assert_eq!(shape("/order/{orderId}/ticket/{ticketId}/qr.svg"), "/order/{}/ticket/{}/qr.svg");
        assert_eq!(shape("/a/{b}.csv"), "/a/{}.csv");
    }
}
