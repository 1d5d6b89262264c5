//! The sandbox over HTTP, with a real shop that listens.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod shop;

use serde_json::json;
use shop::{Shop, World};

#[tokio::test]
async fn an_amount_is_authorised_and_the_shop_hears_of_it_once() {
    let world = World::start().await;
    let asked = world.authorize("r1", "tok_ok").await;
    assert_eq!(asked["state"], "pending");
    let heard = world.shop.heard(1).await;
    assert_eq!(heard[0]["type"], "authorised");
    assert_eq!(heard[0]["reference"], "r1");
    assert_eq!(world.get("/authorization?reference=r1").await["state"], "authorised");
    let id = asked["id"].as_str().unwrap();
    assert_eq!(world.step(id, "capture").await, (200, "captured".to_owned()));
    assert_eq!(world.step(id, "capture").await, (200, "captured".to_owned()));
    assert_eq!(world.step(id, "void").await, (409, "captured".to_owned()));
    assert_eq!(world.step(id, "refund").await, (200, "refunded".to_owned()));
}

#[tokio::test]
async fn a_shop_that_repeats_its_request_gets_the_same_authorization() {
    let world = World::start().await;
    let one = world.authorize("r1", "tok_ok").await;
    assert_eq!(one["id"], world.authorize("r1", "tok_ok").await["id"]);
    assert_eq!(world.authorize("r1", "tok_lost").await["type"], "/problems/idempotency-key-reused");
    assert_eq!(world.authorize("r2", "4242424242424242").await["type"], "/problems/unknown-token");
}

#[tokio::test]
async fn every_fault_can_be_ordered() {
    let world = World::start().await;
    world.authorize("declined", "tok_declined").await;
    assert_eq!(world.shop.heard(1).await[0]["type"], "declined");
    world.authorize("double", "tok_double").await;
    let heard = world.shop.heard(4).await;
    let ids: std::collections::HashSet<_> = heard[1..].iter().map(|body| body["id"].to_string()).collect();
    assert_eq!(ids.len(), 2);
    world.authorize("lost", "tok_lost").await;
    world.authorize("forged", "tok_forged").await;
    let heard = world.shop.heard(5).await;
    assert_eq!(heard[4]["reference"], "forged");
    assert_eq!(world.shop.refused(), 1);
    assert_eq!(world.get("/authorization?reference=lost").await["state"], "authorised");
}

#[tokio::test]
async fn a_callback_is_repeated_until_it_arrives_and_survives_a_restart() {
    let world = World::start().await;
    world.shop.close(true);
    world.authorize("r1", "tok_ok").await;
    world.until(async || world.get("/authorization?reference=r1").await["state"] == "authorised").await;
    let world = world.restart().await;
    assert_eq!(world.get("/authorization?reference=r1").await["state"], "authorised");
    assert_eq!(
        world.get("/authorization?reference=r1").await["amount"],
        json!({"minor": 4950, "currency": "EUR"})
    );
    world.shop.close(false);
    assert_eq!(world.shop.heard(1).await[0]["reference"], "r1");
    assert_eq!(Shop::signed_with(), "a secret of sixteen bytes or more");
}

#[tokio::test]
async fn an_amount_goes_back_in_parts_and_never_more_than_was_taken() {
    let world = World::start().await;
    let asked = world.authorize("r1", "tok_ok").await;
    world.shop.heard(1).await;
    let id = asked["id"].as_str().unwrap();
    assert_eq!(world.step(id, "capture").await, (200, "captured".to_owned()));
    let part = async |key: &str, minor: i64| world.refund(id, key, minor).await;
    assert_eq!(part("one", 1000).await, (200, 1000));
    assert_eq!(part("one", 1000).await, (200, 1000), "the same key gives nothing twice");
    assert_eq!(part("two", 3951).await.0, 422);
    assert_eq!(part("three", -1).await.0, 422);
    assert_eq!(part("four", 3950).await, (200, 4950));
    assert_eq!(world.get(&format!("/authorization/{id}")).await["state"], "refunded");
    let world = world.restart().await;
    assert_eq!(world.get(&format!("/authorization/{id}")).await["refunded"], 4950);
}

#[tokio::test]
async fn a_payer_proves_who_they_are_and_a_bank_decides() {
    let world = World::start().await;
    let asked = world.authorize("r1", "tok_challenge").await;
    let (id, url) = (asked["id"].as_str().unwrap(), asked["challengeUrl"].as_str().unwrap());
    assert!(url.ends_with(&format!("/challenge/{id}")), "{url}");
    assert_eq!(world.post(&format!("/authorization/{id}/dispute")).await, 409, "nothing was taken");
    assert_eq!(world.post(&format!("/challenge/{id}/pass")).await, 200);
    assert_eq!(world.post(&format!("/challenge/{id}/fail")).await, 200, "what is decided stays");
    assert_eq!(world.shop.heard(1).await[0]["type"], "authorised");
    assert_eq!(world.step(id, "capture").await, (200, "captured".to_owned()));
    assert_eq!(world.post(&format!("/authorization/{id}/dispute")).await, 200);
    let opened = &world.shop.heard(2).await[1];
    assert_eq!((&opened["type"], &opened["amount"]["minor"]), (&json!("disputeOpened"), &json!(4950)));
    assert_eq!(world.refund(id, "meanwhile", 1).await.0, 409);
    assert_eq!(world.post(&format!("/authorization/{id}/dispute/lost")).await, 200);
    assert_eq!(world.post(&format!("/authorization/{id}/dispute/won")).await, 200, "what is decided stays");
    assert_eq!(world.shop.heard(3).await[2]["type"], "disputeLost");
    assert_eq!(world.get(&format!("/authorization/{id}")).await["dispute"]["state"], "lost");
}
