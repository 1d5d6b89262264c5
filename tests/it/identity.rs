//! Who is signed in, through the whole system: for longer than a token holds, and no longer than they want.

use std::{collections::BTreeSet, time::Duration};

use reqwest::{Method, header::LOCATION};
use serde_json::json;
use system_tests::{World, mail, organizer::text, until};

const SESSION: &str = "__Host-usher_session";
const REFRESH: &str = "__Host-usher_refresh";
/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_stays_signed_in_for_longer_than_a_session_token_and_is_out_when_it_signs_out() {
    let world = World::with(&[("BOOKING_API_SESSION_LASTS", "3s")]).await;
    let person = world.organizer().await.person;
    let mut tokens = BTreeSet::new();
    // One call is answered by the gate, the other by booking-api; a page does nothing for it.
    until("three tokens have followed one another", PATIENCE, async || {
        person.get("/room").await.expect(200);
        person.get("/account").await.expect(200);
        tokens.insert(person.cookie(SESSION).unwrap());
        (tokens.len() > 3).then_some(())
    })
    .await;
    // A thief copies everything, and is out with the owner.
    let thief = world.stranger();
    for name in [SESSION, REFRESH] {
        thief.set_cookie(name, &person.cookie(name).unwrap());
    }
    thief.get("/account").await.expect(200);
    person.post("/account/sign-out", &json!({})).await.expect(204);
    assert!(person.cookie(SESSION).is_none() && person.cookie(REFRESH).is_none());
    for path in ["/room", "/account"] {
        until("the thief is out", PATIENCE, async || (thief.get(path).await.status == 401).then_some(()))
            .await;
    }
    assert!(thief.cookie(REFRESH).is_none(), "the gate took it away");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_everywhere_is_out_at_every_gate_long_before_the_token_ends() {
    let world = World::start().await;
    let (here, there) = (world.organizer().await.person, world.organizer().await.person);
    there.get("/room").await.expect(200);
    here.post("/account/sign-out-everywhere", &json!({})).await.expect(204);
    // Within a second; a busy machine may take longer, but far less than the token's quarter of an hour. Each look is a
    // connection of its own, which the system gives to any of the gates.
    until("no gate knows the session", PATIENCE, async || {
        for _ in 0..10 {
            let look = there.stranger();
            look.set_cookie(SESSION, &there.cookie(SESSION).unwrap());
            if look.get("/room").await.status != 401 {
                return None;
            }
        }
        Some(())
    })
    .await;
    there.get("/account").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_by_mail_signs_in_who_has_forgotten_the_password() {
    let world = World::start().await;
    let email = "forgetful@fans.example";
    let account = json!({ "email": email, "password": "nobody remembers it" });
    world.stranger().post("/account/register", &account).await.expect(201);
    let person = world.stranger();
    let asked = person.post("/account/code", &json!({ "email": email })).await.expect(202);
    let mail = until("the mail", PATIENCE, async || mail::to(&world.mail_folder(), email).pop()).await;
    let is_code =
        |line: &&str| line.len() == 9 && line.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
    let code = mail.lines().map(str::trim).find(is_code).unwrap().to_owned();
    let typed = json!({ "codeId": text(&asked["codeId"]), "code": code });
    person.post("/account/code/sign-in", &typed).await.expect(200);
    assert_eq!(person.get("/account").await.expect(200)["email"], email);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_provider_signs_somebody_in_through_the_whole_system() {
    let world = World::start().await;
    let person = world.stranger();
    let page = person.open("/account/sign-in?next=/account").await;
    assert!(page.page().contains("Sign in with the sandbox"), "{}", page.text);
    let there = person.open("/account/oidc/sandbox?next=/account").await;
    assert_eq!(there.status, 303, "{}", there.text);
    let provider = there.header(&LOCATION);
    assert!(person.open(&provider).await.page().contains("Who are you?"));
    let said = [("email", "ada@fans.example"), ("name", "Ada")];
    let back = person.send(person.request(Method::POST, &provider).form(&said)).await;
    let back = back.header(&LOCATION);
    assert!(back.starts_with(world.gate()), "{back}");
    // A thief who reads the address comes too late, and had nothing by it before.
    world.stranger().get(&back).await.problem(401, "sign-in-over");
    let signed_in = person.open(&back).await;
    assert_eq!((signed_in.status.as_u16(), signed_in.header(&LOCATION).as_str()), (303, "/account"));
    assert_eq!(person.get("/account").await.expect(200)["email"], "ada@fans.example");
    assert!(person.cookie(SESSION).is_some() && person.cookie(REFRESH).is_some());
    let again = person.open(&back).await;
    assert_eq!(again.header(&LOCATION), "/account/sign-in?problem=sign-in-over");
}
