//! Organizers are told by HTTP: by the real processes, and as the documents say.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::webhook::{KINDS, Notice, Secret};
use devstack::system::Service;
use serde_json::{Value, json};
use system_tests::{World, organizer::text, until};

use crate::sources;

const PATIENCE: Duration = Duration::from_secs(30);

/// The blocks of code of a language in docs/webhooks.md.
fn blocks(language: &str) -> Vec<String> {
    let page = sources::read("docs/webhooks.md");
    let begin = format!("```{language}\n");
    page.split(&begin).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// A secret as people copy it.
fn secret(text: &str) -> Secret {
    Secret::new(STANDARD.decode(text.strip_prefix("whsec_").unwrap()).unwrap()).unwrap()
}

#[test]
fn every_kind_of_notice_is_documented_as_it_is_sent() {
    let mut documented = Vec::new();
    for block in blocks("json") {
        let example: Value = serde_json::from_str(&block).unwrap();
        let notice = json!({ "type": example["type"], "data": example["data"] });
        let notice: Notice =
            serde_json::from_value(notice).unwrap_or_else(|error| panic!("{error}: {block}"));
        let at = serde_json::from_value(example["timestamp"].clone()).unwrap();
        let sent: Value = serde_json::from_str(&notice.body(at).unwrap()).unwrap();
        assert_eq!(sent, example, "what is sent has other members than its example");
        documented.push(notice.kind());
    }
    let all: Vec<&str> = KINDS.into_iter().chain(["webhook.test"]).collect();
    assert_eq!(documented, all);
    let page = sources::read("docs/webhooks.md");
    for kind in all {
        assert!(page.contains(&format!("| `{kind}` |")), "{kind} is in the table");
    }
}

#[test]
fn the_example_of_a_signature_is_right() {
    let block = &blocks("text")[0];
    let value = |name: &str| {
        let line = block.lines().find(|line| line.starts_with(name));
        line.unwrap().strip_prefix(name).unwrap().trim().to_owned()
    };
    let at = value("webhook-timestamp").parse().unwrap();
    let signed = secret(&value("secret")).sign(&value("webhook-id"), at, value("body").as_bytes());
    assert_eq!(signed, value("webhook-signature"));
}

/// What came: the headers by their names in small letters, and the body.
pub(crate) type Told = (Vec<(String, String)>, String);

/// Listens and answers 204, until the test process ends.
pub(crate) fn listen() -> (SocketAddr, Arc<Mutex<Vec<Told>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, told) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let all = told.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            all.lock().unwrap().extend(take(&stream));
        }
    });
    (address, told)
}

fn take(mut stream: &TcpStream) -> Option<Told> {
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        headers.extend(
            line.trim().split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned())),
        );
    }
    let length = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    stream.write_all(b"HTTP/1.1 204 Taken\r\n\r\n").ok()?;
    Some((headers, String::from_utf8(body).ok()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_is_told_to_its_organizer_though_the_notifier_is_killed() {
    let world = World::start().await;
    let organizer = world.organizer().await;
    let (address, told) = listen();
    let url = format!("http://{address}/usher");
    let asked = json!({ "url": url, "types": ["order.paid", "event.sold_out"] });
    let made = organizer.person.post("/webhook", &asked).await.expect(201);
    let event = organizer.seated_event("Told Abroad", 1).await;
    world.kill(Service::Notifier);
    let ada = world.fan("ada").await;
    let ticket = text(&ada.tickets(&event).await[0]["ticketId"]);
    let hold = ada.reserve(&ticket).await.expect(201);
    let order = text(&ada.confirm(&text(&hold["holdId"]), "tok_ok").await.expect(202)["orderId"]);
    ada.order_in(&order, "paid").await;
    world.restart(Service::Notifier);
    let of = |kind: &str| {
        let all = told.lock().unwrap().clone();
        let is = |body: &str| serde_json::from_str::<Value>(body).unwrap()["type"] == kind;
        all.into_iter().filter(|(_, body)| is(body)).collect::<Vec<Told>>()
    };
    let paid = until("the organizer is told", PATIENCE, async || of("order.paid").pop()).await;
    until("that it is sold out too", PATIENCE, async || of("event.sold_out").pop()).await;
    let header = |name: &str| paid.0.iter().find(|(other, _)| other == name).unwrap().1.clone();
    let at = header("webhook-timestamp").parse().unwrap();
    let signed = secret(&text(&made["secret"])).sign(&header("webhook-id"), at, paid.1.as_bytes());
    assert_eq!(header("webhook-signature"), signed);
    let body: Value = serde_json::from_str(&paid.1).unwrap();
    assert_eq!(
        (&body["data"]["orderId"], &body["data"]["tickets"][0]["ticketId"]),
        (&json!(order), &json!(ticket))
    );
    let log = format!("/webhook/{}/delivery?state=delivered", text(&made["webhookId"]));
    until("the log says so", PATIENCE, async || {
        let log = organizer.person.get(&log).await.expect(200);
        (log["deliveries"].as_array().unwrap().len() == 2).then_some(())
    })
    .await;
    assert_eq!(of("order.paid").len(), 1);
}
