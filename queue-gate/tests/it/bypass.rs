//! Rules that let requests pass by a line.

use contracts::{
    key::PrivateKey,
    site::{SiteAssertion, SiteKind},
    staff::{self, StaffToken},
    token,
};
use queue_gate::room::bypass::count;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    gateway_app::{Answer, TestGateway, id},
    site_app::{HOST, Shop},
};

/// Gives the room of `shop` these rules.
async fn rules(shop: &Shop, rules: Value) -> Answer {
    let path = format!("/room/{}/bypass/rules", shop.room);
    shop.organizer("PUT", &path, &json!({ "rules": rules })).send().await
}

/// Asks the site with these headers; the status.
async fn status(shop: &Shop, path: &str, headers: &[(&str, &str)]) -> u16 {
    let asking = shop.app.fan().get(path).header("host", HOST);
    headers.iter().fold(asking, |asking, (name, value)| asking.header(name, value)).send().await.status
}

async fn issue(shop: &Shop, room: contracts::id::RoomId) -> Value {
    let path = format!("/room/{room}/staff-token");
    let issued =
        shop.organizer("POST", &path, &json!({ "label": "box office", "lasts": "PT1H" })).send().await;
    assert_eq!(issued.status, 201, "{issued:?}");
    issued.json()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_rule_by_address_is_not_deceived_by_what_clients_say(postgres: PgPool) {
    let office = json!([{ "name": "office", "network": "10.9.0.0/16" }]);
    let shop = Shop::start(postgres.clone(), &["/tickets/*"], &[]).await;
    assert_eq!(rules(&shop, office).await.status, 200);
    for header in ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "true-client-ip"] {
        let value = if header == "forwarded" { "for=10.9.0.1" } else { "10.9.0.1" };
        assert_eq!(status(&shop, "/tickets", &[(header, value)]).await, 429, "{header}");
    }
    let here = json!([{ "name": "here", "network": "127.0.0.1" }]);
    assert_eq!(rules(&shop, here).await.status, 200);
    assert_eq!(status(&shop, "/tickets", &[]).await, 200);
    assert_eq!(status(&shop, "/tickets", &[("x-forwarded-for", "6.6.6.6")]).await, 200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn behind_a_trusted_proxy_the_address_is_the_last_that_it_saw(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &["--trusted-proxies=127.0.0.1/32"]).await;
    rules(&shop, json!([{ "name": "office", "network": "10.9.0.0/16" }])).await;
    assert_eq!(status(&shop, "/tickets", &[("x-forwarded-for", "10.9.0.1")]).await, 200);
    assert_eq!(status(&shop, "/tickets", &[("x-forwarded-for", "10.9.0.1, 6.6.6.6")]).await, 429);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_rule_by_path_opens_that_path_and_nothing_that_may_be_read_as_another(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/*"], &[]).await;
    let set =
        json!([{ "name": "callback", "path": "/pay/callback" }, { "name": "public", "path": "/public/*" }]);
    assert_eq!(rules(&shop, set).await.status, 200);
    let answer = shop.app.stranger().post("/pay/callback", &json!({ "paid": true })).header("host", HOST);
    let answer = answer.header("origin", "https://bank.example").send().await;
    assert_eq!((answer.status, answer.service().as_str()), (200, "shop"));
    let said: SiteAssertion = token::verify(
        &answer.header_heard("usher-assertion"),
        &shop.app.gate.keys.public(),
        shop.app.gate.clock.now(),
    )
    .unwrap();
    assert_eq!((said.kind, said.rule.as_deref(), said.pass), (SiteKind::Rule, Some("callback"), None));
    assert_eq!(status(&shop, "/public/a.css", &[]).await, 200);
    let heard = shop.heard();
    for target in [
        "/public/../tickets",
        "/public/%2e%2e/tickets",
        "/public/..;/tickets",
        "/public%2f..%2ftickets",
        "/PUBLIC/a",
        "/public//a",
        "//public/a",
        "/public\\..\\tickets",
        "/publicity",
        "/pay/callback/",
        "/pay/callback;x",
        "/pay/callback/x",
    ] {
        let status = shop.raw(HOST, target, "").await.0;
        assert_eq!(status, 429, "{target}");
    }
    assert_eq!(shop.heard(), heard);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_staff_token_opens_its_own_room_until_it_ends_or_is_revoked(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &[]).await;
    let issued = issue(&shop, shop.room).await;
    let genuine = issued["token"].as_str().unwrap();
    let with = async |token: &str| status(&shop, "/tickets", &[("usher-staff", token)]).await;
    assert_eq!(with(genuine).await, 429, "no rule asks for staff");
    assert_eq!(rules(&shop, json!([{ "name": "crew", "staff": true }])).await.status, 200);
    assert_eq!(with(genuine).await, 200);

    let (gate, now) = (&shop.app.gate, shop.app.gate.clock.now());
    let claims: StaffToken = token::verify(genuine, &gate.keys.public(), now).unwrap();
    let forged = token::sign(&claims, &PrivateKey::from_seed([9; 32]));
    let unlisted = token::sign(&StaffToken { jti: id(7), ..claims.clone() }, &gate.keys.signing);
    let foreign = token::sign(&StaffToken { room: id(8), ..claims.clone() }, &gate.keys.signing);
    let (_, other) = shop.app.given_line().await;
    let of_other = issue(&shop, other).await["token"].as_str().unwrap().to_owned();
    for bad in [forged.as_str(), &unlisted, &foreign, &of_other, &shop.app.forged_assertion(), "", "x"] {
        assert_eq!(with(bad).await, 429, "{bad}");
    }
    assert_eq!(status(&shop, &format!("/tickets?usher-staff={genuine}"), &[]).await, 429, "never in a URL");

    let path = format!("/queue/{}/staff", shop.room);
    let show = async |token: &str| {
        shop.app.fan().post(&path, &json!({ "token": token })).header("host", HOST).send().await
    };
    show(&of_other).await.expect_problem(403, "bad-staff-token");
    show(&forged).await.expect_problem(403, "bad-staff-token");
    let shown = show(genuine).await;
    assert_eq!(shown.status, 204);
    let cookie = shown.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with(&staff::cookie(shop.room)));
    let inside = shop.app.fan().get("/tickets").header("host", HOST).pass(&cookie).send().await;
    assert_eq!(
        (
            inside.status,
            inside.heard()["headers"].get("cookie"),
            inside.heard()["headers"].get("usher-staff")
        ),
        (200, None, None)
    );

    shop.app.clock.advance(chrono::TimeDelta::seconds(3599));
    gate.rooms.refresh(gate).await.unwrap();
    assert_eq!(with(genuine).await, 200);
    shop.app.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(with(genuine).await, 429, "it is over");
    let next = issue(&shop, shop.room).await;
    assert_eq!(with(next["token"].as_str().unwrap()).await, 200);
    let revoke = format!("/room/{}/staff-token/{}", shop.room, next["staffTokenId"].as_str().unwrap());
    assert_eq!(shop.organizer("DELETE", &revoke, &json!({})).send().await.status, 200);
    assert_eq!(with(next["token"].as_str().unwrap()).await, 429, "it is revoked");
    shop.organizer("DELETE", &revoke, &json!({})).send().await.expect_problem(404, "unknown-staff-token");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_rules_let_through_is_counted_apart_and_every_change_is_on_the_log(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &[]).await;
    let room = format!("/room/{}", shop.room);
    rules(&shop, json!([{ "name": "status", "path": "/tickets/status" }, { "name": "crew", "staff": true }]))
        .await;
    let token = issue(&shop, shop.room).await;
    for (path, times) in [("/tickets/status", 3), ("/tickets/7", 2), ("/about", 4)] {
        for _ in 0..times {
            status(&shop, path, &[("usher-staff", token["token"].as_str().unwrap())]).await;
        }
    }
    count::write_down(&shop.app.gate).await;
    count::write_down(&shop.app.gate).await;
    let view = shop.organizer("GET", &format!("{room}/bypass/rules"), &json!(null)).send().await.json();
    let counts: Vec<_> =
        view["rules"].as_array().unwrap().iter().map(|rule| (&rule["name"], &rule["requests"])).collect();
    assert_eq!(counts, [(&json!("status"), &json!(3)), (&json!("crew"), &json!(2))]);
    assert_eq!(view["staffTokens"][0]["staffTokenId"], token["staffTokenId"]);
    assert!(!view.to_string().contains(token["token"].as_str().unwrap()), "a token is told once");
    let shown = shop.organizer("GET", &room, &json!(null)).send().await.json();
    assert_eq!(
        (shown["live"]["letThroughByRule"].clone(), shown["live"]["active"].clone()),
        (json!(5), json!(0))
    );

    let revoke = format!("{room}/staff-token/{}", token["staffTokenId"].as_str().unwrap());
    shop.organizer("DELETE", &revoke, &json!({})).send().await;
    let log = shop.organizer("GET", &format!("{room}/log"), &json!(null)).send().await;
    let log = log.json();
    let kinds: Vec<_> =
        log["entries"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["bypassRulesChanged", "staffTokenIssued", "staffTokenRevoked"]);
    assert_eq!(log["entries"][0]["detail"]["to"][0]["path"], "/tickets/status");
    assert_eq!(log["entries"][1]["detail"]["label"], "box office");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn rules_can_be_tried_out_and_bad_ones_are_refused(postgres: PgPool) {
    let shop = Shop::start(postgres, &["/tickets/*"], &[]).await;
    let room = format!("/room/{}", shop.room);
    for bad in [
        json!([{ "name": "all" }]),
        json!([{ "name": "a", "staff": true }, { "name": "a", "staff": true }]),
        json!([{ "name": " ", "staff": true }]),
        (0..51).map(|at| json!({ "name": at.to_string(), "staff": true })).collect(),
    ] {
        rules(&shop, bad).await.expect_problem(422, "wrong-setting");
    }
    for bad in [json!([{ "name": "a", "network": "x" }]), json!([{ "name": "a", "path": "x" }]), json!({})] {
        rules(&shop, bad).await.expect_problem(422, "invalid-body");
    }
    rules(&shop, json!([{ "name": "office", "path": "/tickets/*", "network": "10.9.0.0/16" }, { "name": "crew", "staff": true }])).await;
    let test = async |body: Value| shop.organizer("POST", &format!("{room}/bypass/test"), &body).send().await;
    let office = test(json!({ "path": "/tickets/7", "address": "10.9.1.1", "staff": true })).await.json();
    assert_eq!(office, json!({ "guarded": true, "rule": "office", "matches": ["office", "crew"] }));
    let odd = test(json!({ "path": "/tickets/../x", "address": "10.9.1.1" })).await.json();
    assert_eq!(odd, json!({ "guarded": true, "rule": null, "matches": [] }));
    let open = test(json!({ "path": "/about", "address": "10.9.1.1", "staff": true })).await.json();
    assert_eq!(open, json!({ "guarded": false, "rule": null, "matches": ["crew"] }));
    test(json!({ "path": "/tickets", "address": "here" })).await.expect_problem(422, "invalid-body");
    for (body, kind) in [
        (json!({ "label": "", "lasts": "PT1H" }), "wrong-setting"),
        (json!({ "label": "a", "lasts": "PT169H" }), "wrong-setting"),
        (json!({ "label": "a", "lasts": "soon" }), "wrong-setting"),
        (json!({ "lasts": "PT1H" }), "invalid-body"),
    ] {
        shop.organizer("POST", &format!("{room}/staff-token"), &body).send().await.expect_problem(422, kind);
    }
    let stranger =
        shop.app.fan().send("PUT", &format!("{room}/bypass/rules"), &json!({ "rules": [] })).send().await;
    stranger.expect_problem(401, "sign-in");
    let preview = shop
        .organizer("POST", &format!("{room}/staff-token?preview=true"), &json!({ "label": "a" }))
        .send()
        .await;
    assert!(preview.status == 200 && !preview.text.contains("token\":\"ey"), "{preview:?}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_room_of_an_event_has_rules_too_and_its_service_is_told(postgres: PgPool) {
    let app = TestGateway::start(postgres, &[]).await;
    let (event, room) = app.given_line().await;
    let seats = format!("/event/{event}/seats");
    let fan = app.fan();
    fan.get(&seats).send().await.expect_problem(429, "queue-required");
    let set = json!({ "rules": [{ "name": "map", "path": seats }] });
    let put = fan
        .send("PUT", &format!("/room/{room}/bypass/rules"), &set)
        .header("authorization", &app.organizer());
    assert_eq!(put.send().await.status, 200);
    let through = fan.get(&seats).header("usher-staff", "x").send().await;
    assert_eq!((through.status, through.heard()["headers"].get("usher-staff")), (200, None));
    let pass = app.read_assertion(through.header_heard("usher-assertion")).pass.unwrap();
    assert_eq!((pass.event, pass.room, pass.kind), (event, room, contracts::pass::PassKind::Bypass));
    fan.get(&format!("/event/{event}/availability")).send().await.expect_problem(429, "queue-required");
}
