//! A draw of many: in usual portions always, of a million where `USHER_TEST_LONG` is set; then it says how long it took.

use std::time::Duration;

use contracts::{
    id::{RoomId, VisitorId},
    lobby::PlaceId,
};
use queue_gate::{
    draw::{
        advance::{Next, Portion},
        known::Claim,
        run::advance,
        store::{
            line::{self, Ask, Entrant},
            record,
        },
        verify::verify,
    },
    lane::Shares,
};
use serde_json::json;
use sqlx::PgPool;
use tokio::time::Instant;

use super::{entered, evidence, lobby, open};
use crate::app::{TestGate, environment};

/// What a draw of a million may take, and a call of Redis.
const DRAWN_WITHIN: Duration = Duration::from_secs(5);
const BLOCKED_AT_MOST: Duration = Duration::from_millis(10);

async fn fill(app: &TestGate, room: RoomId, count: usize) {
    let secret = &app.gate.keys.secret;
    for first in (0..count).step_by(1000) {
        let visitors: Vec<VisitorId> =
            (first..count.min(first + 1000)).map(|_| app.gate.ids.next()).collect();
        let entrant =
            |visitor| Entrant { place: PlaceId::of(room, visitor, secret), visitor, claim: Claim::default() };
        let entrants: Vec<_> = visitors.into_iter().map(entrant).collect();
        line::enter(&app.gate.redis, room, Ask::Enter, &Shares::default(), &entrants).await.unwrap();
    }
}

async fn ask<T: redis::FromRedisValue>(app: &TestGate, command: &str) -> T {
    let mut words = command.split(' ');
    let mut question = redis::cmd(words.next().unwrap());
    for word in words {
        question.arg(word);
    }
    question.query_async(&mut app.gate.redis.clone()).await.unwrap()
}

/// The longest calls of Redis since the log was emptied, in microseconds.
async fn longest(app: &TestGate) -> Vec<i64> {
    let log: Vec<Vec<redis::Value>> = ask(app, "SLOWLOG GET 100000").await;
    let spans = log.into_iter().filter_map(|mut entry| match entry.swap_remove(2) {
        redis::Value::Int(micros) => Some(micros),
        _ => None,
    });
    let mut spans: Vec<_> = spans.collect();
    spans.sort_unstable_by_key(|micros| std::cmp::Reverse(*micros));
    spans
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn many_are_drawn_at_once(postgres: PgPool) {
    let is_long = !environment("USHER_TEST_LONG", "").is_empty();
    let count = if is_long { 1_000_000 } else { 9_500 };
    let app = TestGate::start(postgres).await;
    if is_long {
        // As a Redis that must not forget runs.
        ask::<()>(&app, "CONFIG SET appendonly yes").await;
    }
    let sale = lobby(&app, json!({})).await;
    let room = sale.room;
    entered(&app, room, 1).await;
    let filling = Instant::now();
    fill(&app, room, count - 1).await;
    let filled = filling.elapsed();
    if is_long {
        ask::<()>(&app, "CONFIG SET slowlog-log-slower-than 1000").await;
        ask::<()>(&app, "CONFIG SET slowlog-max-len 100000").await;
        ask::<()>(&app, "SLOWLOG RESET").await;
    }
    open(&sale).await;
    let began = Instant::now();
    let mut marks = Vec::new();
    // As the loop does, but looking at the watch in between.
    let portions = Portion { rows: 1000, writes: 100_000, ..Portion::USUAL };
    loop {
        let next = queue_gate::draw::advance::step(&app.gate, room, portions).await.unwrap();
        let phase = record::phase(&app.postgres, room).await.unwrap();
        marks.push((phase.map(queue_gate::draw::Phase::name), began.elapsed()));
        if next == Next::Over {
            break;
        }
        assert_eq!(next, Next::Step);
    }
    let took = began.elapsed();
    if is_long {
        let slow = longest(&app).await;
        let longest = slow.first().copied().unwrap_or(0);
        eprintln!("{count} entries entered in {filled:?}, drawn in {took:?}: {marks:?}");
        eprintln!("{} calls of Redis over 1 ms; the longest took {longest} µs", slow.len());
        assert!(took <= DRAWN_WITHIN, "{took:?}");
        assert!(u128::try_from(longest).unwrap() <= BLOCKED_AT_MOST.as_micros(), "{longest} µs");
    }
    assert_eq!(advance(&app.gate, room, Portion::USUAL).await.unwrap(), Next::Over);
    assert_eq!(verify(&evidence(&app, room).await).map(|drawn| drawn.len()), Ok(count));
    let status = line::status(&app.gate.redis, room).await.unwrap();
    assert_eq!(status.drawn, u64::try_from(count).unwrap());
    let last: u64 = ask(&app, &format!("ZCARD q:{{{room}}}:waiting:main")).await;
    assert_eq!(last, u64::try_from(count).unwrap());
    let _: i64 = ask(&app, &format!("UNLINK {}", queue_gate::line::store::keys::all(room).join(" "))).await;
}
