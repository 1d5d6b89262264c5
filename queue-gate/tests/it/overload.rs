//! More joins than the line can take.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use devstack::{Home, port::Port, redis::Redis};
use http::StatusCode;
use platform::http::listen;
use reqwest::{Client, Response, header::RETRY_AFTER};
use sqlx::PgPool;

use crate::{
    app::{Fan, TestGate},
    surroundings::Surroundings,
};

/// A gate that listens, and turns joins away early.
struct Door {
    address: SocketAddr,
    room: contracts::id::RoomId,
    http: Client,
}

impl Door {
    async fn join(&self, fan: &Fan<'_>) -> Response {
        let url = format!("http://{}/queue/{}/place", self.address, self.room);
        let asked = self.http.post(url).header("cookie", fan.cookies.join("; "));
        asked.json(&serde_json::json!({})).send().await.unwrap()
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn joins_are_turned_away_at_once_while_others_wait_too_long_and_those_keep_their_places(
    postgres: PgPool,
) {
    let home = Arc::new(Home::temporary().unwrap());
    let start = move || Redis::start(&home, "redis", Port::any()?);
    let redis = tokio::task::spawn_blocking(start).await.unwrap().unwrap();
    let surroundings = Surroundings { redis: redis.url(), join_patience: "50ms", ..Surroundings::usual() };
    let app = TestGate::start_in(postgres, surroundings).await;
    let room = app.sale(60, 1).await.room;
    let listener = listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
    let address = queue_gate::serve(listener, app.router(), &app.gate, 100, None).unwrap();
    let door = Door { address, room, http: Client::builder().no_proxy().build().unwrap() };
    let (first, waits, late) = (app.fan(), app.fan(), app.fan());
    assert_eq!(door.join(&first).await.status(), StatusCode::CREATED);

    // Redis answers nobody until it is told to.
    redis.say("CLIENT PAUSE 600000 WRITE").unwrap();
    let waiting = door.join(&waits);
    tokio::pin!(waiting);
    let turned = async {
        while !app.gate.joins.is_behind() {
            tokio::task::yield_now().await;
        }
        door.join(&late).await
    };
    let turned = tokio::select! {
        _ = &mut waiting => panic!("answered by a Redis that answers nobody"),
        turned = tokio::time::timeout(Duration::from_secs(30), turned) => turned.unwrap(),
    };
    assert_eq!(turned.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(turned.headers().contains_key(RETRY_AFTER));
    let problem: serde_json::Value = turned.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/too-busy");
    // Only joins: whoever asks for anything else has an answer.
    let other = door.http.get(format!("http://{address}/.well-known/jwks.json"));
    assert_eq!(other.timeout(Duration::from_secs(30)).send().await.unwrap().status(), StatusCode::OK);

    redis.say("CLIENT UNPAUSE").unwrap();
    assert_eq!(waiting.await.status(), StatusCode::CREATED);
    assert_eq!(door.join(&late).await.status(), StatusCode::CREATED);
    assert!(first.number(room).await < waits.number(room).await);
    assert!(waits.number(room).await < late.number(room).await);
}
