//! A stream that is open when its owner signs out, or loses the right to it, ends with the right.

use std::time::Duration;

use platform::clock::{Clock, SystemClock};
use reqwest::Method;
use serde_json::json;
use system_tests::{
    World,
    organizer::{Organizer, text},
    person::Person,
};

/// A stream ends within two seconds: one until every gate knows, one until it tells again. A busy machine may take longer, but
/// far less than a session token lives, and less than what a key is exchanged for.
const PATIENCE: Duration = Duration::from_secs(15);

/// The numbers of a room, as they are told once a second.
struct Stream(reqwest::Response);

impl Stream {
    async fn open(person: &Person, room: &str, key: Option<&str>) -> Self {
        let request = person.request(Method::GET, &format!("/room/{room}/live/stream"));
        let request = if let Some(key) = key { request.bearer_auth(key) } else { request };
        let mut stream = Self(request.send().await.unwrap().error_for_status().unwrap());
        assert!(stream.tells().await, "it tells");
        stream
    }

    async fn tells(&mut self) -> bool {
        tokio::time::timeout(PATIENCE, self.0.chunk())
            .await
            .expect("a stream tells or ends")
            .unwrap()
            .is_some()
    }

    async fn ends(mut self) {
        let ended = async { while self.0.chunk().await.unwrap().is_some() {} };
        tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends");
    }
}

async fn room(owner: &Organizer) -> String {
    let event = owner.seated_event("Watched", 1).await;
    owner.room(&event, 60, 10).await.id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_its_owner_signs_out_here_or_everywhere() {
    let world = World::of(2, &[]).await;
    let (here, there, third) = (world.organizer().await, world.organizer().await, world.organizer().await);
    let id = room(&here).await;
    let (one, two) =
        (Stream::open(&here.person, &id, None).await, Stream::open(&there.person, &id, None).await);
    let mut three = Stream::open(&third.person, &id, None).await;
    here.person.post("/account/sign-out", &json!({})).await.expect(204);
    one.ends().await;
    for _ in 0..2 {
        assert!(three.tells().await, "others look on");
    }
    third.person.post("/account/sign-out-everywhere", &json!({})).await.expect(204);
    two.ends().await;
    three.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_key_is_revoked_with_which_it_was_opened() {
    let world = World::start().await;
    let owner = world.organizer().await;
    let id = room(&owner).await;
    let ends = (SystemClock.now() + chrono::TimeDelta::days(1)).to_rfc3339();
    let asked = json!({ "name": "a screen", "permissions": ["look"], "endsAt": ends });
    let made = owner.person.post("/team/key", &asked).await.expect(201);
    let stream = Stream::open(&world.stranger(), &id, Some(&text(&made["key"]))).await;
    let by_session = Stream::open(&owner.person, &id, None).await;
    owner.person.delete(&format!("/team/key/{}", text(&made["keyId"]))).await.expect(204);
    stream.ends().await;
    let mut by_session = by_session;
    assert!(by_session.tells().await, "the session goes on");
}
