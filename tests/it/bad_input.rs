//! Bad input, through the gate: each a problem (RFC 9457) with a stable type, and nothing half-done (promise E1).

use reqwest::{Method, header};
use serde_json::{Value, json};
use system_tests::{Answer, Person, World, organizer::text};

/// An id of the right form that nobody has.
const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

/// One case: method, path, body as it is sent, and what it must be answered with.
type Case<'a> = (Method, &'a str, &'a str, u16, &'a str);

async fn send(person: &Person, method: &Method, path: &str, body: &str) -> Answer {
    let mut request = person.request(method.clone(), path);
    if !body.is_empty() {
        request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_owned());
    }
    person.send(request).await
}

/// Plays all cases, and reports all that were answered otherwise.
async fn play(person: &Person, cases: &[Case<'_>]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (method, path, body, status, kind) in cases {
        let answer = send(person, method, path, body).await;
        let media = answer.header(&header::CONTENT_TYPE);
        let problem: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        let right = answer.status.as_u16() == *status
            && media.starts_with("application/problem+json")
            && problem["type"] == format!("/problems/{kind}")
            && problem["status"] == *status;
        if !right {
            wrong.push(format!(
                "{method} {path} {body:.60}: wanted {status} {kind}, got {} {}",
                answer.status, answer.text
            ));
        }
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_endpoint_refuses_bad_input_by_name() {
    let world = World::start().await;
    let fan = world.fan("ada").await;
    let [get, post, put, delete] = [Method::GET, Method::POST, Method::PUT, Method::DELETE];
    let nobody = |path: &str| path.replace("{}", NOBODY);
    let (place, room, event) = (nobody("/queue/{}/place"), nobody("/room/{}"), nobody("/event/{}"));
    let (pass, session, order) = (nobody("/queue/{}/pass"), nobody("/queue/{}/session"), "/order/nonsense");
    let patch = Method::PATCH;
    let cases: Vec<Case<'_>> = vec![
        // Nothing there, wrong method.
        (get.clone(), "/nothing/here", "", 404, "not-found"),
        (patch.clone(), "/booking/reserve", "{}", 405, "method-not-allowed"),
        (delete.clone(), "/search", "", 405, "method-not-allowed"),
        (get.clone(), "/account/guest", "", 405, "method-not-allowed"),
        // Accounts.
        (post.clone(), "/account/register", "{", 400, "malformed-body"),
        (post.clone(), "/account/register", r#"{"email": 7}"#, 422, "invalid-body"),
        (
            post.clone(),
            "/account/register",
            r#"{"email": "no address", "password": "long enough, is it"}"#,
            422,
            "invalid-body",
        ),
        (post.clone(), "/account/guest", r#"{"email": "a@b.example", "shoeSize": 46}"#, 422, "invalid-body"),
        (
            post.clone(),
            "/account/sign-in",
            r#"{"email": "a@b.example", "password": "wrong"}"#,
            401,
            "wrong-credentials",
        ),
        // Search.
        (get.clone(), "/search?limit=many", "", 400, "invalid-parameter"),
        (get.clone(), "/search?date=soon", "", 400, "invalid-parameter"),
        (get.clone(), "/search?cursor=nonsense", "", 400, "invalid-parameter"),
        (get.clone(), "/search?date=2026-02-30", "", 400, "invalid-parameter"),
        (get.clone(), "/search/suggest", "", 400, "invalid-parameter"),
        // Catalog.
        (get.clone(), "/event/not-an-id", "", 400, "invalid-parameter"),
        (get.clone(), &event, "", 404, "not-found"),
        (post.clone(), "/event", "{}", 403, "organizers-only"),
        (post.clone(), "/venue", "{}", 403, "organizers-only"),
        (post.clone(), "/event/import", r#"{"rows": []}"#, 403, "organizers-only"),
        // Waiting rooms.
        (post.clone(), &place, "{}", 404, "unknown-room"),
        (post.clone(), "/queue/not-an-id/place", "{}", 400, "invalid-parameter"),
        (get.clone(), &place, "", 404, "unknown-room"),
        (post.clone(), &pass, "{}", 404, "unknown-room"),
        (post.clone(), &session, r#"{"admissionToken": "x"}"#, 404, "unknown-room"),
        (post.clone(), "/room", "{}", 403, "not-organizer"),
        (get.clone(), &room, "", 403, "not-organizer"),
        // Booking.
        (post.clone(), "/booking/reserve", "not json", 400, "malformed-body"),
        (post.clone(), "/booking/reserve", "{}", 422, "invalid-body"),
        (post.clone(), "/booking/reserve", r#"{"ticketId": 12}"#, 422, "invalid-body"),
        (post.clone(), "/booking/reserve", r#"{"ticketId": "nonsense"}"#, 422, "invalid-body"),
        (put.clone(), "/booking/confirm", "{}", 422, "invalid-body"),
        (get.clone(), order, "", 400, "invalid-parameter"),
        (post.clone(), "/ticket/check", r#"{"code": "x"}"#, 403, "organizers-only"),
        (post.clone(), "/payment/callback/sandbox", "{}", 401, "bad-signature"),
    ];
    let wrong = play(&fan.person, &cases).await;
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));

    let not_json =
        fan.person.request(post, "/account/guest").header(header::CONTENT_TYPE, "text/plain").body("{}");
    fan.person.send(not_json).await.problem(415, "not-json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_another_provider_refuses_bad_input_by_name() {
    let world = World::start().await;
    let fan = world.fan("ada").await;
    let get = || Method::GET;
    let cases: Vec<Case<'_>> = vec![
        (get(), "/account/oidc/nobody", "", 404, "unknown-sign-in-provider"),
        (get(), "/account/oidc/sandbox/callback?state=nonsense&code=x", "", 401, "sign-in-over"),
        (get(), "/account/oidc/sandbox/callback?state=1&state=2", "", 400, "invalid-parameter"),
    ];
    let wrong = play(&fan.person, &cases).await;
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_refuses_what_is_not_the_askers() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Mine, Not Yours", 4).await;
    let (ada, bob, stranger) = (world.fan("ada").await, world.fan("bob").await, world.stranger());
    let ticket = text(&ada.tickets(&event).await[0]["ticketId"]);

    // No session, or one that nobody gave.
    let reserve = json!({ "ticketId": ticket });
    stranger.post("/booking/reserve", &reserve).await.problem(401, "signed-out");
    stranger.set_cookie(contracts::session::COOKIE, "made.up.session");
    stranger.post("/booking/reserve", &reserve).await.problem(401, "signed-out");

    // The hold and the order of another.
    let hold = text(&ada.reserve(&ticket).await.expect(201)["holdId"]);
    bob.person.delete(&format!("/booking/hold/{hold}")).await.any_problem();
    bob.confirm(&hold, "tok_ok").await.any_problem();
    let card = json!({
        "holdId": hold,
        "paymentDetails": { "provider": "sandbox", "token": "4242424242424242" },
    });
    ada.person.put("/booking/confirm", &card).await.problem(422, "raw-card-number");
    let order = text(&ada.confirm(&hold, "tok_ok").await.expect(202)["orderId"]);
    let foreign = bob.person.get(&format!("/order/{order}")).await;
    foreign.any_problem();
    assert!(matches!(foreign.status.as_u16(), 403 | 404));
    ada.order_in(&order, "paid").await;

    // Sold.
    bob.reserve(&ticket).await.problem(409, "seats-taken");

    // A key for one request only. What is free may be told a moment late: the sold one may still be listed.
    let listed = bob.tickets(&event).await;
    let free = listed.iter().map(|listed| text(&listed["ticketId"])).find(|other| *other != ticket);
    let free = free.expect("four seats, one of them sold");
    let keyed = |ticket: &str| {
        let request = bob.person.request(Method::POST, "/booking/reserve").header("Idempotency-Key", "one");
        request.json(&json!({ "ticketId": ticket }))
    };
    let first = bob.person.send(keyed(&free)).await.expect(201);
    assert_eq!(bob.person.send(keyed(&free)).await.expect(201), first);
    bob.person.send(keyed(&ticket)).await.problem(422, "idempotency-key-reused");

    // Another site's page cannot act for Ada.
    let evil =
        ada.person.request(Method::POST, "/booking/reserve").header(header::ORIGIN, "https://evil.example");
    ada.person.send(evil.json(&reserve)).await.problem(403, "foreign-origin");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_on_sale_cannot_be_booked() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Yesterday", 2).await;
    let ada = world.fan("ada").await;
    let ticket = text(&ada.tickets(&event).await[0]["ticketId"]);
    world
        .sql("update event set sales_start = now() - interval '9 days', sales_end = now() - interval '1 day'")
        .await;
    let refused = ada.reserve(&ticket).await;
    refused.problem(409, "sales-closed");
}
