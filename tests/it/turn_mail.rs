//! Somebody in line is mailed when it is their turn, by the services as they run.

use std::time::Duration;

use serde_json::json;
use system_tests::{World, mail, until};

const PATIENCE: Duration = Duration::from_secs(30);
const EMAIL: &str = "in-line@fans.example";

#[tokio::test(flavor = "multi_thread")]
async fn somebody_in_line_is_mailed_when_it_is_their_turn_and_forgotten() {
    let world = World::of(2, &[]).await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Aurora Nights", 3).await;
    let room = organizer.room(&event, 600, 1).await;
    let first = world.fan("first").await;
    first.enter(&room).await;

    let waits = world.stranger();
    let place = waits.post(&format!("/queue/{}/place", room.id), &json!({})).await.expect(201);
    let asked = waits.put(&format!("/queue/{}/mail", room.id), &json!({ "email": EMAIL })).await.expect(200);
    assert!(asked["near"].is_boolean());
    assert_eq!(mail::to(&world.mail_folder(), EMAIL).len(), 0);
    first.person.delete(&format!("/queue/{}/session", room.id)).await.expect(204);

    let mail = until("the mail", PATIENCE, async || mail::to(&world.mail_folder(), EMAIL).pop()).await;
    assert!(mail.contains("It is your turn") && mail.contains(&event.title), "{mail}");
    assert!(mail.contains(&format!("/queue/{}", room.id)), "{mail}");
    let token = place["token"].as_str().unwrap();
    assert!(!mail.contains(token), "the mail gives nobody the place");
    until("the address is forgotten", PATIENCE, async || {
        let kept = world.sql(&format!("select count(*) from outbox where body::text like '%{EMAIL}%'")).await;
        (kept.trim() == "0").then_some(())
    })
    .await;
    assert_eq!(world.sql("select count(*) from turn_mail").await.trim(), "0");
}
