//! The documented schema of frames, against frames of every state.

use std::collections::{BTreeMap, BTreeSet};

use http::StatusCode;
use queue_gate::draw::advance::{Portion, step};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Fan, Sale, TestGate},
    draw::lobby,
};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/frame.schema.json")).unwrap()
}

/// What is wrong with `value` by the part `rule` of the schema `all`: as much of JSON Schema as ours uses, and no
/// member that is not described.
fn wrong(all: &Value, rule: &Value, value: &Value, more: &[&Value]) -> Vec<String> {
    if let Some(name) = rule["$ref"].as_str() {
        return wrong(all, all.pointer(name.trim_start_matches('#')).unwrap(), value, more);
    }
    let mut found = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            found.push(what);
        }
    };
    let is_of = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the test knows no type {other}"),
    };
    check(rule["type"].as_str().is_none_or(is_of), format!("{value} is no {}", rule["type"]));
    check(rule.get("const").is_none_or(|only| only == value), format!("{value} is not {}", rule["const"]));
    let choices = rule["enum"].as_array();
    check(choices.is_none_or(|choices| choices.contains(value)), format!("{value} is no choice"));
    let least = rule["minimum"].as_i64();
    check(least.is_none_or(|least| value.as_i64().unwrap() >= least), format!("{value} is too small"));
    let is_instant = rule["format"] == "date-time";
    check(
        !is_instant || value.as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().is_ok(),
        format!("{value} is no instant"),
    );
    for name in rule["required"].as_array().into_iter().flatten() {
        check(value.get(name.as_str().unwrap()).is_some(), format!("{name} is missing"));
    }
    for item in rule.get("items").and_then(|_| value.as_array()).into_iter().flatten() {
        found.extend(wrong(all, &rule["items"], item, &[]));
    }
    let described = rule.get("properties").into_iter().chain(more.iter().copied()).collect::<Vec<_>>();
    for (name, member) in value.as_object().into_iter().flatten().filter(|_| rule.get("properties").is_some())
    {
        let rules: Vec<_> = described.iter().filter_map(|members| members.get(name)).collect();
        if rules.is_empty() {
            found.push(format!("{name} is not described"));
        }
        for rule in rules {
            found.extend(wrong(all, rule, member, &[]));
        }
    }
    found
}

/// The state of a frame, once it fits the schema.
#[track_caller]
fn fitting(all: &Value, frame: &Value) -> String {
    let states = all["oneOf"].as_array().unwrap();
    let state = frame["state"].as_str().unwrap();
    let own = states.iter().find(|rule| rule["properties"]["state"]["const"] == state);
    let own = own.unwrap_or_else(|| panic!("{state} is not described"));
    let mut found = wrong(all, all, frame, &[&own["properties"]]);
    found.extend(wrong(all, own, frame, &[&all["properties"]]));
    assert!(found.is_empty(), "{found:?} in {frame}");
    state.to_owned()
}

async fn frame(fan: &Fan<'_>, sale: &Sale<'_>) -> Value {
    fan.get(&format!("/queue/{}/place", sale.room)).await.expect(StatusCode::OK).body
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn frames_of_every_state_are_as_documented(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 1).await;
    let put = json!({ "version": 1, "message": "Doors at 8", "waitlist": "https://shop.example/wait" });
    sale.organizer.put(&format!("/room/{}", sale.room), put).await.expect(StatusCode::OK);
    let mut frames = Vec::new();
    let refused = app.fan().get(&format!("/event/{}/seats", sale.event)).await.body;
    frames.push(refused["frame"].clone());
    let (mut first, second) = (app.fan(), app.fan());
    first.number(sale.room).await;
    second.number(sale.room).await;
    app.stock(sale.event, 10, 2, 8).await;
    app.ticks(sale.room, 1).await;
    frames.push(frame(&first, &sale).await);
    frames.push(frame(&second, &sale).await);
    first.enter(sale.room).await;
    frames.push(frame(&first, &sale).await);
    sale.step_because("pause", "A break").await.expect(StatusCode::OK);
    frames.push(frame(&second, &sale).await);
    sale.step_because("bypass", "The line is broken").await.expect(StatusCode::OK);
    frames.push(frame(&second, &sale).await);
    sale.step("restore").await.expect(StatusCode::OK);
    sale.step("resume").await.expect(StatusCode::OK);
    app.stock(sale.event, 10, 10, 0).await;
    frames.push(frame(&second, &sale).await);
    sale.step("close").await.expect(StatusCode::OK);
    frames.push(frame(&second, &sale).await);

    let draw = lobby(&app, json!({ "opensAt": "2027-06-01T13:00:00Z" })).await;
    second.join(draw.room).await.expect(StatusCode::CREATED);
    frames.push(frame(&second, &draw).await);
    draw.step("open").await.expect(StatusCode::OK);
    let small = Portion { slice: 1, slices: 1, rows: 1, write: 1, writes: 1 };
    for _ in 0..3 {
        step(&app.gate, draw.room, small).await.unwrap();
        frames.push(frame(&second, &draw).await);
    }

    let all = schema();
    let seen: BTreeSet<String> = frames.iter().map(|frame| fitting(&all, frame)).collect();
    let states = all["oneOf"].as_array().unwrap().iter();
    let documented: BTreeSet<String> =
        states.map(|rule| rule["properties"]["state"]["const"].as_str().unwrap().to_owned()).collect();
    assert_eq!(seen, documented, "every state that is documented, and no other");
    let tiers: BTreeMap<_, _> =
        frames.iter().map(|frame| (frame["state"].as_str(), frame.get("tiers").is_some())).collect();
    assert!(tiers[&Some("waiting")] && !tiers[&Some("called")]);
}

#[test]
fn what_is_not_as_documented_is_found() {
    let all = schema();
    let good =
        json!({ "v": 1, "tick": 3, "state": "waiting", "number": 9, "ahead": 0, "behind": 1, "pace": 60 });
    assert_eq!(fitting(&all, &good), "waiting");
    let spoilt = [("v", json!(2)), ("ahead", json!(-1)), ("chance", json!("sure")), ("mood", json!("fine"))];
    for (name, value) in spoilt {
        let mut bad = good.clone();
        bad[name] = value;
        assert!(std::panic::catch_unwind(|| fitting(&all, &bad)).is_err(), "{bad}");
    }
    let mut bad = good;
    bad.as_object_mut().unwrap().remove("pace");
    assert!(std::panic::catch_unwind(|| fitting(&all, &bad)).is_err(), "{bad}");
}
