//! Who may change a look, to what, and how it is taken back.

use contracts::session::Role;
use http::{Method, StatusCode};
use queue_gate::problems::{NOT_ORGANIZER, STALE_VERSION, UNKNOWN_ROOM, VERSION_UNMATCHED, WRONG_SETTING};
use serde_json::{Value, json};
use sqlx::PgPool;

use super::full;
use crate::{app::TestGate, picture::png};

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_look_outside_its_bounds_changes_nothing(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let nowhere = "0".repeat(32);
    for (field, brand) in [
        ("name", json!({ "name": "x".repeat(61) })),
        ("link", json!({ "link": "javascript:alert(1)" })),
        ("language", json!({ "languages": ["de"], "language": "en" })),
        ("accentDark", json!({ "accentDark": "#ffffff" })),
        ("texts.rules", json!({ "texts": { "en": { "rules": "x".repeat(1001) } } })),
        ("texts.help", json!({ "texts": { "en": { "help": "http://harbour.example" } } })),
        ("logo", json!({ "logo": nowhere })),
    ] {
        let answer = sale.brand(brand.clone()).await;
        answer.expect_problem(WRONG_SETTING);
        assert_eq!(answer.body["field"], field, "{brand}");
        let path = format!("{}/preview", sale.brand_path());
        sale.organizer.post(&path, json!({ "brand": brand })).await.expect_problem(WRONG_SETTING);
    }
    let unknown = sale.organizer.matching("*").put(&sale.brand_path(), json!({ "look": nowhere })).await;
    unknown.expect_problem(WRONG_SETTING);
    for body in [
        json!({ "brand": { "accent": "red" } }),
        json!({ "brand": { "accent": "#1a2b3c;}body{}" } }),
        json!({ "brand": { "languages": ["fr"] } }),
        json!({ "brand": { "texts": { "fr": {} } } }),
        json!({ "brand": { "texts": { "en": { "title": "x" } } } }),
        json!({ "brand": { "colour": "#1a2b3c" } }),
        json!({ "brand": {}, "look": nowhere }),
        json!({}),
    ] {
        let answer = sale.organizer.matching("*").put(&sale.brand_path(), body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}: {answer:?}");
    }
    for lasts in ["PT30S", "PT169H", "P1D", "x"] {
        let path = format!("{}/preview", sale.brand_path());
        sale.organizer.post(&path, json!({ "lasts": lasts })).await.expect_problem(WRONG_SETTING);
    }
    assert_eq!(sale.organizer.get(&sale.brand_path()).await.body["look"], Value::Null);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_look_is_versioned_logged_and_had_again(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let path = sale.brand_path();
    let version = sale.organizer.get(&path).await.body["version"].as_i64().unwrap();
    let tag = format!("\"{version}\"");
    let told =
        sale.organizer.matching(&tag).put(&format!("{path}?preview=true"), json!({ "brand": full() })).await;
    assert_eq!((&told.body["preview"], &told.body["kind"]), (&json!(true), &json!("branded")));
    assert_eq!(gate.count("select count(*) from room_look").await, 0, "it was only told");
    sale.organizer.put(&path, json!({ "brand": full() })).await.expect(StatusCode::UNPROCESSABLE_ENTITY);
    let first =
        sale.organizer.matching(&tag).put(&path, json!({ "brand": full() })).await.expect(StatusCode::OK);
    assert_eq!(first.body["version"], version + 1);
    sale.organizer.matching(&tag).put(&path, json!({ "brand": {} })).await.expect_problem(VERSION_UNMATCHED);
    sale.organizer.put(&path, json!({ "version": version, "brand": {} })).await.expect_problem(STALE_VERSION);
    sale.brand(json!({ "name": "Other" })).await.expect(StatusCode::OK);

    let log = sale.organizer.get(&format!("/room/{}/log", sale.room)).await.body;
    let last = log["entries"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["kind"], "branded");
    let (from, to) = (&last["detail"]["from"], &last["detail"]["to"]);
    assert_eq!(
        (&from["name"], &from["accent"], &to["name"]),
        (&json!("Harbour Hall"), &json!("#ffd400"), &json!("Other"))
    );
    let public = gate.fan().get(&format!("/queue/{}/log", sale.room)).await;
    assert!(
        !public.text.contains("Harbour"),
        "who reads the public log hears that it changed, and no more: {}",
        public.text
    );

    // The way back from the last change: all of the look of before, texts too.
    let look = from["look"].clone();
    sale.organizer.matching("*").put(&path, json!({ "look": look })).await.expect(StatusCode::OK);
    let again = sale.organizer.get(&path).await.body;
    assert_eq!(
        (&again["look"], &again["brand"]["texts"]["de"]["rules"]),
        (&look, &json!("Vier Karten für jeden."))
    );
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_look_is_its_organizers_only(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let (sale, other) = (gate.sale(60, 10).await, gate.sale(60, 10).await);
    let (brand, logo) = (sale.brand_path(), format!("/room/{}/logo", sale.room));
    let fan = gate.account(gate.gate.ids.next(), Role::Fan);
    for (who, kind) in [(&other.organizer, UNKNOWN_ROOM), (&fan, NOT_ORGANIZER)] {
        who.get(&brand).await.expect_problem(kind);
        who.matching("*").put(&brand, json!({ "brand": full() })).await.expect_problem(kind);
        who.post(&format!("{brand}/preview"), json!({ "brand": full() })).await.expect_problem(kind);
        who.send_bytes(Method::POST, &logo, "image/png", png(32, 32, 10)).await.expect_problem(kind);
    }
    assert_eq!(
        gate.count("select count(*) from room_look").await
            + gate.count("select count(*) from room_logo").await,
        0
    );
}
