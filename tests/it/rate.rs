//! The organizer changes the rate, and the next batch follows it.

use std::time::Duration;

use serde_json::json;
use system_tests::{World, until};

#[tokio::test(flavor = "multi_thread")]
async fn the_next_batch_follows_a_change_of_rate() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Change of Pace", 20).await;
    let room = organizer.room(&event, 3, 20).await;

    let mut fans = Vec::new();
    for number in 0..9 {
        let fan = world.fan(&format!("fan{number}")).await;
        fan.join(&room).await;
        let live = fan.watch(&room).await;
        fans.push((fan, live));
    }
    let called = async || -> u64 {
        let sql = "select coalesce(sum(cardinality(places)), 0) from batch";
        world.sql(sql).await.parse().unwrap()
    };
    let some = async |least: u64| (called().await >= least).then_some(());
    until("the first is called", Duration::from_secs(15), async || some(1).await).await;

    // Three a minute are spread evenly: without the change, the second would be called 20 s after the first.
    let changed = organizer.set_rate(&room, 600).await;
    until("the others are called", Duration::from_secs(15), async || some(9).await).await;
    let sql = "select granted_at from batch where cardinality(places) > 0 order by tick offset 1 limit 1";
    let first_after: chrono::DateTime<chrono::Utc> =
        format!("{}:00", world.sql(sql).await.replace(' ', "T")).parse().unwrap();
    let took = first_after - changed;
    assert!(took.num_milliseconds() < 5000, "the batch came {took} after the change was acknowledged");

    for (_, live) in &mut fans {
        loop {
            let frame = live.next().await.expect("the socket stays open until the call");
            if frame["state"] == "called" {
                break;
            }
        }
    }

    // And it is on the log, which nobody can change.
    let log = organizer.person.get(&format!("/room/{}/log", room.id)).await.expect(200).to_string();
    assert!(log.contains("600"), "{log}");
    let stale = json!({ "version": 1, "admitPerMinute": 5 });
    organizer.person.put(&format!("/room/{}", room.id), &stale).await.problem(409, "stale-version");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_room_calls_nobody_and_says_why() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Intermission", 5).await;
    let room = organizer.room(&event, 60, 1).await;
    let ada = world.fan("ada").await;
    ada.enter(&room).await;
    let bob = world.fan("bob").await;
    bob.join(&room).await;
    let mut live = bob.watch(&room).await;
    let pause = json!({ "reason": "The stage is being mended." });
    organizer.person.post(&format!("/room/{}/pause", room.id), &pause).await.expect(200);
    let paused = async {
        loop {
            let frame = live.next().await.expect("the socket stays open");
            if frame["state"] == "paused" {
                return frame;
            }
        }
    };
    let frame = tokio::time::timeout(Duration::from_secs(10), paused).await.expect("a frame says so");
    assert_eq!(frame["why"], "The stage is being mended.");
    organizer.person.post(&format!("/room/{}/resume", room.id), &json!({})).await.expect(200);
    // Ada leaves the shop, her slot is free, and Bob is called.
    ada.person.delete(&format!("/queue/{}/session", room.id)).await.expect(204);
    bob.wait_until_called(&room).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_windows_hold_for_those_who_are_called_next_and_a_told_end_stays() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Take Your Time", 5).await;
    let room = organizer.room(&event, 600, 1).await;
    let (ada, bob) = (world.fan("ada").await, world.fan("bob").await);
    ada.join(&room).await;
    let told = ada.wait_until_called(&room).await;
    bob.join(&room).await;
    organizer.tune(&room, json!({ "claimWindow": "PT30S", "sessionLength": "PT5M", "maxActive": 2 })).await;
    bob.wait_until_called(&room).await;
    let windows = "select extract(epoch from until - applied_at)::int from slot join batch using (room_id, tick) order by tick";
    assert_eq!(world.sql(windows).await, "120\n30");
    // Whichever gate she asks, and for as long as she was told.
    for _ in 0..4 {
        assert_eq!(ada.wait_until_called(&room).await["claimBy"], told["claimBy"]);
    }
    for fan in [&ada, &bob] {
        let token = fan.claim(&room).await;
        fan.exchange(&room, &token).await;
    }
    let lengths = "select extract(epoch from until - exchanged_at)::int from slot order by tick";
    assert_eq!(world.sql(lengths).await, "300\n300");
    organizer.tune(&room, json!({ "sessionLength": "PT1M" })).await;
    assert_eq!(world.sql(lengths).await, "300\n300");
}
