//! Waiting fans for whom no WebSocket comes about: events, questions that wait, and problems that hold a frame.

use std::{net::SocketAddr, time::Duration};

use contracts::id::RoomId;
use futures_util::StreamExt;
use http::StatusCode;
use platform::http::{kinds, listen as bind};
use queue_gate::{
    live::{
        listen::{Listener, Told, listen},
        poll, sse, tell,
    },
    problems::{NO_PLACE, QUEUE_REQUIRED, UNKNOWN_ROOM},
};
use reqwest::{Client, Response};
use serde_json::Value;
use sqlx::PgPool;

use crate::{
    app::{Fan, Sale, TestGate},
    live::{connect_at, frame, line_of, until},
};

/// A gate that listens on a port, as a client without WebSocket meets it.
struct Plain<'a> {
    app: &'a TestGate,
    address: SocketAddr,
    http: Client,
}

impl<'a> Plain<'a> {
    fn of(app: &'a TestGate) -> Self {
        let listener = bind("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let address = queue_gate::serve(listener, app.router(), &app.gate, 10, None).unwrap();
        Self { app, address, http: Client::builder().no_proxy().build().unwrap() }
    }

    async fn get(&self, fan: &Fan<'_>, path: &str, headers: &[(&str, &str)]) -> Response {
        let url = format!("http://{}{path}", self.address);
        let asked = self.http.get(url).header("cookie", fan.cookies.join("; "));
        headers.iter().fold(asked, |asked, (name, value)| asked.header(*name, *value)).send().await.unwrap()
    }

    /// A stream of events, after its first words; with them.
    async fn events(&self, fan: &Fan<'_>, room: RoomId, last: Option<&str>) -> (Response, String) {
        let mut headers = vec![("accept", "text/event-stream")];
        headers.extend(last.map(|id| ("last-event-id", id)));
        let mut events = self.get(fan, &format!("/queue/{room}/live"), &headers).await;
        assert_eq!(events.status(), 200);
        assert_eq!(events.headers()["content-type"], "text/event-stream");
        let first = chunk(&mut events).await.unwrap();
        (events, first)
    }

    async fn ask(&self, fan: &Fan<'_>, room: RoomId, after: &str) -> Response {
        self.get(fan, &format!("/queue/{room}/live?after={after}"), &[]).await
    }

    async fn tell(&self, room: RoomId) {
        self.app.gate.refresh().await;
        tell::tell(&self.app.gate, &self.app.gate.rooms.get(room).unwrap()).await;
    }
}

async fn chunk(events: &mut Response) -> Option<String> {
    let chunk = tokio::time::timeout(Duration::from_secs(10), events.chunk()).await.unwrap().unwrap();
    chunk.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
}

/// Id and frame of one event.
fn event(text: &str) -> (String, Value) {
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name} in {text}"))
    };
    (field("id: ").to_owned(), serde_json::from_str(field("data: ")).unwrap())
}

fn id_of(answer: &Response) -> String {
    answer.headers()["etag"].to_str().unwrap().trim_matches('"').to_owned()
}

/// Somebody who listens, without a connection.
async fn seated(app: &TestGate, fan: &Fan<'_>, room: RoomId) -> (Listener, Option<Told>) {
    listen(&app.gate, &app.gate.rooms.get(room).unwrap(), fan.visitor, None).await.unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_transport_says_the_same(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let (first, fan) = (app.fan(), app.fan());
    first.number(room).await;
    fan.number(room).await;
    let plain = Plain::of(&app);
    let mut socket = connect_at(plain.address, &fan, room).await;
    let (mut events, begin) = plain.events(&fan, room, None).await;
    assert!(begin.starts_with("retry: "), "{begin}");
    let (_, said) = event(&begin);
    assert_eq!(said, frame(&mut socket).await);
    let asked = plain.get(&fan, &format!("/queue/{room}/live"), &[]).await;
    let id = id_of(&asked);
    assert_eq!(said, asked.json::<Value>().await.unwrap());
    assert_eq!((said["state"].as_str(), said["ahead"].as_u64()), (Some("waiting"), Some(1)));

    let waits = plain.ask(&fan, room, &id);
    let changes = async {
        until(|| app.gate.hub.open() == 3).await;
        first.delete(&format!("/queue/{room}/place")).await;
        plain.tell(room).await;
    };
    let (answer, ()) = tokio::join!(waits, changes);
    let answered: Value = answer.json().await.unwrap();
    assert_eq!(answered["ahead"], 0);
    assert_eq!(event(&chunk(&mut events).await.unwrap()).1, answered);
    assert_eq!(frame(&mut socket).await, answered);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_stream_or_a_question_keeps_its_place_from_being_parked_until_it_ends(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    for is_stream in [true, false] {
        let sale: Sale<'_> = app.sale(60, 1).await;
        let (room, fan, plain) = (sale.room, app.fan(), Plain::of(&app));
        fan.number(room).await;
        app.execute("update room set max_active = 0").await;
        let id = id_of(&plain.get(&fan, &format!("/queue/{room}/live"), &[]).await);
        let wait = async {
            if is_stream {
                let (mut events, _) = plain.events(&fan, room, None).await;
                while chunk(&mut events).await.is_some() {}
            } else {
                loop {
                    plain.ask(&fan, room, &id).await;
                }
            }
        };
        let live = async {
            until(|| app.gate.hub.open() == 1).await;
            app.pass(600);
            plain.tell(room).await;
            app.tick(room).await;
            assert_eq!(line_of(&app, &sale).await, (1, 0), "a live connection parks nobody");
        };
        tokio::select! {
            () = wait => panic!("the connection ended by itself"),
            () = live => {}
        }
        // The client is gone with its connection.
        until(|| app.gate.hub.open() == 0).await;
        app.pass(40);
        plain.tell(room).await;
        app.tick(room).await;
        assert_eq!(line_of(&app, &sale).await, (0, 1));
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_reconnects_is_told_nothing_twice_and_nothing_without_a_reason(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let (early, fan) = (app.fan(), app.fan());
    early.number(room).await;
    app.pass(40);
    fan.number(room).await;
    app.execute("update room set max_active = 0").await;
    let plain = Plain::of(&app);
    plain.tell(room).await;
    let (events, begin) = plain.events(&fan, room, None).await;
    drop(events);
    let (id, said) = event(&begin);
    assert_eq!(said["ahead"], 1);
    // The one in front is away meanwhile, and comes back.
    app.tick(room).await;
    let (mut events, begin) = plain.events(&fan, room, Some(&id)).await;
    assert!(!begin.contains("data:"), "nothing is news: {begin}");
    plain.tell(room).await;
    let (id, said) = event(&chunk(&mut events).await.unwrap());
    assert_eq!((said["ahead"].as_u64(), said.get("reason")), (Some(0), None));
    drop(events);
    early.state(room).await;
    plain.tell(room).await;
    let (_, begin) = plain.events(&fan, room, Some(&id)).await;
    let (id, said) = event(&begin);
    assert_eq!((said["ahead"].as_u64(), said["reason"].as_str()), (Some(1), Some("earlierFansReturned")));
    // What is news is told at once, whatever was seen.
    app.execute("update room set max_active = 9, settings_version = 2, message = 'Doors at 8'").await;
    app.gate.refresh().await;
    let (_, begin) = plain.events(&fan, room, Some(&id)).await;
    assert_eq!(event(&begin).1["message"], "Doors at 8");
    let answer = plain.ask(&fan, room, &id).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["message"], "Doors at 8");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_reads_slowly_gets_the_newest_frame_and_silence_is_broken(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let others = [app.fan(), app.fan(), app.fan()];
    for other in &others {
        other.number(room).await;
    }
    let fan = app.fan();
    fan.number(room).await;
    let (mut listener, first) = seated(&app, &fan, room).await;
    assert!(first.unwrap().text.contains(r#""ahead":3"#));
    for other in &others {
        other.delete(&format!("/queue/{room}/place")).await;
        tell::tell(&app.gate, &app.gate.rooms.get(room).unwrap()).await;
    }
    assert!(listener.next().await.unwrap().text.contains(r#""ahead":0"#));
    let more = tokio::time::timeout(Duration::ZERO, listener.next()).await;
    assert!(more.is_err(), "nothing piles up");

    let mut events = Box::pin(sse::events(listener, None, Duration::from_millis(1)));
    assert!(events.next().await.unwrap().unwrap().starts_with(b"retry: "));
    assert_eq!(events.next().await.unwrap().unwrap(), ":\n\n");
    drop(events);
    assert_eq!(app.gate.hub.open(), 0);
    let (listener, _) = seated(&app, &fan, room).await;
    assert_eq!(poll::wait(listener, Duration::from_millis(1)).await, poll::Answer::Nothing);
    assert_eq!(app.gate.hub.open(), 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_gate_that_stops_sends_everybody_elsewhere_in_their_own_time(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fan = app.fan();
    fan.number(room).await;
    let plain = Plain::of(&app);
    let id = id_of(&plain.get(&fan, &format!("/queue/{room}/live"), &[]).await);
    let (mut events, _) = plain.events(&fan, room, None).await;
    let stop = async {
        until(|| app.gate.hub.open() == 2).await;
        app.gate.lifecycle.stop();
    };
    let (answer, ()) = tokio::join!(plain.ask(&fan, room, &id), stop);
    assert_eq!(answer.status(), 503);
    assert!((2..10).contains(&answer.headers()["retry-after"].to_str().unwrap().parse().unwrap()));
    let goodbye = chunk(&mut events).await.unwrap();
    let retry: u32 = goodbye.trim().strip_prefix("retry: ").unwrap().parse().unwrap();
    assert!((1_000..20_000).contains(&retry));
    assert_eq!(chunk(&mut events).await, None);
    until(|| app.gate.hub.open() == 0).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_nobody_can_listen_to_is_refused(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fan = app.fan();
    let path = format!("/queue/{room}/live");
    fan.get(&path).await.expect_problem(NO_PLACE);
    let plain = Plain::of(&app);
    let events = plain.get(&fan, &path, &[("accept", "text/event-stream")]).await;
    assert_eq!(events.status(), 404, "no stream, so that a browser does not come back by itself");
    fan.number(room).await;
    for query in ["after=1", "after=", "after=1.2.3.4.zz", "after=1.2.3.4.5.6", "before=1"] {
        fan.get(&format!("{path}?{query}")).await.expect_problem(kinds::INVALID_PARAMETER);
    }
    let nowhere = app.gate.ids.next::<RoomId>();
    fan.get(&format!("/queue/{nowhere}/live")).await.expect_problem(UNKNOWN_ROOM);
    assert_eq!(plain.get(&fan, &path, &[("upgrade", "websocket")]).await.status(), 426);
    let begin = plain.events(&fan, room, Some("nonsense")).await.1;
    assert!(begin.contains("data:"), "a header that says nothing is no error");
    assert_eq!(fan.get(&path).await.status, StatusCode::OK);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_app_that_asks_for_what_is_guarded_gets_the_frame_with_the_refusal(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 1).await;
    let (event, room) = (sale.event, sale.room);
    let fan = app.fan();
    for path in
        [format!("/event/{event}/seats"), format!("/event/{event}/availability"), format!("/e/{event}")]
    {
        let refused = fan.get(&path).await;
        refused.expect_problem(QUEUE_REQUIRED);
        assert_eq!(refused.body["frame"]["state"], "unknown");
        assert_eq!(refused.body["place"], format!("/queue/{room}/place"));
    }
    let number = fan.number(room).await;
    let refused = fan.get(&format!("/event/{event}/seats")).await;
    refused.expect_problem(QUEUE_REQUIRED);
    assert_eq!(refused.body["frame"]["number"], number);
    assert_eq!(refused.body["live"], format!("/queue/{room}/live"));
    app.ticks(room, 1).await;
    let refused = fan.get(&format!("/event/{event}/seats")).await;
    assert_eq!(refused.body["frame"]["state"], "called");
}
