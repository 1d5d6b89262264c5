//! Waiting fans with a live connection.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use platform::http::listen;
use queue_gate::{
    line::Standing,
    live::{held::Held, hub::Note, tell, websocket::attach},
};
use serde_json::Value;
use sqlx::PgPool;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::app::{Fan, TestGate};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

pub(crate) async fn connect(app: &TestGate, fan: &Fan<'_>, room: contracts::id::RoomId) -> Socket {
    let listener = listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = queue_gate::serve(listener, app.router(), &app.gate, 10, None).unwrap();
    connect_at(address, fan, room).await
}

pub(crate) async fn connect_at(
    address: std::net::SocketAddr,
    fan: &Fan<'_>,
    room: contracts::id::RoomId,
) -> Socket {
    let mut request = format!("ws://{address}/queue/{room}/live").into_client_request().unwrap();
    request.headers_mut().insert("cookie", fan.cookies.join("; ").parse().unwrap());
    connect_async(request).await.unwrap().0
}

pub(crate) async fn tell(app: &TestGate, room: contracts::id::RoomId) {
    let room = app.gate.rooms.get(room).unwrap();
    tell::tell(&app.gate, &room).await;
}

pub(crate) async fn message(socket: &mut Socket) -> Message {
    tokio::time::timeout(Duration::from_secs(10), socket.next()).await.unwrap().unwrap().unwrap()
}

pub(crate) async fn frame(socket: &mut Socket) -> Value {
    loop {
        // The gate may ask in between whether somebody is there.
        if let Message::Text(text) = message(socket).await {
            return serde_json::from_str(&text).unwrap();
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_socket_hears_where_it_stands_and_when_it_is_called(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let (first, second) = (app.fan(), app.fan());
    first.number(room).await;
    second.number(room).await;
    let mut socket = connect(&app, &second, room).await;
    let frame_now = frame(&mut socket).await;
    assert_eq!((frame_now["state"].as_str(), frame_now["ahead"].as_u64()), (Some("waiting"), Some(1)));
    first.delete(&format!("/queue/{room}/place")).await;
    tell(&app, room).await;
    assert_eq!(frame(&mut socket).await["ahead"], 0);
    app.ticks(room, 1).await;
    tell(&app, room).await;
    let called = frame(&mut socket).await;
    assert_eq!(
        (called["state"].as_str(), called["claimBy"].as_str()),
        (Some("called"), Some("2027-06-01T12:02:01Z"))
    );
    second.claim(room).await;
    tell(&app, room).await;
    assert_eq!(frame(&mut socket).await["state"], "active");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_live_socket_keeps_its_place_from_being_parked_until_it_closes(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 1).await;
    let room = sale.room;
    let fan = app.fan();
    fan.number(room).await;
    let mut socket = connect(&app, &fan, room).await;
    frame(&mut socket).await;
    app.execute("update room set max_active = 0").await;
    app.pass(600);
    tell(&app, room).await;
    app.tick(room).await;
    assert_eq!(line_of(&app, &sale).await, (1, 0));
    socket.close(None).await.unwrap();
    until(|| app.gate.hub.open() == 0).await;
    // The lease of this process goes on, but it has no socket of theirs any more.
    app.pass(40);
    tell(&app, room).await;
    app.tick(room).await;
    assert_eq!(line_of(&app, &sale).await, (0, 1));
}

pub(crate) async fn line_of(app: &TestGate, sale: &crate::app::Sale<'_>) -> (u64, u64) {
    let room = app.gate.rooms.get(sale.room).unwrap();
    let census = queue_gate::admission::census::count(&app.gate, &room).await.unwrap();
    (census.waiting.unwrap(), census.away.unwrap())
}

pub(crate) async fn until(holds: impl Fn() -> bool) {
    let limit = tokio::time::Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(tokio::time::Instant::now() < limit, "it never came about");
        tokio::task::yield_now().await;
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn live_sockets_are_restored_by_their_gate_when_the_line_was_lost(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fan = app.fan();
    let number = fan.number(room).await;
    let mut socket = connect(&app, &fan, room).await;
    frame(&mut socket).await;
    tell(&app, room).await;
    frame(&mut socket).await;
    app.wipe(room).await;
    app.pass(1);
    app.tick(room).await;
    tell(&app, room).await;
    assert_eq!(frame(&mut socket).await["number"], number);
    assert_eq!(fan.number(room).await, number);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_socket_without_a_place_may_prove_one_and_is_told_when_the_gate_stops(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fan = app.fan();
    let place = fan.join(room).await.body;
    app.wipe(room).await;
    let mut socket = connect(&app, &fan, room).await;
    assert_eq!(frame(&mut socket).await["state"], "unknown");
    let proof = serde_json::json!({ "token": place["token"] }).to_string();
    socket.send(Message::text(proof)).await.unwrap();
    assert_eq!(frame(&mut socket).await["number"], place["number"]);
    app.gate.lifecycle.stop();
    let Message::Close(Some(close)) = message(&mut socket).await else { panic!("no word of goodbye") };
    assert_eq!(u16::from(close.code), 1001);
    assert!(close.reason.parse::<u32>().unwrap() < 20_000);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn nobody_is_told_of_a_tick_before_the_one_that_their_seat_began_with(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    app.fan().number(room).await;
    let fan = app.fan();
    fan.number(room).await;
    let standing = attach(&app.gate, room, fan.visitor).await.unwrap().unwrap();
    // A seat that was taken while a telling was under way, when the line had ticked once more already.
    let held = Held::new(Standing { tick: standing.tick + 1, ..standing });
    let (_seat, notes) = app.gate.hub.enter(room, fan.visitor, Some(held)).unwrap();
    tell(&app, room).await;
    assert_eq!(*notes.borrow(), Note::Silence);
    app.ticks(room, 1).await;
    tell(&app, room).await;
    let Note::Frame(text) = notes.borrow().clone() else { panic!("nothing was told") };
    let told: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((told["tick"].as_u64(), told["ahead"].as_u64()), (Some(standing.tick + 1), Some(0)));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn in_a_line_that_stands_still_everybody_hears_how_it_stands_and_then_now_and_then(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let room = app.sale(60, 1).await.room;
    let fan = app.fan();
    fan.number(room).await;
    let mut socket = connect(&app, &fan, room).await;
    assert_eq!(frame(&mut socket).await["behind"], 0);
    for _ in 0..40 {
        tell(&app, room).await;
    }
    // Something happens: it is told at once.
    app.fan().number(room).await;
    tell(&app, room).await;
    let mut heard = 0;
    while frame(&mut socket).await["behind"] == 0 {
        heard += 1;
    }
    // The first five tellings, in which each of a long line would have its turn, and five of twenty later.
    assert_eq!(heard, 10);
}
