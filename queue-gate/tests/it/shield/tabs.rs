//! Live connections in a shielded room: how many one visitor has, and how many one address opens.

use futures_util::StreamExt;
use http::{StatusCode, header};
use queue_gate::live::{listen::listen, poll, sse};
use serde_json::json;
use sqlx::PgPool;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};

use super::{put, report, shielded};
use crate::{
    app::TestGate,
    live::{Socket, connect_at, frame, message, until},
};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_oldest_of_too_many_tabs_gives_way_and_the_place_stays(postgres: PgPool) {
    let app = TestGate::start_with(postgres, &["--shield-tabs=2"]).await;
    let sale = shielded(&app, json!({ "tabs": "observe" })).await;
    let (room, fan, other) = (sale.room, app.fan(), app.fan());
    let number = fan.number(room).await;
    other.number(room).await;
    let listener = platform::http::listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = queue_gate::serve(listener, app.router(), &app.gate, 20, None).unwrap();
    let mut first = connect_at(address, &fan, room).await;
    frame(&mut first).await;
    let mut second = connect_at(address, &fan, room).await;
    frame(&mut second).await;
    let mut third = connect_at(address, &fan, room).await;
    frame(&mut third).await;
    assert_eq!(app.gate.hub.open(), 3, "observed only");
    assert_eq!(report(&sale).await["measures"]["tabs"]["wouldRefuse"], 1);
    drop(third);
    until(|| app.gate.hub.open() == 2).await;

    put(&sale, json!({ "tabs": "enforce" })).await.expect(StatusCode::OK);
    let mut theirs = connect_at(address, &other, room).await;
    frame(&mut theirs).await;
    let mut fourth = connect_at(address, &fan, room).await;
    frame(&mut fourth).await;
    assert_eq!(close_code(&mut first).await, 4409);
    until(|| app.gate.hub.open() == 3).await;
    // Those who listen to events, or ask and wait, count as well and make way too.
    let room_now = app.gate.rooms.get(room).unwrap();
    let (mut listener, _) = listen(&app.gate, &room_now, fan.visitor, None).await.unwrap();
    assert_eq!(app.gate.hub.make_way(room, fan.visitor, 2, true), 1);
    assert_eq!(close_code(&mut second).await, 4409);
    until(|| app.gate.hub.open() == 3).await;
    assert_eq!(app.gate.hub.make_way(room, fan.visitor, 0, true), 2);
    assert_eq!(listener.next().await, None);
    assert!(listener.is_crowded());
    drop(listener);
    let (listener, first) = listen(&app.gate, &room_now, fan.visitor, None).await.unwrap();
    assert_eq!(app.gate.hub.make_way(room, fan.visitor, 0, true), 1);
    let mut events = Box::pin(sse::events(listener, first, sse::HEARTBEAT));
    let mut told = Vec::new();
    while let Some(Ok(text)) = events.next().await {
        told.push(String::from_utf8(text.to_vec()).unwrap());
    }
    drop(events);
    assert_eq!(told.last().unwrap(), "event: crowded\ndata:\n\n");
    let (listener, _) = listen(&app.gate, &room_now, fan.visitor, None).await.unwrap();
    assert_eq!(app.gate.hub.make_way(room, fan.visitor, 0, true), 1);
    assert_eq!(poll::wait(listener, std::time::Duration::from_secs(10)).await, poll::Answer::Crowded);
    assert_eq!(fan.number(room).await, number, "the place is held without a connection too");
    // Nobody else made way.
    until(|| app.gate.hub.open() == 1).await;
    assert_eq!(app.gate.hub.make_way(room, other.visitor, 1, true), 0);
}

async fn close_code(socket: &mut Socket) -> u16 {
    loop {
        if let Message::Close(Some(close)) = message(socket).await {
            return close.code.into();
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_address_opens_only_so_many_connections_a_minute(postgres: PgPool) {
    let app = TestGate::start_with(postgres, &["--shield-sockets-per-address=1"]).await;
    let sale = shielded(&app, json!({ "sockets": "observe" })).await;
    let (room, fan) = (sale.room, app.fan());
    fan.number(room).await;
    let listener = platform::http::listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = queue_gate::serve(listener, app.router(), &app.gate, 20, None).unwrap();
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(connect_at(address, &fan, room).await);
    }
    assert_eq!(report(&sale).await["measures"]["sockets"]["wouldRefuse"], 2);
    put(&sale, json!({ "sockets": "enforce" })).await.expect(StatusCode::OK);
    let mut request = format!("ws://{address}/queue/{room}/live").into_client_request().unwrap();
    request.headers_mut().insert("cookie", fan.cookies.join("; ").parse().unwrap());
    let refused = tokio_tungstenite::connect_async(request).await.unwrap_err();
    let tungstenite::Error::Http(answer) = refused else { panic!("{refused}") };
    assert_eq!((answer.status().as_u16(), answer.headers().contains_key(header::RETRY_AFTER)), (429, true));
    // Whoever may not open another one still asks, and loses nothing.
    fan.get(&format!("/queue/{room}/live")).await.expect(StatusCode::OK);
    assert_eq!(app.gate.hub.open(), 3);
}
