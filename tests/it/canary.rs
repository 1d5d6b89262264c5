//! Nothing that is secret or names somebody stands in a log: a whole sale, told by every service at its most talkative, and then
//! searched for each secret that somebody held.

use std::time::Duration;

use serde_json::json;
use system_tests::{World, mail, organizer::text, until};

use devstack::system::Service;

const PASSWORD: &str = "canary that sings in no log";
const EMAIL: &str = "canary@fans.example";
const IN_LINE: &str = "canary-in-line@fans.example";
const TOKEN: &str = "tok_ok";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_secret_or_names_somebody_stands_in_no_log() {
    let world = World::with(&[("USHER_LOG", "debug,hyper=info,h2=info,sqlx=debug")]).await;
    let organizer = world.organizer().await;
    let event = organizer.seated_event("Quiet Birds", 4).await;
    let room = organizer.room(&event, 600, 20).await;

    // Somebody with an account, who errs once, waits, goes in and buys.
    let person = world.stranger();
    let account = json!({ "email": EMAIL, "password": PASSWORD, "name": "Canary Singer" });
    person.post("/account/register", &account).await.expect(201);
    let wrong = json!({ "email": EMAIL, "password": format!("{PASSWORD}?") });
    person.post("/account/sign-in", &wrong).await.any_problem();
    person.post("/account/sign-in", &json!({ "email": EMAIL, "password": PASSWORD })).await.expect(200);
    let fan = system_tests::fan::Fan { person, email: EMAIL.to_owned() };
    // Somebody else asks at the line to be mailed; whether they may at this moment is no matter here.
    let asks = world.stranger();
    asks.post(&format!("/queue/{}/place", room.id), &json!({})).await;
    asks.put(&format!("/queue/{}/mail", room.id), &json!({ "email": IN_LINE })).await;
    fan.join(&room).await;
    fan.wait_until_called(&room).await;
    let admission = fan.claim(&room).await;
    fan.exchange(&room, &admission).await;
    let ticket = text(&fan.tickets(&event).await[0]["ticketId"]);
    let hold = fan.reserve(&ticket).await.expect(201);
    let order = text(&fan.confirm(&text(&hold["holdId"]), TOKEN).await.expect(202)["orderId"]);
    let paid = fan.order_in(&order, "paid").await;
    let code = text(&paid["tickets"][0]["code"]);
    let patience = Duration::from_secs(20);
    until("the mail", patience, async || mail::to(&world.mail_folder(), EMAIL).pop()).await;
    // Bodies that cannot be read, and what belongs into none.
    fan.person.post("/booking/reserve", &json!({ "ticketId": code })).await.any_problem();
    fan.person.post(&format!("/queue/{}/session", room.id), &json!({ "admissionToken": admission })).await;

    let mut secrets = vec![
        ("the password", PASSWORD.to_owned()),
        ("the address", EMAIL.to_owned()),
        ("the address of somebody in line", IN_LINE.to_owned()),
        ("the name", "Canary Singer".to_owned()),
        ("the admission", admission),
        ("the code of the ticket", code),
        ("the record of the hold", text(&hold["record"])),
        ("the token of the payment", format!("\"{TOKEN}\"")),
    ];
    let cookies = fan.person.cookie_header().expect("there are cookies");
    secrets.extend(
        cookies.split("; ").filter_map(|cookie| Some(("a cookie", cookie.split_once('=')?.1.to_owned()))),
    );
    assert!(secrets.len() >= 10, "{} secrets", secrets.len());
    let mut told = Vec::new();
    for service in world.services() {
        let log = world.log(service);
        assert!(log.contains("listening"), "{} has no log", service.name());
        for (what, secret) in &secrets {
            assert!(secret.len() > 5, "{what} is too short to be looked for");
            told.extend(
                log.lines().filter(|line| line.contains(secret)).map(|line| format!("{what}: {line}")),
            );
        }
    }
    assert!(world.log(Service::Booking).contains(&order), "the logs tell of the sale");
    assert!(told.is_empty(), "{} lines:\n{}", told.len(), told.join("\n"));
}
