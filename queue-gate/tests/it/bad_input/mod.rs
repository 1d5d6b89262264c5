//! What the gate's own endpoints do with input that is none: a problem each time, and nothing half done (promise E1).

mod beyond;

use beyond::beyond;
use contracts::{id::RoomId, session::Role};
use http::{Method, StatusCode, header};
use platform::http::{
    Kind,
    kinds::{BODY_TOO_LARGE, INVALID_BODY, INVALID_PARAMETER, MALFORMED_BODY, METHOD_NOT_ALLOWED, NOT_JSON},
};
use queue_gate::problems::{
    BAD_STAFF_TOKEN, NOT_ORGANIZER, SIGN_IN, UNKNOWN_CODE, UNKNOWN_OPENING, UNKNOWN_PARTY, UNKNOWN_ROOM,
    UNKNOWN_STAFF_TOKEN, WRONG_SETTING,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    app::{Answer, Fan, Sale, TestGate},
    draw::lobby,
};

/// An id of the right form that nobody has.
const NOBODY: &str = "01890000-0000-7000-8000-000000000000";
/// Longer than any text may be.
const LONG: usize = 5000;

/// What organizers ask about a room.
const READS: [&str; 18] = [
    "",
    "/shield",
    "/live",
    "/live/stream",
    "/history",
    "/history.csv",
    "/opening",
    "/preview?at=2027-06-02T12:00:00Z",
    "/code",
    "/entry",
    "/lane",
    "/log",
    "/log/chain",
    "/log.csv",
    "/advice",
    "/forecast",
    "/bypass/rules",
    "/bypass/rules?what=ever",
];

/// What everybody asks about a line.
const PUBLIC: [&str; 8] =
    ["/place", "/draw", "/draw/entries", "/draw/receipt", "/party", "/challenge", "/forecast", "/log"];

/// What organizers tell a room: method, path, and a body that is right.
fn writes() -> Vec<(Method, String, Value)> {
    let opening = json!({
        "startsAt": "2027-06-02T12:00:00Z", "endsAt": "2027-06-02T13:00:00Z", "state": "reject",
        "reason": "x", "admitPerMinute": 1, "maxActive": 1, "message": "x",
    });
    let scenario = json!({
        "seed": 1, "admitPerMinute": 60, "maxActive": 10, "claimWindow": "PT2M", "sessionLength": "PT10M",
        "interval": "PT1S", "tickets": 5, "arrivals": { "kind": "burst", "fans": 5, "over": "PT10S" },
        "habits": { "away": 0.1, "awayFor": "PT1M", "buys": 0.5 }, "longest": "PT1H",
    });
    let shield = json!({
        "version": 1, "proof": "off", "joins": "off", "challenges": "off", "sockets": "off", "tabs": "off",
        "normal": 10, "easiest": 4, "hardest": 8, "wait": "PT30S",
    });
    let lanes = json!({ "version": 1, "lanes": [{ "name": "main", "share": 1, "accounts": "any" }] });
    let rules = json!({ "rules": [{ "name": "a", "path": "/a", "network": "192.0.2.0/24", "staff": true }] });
    let (post, put) = (Method::POST, Method::PUT);
    let all = [
        (&post, "/opening", opening.clone()),
        (&put, &format!("/opening/{NOBODY}"), opening),
        (&post, "/beacon", json!({ "value": "1 2 3" })),
        (
            &post,
            "/code",
            json!({ "codes": [{ "code": "ABCD1234", "lane": "main", "uses": 1, "label": "x" }] }),
        ),
        (&put, "/entry", json!({ "version": 1, "account": "any", "code": true })),
        (&put, "/lane", lanes),
        (&put, "/shield", shield),
        (&post, "/simulate", scenario),
        (&put, "/drive", json!({ "min": 1, "max": 2, "latencyMs": 100 })),
        (&put, "/bypass/rules", rules),
        (&post, "/bypass/test", json!({ "path": "/a", "address": "192.0.2.1", "staff": true })),
        (&post, "/staff-token", json!({ "label": "x", "lasts": "PT1H" })),
    ];
    all.into_iter().map(|(method, path, body)| (method.clone(), path.to_owned(), body)).collect()
}

/// What organizers take from a room, and what there is none of.
fn deletes() -> [(String, Option<Kind>); 4] {
    [
        (format!("/opening/{NOBODY}"), Some(UNKNOWN_OPENING)),
        (format!("/code/{NOBODY}"), Some(UNKNOWN_CODE)),
        (format!("/staff-token/{NOBODY}"), Some(UNKNOWN_STAFF_TOKEN)),
        ("/drive".to_owned(), None),
    ]
}

/// All answers that were not as they should be.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn expect(&mut self, what: &str, answer: &Answer, kind: Kind) {
        let media = answer.headers.get(header::CONTENT_TYPE).map(http::HeaderValue::as_bytes);
        let is_right = answer.status == kind.status
            && answer.body["type"] == format!("/problems/{}", kind.name)
            && media == Some(b"application/problem+json".as_slice());
        if !is_right {
            self.0
                .push(format!("{what:.100}: not {}, but {} {:.300}", kind.name, answer.status, answer.text));
        }
    }
}

impl Drop for Wrong {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.0.is_empty(), "{} answers:\n{}", self.0.len(), self.0.join("\n"));
        }
    }
}

/// What of a room and around it a refusal must leave alone.
async fn traces(app: &TestGate, room: RoomId) -> Vec<i64> {
    let mut traces = Vec::new();
    for table in ["room_log", "opening", "access_code", "suspension", "party"] {
        traces.push(app.count(&format!("select count(*) from {table} where room_id = '{room}'")).await);
    }
    traces.push(app.count(&format!("select settings_version from room where room_id = '{room}'")).await);
    traces
}

async fn ask(fan: &Fan<'_>, method: &Method, path: &str, body: Option<&Value>) -> Answer {
    fan.call(method.clone(), path, body.map(Value::to_string)).await
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_is_its_organizers_only(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let before = traces(&app, sale.room).await;
    let stranger = app.organizer().await.0;
    let fan = app.account(app.gate.ids.next(), Role::Fan);
    let reads = READS.map(|path| (Method::GET, path.to_owned(), None)).into_iter();
    let writes = writes().into_iter().map(|(method, path, body)| (method, path, Some(body)));
    let deletes = deletes().into_iter().map(|(path, _)| (Method::DELETE, path, None));
    let mut wrong = Wrong::default();
    for (method, path, body) in reads.chain(writes).chain(deletes) {
        let of = |room: &str| format!("/room/{room}{path}");
        let own = of(&sale.room.to_string());
        for (asker, path, kind) in [
            (&app.fan(), own.clone(), SIGN_IN),
            (&fan, own.clone(), NOT_ORGANIZER),
            (&stranger.matching("*"), own.clone(), UNKNOWN_ROOM),
            (&sale.organizer.matching("*"), of(NOBODY), UNKNOWN_ROOM),
            (&sale.organizer, of("no-id"), INVALID_PARAMETER),
        ] {
            wrong.expect(&format!("{method} {path}"), &ask(asker, &method, &path, body.as_ref()).await, kind);
        }
        let patched = ask(&sale.organizer, &Method::PATCH, &own, None).await;
        wrong.expect(&format!("PATCH {own}"), &patched, METHOD_NOT_ALLOWED);
        let allowed = patched.headers.get(header::ALLOW).and_then(|allowed| allowed.to_str().ok());
        assert!(allowed.is_some_and(|allowed| allowed.contains(method.as_str())), "{own}: {allowed:?}");
    }
    assert_eq!(traces(&app, sale.room).await, before);
}

/// Every way in which one member of `body` may be of another type.
fn twisted(body: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for (name, member) in body.as_object().into_iter().flatten() {
        let other = if member.is_object() { json!(7) } else { json!({ "x": [] }) };
        let put = |value: Value| {
            let mut body = body.clone();
            body[name] = value;
            body
        };
        all.push((name.clone(), put(other)));
        let inner = member.as_array().map_or(member, |items| &items[0]);
        for (deep, twisted) in twisted(inner) {
            let value = if member.is_array() { json!([twisted]) } else { twisted };
            all.push((format!("{name}.{deep}"), put(value)));
        }
    }
    if body.is_object() {
        let mut body = body.clone();
        body["nobodyKnows"] = json!(1);
        all.push(("nobodyKnows".to_owned(), body));
    }
    all
}

async fn refuses_other_bodies(
    asker: &Fan<'_>,
    method: &Method,
    path: &str,
    right: &Value,
    wrong: &mut Wrong,
) {
    for (text, kind) in
        [("{", MALFORMED_BODY), ("nonsense", MALFORMED_BODY), ("[]", INVALID_BODY), ("null", INVALID_BODY)]
    {
        let answer = asker.call(method.clone(), path, Some(text.to_owned())).await;
        wrong.expect(&format!("{method} {path} {text}"), &answer, kind);
    }
    for (what, body) in twisted(right) {
        let answer = ask(asker, method, path, Some(&body)).await;
        wrong.expect(&format!("{method} {path} with another {what}"), &answer, INVALID_BODY);
    }
    let plain = asker.call_as(method.clone(), path, "text/plain", Some(right.to_string())).await;
    wrong.expect(&format!("{method} {path} as text"), &plain, NOT_JSON);
    let huge = json!({ "text": "x".repeat(3 << 20) });
    wrong.expect(
        &format!("{method} {path}, huge"),
        &ask(asker, method, path, Some(&huge)).await,
        BODY_TOO_LARGE,
    );
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_body_that_is_none_changes_nothing(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let before = traces(&app, sale.room).await;
    let mut wrong = Wrong::default();
    for (method, path, right) in writes() {
        let path = format!("/room/{}{path}", sale.room);
        refuses_other_bodies(&sale.organizer.matching("*"), &method, &path, &right, &mut wrong).await;
    }
    for (path, right) in [
        ("place", json!({ "token": "x", "code": "x", "proof": "x" })),
        ("party/member", json!({ "party": "x" })),
        ("staff", json!({ "token": "x" })),
        ("session", json!({ "admissionToken": "x" })),
    ] {
        let path = format!("/queue/{}/{path}", sale.room);
        refuses_other_bodies(&app.fan(), &Method::POST, &path, &right, &mut wrong).await;
    }
    for form in ["enter", "join"] {
        let (path, kind) = (format!("/queue/{}/{form}", sale.room), "application/x-www-form-urlencoded");
        let huge = app.fan().call_as(Method::POST, &path, kind, Some("x".repeat(3 << 20))).await;
        wrong.expect(&path, &huge, BODY_TOO_LARGE);
    }
    assert_eq!(traces(&app, sale.room).await, before);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_no_room_may_have_is_refused_by_name(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({ "beacon": "The numbers of Saturday" })).await;
    let Sale { organizer, room, .. } = &sale;
    let before = traces(&app, *room).await;
    let mut wrong = Wrong::default();
    for (method, path, body) in beyond() {
        let answer =
            ask(&organizer.matching("*"), &method, &format!("/room/{room}{path}"), Some(&body)).await;
        wrong.expect(&format!("{method} {path} {body}"), &answer, WRONG_SETTING);
    }
    for (path, kind) in deletes() {
        let Some(kind) = kind else { continue };
        let path = format!("/room/{room}{path}");
        wrong.expect(&path, &organizer.delete(&path).await, kind);
        let path = path.replace(NOBODY, "no-id");
        wrong.expect(&path, &organizer.delete(&path).await, INVALID_PARAMETER);
    }
    // A table that is none, and codes that are none: the first are refused, the others each by itself.
    let path = format!("/room/{room}/code");
    for (table, kind) in [("nonsense\nx", INVALID_BODY), ("code,lane\n\"ABCD", INVALID_BODY)] {
        let answer = organizer.call_as(Method::POST, &path, "text/csv", Some(table.to_owned())).await;
        wrong.expect(table, &answer, kind);
    }
    let many: Vec<_> = (0..10_001).map(|n| json!({ "code": format!("CODE{n:06}") })).collect();
    wrong.expect("10,001 codes", &organizer.post(&path, json!({ "codes": many })).await, INVALID_BODY);
    assert_eq!(traces(&app, *room).await, before);
    let (long, nul) = ("A".repeat(LONG), "ABCD\x001234");
    let codes = json!([{ "code": long }, { "code": nul }, { "code": "ABCD1234", "label": long },
        { "code": "ABCD1234", "label": nul }, { "code": "ABCD1234", "lane": long }, { "code": "ABCD1234", "uses": i64::MAX }]);
    let report = organizer.post(&path, json!({ "codes": codes })).await.expect(StatusCode::OK).body;
    assert_eq!((&report["imported"], &report["refused"]), (&json!(0), &json!(6)), "{report}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_question_that_is_none_is_refused_and_a_strange_one_answered(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({})).await;
    let (organizer, fan) = (&sale.organizer, app.fan());
    let mut wrong = Wrong::default();
    for path in [
        "/history?after=soon",
        "/history?before=2027-01-01T00:00:00Z",
        "/history.csv?after=1",
        "/log?after=x",
        "/log?after=92233720368547758080",
        "/log?after=1.5",
        "/code?after=x",
        "/code?limit=1",
        "/preview",
        "/preview?at=soon",
        "/preview?at=2027-06-02",
    ] {
        let answer = organizer.get(&format!("/room/{}{path}", sale.room)).await;
        wrong.expect(path, &answer, INVALID_PARAMETER);
    }
    for (at, what) in
        [("2020-01-01T00:00:00Z", "what is over"), ("%2B10000-01-01T00:00:00Z", "a year that nobody writes")]
    {
        let answer = organizer.get(&format!("/room/{}/preview?at={at}", sale.room)).await;
        wrong.expect(what, &answer, WRONG_SETTING);
    }
    for path in [
        "/history?after=-200000-01-01T00:00:00Z",
        "/history?after=%2B262142-12-31T23:59:59Z",
        "/log?after=-9223372036854775808",
        "/log?after=9223372036854775807",
        "/preview?at=9999-12-31T23:59:59Z",
    ] {
        organizer.get(&format!("/room/{}{path}", sale.room)).await.expect(StatusCode::OK);
    }
    for path in PUBLIC {
        for (room, kind) in [(NOBODY, UNKNOWN_ROOM), ("no-id", INVALID_PARAMETER)] {
            let path = format!("/queue/{room}{path}");
            wrong.expect(&path, &fan.get(&path).await, kind);
        }
        let path = format!("/queue/{}{path}", sale.room);
        wrong.expect(&path, &ask(&fan, &Method::PATCH, &path, None).await, METHOD_NOT_ALLOWED);
    }
    for (path, body) in [
        ("/party", json!({})),
        ("/party/member", json!({ "party": "x" })),
        ("/staff", json!({ "token": "x" })),
        ("/pass", json!({})),
        ("/session", json!({ "admissionToken": "x" })),
    ] {
        let path = format!("/queue/{NOBODY}{path}");
        wrong.expect(&path, &fan.post(&path, body).await, UNKNOWN_ROOM);
    }
    let line = format!("/queue/{}", sale.room);
    wrong.expect("by luck", &fan.get(&format!("{line}/draw/entries?order=luck")).await, INVALID_PARAMETER);
    wrong.expect("no id", &fan.get(&format!("{line}/live?after=nonsense")).await, INVALID_PARAMETER);
    for text in ["x".repeat(LONG), "a\0b".to_owned(), String::new()] {
        let party = fan.post(&format!("{line}/party/member"), json!({ "party": text })).await;
        wrong.expect("a party", &party, UNKNOWN_PARTY);
        let staff = fan.post(&format!("{line}/staff"), json!({ "token": text })).await;
        wrong.expect("a token", &staff, BAD_STAFF_TOKEN);
        // What proves nothing is as good as none.
        let place = fan.post(&format!("{line}/place"), json!({ "token": text, "proof": text })).await;
        assert!(place.status.is_success(), "{place:?}");
    }
}
