//! Who may do what for an organizer: every call of the documents, for every role, and for nobody's.

use std::{collections::BTreeMap, time::Duration};

use contracts::team::{About, CALLS, Permission, TeamRole, needed};
use platform::clock::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{
    World,
    organizer::{Organizer, text},
    person::{Answer, Person},
    until,
};

use crate::{fuzz::NOBODY, sources};

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A call of the documents that takes a session.
struct Call {
    method: String,
    path: String,
}

impl Call {
    /// What the table of roles says of it; `None` for the calls of fans.
    fn takes(&self) -> Option<(Permission, About)> {
        needed(&self.method, &self.path)
    }

    /// Makes it about things that are not there, so that whoever may make it changes nothing.
    async fn make(&self, person: &Person) -> Answer {
        self.make_with(person, None).await
    }

    /// The same with a bearer token.
    async fn make_with(&self, person: &Person, bearer: Option<&str>) -> Answer {
        let mut path = String::new();
        for part in self.path.split_inclusive('/') {
            let name = part.trim_end_matches('/');
            let is_opaque = ["{orderId}", "{ticketId}", "{holdId}"].contains(&name);
            let id = if is_opaque { "nonsense" } else { NOBODY };
            path += &if name.starts_with('{') { part.replace(name, id) } else { part.to_owned() };
        }
        if path.ends_with("/preview") {
            path += "?at=2030-01-01T00:00:00Z";
        }
        let request = person.request(self.method.parse::<Method>().unwrap(), &path);
        let request = if let Some(bearer) = bearer { request.bearer_auth(bearer) } else { request };
        // A body that is none: what is refused for its asker is refused before.
        let request = if self.method == "GET" { request } else { request.json(&json!({ "isNoBody": true })) };
        person.send(request).await
    }
}

/// Every call of the documents that takes a session, but those that end it.
fn calls() -> Vec<Call> {
    let mut calls = Vec::new();
    for name in ["booking-api", "queue-gate"] {
        let text = sources::read(&format!("docs/openapi/{name}.yaml"));
        let document: Value = serde_yaml_ng::from_str(&text).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, call) in methods.as_object().unwrap() {
                let ways = call["security"].as_array();
                let is_closed = ways.is_some_and(|ways| ways.iter().all(|way| *way != json!({})));
                if is_closed && !path.starts_with("/account/sign-out") {
                    calls.push(Call { method: method.to_uppercase(), path: path.clone() });
                }
            }
        }
    }
    calls
}

/// What a refusal is called; empty where it is none.
fn problem(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    body["type"].as_str().unwrap_or_default().trim_start_matches("/problems/").to_owned()
}

/// Somebody with an account, who works for nobody yet.
async fn somebody(world: &World, name: &str) -> (Person, String) {
    let email = format!("{name}@staff.example");
    let person = world.stranger();
    let account = json!({ "email": email, "password": "of a test, and of nobody" });
    person.post("/account/register", &account).await.expect(201);
    (person, email)
}

/// The same, who works for `owner`.
async fn member(world: &World, owner: &Organizer, name: &str, mut place: Value) -> (Person, String) {
    let (person, email) = somebody(world, name).await;
    place["email"] = email.into();
    let added = owner.person.post("/team/member", &place).await.expect(201);
    (person, text(&added["accountId"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_makes_the_calls_that_are_its_own_and_no_other() {
    let world = World::with(&[("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000")]).await;
    let owner = world.organizer().await;
    let calls = calls();
    let of_organizers = calls.iter().filter(|call| call.takes().is_some()).count();
    assert!(of_organizers > 80, "{of_organizers} calls take an organizer");
    let mut wrong = Vec::new();
    for role in TeamRole::ALL {
        let (person, _) = member(&world, &owner, role.name(), json!({ "role": role })).await;
        for call in &calls {
            let Some((permission, _)) = call.takes() else { continue };
            let told = problem(&call.make(&person).await);
            let is_refused = ["not-permitted", "organizers-only", "not-organizer", "sign-in", "signed-out"]
                .contains(&told.as_str());
            let right =
                if role.permissions().contains(&permission) { !is_refused } else { told == "not-permitted" };
            if !right {
                wrong.push(format!("{}: {} {}: {told:?}", role.name(), call.method, call.path));
            }
        }
    }
    // Who works for nobody makes none of them, and all others: the table has them all.
    let (nobody, _) = somebody(&world, "nobody").await;
    for call in &calls {
        let told = problem(&call.make(&nobody).await);
        let is_refused = ["organizers-only", "not-organizer"].contains(&told.as_str());
        if is_refused != call.takes().is_some() || told == "not-permitted" {
            wrong.push(format!("nobody: {} {}: {told:?}", call.method, call.path));
        }
    }
    assert!(wrong.is_empty(), "{} answers:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_for_one_event_sees_and_changes_nothing_of_another() {
    let world = World::with(&[("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000")]).await;
    let owner = world.organizer().await;
    let (own, other) = (owner.seated_event("Own", 3).await, owner.seated_event("Other", 3).await);
    let (room, other_room) = (owner.room(&own, 60, 10).await, owner.room(&other, 60, 10).await);
    let place = json!({ "role": "manager", "eventIds": [own.id] });
    let (person, _) = member(&world, &owner, "some", place).await;
    for path in ["order", "sales", "charge", "allocation", "door", "voucher", "presale"] {
        person.get(&format!("/event/{}/{path}", own.id)).await.expect(200);
        let refused = person.get(&format!("/event/{}/{path}", other.id)).await;
        assert_eq!(problem(&refused), "not-permitted", "{refused:?}");
    }
    for path in ["", "/log", "/lane", "/entry", "/history"] {
        person.get(&format!("/room/{}{path}", room.id)).await.expect(200);
        let refused = person.get(&format!("/room/{}{path}", other_room.id)).await;
        assert_eq!(problem(&refused), "not-permitted", "{refused:?}");
    }
    let rooms = person.get("/room").await.expect(200);
    let ids: Vec<_> = rooms["rooms"].as_array().unwrap().iter().map(|room| text(&room["roomId"])).collect();
    assert_eq!(ids, std::slice::from_ref(&room.id));
    let third = owner.seated_event("Third", 3).await;
    let new = json!({ "eventId": third.id, "name": "Taken", "admitPerMinute": 60, "maxActive": 10 });
    for answer in [
        person.post("/room", &new).await,
        person.post("/performer", &json!({ "name": "Everybody's" })).await,
        person.post(&format!("/room/{}/pause", other_room.id), &json!({ "reason": "taken" })).await,
    ] {
        assert_eq!(problem(&answer), "not-permitted", "{answer:?}");
    }
    person.post(&format!("/room/{}/pause", room.id), &json!({ "reason": "a break" })).await.expect(200);
    // The log says who it was, and not for whom.
    let me = text(&person.get("/account").await.expect(200)["accountId"]);
    let log = owner.person.get(&format!("/room/{}/log", room.id)).await.expect(200);
    let last = log["entries"].as_array().unwrap().iter().find(|entry| entry["kind"] == "paused").cloned();
    assert_eq!(text(&last.unwrap()["actor"]), me);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_is_gone_at_every_gate_and_in_booking() {
    let world = World::start().await;
    let owner = world.organizer().await;
    let (person, id) = member(&world, &owner, "leaving", json!({ "role": "manager" })).await;
    for path in ["/room", "/account/team"] {
        person.get(path).await.expect(200);
    }
    let event = owner.seated_event("Watched", 1).await;
    let room = owner.room(&event, 60, 10).await;
    let stream = person.request(Method::GET, &format!("/room/{}/live/stream", room.id)).send();
    let mut stream = stream.await.unwrap().error_for_status().unwrap();
    assert!(stream.chunk().await.unwrap().is_some(), "they look on");
    person.post("/performer", &json!({ "name": "The Last" })).await.expect(201);
    owner.person.put(&format!("/team/member/{id}"), &json!({ "role": "viewer" })).await.expect(204);
    until("a manager is a viewer", PATIENCE, async || {
        let told = problem(&person.post("/performer", &json!({ "name": "One more" })).await);
        (told == "not-permitted").then_some(())
    })
    .await;
    person.get("/room").await.expect(200);
    owner.person.delete(&format!("/team/member/{id}")).await.expect(204);
    until("the gates know it", PATIENCE, async || {
        for _ in 0..10 {
            let look = person.stranger();
            look.set_cookie("__Host-usher_session", &person.cookie("__Host-usher_session").unwrap());
            if look.get("/room").await.status != 403 {
                return None;
            }
        }
        Some(())
    })
    .await;
    assert_eq!(problem(&person.get("/team").await), "organizers-only");
    // What they were looking at has ended too.
    let ended = async { while stream.chunk().await.unwrap().is_some() {} };
    tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_works_for_two_says_for_which() {
    let world = World::start().await;
    let (one, two) = (world.organizer().await, world.rival().await);
    let (person, email) = somebody(&world, "both").await;
    let mut organizers = BTreeMap::new();
    for owner in [&one, &two] {
        let place = json!({ "email": email, "role": "manager" });
        owner.person.post("/team/member", &place).await.expect(201);
        owner.person.post("/team/member", &place).await.expect(200);
        let id = text(&owner.person.get("/account").await.expect(200)["accountId"]);
        organizers.insert(id, owner.seated_event("Mine", 1).await.id);
    }
    let ask = async |path: &str, organizer: &str| {
        person.send(person.request(Method::GET, path).header("usher-organizer", organizer)).await
    };
    until("both are known", PATIENCE, async || {
        (problem(&person.get("/room").await) == "which-organizer").then_some(())
    })
    .await;
    for (organizer, event) in &organizers {
        ask("/room", organizer).await.expect(200);
        ask(&format!("/event/{event}/sales"), organizer).await.expect(200);
        for other in organizers.keys().filter(|other| *other != organizer) {
            let foreign = ask(&format!("/event/{event}/sales"), other).await;
            assert!(matches!(foreign.status.as_u16(), 403 | 404), "{foreign:?}");
        }
    }
    let mine = person.get("/account/team").await.expect(200);
    assert_eq!(mine["teams"].as_array().unwrap().len(), 2);
    for stranger in [NOBODY, "nonsense"] {
        assert_eq!(problem(&ask("/room", stranger).await), "not-organizer");
    }
    // Nobody is kept in a team that they did not ask for.
    let (left, stays) = (organizers.keys().next().unwrap(), organizers.keys().last().unwrap());
    person.delete(&format!("/account/team/{left}")).await.expect(204);
    person.delete(&format!("/account/team/{left}")).await.expect(404);
    let mine = person.get("/account/team").await.expect(200);
    assert_eq!(mine["teams"].as_array().unwrap().len(), 1);
    assert_eq!(text(&mine["teams"][0]["organizerId"]), *stays);
}

/// Makes a call with a key and no cookies.
async fn with_key(world: &World, key: &str, call: &Call) -> Answer {
    call.make_with(&world.stranger(), Some(key)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_the_calls_that_it_was_made_for_until_it_is_revoked() {
    let world = World::with(&[("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000")]).await;
    let owner = world.organizer().await;
    let ends = (SystemClock.now() + chrono::TimeDelta::days(1)).to_rfc3339();
    let mut wrong = Vec::new();
    for permission in Permission::ALL {
        let asked = json!({ "name": permission.name(), "permissions": [permission], "endsAt": ends });
        let made = owner.person.post("/team/key", &asked).await;
        if permission == Permission::Team {
            assert_eq!(problem(&made), "invalid-body", "no key makes keys");
            continue;
        }
        let key = text(&made.expect(201)["key"]);
        for call in &calls() {
            let told = problem(&with_key(&world, &key, call).await);
            let right = match call.takes() {
                Some((needed, _)) if needed == permission => {
                    !["not-permitted", "sign-in", "signed-out", "bad-key"].contains(&told.as_str())
                }
                Some(_) => told == "not-permitted",
                // With a key nobody is signed in.
                None => ["signed-out", "sign-in", "door-closed"].contains(&told.as_str()),
            };
            if !right {
                wrong.push(format!("{}: {} {}: {told:?}", permission.name(), call.method, call.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{} answers:\n{}", wrong.len(), wrong.join("\n"));
    let listed = owner.person.get("/team/key").await.expect(200);
    let keys = listed["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 10);
    assert!(keys.iter().all(|key| key["usedAt"].is_string() && key.get("key").is_none()), "{keys:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_refused_everywhere_once_it_is_revoked_and_knows_its_events() {
    let world = World::start().await;
    let owner = world.organizer().await;
    let (own, other) = (owner.seated_event("Own", 3).await, owner.seated_event("Other", 3).await);
    let ends = (SystemClock.now() + chrono::TimeDelta::days(1)).to_rfc3339();
    let asked =
        json!({ "name": "tills", "permissions": ["look", "sell"], "eventIds": [own.id], "endsAt": ends });
    let made = owner.person.post("/team/key", &asked).await.expect(201);
    let (key, id) = (text(&made["key"]), text(&made["keyId"]));
    assert!(key.starts_with(&format!("usk_{}_", text(&made["prefix"]))));
    let ask = async |path: &str, key: &str| {
        let person = world.stranger();
        let request = person.request(Method::GET, path).bearer_auth(key);
        person.send(request).await
    };
    ask(&format!("/event/{}/charge", own.id), &key).await.expect(200);
    assert_eq!(problem(&ask(&format!("/event/{}/charge", other.id), &key).await), "not-permitted");
    ask("/room", &key).await.expect(200);
    let last = key.chars().last().unwrap();
    let forged = format!("{}{}", &key[..key.len() - 1], if last == '0' { '1' } else { '0' });
    for wrong in [forged.as_str(), "usk_", "usk_0123456789ab_x"] {
        assert_eq!(problem(&ask("/room", wrong).await), "bad-key");
    }
    // What exchanges keys is reached by the gate alone.
    let exchange = world.stranger().post("/internal/key", &json!({ "key": key })).await;
    assert_eq!(exchange.status.as_u16(), 404, "{exchange:?}");
    let kept = world.sql("select api_key::text from api_key").await;
    assert!(!kept.contains(key.rsplit('_').next().unwrap()), "{kept}");
    owner.person.delete(&format!("/team/key/{id}")).await.expect(204);
    until("no gate takes it", PATIENCE, async || {
        for _ in 0..10 {
            if problem(&ask("/room", &key).await) != "bad-key" {
                return None;
            }
        }
        Some(())
    })
    .await;
    owner.person.delete(&format!("/team/key/{id}")).await.expect(404);
}

#[test]
fn the_table_of_roles_in_the_documents_is_the_one_that_decides() {
    let page = sources::read("docs/identity.md");
    let rows: BTreeMap<&str, Vec<bool>> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .filter(|(name, _)| Permission::named(name).is_some())
        .map(|(name, rest)| {
            let cells = rest.split('|').take(5).map(|cell| cell.trim() == "yes").collect();
            (name, cells)
        })
        .collect();
    assert_eq!(rows.len(), Permission::ALL.len(), "{:?}", rows.keys());
    for permission in Permission::ALL {
        let may: Vec<bool> =
            TeamRole::ALL.iter().map(|role| role.permissions().contains(&permission)).collect();
        assert_eq!(rows[permission.name()], may, "{}", permission.name());
    }
    // And it decides about nothing that is not there.
    let calls = calls();
    for (methods, path, permission, _) in CALLS {
        for method in methods.split(' ') {
            let takes = needed(method, path).map(|(permission, _)| permission);
            assert_eq!(takes, Some(*permission));
            let same = |call: &&Call| call.method == method && shape(&call.path) == *path;
            assert_eq!(calls.iter().filter(same).count(), 1, "{method} {path}");
        }
    }
}

/// A path without the names of its parameters.
fn shape(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
