//! Two organizers who must never see each other's things, walked over every call of the OpenAPI documents that takes a session
//! and names something: whatever belongs to the one is not there for the other, nor for a fan.

use std::{collections::BTreeMap, time::Duration};

use platform::clock::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{World, organizer::text, person::Person, until};

use crate::{
    fuzz::{Known, NOBODY, things},
    sources, webhook,
};

/// Calls that anybody may make about an event of anybody: what they answer is the asker's own.
const OPEN: [(&str, &str); 4] = [
    ("post", "/event/{eventId}/waitlist"),
    ("get", "/event/{eventId}/waitlist"),
    ("delete", "/event/{eventId}/waitlist"),
    ("get", "/event/{eventId}/seating-plan"),
];

/// A call of the documents that takes a session and names something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Call {
    method: String,
    path: String,
    /// Whether it takes the form of a page.
    is_form: bool,
}

fn calls() -> Vec<Call> {
    let mut calls = Vec::new();
    for name in ["booking-api", "queue-gate"] {
        let text = sources::read(&format!("docs/openapi/{name}.yaml"));
        let document: Value = serde_yaml_ng::from_str(&text).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, call) in methods.as_object().unwrap() {
                let is_closed = call.get("security").is_some_and(|security| !security.is_null());
                let is_open = OPEN.contains(&(method.as_str(), path.as_str()));
                if is_closed && path.contains('{') && !is_open {
                    let is_form =
                        !call["requestBody"]["content"]["application/x-www-form-urlencoded"].is_null();
                    calls.push(Call { method: method.clone(), path: path.clone(), is_form });
                }
            }
        }
    }
    calls.sort();
    calls
}

/// What the call takes, whole and valid, so that it is refused for nothing but its asker.
fn body(call: &Call, ids: &BTreeMap<&str, String>) -> Value {
    let now = SystemClock.now();
    let days = |days: i64| (now + chrono::TimeDelta::days(days)).to_rfc3339();
    match (call.method.as_str(), call.path.as_str()) {
        ("put", "/venue/{venueId}") => json!({
            "name": "Taken", "city": "Kiel", "country": "DE", "latitude": 54.3, "longitude": 10.1, "timeZone": "Europe/Berlin",
        }),
        ("put", "/performer/{performerId}") => json!({ "name": "Taken" }),
        ("put", "/event/{eventId}") => json!({
            "venueId": ids["venueId"], "performerIds": [], "title": "Taken", "description": "", "category": "concert",
            "startsAt": days(30), "salesStart": days(-1), "salesEnd": days(29), "ticketLimit": 4, "currency": "EUR",
        }),
        ("put", "/event/{eventId}/plan") => json!({ "tiers": [] }),
        ("put", "/event/{eventId}/charge") => json!({ "fee": 100 }),
        ("post", "/ticket/{ticketId}/transfer") => json!({ "email": "rival@usher.example" }),
        ("put", "/event/{eventId}/transfer") => json!({ "allowed": false }),
        ("post", "/event/{eventId}/door") => json!({ "name": "Taken", "hours": 1 }),
        ("post", "/event/{eventId}/allocation") => {
            json!({ "kind": "heldBack", "label": "taken", "ticketIds": [ids["ticketId"]] })
        }
        ("put", "/booking/hold/{holdId}/voucher") => json!({ "voucher": "TAKEN-IT-ALL" }),
        ("post", "/event/{eventId}/voucher") => json!({ "vouchers": [{ "code": "TAKEN-IT-ALL", "off": 5 }] }),
        ("put", "/event/{eventId}/presale") => json!({ "presales": [] }),
        ("put", "/event/{eventId}/waitlist") => json!({ "open": true }),
        ("put", "/room/{roomId}") => json!({ "version": 1, "admitPerMinute": 1 }),
        (
            "post",
            "/order/{orderId}/refund"
            | "/order/{orderId}/refund/{refundId}/retry"
            | "/event/{eventId}/cancel"
            | "/room/{roomId}/pause"
            | "/room/{roomId}/bypass"
            | "/room/{roomId}/reject",
        ) => json!({ "reason": "taken" }),
        ("put", "/room/{roomId}/entry") => json!({ "version": 1 }),
        ("post", "/event/{eventId}/presale/code" | "/room/{roomId}/code") => {
            json!({ "codes": [{ "code": "TAKEN-IT-ALL" }] })
        }
        ("put", "/room/{roomId}/lane") => json!({ "lanes": [], "version": 1 }),
        ("put", "/room/{roomId}/shield") => json!({ "version": 1, "proof": "off" }),
        ("put", "/room/{roomId}/brand") => json!({ "version": 1, "brand": { "name": "Taken" } }),
        ("post" | "put", "/room/{roomId}/opening" | "/room/{roomId}/opening/{openingId}") => {
            json!({ "startsAt": days(1), "endsAt": days(2) })
        }
        ("post", "/room/{roomId}/simulate") => {
            json!({ "arrivals": { "kind": "burst", "fans": 10, "over": "PT1M" } })
        }
        ("put", "/webhook/{webhookId}") => {
            json!({ "url": "https://taken.example/", "types": ["order.paid"] })
        }
        ("post", "/webhook/{webhookId}/replay") => json!({ "since": days(-1) }),
        ("put", "/team/member/{memberId}") => json!({ "role": "viewer" }),
        ("put", "/room/{roomId}/drive") => json!({ "min": 1, "max": 2 }),
        ("put", "/room/{roomId}/bypass/rules") => json!({ "rules": [] }),
        ("post", "/room/{roomId}/bypass/test") => json!({ "path": "/", "address": "192.0.2.1" }),
        ("post", "/room/{roomId}/staff-token") => json!({ "label": "taken" }),
        ("post", "/room/{roomId}/beacon") => json!({ "value": "taken" }),
        _ => json!({}),
    }
}

/// The path with the first organizer's ids in it.
fn filled(call: &Call, ids: &BTreeMap<&str, String>) -> String {
    let put = |path: String, (name, id): (&&str, &String)| path.replace(&format!("{{{name}}}"), id);
    let path = ids.iter().fold(call.path.clone(), put);
    assert!(!path.contains('{'), "nothing is there for {path}");
    if path.ends_with("/preview") && !path.ends_with("/brand/preview") {
        format!("{path}?at=2030-01-01T00:00:00Z")
    } else {
        path
    }
}

async fn ask(person: &Person, call: &Call, ids: &BTreeMap<&str, String>) -> u16 {
    let method: Method = call.method.to_uppercase().parse().unwrap();
    let request = person.request(method.clone(), &filled(call, ids));
    let request = match method {
        Method::GET => request,
        _ if call.is_form => request.form(&[("what", "")]),
        _ => request.json(&body(call, ids)),
    };
    let answer = person.send(request).await;
    answer.status.as_u16()
}

/// One of each: what is there from [`things`], and what only organizers make.
async fn ids(person: &Person, known: &Known) -> BTreeMap<&'static str, String> {
    let mut ids: BTreeMap<&'static str, String> =
        known.iter().map(|(name, ids)| (*name, ids[0].clone())).collect();
    let (event, room) = (ids["eventId"].clone(), ids["roomId"].clone());
    let put = async |path: String, body: Value| {
        let answer = person.post(&path, &body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.text);
        serde_json::from_str::<Value>(&answer.text).unwrap()
    };
    put(format!("/room/{room}/code"), json!({ "codes": [{ "code": "OWN-CODE" }] })).await;
    put(format!("/event/{event}/voucher"), json!({ "vouchers": [{ "code": "OWN-ONE", "off": 5 }] })).await;
    let get = async |path: String| person.get(&path).await.expect(200);
    let day = |days| (SystemClock.now() + chrono::TimeDelta::days(days)).to_rfc3339();
    let url = format!("http://{}/usher", webhook::listen().0);
    let webhook = json!({ "url": url, "types": ["order.paid"] });
    let webhook = put("/webhook".to_owned(), webhook).await;
    let webhook = text(&webhook["webhookId"]);
    let test = put(format!("/webhook/{webhook}/test"), json!({})).await;
    // Until it has arrived it changes by itself.
    let deliveries = format!("/webhook/{webhook}/delivery?state=delivered");
    until("the test has arrived", Duration::from_secs(20), async || {
        get(deliveries.clone()).await["deliveries"].get(0).cloned()
    })
    .await;
    ids.insert("webhookId", webhook);
    ids.insert("noticeId", text(&test["noticeId"]));
    let key = json!({ "name": "own", "permissions": ["look"], "endsAt": day(1) });
    ids.insert("keyId", text(&put("/team/key".to_owned(), key).await["keyId"]));
    let opening = put(format!("/room/{room}/opening"), json!({ "startsAt": day(1), "endsAt": day(2) })).await;
    let staff = put(format!("/room/{room}/staff-token"), json!({ "label": "own" })).await;
    ids.insert("openingId", text(&opening["openingId"]));
    ids.insert("staffTokenId", text(&staff["staffTokenId"]));
    let (codes, vouchers) =
        (get(format!("/room/{room}/code")).await, get(format!("/event/{event}/voucher")).await);
    ids.insert("codeId", text(&codes["codes"][0]["codeId"]));
    ids.insert("voucherId", text(&vouchers["vouchers"][0]["voucherId"]));
    // Nobody waits, no refund and no mail failed and no session goes on under this id; whose all else is is asked first.
    for name in ["entryId", "refundId", "messageId", "sessionId", "memberId", "organizerId"] {
        ids.insert(name, NOBODY.to_owned());
    }
    ids
}

/// All that the first organizer can read of what is theirs.
async fn all_of(person: &Person, calls: &[Call], ids: &BTreeMap<&str, String>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for call in calls.iter().filter(|call| call.method == "get") {
        let path = filled(call, ids);
        // What is measured or streamed from moment to moment is no thing, nor is a page that tells the time.
        if [
            "/checkout/",
            "/live",
            "/history",
            "/advice",
            "/forecast",
            "/preview",
            ".csv",
            ".pdf",
            ".ics",
            ".pkpass",
        ]
        .iter()
        .any(|moving| path.contains(moving))
        {
            continue;
        }
        let answer = person.send(person.request(Method::GET, &path)).await;
        if answer.status.is_success() {
            all.insert(path, answer.text);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_one_organizers_is_not_there_for_another_nor_for_a_fan() {
    let world = World::with(&[("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000")]).await;
    let (known, _) = things(&world).await;
    let owner = world.organizer().await;
    let ids = ids(&owner.person, &known).await;
    // The payment of what was bought comes by itself, and then the order's number.
    let order = format!("/order/{}", ids["orderId"]);
    let is_done = async || owner.person.get(&order).await.expect(200).get("number").cloned();
    until("the order has its number", Duration::from_secs(20), is_done).await;
    let calls = calls();
    assert!(calls.len() > 60, "{} calls", calls.len());
    let before = all_of(&owner.person, &calls, &ids).await;
    assert!(before.len() > 12, "the owner sees {:?}", before.keys());
    let (rival, fan) = (world.rival().await, world.fan("eve").await);
    let mut wrong = Vec::new();
    for (who, person) in [("the rival", &rival.person), ("a fan", &fan.person)] {
        for call in &calls {
            let status = ask(person, call, &ids).await;
            if !matches!(status, 403 | 404) {
                wrong.push(format!("{who}: {} {}: {status}", call.method, call.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers:\n{}", wrong.len(), wrong.join("\n"));
    let after = all_of(&owner.person, &calls, &ids).await;
    let changed: Vec<_> = before.iter().filter(|(path, text)| after.get(*path) != Some(text)).collect();
    assert!(changed.is_empty(), "{changed:#?}\n{after:#?}");
}
