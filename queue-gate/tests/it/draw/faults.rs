//! A draw through faults: several gates at once, a kill anywhere, Redis lost between any two steps.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::future::join_all;
use http::StatusCode;
use queue_gate::{
    draw::{
        advance::{Next, step},
        run::{LEADS, advance},
    },
    line, problems,
};
use serde_json::json;
use sqlx::PgPool;

use super::{ONE, SMALL, check, entered, evidence, lobby, open, wipe};
use crate::app::TestGate;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn three_gates_draw_at_once_and_make_one_draw(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (second, third) = (app.another().await, app.another().await);
    let sale = lobby(&app, json!({})).await;
    let fans = entered(&app, sale.room, 23).await;
    open(&sale).await;
    let all = [&app, &second, &third];
    // Nobody leads: all of them do all of it, at the same time.
    for _ in 0..200 {
        let steps = all.map(|app| async move {
            app.gate.refresh().await;
            step(&app.gate, sale.room, SMALL).await.unwrap()
        });
        if join_all(steps).await.iter().all(|next| *next == Next::Over) {
            break;
        }
    }
    let order = check(&app, sale.room, &fans).await;
    assert_eq!(order.len(), 23);
    assert_eq!(app.count("select count(*) from draw_digest").await, 1);
    assert_eq!(app.count("select count(*) from room_log where kind = 'drawFrozen'").await, 1);
    assert_eq!(app.count("select count(*) from room_log where kind = 'drawn'").await, 1);
    assert_eq!(evidence(&app, sale.room).await, evidence(&third, sale.room).await);
}

/// Polls a future so many times, then lets go of it: what a `kill -9` leaves.
struct Killed<F>(Pin<Box<F>>, u32);

impl<F: Future> Future for Killed<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.0.as_mut().poll(context);
        self.1 -= 1;
        match polled {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if self.1 == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn another_gate_goes_on_wherever_the_first_was_killed(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let heir = app.another().await;
    for polls in (1..).step_by(3) {
        let sale = lobby(&app, json!({})).await;
        let fans = entered(&app, sale.room, 7).await;
        open(&sale).await;
        let victim = app.another().await;
        victim.gate.refresh().await;
        let outcome = Killed(Box::pin(advance(&victim.gate, sale.room, SMALL)), polls).await;
        // With its process go its connections, and with them what it had locked.
        victim.gate.postgres.close().await;
        heir.gate.refresh().await;
        if outcome.is_none() {
            let mut next = advance(&heir.gate, sale.room, SMALL).await.unwrap();
            if next == Next::Wait {
                // The first gate leads until it was silent for long enough.
                heir.pass(LEADS.num_seconds());
                next = advance(&heir.gate, sale.room, SMALL).await.unwrap();
            }
            assert_eq!(next, Next::Over, "after {polls} polls: {outcome:?}");
        }
        check(&heir, sale.room, &fans).await;
        if let Some(outcome) = outcome {
            assert_eq!(outcome.unwrap(), Next::Over);
            assert!(polls > 20, "{polls} polls are too few to have been killed between any two steps");
            break;
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_step_may_be_taken_twice_and_may_lose_redis_before_and_after(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    app.gate.refresh().await;
    for lost_at in 0.. {
        let sale = lobby(&app, json!({})).await;
        let room = sale.room;
        let fans = entered(&app, room, 7).await;
        let tokens = join_all(fans.iter().map(|fan| fan.join(room))).await;
        open(&sale).await;
        let mut is_over = false;
        for taken in 0..=lost_at {
            for _ in 0..2 {
                let next = line::with_recovery(&app.gate, room, || step(&app.gate, room, ONE)).await.unwrap();
                is_over |= next == Next::Over && taken < lost_at;
            }
        }
        wipe(&app, room).await;
        app.tick(room).await;
        // A late comer is first to come after the loss; then everybody brings what they carry, over the recovery window.
        let late = app.fan();
        late.join(room).await;
        for (fan, entry) in fans.iter().zip(&tokens) {
            fan.post(&format!("/queue/{room}/place"), json!({ "token": entry.body["token"] })).await;
        }
        app.pass(11);
        for _ in 0..2 {
            assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over, "lost at {lost_at}");
        }
        let order = check(&app, room, &fans).await;
        let path = format!("/queue/{room}/place");
        for fan in [&late, &order[6], &order[0]] {
            fan.join(room).await;
        }
        assert_eq!(late.get(&path).await.body["ahead"], 7, "lost at {lost_at}");
        assert_eq!(order[6].get(&path).await.body["ahead"], 6, "lost at {lost_at}");
        if is_over {
            assert!(lost_at > 8, "the draw has more steps than {lost_at}");
            break;
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_wiped_lobby_comes_back_from_what_fans_carry(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = lobby(&app, json!({})).await;
    let (room, path) = (sale.room, format!("/queue/{}/place", sale.room));
    let fans = entered(&app, room, 4).await;
    let entry = fans[0].join(room).await.body;
    wipe(&app, room).await;
    fans[0].get(&path).await.expect_problem(problems::NO_PLACE);
    let back = fans[0].post(&path, json!({ "token": entry["token"] })).await.expect(StatusCode::CREATED).body;
    assert_eq!((&back["placeId"], &back["token"]), (&entry["placeId"], &entry["token"]));
    // A token is worth nothing to anybody else, and a place id is nobody's to choose.
    let thief = app.fan().post(&path, json!({ "token": entry["token"] })).await.body;
    assert_ne!(thief["placeId"], entry["placeId"]);
    // Without the token it is the same entry all the same: it follows from the visitor.
    assert_eq!(fans[1].join(room).await.body["entries"], 3);
    // The lobby does not close before the others had time to come back.
    open(&sale).await;
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Wait);
    for fan in &fans {
        fan.join(room).await;
    }
    app.pass(10);
    assert_eq!(advance(&app.gate, room, SMALL).await.unwrap(), Next::Over);
    assert_eq!(app.fan().get(&format!("/queue/{room}/draw")).await.body["entries"], 5);
}
