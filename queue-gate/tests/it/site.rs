//! A room in front of a site that is not ours.

use contracts::{
    assertion::Assertion,
    key::PrivateKey,
    site::{SiteAssertion, SiteKind},
    token,
};
use jsonwebtoken::jwk::JwkSet;
use platform::lifecycle::Lifecycle;
use queue_gate::room::RoomState;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    forward::{hangs_up_first, nobody},
    gateway_app::{Asking, id},
    origin_verifier::let_through,
    site_app::{HOST, Shop, event},
};

fn at(asking: Asking) -> Asking {
    asking.header("host", HOST)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn nobody_reaches_what_is_guarded_without_a_pass_however_it_is_spelled(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*", "/checkout"], &[]).await;
    for target in [
        "/tickets",
        "/tickets/",
        "/tickets/7?row=A",
        "//tickets/7",
        "/tickets//7",
        "/./tickets/7",
        "/x/../tickets/7",
        "/TICKETS/7",
        "/%74ickets/7",
        "/%2574ickets/7",
        "/tickets%2f7",
        "/tickets%5C7",
        "/x/%2e%2e/tickets",
        "/x/..;/tickets/7",
        "/tickets;a=b/7",
        "/tickets./7",
        "/tickets%20/7",
        "/tickets.json",
        "/checkout/pay",
        "/Checkout.php/x",
        "/tickets%00",
        "/%zz",
        "/%c0%afx",
        "/tickets/../about",
        "http://shop.example/tickets/7",
        "http://SHOP.example.:80/tickets/7",
    ] {
        let (status, answer) = shop.raw(HOST, target, "").await;
        assert_eq!(status, 429, "{target}: {answer}");
        assert!(answer.contains("/problems/queue-required"), "{target}: {answer}");
    }
    for host in ["SHOP.EXAMPLE", "shop.example.", "shop.example:8443", "Shop.Example.:80"] {
        assert_eq!(shop.raw(host, "/tickets/7", "").await.0, 429, "{host}");
    }
    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        let answer = at(shop.app.fan().send(method, "/tickets/7", &json!({}))).send().await;
        assert_eq!(answer.status, 429, "{method}");
    }
    assert_eq!(shop.heard(), 0, "the origin heard of none of these");

    let (status, open) =
        shop.raw(HOST, "/about", "x-original-url: /tickets/7\r\nx-rewrite-url: /tickets\r\n").await;
    assert_eq!((status, shop.heard()), (200, 1));
    assert!(open.contains("/about") && !open.contains("/tickets"), "no other path is named: {open}");
    assert!(!open.contains("usher-assertion") && !open.contains("set-cookie"), "{open}");
    assert_eq!(shop.raw("elsewhere.example", "/tickets/7", "").await.0, 404, "another host is not this site");
    assert_eq!(shop.heard(), 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_pass_of_this_room_opens_the_site_and_no_other_does(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &[]).await;
    let (app, ada, bob) = (&shop.app, shop.app.fan(), shop.app.fan());
    let (other_event, other_room) = app.given_room(RoomState::Open);
    for wrong in [
        app.pass(&ada, other_event, other_room),
        app.pass(&ada, event(shop.room), other_room),
        app.pass(&ada, event(other_room), shop.room),
        shop.pass(&bob),
    ] {
        at(ada.get("/tickets/7")).pass(&wrong).send().await.expect_problem(429, "queue-required");
    }
    assert_eq!(shop.heard(), 0);

    let through = at(ada.post("/tickets/7?row=A", &json!({"seat": 3})))
        .pass(&shop.pass(&ada))
        .pass("cart=9")
        .send()
        .await;
    assert_eq!((through.status, through.service().as_str()), (200, "shop"));
    assert_eq!(
        (through.heard()["uri"].clone(), through.heard()["body"].clone()),
        (json!("/tickets/7?row=A"), json!(r#"{"seat":3}"#))
    );
    assert_eq!(through.header_heard("cookie"), "cart=9", "our cookies are not for the origin");
    assert_eq!(through.header_heard("host"), HOST);
    assert_eq!(through.header_heard("x-forwarded-for"), "127.0.0.1");
    let (said, keys, now) = (through.header_heard("usher-assertion"), &app.gate.keys, app.gate.clock.now());
    let read: SiteAssertion = token::verify(&said, &keys.public(), now).unwrap();
    assert_eq!(
        (read.aud.as_str(), read.sub, read.room, read.kind),
        (HOST, ada.visitor, shop.room, SiteKind::Admitted)
    );
    assert!(token::verify::<Assertion>(&said, &keys.public(), now).is_err(), "no service of ours takes it");

    let jwks: JwkSet = serde_json::from_value(keys.public().to_jwks()).unwrap();
    let seen = let_through(Some(&said), &jwks, HOST).unwrap();
    assert_eq!(
        (seen.sub, seen.room, seen.kind.as_str()),
        (ada.visitor.to_string(), shop.room.to_string(), "admitted")
    );
    assert!(let_through(None, &jwks, HOST).is_err());
    assert!(let_through(Some(&said), &jwks, "second.example").is_err(), "it is for one site");
    assert!(let_through(Some(&app.forged_assertion()), &jwks, HOST).is_err(), "another kind");
    let stale = SiteAssertion { exp: now - chrono::TimeDelta::days(900), ..read.clone() };
    assert!(let_through(Some(&token::sign(&stale, &keys.signing)), &jwks, HOST).is_err(), "over");
    let forged = token::sign(&read, &PrivateKey::from_seed([9; 32]));
    assert!(let_through(Some(&forged), &jwks, HOST).is_err(), "of another key");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_fan_waits_goes_back_to_what_they_asked_for_and_is_out_when_the_origin_says_so(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &[]).await;
    let fan = shop.app.fan();
    let browser = |asking: Asking| at(asking).header("accept", "text/html");
    let page = browser(fan.get("/tickets/7?row=A&x=%22")).send().await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(r#"data-test="position">1<"#), "{}", page.text);
    assert!(
        page.text.contains(r#"name="back" value="&#x2f;tickets&#x2f;7?row=A&amp;x=%22""#),
        "{}",
        page.text
    );
    assert_eq!(at(fan.get("/assets/gate/queue.js")).send().await.status, 200);
    shop.tick().await;
    let enter = format!("/queue/{}/enter", shop.room);
    let form = "back=%2Ftickets%2F7%3Frow%3DA";
    let inside = browser(fan.send("POST", &enter, &Value::Null)).body(form).send().await;
    assert_eq!((inside.status, inside.header("location")), (303, Some("/tickets/7?row=A")));
    let pass = inside.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let ticket = at(fan.get("/tickets/7")).pass(&pass).send().await;
    assert_eq!((ticket.status, ticket.service().as_str()), (200, "shop"));

    // Through the door already, so the button only leads back: never to another site.
    for evil in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "/about",
        "/queue/x/leave",
    ] {
        let form: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("back", evil).finish();
        let inside = browser(fan.send("POST", &enter, &Value::Null)).body(&form).send().await;
        assert_eq!((inside.status, inside.header("location")), (303, Some("/tickets")), "{evil}");
        let page = browser(fan.get(&format!("/queue/{}?{form}", shop.room))).send().await;
        assert!(
            page.text.contains(r#"data-inside="&#x2f;tickets""#) && !page.text.contains("evil"),
            "{evil}"
        );
    }

    let page = at(fan.get("/tickets/page")).pass(&pass).send().await;
    assert_eq!(
        (page.header("content-security-policy"), page.header("x-frame-options")),
        (None, Some("ALLOWALL"))
    );
    let end = at(fan.get("/tickets/end")).pass(&pass).send().await;
    assert_eq!((end.text.as_str(), end.header("usher-session")), ("bye", None));
    let cookie = end.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-usher_pass_") && cookie.contains("Max-Age=0"), "{cookie}");
    at(fan.get("/tickets/7")).pass(&pass).send().await.expect_problem(429, "queue-required");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_line_of_a_site_lives_at_its_host_and_nothing_else_of_ours_does(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &[]).await;
    let (fan, line) = (shop.app.fan(), format!("/queue/{}", shop.room));
    let taken = at(fan.post(&format!("{line}/place"), &json!({}))).send().await;
    assert_eq!(taken.status, 201);
    fan.post(&format!("{line}/place"), &json!({})).send().await.expect_problem(404, "unknown-room");
    let page = fan.get(&line).header("accept", "text/html").send().await;
    assert_eq!(
        (page.status, page.header("location").unwrap()),
        (303, format!("https://{HOST}{line}").as_str())
    );
    let (_, other) = shop.app.given_room(RoomState::Open);
    for path in
        ["/room", "/console", "/search", "/account", "/.well-known/jwks.json", &format!("/queue/{other}")]
    {
        assert_eq!(at(fan.get(path)).send().await.service(), "shop", "{path}");
    }
    assert_eq!(fan.get("/search").send().await.service(), "ours");
    let frame = at(fan.get("/tickets/7")).send().await;
    assert_eq!(frame.json()["frame"]["state"], "waiting");
    let left = at(fan.send("POST", &format!("{line}/leave"), &Value::Null))
        .header("accept", "text/html")
        .send()
        .await;
    assert!(left.status == 200 && left.text.contains("You have left the line."), "{left:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_for_a_site_takes_the_operators_permission_and_a_host_of_its_own(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &[]).await;
    let origin = shop.app.gate.config.sites.site_origins[0].to_string();
    let body = |host: &str, origin: &str, paths: Value| json!({ "site": { "host": host, "origin": origin, "paths": paths }, "name": "Shop", "admitPerMinute": 60, "maxActive": 5 });
    let make = async |body: &Value| shop.organizer("POST", "/room", body).send().await;
    let paths = json!(["/tickets/*"]);
    for (host, to, field) in [
        ("elsewhere.example", origin.as_str(), "site.host"),
        ("usher.example", &origin, "site.host"),
        ("second.example", "http://127.0.0.1:1", "site.origin"),
        ("second.example", "http://169.254.169.254", "site.origin"),
        ("second.example", "https://public.example", "site.origin"),
    ] {
        let refused = make(&body(host, to, paths.clone())).await;
        refused.expect_problem(422, "site-not-permitted");
        assert_eq!(refused.json()["field"], field, "{host} {to}");
    }
    make(&body("Shop.Example", &origin, paths.clone())).await.expect_problem(409, "room-exists");
    for (host, to, paths) in [
        ("second.example", "ftp://a", paths.clone()),
        ("second.example", "http://a/x", paths.clone()),
        ("second.example:80", origin.as_str(), paths.clone()),
        ("second.example", &origin, json!(["tickets"])),
        ("second.example", &origin, json!(["/a/../b"])),
        ("second.example", &origin, json!("/a")),
    ] {
        make(&body(host, to, paths)).await.expect_problem(422, "invalid-body");
    }
    make(&body("second.example", &origin, json!([]))).await.expect_problem(422, "wrong-setting");
    let mut both = body("second.example", &origin, paths.clone());
    both["eventId"] = json!(shop.room);
    make(&both).await.expect_problem(422, "invalid-body");
    let neither = json!({ "name": "Shop", "admitPerMinute": 60, "maxActive": 5 });
    make(&neither).await.expect_problem(422, "invalid-body");

    let made = make(&body("SECOND.example", &origin, paths)).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(
        (made.json()["site"]["host"].clone(), made.json().get("eventId")),
        (json!("second.example"), None)
    );
    let second = async || shop.app.fan().get("/tickets").header("host", "second.example").send().await;
    second().await.expect_problem(429, "queue-required");
    // A room that closed guards nothing, and does not take the site away; its host is free again.
    let close = format!("/room/{}/close", made.json()["roomId"].as_str().unwrap());
    assert_eq!(shop.organizer("POST", &close, &json!({})).send().await.status, 200);
    assert_eq!(second().await.service(), "shop");
    assert_eq!(make(&body("second.example", &origin, json!(["/"]))).await.status, 201);
    second().await.expect_problem(429, "queue-required");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_origin_that_is_down_or_breaks_off_is_a_problem(postgres: PgPool) {
    let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
    let shop =
        Shop::before(postgres.clone(), nobody().await, &["/*"], lifecycle, std::sync::Arc::default(), &[])
            .await;
    let fan = shop.app.fan();
    at(fan.get("/tickets")).send().await.expect_problem(429, "queue-required");
    let down = at(fan.get("/tickets")).pass(&shop.pass(&fan)).send().await;
    down.expect_problem(503, "unavailable");
    let lifecycle = Lifecycle::new(std::time::Duration::from_secs(1));
    let flaky = hangs_up_first(&lifecycle).await;
    // Another gate, whose operator permits the host another origin only.
    let more = ["--site-hosts=second.example".to_owned(), format!("--site-origins=http://{flaky}")];
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    let other = crate::gateway_app::TestGateway::before(postgres, flaky, flaky, lifecycle, &more).await;
    other.gate.rooms.refresh(&other.gate).await.unwrap();
    at(other.fan().get("/about")).send().await.expect_problem(503, "unavailable");
    let room: contracts::id::RoomId = id(5);
    let mut second = other.room(RoomState::Open);
    (second.id, second.event) = (room, event(room));
    let site =
        json!({ "host": "second.example", "origin": format!("http://{flaky}"), "paths": ["/tickets"] });
    second.policy.site = Some(serde_json::from_value(site).unwrap());
    other.gate.rooms.put(second);
    let asked = other.fan().post("/about", &json!({})).header("host", "second.example").send().await;
    asked.expect_problem(502, "no-answer");
}
