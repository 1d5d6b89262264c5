//! Two gate processes call one line: its order and its caps, as the fans themselves see them (promises W1, W2).

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use system_tests::{Fan, Room, World, organizer::text, until};
use tokio::time::Instant;

const FANS: usize = 15;
const PER_MINUTE: usize = 12;
const CAP: usize = 3;

/// What one fan saw: the number, the end of the claim window as a frame told it, and when they were called and had gone
/// at least, by one clock.
struct Saw {
    number: u64,
    claim_by: DateTime<Utc>,
    called: Instant,
    gone: Instant,
}

async fn shop(fan: Fan, room: &Room, number: u64) -> Saw {
    let mut live = fan.watch(room).await;
    let claim_by = loop {
        match live.next().await {
            Some(frame) if frame["state"] == "called" => break claim_by(&frame),
            Some(frame) => assert_eq!(frame["state"], "waiting", "{frame}"),
            None => panic!("the socket of place {number} ended"),
        }
    };
    let called = Instant::now();
    let token = fan.claim(room).await;
    fan.exchange(room, &token).await;
    let shopped = async || (called.elapsed() > Duration::from_millis(1500)).then_some(());
    until("the shopping is done", Duration::from_secs(20), shopped).await;
    // From before the request on they may be gone, so what is counted as inside is never more than is.
    let gone = Instant::now();
    fan.person.delete(&format!("/queue/{}/session", room.id)).await.expect(204);
    Saw { number, claim_by, called, gone }
}

fn claim_by(frame: &Value) -> DateTime<Utc> {
    text(&frame["claimBy"]).parse().expect("an instant")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gates_call_in_order_and_never_too_many_as_fans_see_it() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("In Good Order", 20).await;
    let room = organizer
        .room(&event, u32::try_from(PER_MINUTE).expect("few"), u32::try_from(CAP).expect("few"))
        .await;
    let mut fans = Vec::new();
    for n in 0..FANS {
        let fan = world.fan(&format!("orderly{n}")).await;
        let number = fan.join(&room).await;
        fans.push((fan, number));
    }
    let shopping = fans.into_iter().map(|(fan, number)| shop(fan, &room, number));
    let mut saw = futures_util::future::join_all(shopping).await;

    saw.sort_by_key(|saw| saw.number);
    let called: Vec<_> = saw.iter().map(|saw| saw.claim_by).collect();
    assert!(called.is_sorted(), "somebody with a later number was called sooner: {called:?}");
    for (at, last) in called.iter().enumerate() {
        let minute = called[..=at].iter().filter(|call| **call > *last - TimeDelta::seconds(60)).count();
        assert!(minute <= PER_MINUTE, "{minute} calls within a minute: {called:?}");
    }
    for one in &saw {
        let inside = saw.iter().filter(|other| other.called <= one.called && one.called < other.gone).count();
        assert!(inside <= CAP, "{inside} were inside at once");
    }
    assert!(called[FANS - 1] - called[0] >= TimeDelta::seconds(60), "the rate held nobody back");
}
