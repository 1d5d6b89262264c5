//! Whether fans wait as long as they are told.

use contracts::id::RoomId;
use http::StatusCode;
use queue_gate::{
    live::{
        listen::{Listener, listen},
        tell,
    },
    problems::{SALE_RUNNING, UNKNOWN_ROOM},
};
use serde_json::Value;
use sqlx::PgPool;

use crate::app::{Fan, Sale, TestGate};

impl TestGate {
    /// What a gate does in a second: ticks the room, and tells those who wait.
    async fn second(&self, room: RoomId) {
        self.pass(1);
        self.tick(room).await;
        self.gate.forecasts.took_turn(room);
        tell::tell(&self.gate, &self.gate.rooms.get(room).unwrap()).await;
    }
}

/// A room that calls two a second, with so many fans in line who all listen.
async fn watched(app: &TestGate, fans: usize) -> (Sale<'_>, Vec<Listener>) {
    let sale = app.sale(120, 1000).await;
    let fans: Vec<_> = (0..fans).map(|_| app.fan()).collect();
    for fan in &fans {
        fan.number(sale.room).await;
    }
    let room = app.gate.rooms.get(sale.room).unwrap();
    let mut listening = Vec::new();
    for fan in &fans {
        listening.push(listen(&app.gate, &room, fan.visitor, None).await.unwrap().0);
    }
    (sale, listening)
}

async fn forecast(asker: &Fan<'_>, path: String) -> Value {
    asker.get(&path).await.expect(StatusCode::OK).body
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn forecasts_are_scored_when_fans_are_called_and_published_after_the_sale(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (sale, _listening) = watched(&app, 60).await;
    let room = sale.room;
    for _ in 0..40 {
        app.second(room).await;
    }
    let public = format!("/queue/{room}/forecast");
    app.fan().get(&public).await.expect_problem(SALE_RUNNING);
    let so_far = forecast(&sale.organizer, format!("/room/{room}/forecast")).await;
    let count = |of: &str| so_far[of].as_u64().unwrap();
    assert!(count("n") > 20, "{so_far}");
    assert_eq!(count("n"), count("below") + count("inside") + count("above"));
    assert!(so_far["share"].as_f64().unwrap() > 0.7, "an even line is easy to forecast: {so_far}");
    let (stranger, _) = app.organizer().await;
    stranger.get(&format!("/room/{room}/forecast")).await.expect_problem(UNKNOWN_ROOM);

    sale.step("close").await.expect(StatusCode::OK);
    let published = forecast(&app.fan(), public).await;
    assert_eq!(published, so_far, "as it is");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_line_that_slows_down_scores_badly_and_a_pause_does_not(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (sale, _listening) = watched(&app, 90).await;
    let room = sale.room;
    for _ in 0..12 {
        app.second(room).await;
    }
    // A pause of two minutes is not what was forecast.
    sale.step_because("pause", "A break").await.expect(StatusCode::OK);
    for _ in 0..120 {
        app.second(room).await;
    }
    sale.step("resume").await.expect(StatusCode::OK);
    for _ in 0..10 {
        app.second(room).await;
    }
    let path = format!("/room/{room}/forecast");
    let before = forecast(&sale.organizer, path.clone()).await;
    assert!(before["inside"].as_u64() > before["above"].as_u64(), "{before}");
    // From two a second to one in ten.
    app.execute("update room set admit_per_minute = 6, settings_version = 9").await;
    for _ in 0..300 {
        app.second(room).await;
    }
    let after = forecast(&sale.organizer, path).await;
    let of = |score: &Value| (score["below"].as_u64().unwrap(), score["above"].as_u64().unwrap());
    assert!(of(&after).1 > of(&before).1 + 3, "bad scores are told as they are: {before} {after}");
    assert_eq!(of(&after).0, of(&before).0);
}
