//! The queue page, as a browser without scripts meets it.

use base64::{Engine, engine::general_purpose::STANDARD};
use queue_gate::shield::{Mode, Shield};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::PgPool;

use crate::gateway_app::{Asking, TestGateway, id};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn browser(asking: Asking) -> Asking {
    asking.header("accept", BROWSER)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_first_html_holds_the_position_and_is_light(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (event, room) = app.given_line().await;
    let (ada, bob) = (app.fan(), app.fan());
    let first = browser(ada.get(&format!("/e/{event}"))).send().await;
    assert_eq!(first.status, 200);
    assert!(first.text.contains(r#"data-test="position">1<"#), "{}", first.text);
    let second = browser(bob.get(&format!("/queue/{room}"))).send().await;
    assert!(second.text.contains(r#"data-test="position">2<"#), "{}", second.text);
    let again = browser(ada.get(&format!("/queue/{room}"))).send().await;
    assert!(again.text.contains(r#"data-test="position">1<"#), "a reload keeps the place");

    // What is transferred in all fits into the first flight of a connection: ten segments (RFC 6928).
    let packed = async |path: &str| {
        let answer = browser(ada.get(path)).header("accept-encoding", "gzip").send().await;
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "{path}");
        answer.bytes
    };
    let mut bytes = packed(&format!("/queue/{room}")).await;
    for address in second.text.split('"').filter(|text| text.starts_with("/assets/gate/")) {
        bytes += packed(address).await;
    }
    // The worker too, which only a shielded room sends for.
    bytes += packed("/assets/gate/proof.js").await;
    assert!(bytes <= 14 * 1024, "{bytes} bytes");
    assert!(second.header("content-security-policy").unwrap().contains("worker-src 'self'"));
    assert!(second.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    assert_eq!(second.header("cache-control"), Some("no-store"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_buttons_work_without_scripts(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (_, room) = app.given_line().await;
    let (ada, bob) = (app.fan(), app.fan());
    browser(ada.get(&format!("/queue/{room}"))).send().await;
    let early = browser(ada.send("POST", &format!("/queue/{room}/enter"), &Value::Null)).send().await;
    assert_eq!(early.status, 409);
    assert!(
        early.text.contains("It is not your turn yet.") && early.text.contains(r#"data-test="position">1<"#)
    );
    browser(bob.get(&format!("/queue/{room}"))).send().await;
    let left = browser(ada.send("POST", &format!("/queue/{room}/leave"), &Value::Null)).send().await;
    assert_eq!((left.status, left.header("location")), (303, Some("/")));
    let moved = browser(bob.get(&format!("/queue/{room}"))).send().await;
    assert!(moved.text.contains(r#"data-test="position">1<"#), "{}", moved.text);
    let room: contracts::id::RoomId = id(404);
    let unknown = browser(ada.get(&format!("/queue/{room}"))).send().await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text.contains(r#"data-kind="unknown-room""#));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_shielded_line_is_joined_without_scripts_by_waiting(postgres: PgPool) {
    let app = TestGateway::start(postgres, &["--shield-waits-per-address=1"]).await;
    let (event, room) = app.given_line().await;
    let mut shielded = (*app.gate.rooms.get(room).unwrap()).clone();
    shielded.policy.shield = Shield { proof: Mode::Enforce, wait: 30, ..Shield::default() };
    app.gate.rooms.put(shielded);
    let (ada, bob) = (app.fan(), app.fan());
    let page = browser(ada.get(&format!("/e/{event}"))).send().await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(r#"data-state="proving""#) && page.text.contains("data-challenge="));
    let road = |text: &str| {
        let (_, rest) = text.split_once(r#"content="31;url="#).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let back = road(&page.text);
    assert!(back.starts_with(&format!("/queue/{room}?proof=")), "{back}");
    let early = browser(ada.get(&back)).send().await;
    assert!(early.text.contains(r#"data-state="proving""#), "{}", early.text);
    app.clock.advance(chrono::TimeDelta::seconds(31));
    let theirs = road(&browser(bob.get(&format!("/queue/{room}"))).send().await.text);
    let stolen = browser(bob.get(&back)).send().await;
    assert!(stolen.text.contains(r#"data-state="proving""#), "a wait is its visitor's own");
    let in_line = browser(ada.get(&back)).send().await;
    assert!(in_line.text.contains(r#"data-test="position">1<"#), "{}", in_line.text);
    let again = browser(ada.get(&format!("/queue/{room}"))).send().await;
    assert!(again.text.contains(r#"data-test="position">1<"#), "a reload needs no proof");
    // Another one from the same address calculates, or comes later.
    app.clock.advance(chrono::TimeDelta::seconds(31));
    let later = browser(bob.get(&theirs)).send().await;
    assert_eq!(later.status, 429);
    assert!(later.header("retry-after").is_some() && later.header("ratelimit").is_some());
    assert!(later.text.contains(r#"http-equiv="refresh""#), "the page tries again by itself");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_page_speaks_the_language_that_was_chosen_or_that_the_browser_likes(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (event, room) = app.given_line().await;
    let ada = app.fan();
    let path = format!("/queue/{room}");
    let get = |path: &str| browser(ada.get(path)).header("accept-language", "fr, es;q=0.3, pt-BR;q=0.8");
    // The event too: who is sent to the line by it reads the page there.
    for path in [&path, &format!("/e/{event}"), &format!("{path}/entry"), &format!("/queue/{event}")] {
        let page = get(path).send().await;
        assert!(page.text.contains(r#"<html lang="pt">"#), "{path}: {}", page.text);
        assert_eq!(page.header("content-language"), Some("pt"));
        let vary = page.header("vary").unwrap();
        assert!(vary.contains("accept, accept-language"), "{path}: {vary}");
    }
    let chosen = get(&format!("{path}?lang=de")).send().await;
    assert!(
        chosen.text.contains(r#"<html lang="de">"#) && chosen.text.contains("Ihre Position"),
        "{}",
        chosen.text
    );
    let cookie = chosen.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-usher_language=de; Path=/; Secure; HttpOnly"), "{cookie}");
    let kept = get(&path).header("cookie", "__Host-usher_language=ja").send().await;
    assert!(kept.text.contains(r#"<html lang="ja">"#), "{}", kept.text);
    assert_eq!(kept.header("set-cookie").filter(|cookie| cookie.contains("language")), None);
    let refused = get(&format!("/queue/{event}?lang=es")).send().await;
    assert!(refused.text.contains("Esta sala de espera no existe."), "{}", refused.text);
    let early = browser(ada.send("POST", &format!("{path}/enter"), &Value::Null));
    let early = early.header("accept-language", "de").send().await;
    assert_eq!(early.status, 409);
    assert!(early.text.contains("Sie sind noch nicht an der Reihe."), "{}", early.text);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_one_script_inside_the_page_runs_by_its_hash(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (_, room) = app.given_line().await;
    let page = browser(app.fan().get(&format!("/queue/{room}"))).send().await;
    let inside: Vec<&str> =
        page.text.split("<script>").skip(1).filter_map(|rest| rest.split("</script>").next()).collect();
    assert_eq!(inside, [queue_gate::pages::queue::GUARD]);
    let hash = STANDARD.encode(Sha256::digest(inside[0]));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains(&format!("script-src 'self' 'sha256-{hash}';")), "{policy}");
    assert!(!policy.contains("unsafe"));
    let entry = browser(app.fan().get(&format!("/queue/{room}/entry"))).send().await;
    assert!(entry.header("content-security-policy").unwrap().contains("script-src 'self';"));
    assert!(!entry.text.contains("<script>"));
}
