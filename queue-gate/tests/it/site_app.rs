//! A site that is not ours, on a port of its own, with a room in front of it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{middleware::from_fn, routing::get};
use contracts::id::{EventId, RoomId};
use platform::lifecycle::Lifecycle;
use queue_gate::{
    admission::tick,
    line,
    room::{Policy, Room, RoomState},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::gateway_app::{Asking, Fan, TestGateway, echo, serve};

/// Its public host.
pub(crate) const HOST: &str = "shop.example";

/// The gate, the site, and the room.
pub(crate) struct Shop {
    pub(crate) app: TestGateway,
    pub(crate) room: RoomId,
    heard: Arc<AtomicUsize>,
}

impl Shop {
    /// An open room in front of `paths` of a site that answers with what it heard.
    pub(crate) async fn start(postgres: PgPool, paths: &[&str], more: &[&str]) -> Self {
        let lifecycle = Lifecycle::new(Duration::from_secs(1));
        let heard = Arc::new(AtomicUsize::new(0));
        let counter = heard.clone();
        let ends =
            async || ([("usher-session", "end"), ("set-cookie", "__Host-usher_visitor=x; Path=/")], "bye");
        let page = async || ([("content-type", "text/html"), ("x-frame-options", "ALLOWALL")], "<p>Ours");
        let origin = echo("shop").route("/tickets/end", get(ends)).route("/tickets/page", get(page)).layer(
            from_fn(move |request: axum::extract::Request, next: axum::middleware::Next| {
                counter.fetch_add(1, Ordering::SeqCst);
                next.run(request)
            }),
        );
        let origin = serve(origin, &lifecycle).await;
        Self::before(postgres, origin, paths, lifecycle, heard, more).await
    }

    /// The same in front of this origin.
    pub(crate) async fn before(
        postgres: PgPool,
        origin: SocketAddr,
        paths: &[&str],
        lifecycle: Lifecycle,
        heard: Arc<AtomicUsize>,
        more: &[&str],
    ) -> Self {
        let ours = serve(echo("ours"), &lifecycle).await;
        let hosts = format!("--site-hosts={HOST},second.example,usher.example");
        let origins = format!("--site-origins=http://{origin}");
        let more: Vec<&str> =
            [hosts.as_str(), origins.as_str()].into_iter().chain(more.iter().copied()).collect();
        let app = TestGateway::before(postgres, ours, ours, lifecycle, &more).await;
        let mut room = app.room(RoomState::Open);
        room.event = event(room.id);
        let site = json!({ "host": HOST, "origin": format!("http://{origin}"), "paths": paths });
        room.policy = Policy { site: Some(serde_json::from_value(site).unwrap()), ..Policy::default() };
        let id = room.id;
        put(&app, &room).await;
        Self { app, room: id, heard }
    }

    /// How many requests the origin got.
    pub(crate) fn heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }

    /// A pass of the room.
    pub(crate) fn pass(&self, fan: &Fan) -> String {
        self.app.pass(fan, event(self.room), self.room)
    }

    /// Calls whoever is next.
    pub(crate) async fn tick(&self) {
        self.app.clock.advance(chrono::TimeDelta::seconds(1));
        self.app.gate.refresh().await;
        let room = self.app.gate.rooms.get(self.room).unwrap();
        line::with_recovery(&self.app.gate, room.id, || tick::tick(&self.app.gate, &room)).await.unwrap();
    }

    /// A call of the organizer's.
    pub(crate) fn organizer(&self, method: &str, path: &str, body: &Value) -> Asking {
        self.app.fan().send(method, path, body).header("authorization", &self.app.organizer())
    }

    /// Sends a head as it stands; the status and all that came back.
    pub(crate) async fn raw(&self, host: &str, target: &str, more: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.app.address).await.unwrap();
        let head = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{more}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        (answer[9..12].parse().unwrap(), answer)
    }
}

/// What the line of a site takes for its event.
pub(crate) fn event(room: RoomId) -> EventId {
    room.uuid().into()
}

/// Puts `room` on record.
pub(crate) async fn put(app: &TestGateway, room: &Room) {
    let mut tx = platform::postgres::begin(&app.gate.postgres).await.unwrap();
    assert!(queue_gate::room::store::insert(&mut tx, room).await.unwrap());
    platform::postgres::commit(tx).await.unwrap();
    app.gate.rooms.refresh(&app.gate).await.unwrap();
}
