//! A gate is killed, and the pages of its visitors go on at the others: with the same place, by the rule that
//! [API.md](../../docs/API.md#frames) gives to clients (promises W3, E2).

use std::time::Duration;

use devstack::system::Service;
use serde_json::json;
use system_tests::{Fan, Room, World, until};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

const FANS: usize = 60;
const PATIENCE: Duration = Duration::from_secs(30);

/// What a page says of itself.
#[derive(Debug)]
enum Said {
    /// The organizer's words.
    Heard { page: usize, message: String },
    /// Its socket was gone, and it is back with the first frame so long after the gate was killed.
    Back { after: Duration },
    /// It is called.
    Called { number: u64 },
}

/// A page: it listens until it is called, and comes back whenever its socket breaks.
async fn page(
    (index, fan): (usize, Fan),
    (room, number): (Room, u64),
    killed: watch::Receiver<Instant>,
    says: mpsc::UnboundedSender<Said>,
) {
    let (mut failures, mut was_cut) = (0, false);
    loop {
        let mut live = fan.try_watch(&room).await;
        while let Some(frame) = match &mut live {
            Some(live) => live.next().await,
            None => None,
        } {
            assert_eq!(frame["number"], number, "another place: {frame}");
            failures = 0;
            if std::mem::take(&mut was_cut) {
                says.send(Said::Back { after: killed.borrow().elapsed() }).unwrap();
            }
            if let Some(message) = frame["message"].as_str() {
                says.send(Said::Heard { page: index, message: message.to_owned() }).unwrap();
            }
            if frame["state"] == "called" {
                return says.send(Said::Called { number }).unwrap();
            }
        }
        was_cut = true;
        failures += 1;
        // The rule, not a wait of the test: a part of half a second doubled with each failure, everybody their own part.
        let most = Duration::from_millis(500) * 2_u32.pow(failures).min(60);
        let part = f64::from(u32::try_from(index).unwrap() + 1) / f64::from(u32::try_from(FANS).unwrap());
        tokio::time::sleep_until(Instant::now() + most.mul_f64(part)).await;
    }
}

/// Says `message` to all pages; how long those were away who had to come back before they heard it.
async fn all_hear(said: &mut mpsc::UnboundedReceiver<Said>, message: &str) -> Vec<Duration> {
    let (mut heard, mut away) = ([false; FANS], Vec::new());
    let listen = async {
        while heard.contains(&false) {
            match said.recv().await.unwrap() {
                Said::Heard { page, message: heard_now } => heard[page] |= heard_now == message,
                Said::Back { after } => away.push(after),
                Said::Called { number } => panic!("{number} is called, and nobody is to be"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, listen).await.unwrap_or_else(|_| panic!("{message}: {heard:?}"));
    away
}

#[tokio::test(flavor = "multi_thread")]
async fn the_visitors_of_a_killed_gate_are_back_at_the_others_with_their_places() {
    let world = World::of(3, &[("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000")]).await;
    let organizer = world.organizer().await;
    let event = organizer.standing_event("Three Doors", 100).await;
    let room = organizer.room(&event, 600, 0).await;
    let (killed, kill) = watch::channel(Instant::now());
    let (says, mut said) = mpsc::unbounded_channel();
    let (mut pages, mut numbers) = (tokio::task::JoinSet::new(), Vec::new());
    for index in 0..FANS {
        let fan = Fan { person: world.stranger(), email: String::new() };
        numbers.push(fan.join(&room).await);
        let place = (room.clone(), numbers[index]);
        pages.spawn(page((index, fan), place, kill.clone(), says.clone()));
    }
    organizer.tune(&room, json!({ "message": "All here" })).await;
    assert_eq!(all_hear(&mut said, "All here").await.len(), 0, "a socket broke by itself");

    let mut away = Vec::new();
    for (victim, message) in [(Service::Gate(1), "One is gone"), (Service::Gate(0), "And another")] {
        killed.send_replace(Instant::now());
        world.kill(victim);
        // The others go on: one of them takes this, and its visitors are among those who must hear it.
        until("a gate takes the change", PATIENCE, async || {
            let path = format!("/room/{}", room.id);
            let change = reqwest::Method::PUT;
            let request = organizer.person.request(change, &path).header("If-Match", "*");
            let answer = organizer.person.try_send(request.json(&json!({ "message": message }))).await?;
            answer.status.is_success().then_some(())
        })
        .await;
        let back = all_hear(&mut said, message).await;
        assert!(
            !back.is_empty() && back.len() < FANS,
            "{} of {FANS} were at the gate that was killed",
            back.len()
        );
        away.extend(back);
        world.restart(victim);
    }
    away.sort_unstable();
    let (half, most) = (away[away.len() / 2], away[away.len() - 1]);
    eprintln!("{} sockets of two killed gates: back after {half:?} (median), {most:?} (last)", away.len());

    // Nobody was lost: all of them are called, each with their own number.
    organizer.tune(&room, json!({ "maxActive": FANS })).await;
    let called = async {
        let mut called = Vec::new();
        while called.len() < FANS {
            if let Said::Called { number } = said.recv().await.unwrap() {
                called.push(number);
            }
        }
        called
    };
    let mut called = tokio::time::timeout(PATIENCE, called).await.expect("everybody is called");
    called.sort_unstable();
    assert_eq!(called, numbers);
    while let Some(page) = pages.join_next().await {
        page.unwrap();
    }
}
