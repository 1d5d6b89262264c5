//! Clients who stop reading: they are cut off, and nobody waits for them. Time is what the test says: it makes the looks
//! that a loop makes in earnest.

use std::{net::SocketAddr, time::Duration};

use contracts::id::RoomId;
use futures_util::{SinkExt, StreamExt};
use platform::http::listen;
use queue_gate::live::{encode::Encoder, keep};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::Instant,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{
    app::{Fan, TestGate},
    live::{Socket, connect_at, frame, message, until},
};

const _: () = assert!(2 * keep::PING_EVERY <= 30, "who is silent is gone after two turns: within 30 s");

/// A gate that listens, whose sockets nobody looks after but the test.
async fn gate(postgres: PgPool) -> (TestGate, SocketAddr) {
    let app = TestGate::start(postgres).await;
    assert!(app.gate.hub.is_first(), "the first who asks looks after the sockets");
    let listener = listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = queue_gate::serve(listener, app.router(), &app.gate, 10, None).unwrap();
    (app, address)
}

/// A client whose kernel keeps little for it.
async fn narrow(address: SocketAddr, fan: &Fan<'_>, room: RoomId) -> WebSocketStream<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut request = format!("ws://{address}/queue/{room}/live").into_client_request().unwrap();
    request.headers_mut().insert("cookie", fan.cookies.join("; ").parse().unwrap());
    client_async(request, socket.connect(address).await.unwrap()).await.unwrap().0
}

/// Tells everybody in `room` something of about 700 bytes.
fn tell(app: &TestGate, room: RoomId, round: u32) {
    let said = json!({ "round": round, "filler": "x".repeat(650) });
    let mut encoder = Encoder::default();
    let (frame, text) = encoder.text(|out| serde_json::to_writer(out, &said)).unwrap();
    app.gate.hub.room(room).for_each(|seat| seat.tell(frame, text, false));
}

/// Answers whatever the gate asked, and waits until it has heard that.
async fn answer_pings(socket: &mut Socket) {
    socket.send(Message::Ping("still here".into())).await.unwrap();
    while !matches!(message(socket).await, Message::Pong(_)) {}
    socket.flush().await.unwrap();
    socket.send(Message::Ping("and heard".into())).await.unwrap();
    while !matches!(message(socket).await, Message::Pong(_)) {}
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_stops_reading_is_cut_off_and_delays_nobody(postgres: PgPool) {
    let (app, address) = gate(postgres).await;
    let room = app.sale(60, 1).await.room;
    let (one, other) = (app.fan(), app.fan());
    one.number(room).await;
    other.number(room).await;
    let mut reader = connect_at(address, &one, room).await;
    let mut stuck = narrow(address, &other, room).await;
    frame(&mut reader).await;
    until(|| app.gate.hub.open() == 2).await;
    // Far more than kernels keep: from some round on the one who does not read misses what is said.
    for round in 1..=400 {
        tell(&app, room, round);
        let heard = frame(&mut reader).await;
        assert_eq!(heard["round"], round, "every frame, at once, whoever does not read");
    }
    keep::look(&app.gate.hub, Instant::now());
    assert_eq!(app.gate.hub.open(), 2, "ten seconds are not over");
    // Kernels may take a little more now and then: whoever takes something is no slow reader until the next frame waits.
    for round in 401.. {
        tell(&app, room, round);
        assert_eq!(frame(&mut reader).await["round"], round);
        keep::look(&app.gate.hub, Instant::now() + Duration::from_secs(11));
        if app.gate.hub.open() == 1 {
            break;
        }
        assert!(round < 2000, "never cut off");
    }
    tell(&app, room, 9999);
    assert_eq!(frame(&mut reader).await["round"], 9999);
    // What reached the other one is the beginning; then the connection is no more.
    let mut rounds = Vec::new();
    while let Some(Ok(said)) = stuck.next().await {
        let said: Value = serde_json::from_str(said.to_text().unwrap()).unwrap();
        rounds.extend(said["round"].as_u64());
    }
    assert!(rounds.len() < 200 && rounds.first() == Some(&1) && rounds.is_sorted(), "{rounds:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_answers_no_ping_is_gone_after_two_turns_and_keeps_the_place(postgres: PgPool) {
    let (app, address) = gate(postgres).await;
    let room = app.sale(60, 1).await.room;
    let (one, other) = (app.fan(), app.fan());
    let (_, number) = (one.number(room).await, other.number(room).await);
    let mut reader = connect_at(address, &one, room).await;
    // Its kernel takes all that it is sent; it just does not read.
    let _silent = connect_at(address, &other, room).await;
    frame(&mut reader).await;
    until(|| app.gate.hub.open() == 2).await;
    for turn in 1..=2 {
        assert_eq!(app.gate.hub.open(), 2);
        for second in 0..keep::PING_EVERY {
            keep::ping(&app.gate.hub, turn * keep::PING_EVERY + second);
        }
        answer_pings(&mut reader).await;
    }
    until(|| app.gate.hub.open() == 1).await;
    tell(&app, room, 1);
    assert_eq!(frame(&mut reader).await["round"], 1);
    assert_eq!(other.number(room).await, number);
}
