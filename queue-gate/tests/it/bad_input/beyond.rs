//! Bodies that are right in form and hold what no room may have.

use http::Method;
use serde_json::{Value, json};

use super::LONG;

/// What no text may hold.
const NUL: &str = "a\0b";

/// Method, path behind the room's, and body.
pub(super) fn beyond() -> Vec<(Method, &'static str, Value)> {
    let (post, put) = (Method::POST, Method::PUT);
    let all = [
        (&put, "", settings()),
        (&post, "/opening", openings()),
        (&post, "/beacon", vec![json!({ "value": long() }), json!({ "value": NUL }), json!({ "value": "" })]),
        (&put, "/lane", lanes()),
        (&put, "/shield", shields()),
        (&post, "/simulate", scenarios()),
        (&put, "/drive", drives()),
        (&put, "/bypass/rules", rules()),
        (&post, "/staff-token", staff()),
    ];
    all.into_iter()
        .flat_map(|(method, path, bodies)| bodies.into_iter().map(move |body| (method.clone(), path, body)))
        .collect()
}

fn long() -> String {
    "x".repeat(LONG)
}

fn settings() -> Vec<Value> {
    let waitlist = |rest: &str| json!({ "version": 1, "waitlist": format!("https://a.example/{rest}") });
    vec![json!({ "version": 1, "message": NUL }), waitlist(NUL), waitlist(&long())]
}

fn openings() -> Vec<Value> {
    let opening = |more: Value| {
        let mut body = json!({ "startsAt": "2027-06-02T12:00:00Z", "endsAt": "2027-06-02T13:00:00Z" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let all = [
        json!({ "state": "reject", "reason": long() }),
        json!({ "state": "bypass", "reason": NUL }),
        json!({ "message": long() }),
        json!({ "message": NUL }),
        json!({ "startsAt": "2020-01-01T00:00:00Z" }),
        json!({ "startsAt": "-200000-01-01T00:00:00Z" }),
        json!({ "endsAt": "+262142-01-01T00:00:00Z" }),
        json!({ "admitPerMinute": u32::MAX }),
        json!({ "maxActive": u32::MAX }),
    ];
    all.map(opening).into()
}

fn lanes() -> Vec<Value> {
    let with = |name: &str, share: u32| {
        let lanes = json!([{ "name": "main", "share": 1 }, { "name": name, "share": share }]);
        json!({ "version": 1, "lanes": lanes })
    };
    let many: Vec<_> = (0..9).map(|n| json!({ "name": format!("lane-{n}"), "share": 1 })).collect();
    vec![
        with(&long(), 1),
        with(NUL, 1),
        with("VIP", 1),
        with("vip", u32::MAX),
        json!({ "version": 1, "lanes": [] }),
        json!({ "version": 1, "lanes": many }),
    ]
}

fn shields() -> Vec<Value> {
    vec![
        json!({ "version": 1, "normal": u32::MAX }),
        json!({ "version": 1, "hardest": 255 }),
        json!({ "version": 1, "wait": "PT18H" }),
    ]
}

fn scenarios() -> Vec<Value> {
    let burst =
        |fans: u32, over: &str| json!({ "arrivals": { "kind": "burst", "fans": fans, "over": over } });
    let poisson = |rate: f64| json!({ "arrivals": { "kind": "poisson", "perMinute": rate, "over": "PT1H" } });
    let few = burst(5, "PT1S")["arrivals"].clone();
    vec![
        burst(u32::MAX, "PT10S"),
        burst(5, "PT999999H"),
        burst(5, &long()),
        poisson(1e308),
        poisson(-1.0),
        json!({ "arrivals": few, "habits": { "buys": 1e9 } }),
        json!({ "arrivals": few, "admitPerMinute": u32::MAX }),
    ]
}

fn drives() -> Vec<Value> {
    vec![
        json!({ "min": 0, "max": 1 }),
        json!({ "min": 2, "max": 1 }),
        json!({ "min": 1, "max": u32::MAX }),
        json!({ "min": 1, "max": 2, "latencyMs": u32::MAX }),
    ]
}

fn rules() -> Vec<Value> {
    let many: Vec<_> = (0..51).map(|n| json!({ "name": format!("rule {n}"), "staff": true })).collect();
    vec![
        json!({ "rules": many }),
        json!({ "rules": [{ "name": long(), "staff": true }] }),
        json!({ "rules": [{ "name": NUL, "staff": true }] }),
        json!({ "rules": [{ "name": "all" }] }),
    ]
}

fn staff() -> Vec<Value> {
    vec![
        json!({ "label": long() }),
        json!({ "label": NUL }),
        json!({ "label": "x", "lasts": "PT999999H" }),
        json!({ "label": "x", "lasts": "soon" }),
    ]
}
