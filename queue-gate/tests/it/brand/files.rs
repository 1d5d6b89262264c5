//! Logos and stylesheets, and how long they are kept.

use http::StatusCode;
use queue_gate::problems::WRONG_SETTING;
use serde_json::json;
use sqlx::PgPool;

use super::page;
use crate::{app::TestGate, picture::png};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_gate_shows_a_look_and_its_logo_with_the_next_refresh(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let other = gate.another().await;
    let logo = sale.logo("image/png", png(450, 100, 3000)).await.expect(StatusCode::CREATED).body;
    sale.brand(json!({ "name": "Harbour Hall", "accent": "#123456", "logo": logo["logo"] }))
        .await
        .expect(StatusCode::OK);
    let queue = format!("/queue/{}", sale.room);
    assert!(!page(&other.fan(), &queue, "en").await.text.contains("Harbour"), "it has not read it yet");
    other.gate.refresh().await;
    let seen = page(&other.fan(), &queue, "en").await.text;
    let wanted = format!(
        r#"<img src="{}" width="216" height="48" alt="Harbour Hall">"#,
        logo["address"].as_str().unwrap()
    );
    assert!(seen.contains(&wanted), "{wanted} is not in {seen}");
    for fan in [gate.fan(), other.fan()] {
        fan.get(logo["address"].as_str().unwrap()).await.expect(StatusCode::OK);
    }
    sale.brand(json!({})).await.expect(StatusCode::OK);
    other.gate.refresh().await;
    assert!(page(&other.fan(), &queue, "en").await.text.contains(r">Usher</a>"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_logo_is_a_picture_and_nothing_else(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    let polyglot = [png(32, 32, 10), b"<script>alert(1)</script>".to_vec()].concat();
    for (media, bytes) in [
        ("image/svg+xml", svg.clone()),
        ("image/png", svg),
        ("image/png", b"<!doctype html><script>alert(1)</script>".to_vec()),
        ("image/jpeg", png(32, 32, 10)),
        ("text/html", png(32, 32, 10)),
        ("image/png", polyglot),
        ("image/png", png(32, 32, 12 * 1024)),
        ("image/png", png(20_000, 20_000, 10)),
        ("image/png", Vec::new()),
    ] {
        let refused = sale.logo(media, bytes.clone()).await;
        refused.expect_problem(WRONG_SETTING);
        assert_eq!(refused.body["field"], "logo", "{media}");
    }
    let sent = sale.logo("image/png", png(32, 32, 10)).await.expect(StatusCode::CREATED).body;
    assert_eq!((&sent["kind"], &sent["width"], &sent["height"]), (&json!("png"), &json!(32), &json!(32)));
    assert_eq!(sale.logo("image/png", png(32, 32, 10)).await.body, sent, "the same again is the same");
    let address = sent["address"].as_str().unwrap();
    let answer = gate.newcomer().get(address).await.expect(StatusCode::OK);
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cache-control", "public, max-age=31536000, immutable"),
    ] {
        assert_eq!(answer.headers[name], value, "{name}");
    }
    assert!(!answer.headers.contains_key("set-cookie"), "a cache would give it to everybody");
    for other in
        [address.replace(".png", ".jpeg"), address.replace(".png", ".svg"), address.replace(".png", "")]
    {
        assert_eq!(gate.fan().get(&other).await.status, StatusCode::NOT_FOUND, "{other}");
    }
    // A logo is the room's that it was sent for.
    let foreign = gate.sale(60, 10).await;
    foreign.brand(json!({ "logo": sent["logo"] })).await.expect_problem(WRONG_SETTING);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_sheet_of_a_look_is_had_by_its_colours_and_kept_for_ever(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    sale.brand(json!({ "accent": "#ffd400", "accentDark": "#101010" })).await.expect(StatusCode::OK);
    let text = page(&gate.fan(), &format!("/queue/{}", sale.room), "en").await.text;
    let (_, rest) = text.split_once("href=\"/assets/gate/look/").unwrap();
    let address = format!("/assets/gate/look/{}", rest.split('"').next().unwrap());
    let sheet = gate.newcomer().get(&address).await.expect(StatusCode::OK);
    assert_eq!(sheet.headers["content-type"], "text/css; charset=utf-8");
    assert_eq!(sheet.headers["cache-control"], "public, max-age=31536000, immutable");
    assert!(!sheet.headers.contains_key("set-cookie"));
    assert!(
        sheet.text.contains(".primary{background:#ffd400;") && sheet.text.contains("--on:#000000"),
        "{}",
        sheet.text
    );
    // By night the colour is nearly that of the ground: what is written in it is made lighter.
    assert!(
        sheet.text.contains(".primary{background:#101010;") && !sheet.text.contains("--main:#101010"),
        "{}",
        sheet.text
    );
    let old = gate.fan().get("/assets/gate/look/ffd400-101010.css?v=of-before").await.expect(StatusCode::OK);
    assert_eq!(old.headers["cache-control"], "no-cache");
    for none in ["ffd400.css", "FFD400-101010.css", "ffd400-10101.css", "x", "..%2fgate.css"] {
        assert_eq!(
            gate.fan().get(&format!("/assets/gate/look/{none}")).await.status,
            StatusCode::NOT_FOUND,
            "{none}"
        );
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn looks_that_were_only_looked_at_are_forgotten_and_never_too_many(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let used = sale.logo("image/png", png(32, 32, 20)).await.body["logo"].clone();
    sale.brand(json!({ "name": "Kept", "logo": used })).await.expect(StatusCode::OK);
    sale.brand(json!({ "name": "Other" })).await.expect(StatusCode::OK);
    sale.link(json!({ "brand": { "name": "Draft" } })).await;
    sale.logo("image/png", png(32, 32, 30)).await.expect(StatusCode::CREATED);
    gate.execute("update room_look set made_at = made_at - interval '9 days'").await;
    gate.execute("update room_logo set made_at = made_at - interval '9 days'").await;
    sale.link(json!({ "brand": { "name": "New" } })).await;
    assert_eq!(gate.count("select count(*) from room_look where look->>'name' = 'Draft'").await, 0);
    assert_eq!(
        gate.count("select count(*) from room_look where look->>'name' in ('Kept', 'Other', 'New')").await,
        3
    );
    assert_eq!(gate.count("select count(*) from room_logo").await, 1, "the one of a look that the room had");
    gate.execute(&format!(
        "insert into room_look select '{}', decode(lpad(to_hex(n), 32, '0'), 'hex'), '{{}}', null, false, now() from generate_series(1, 199) n",
        sale.room
    ))
    .await;
    let path = format!("{}/preview", sale.brand_path());
    sale.organizer
        .post(&path, json!({ "brand": { "name": "One more" } }))
        .await
        .expect_problem(WRONG_SETTING);
}
