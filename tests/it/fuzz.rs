//! Whatever a client may send, and what none should: the OpenAPI documents are true of the running services, and nothing
//! is answered with an error of ours (promise E1).

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use openapi::answers;
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{World, organizer::text};

use crate::sources;

/// An id of the right form that nobody has.
pub(crate) const NOBODY: &str = "01890000-0000-7000-8000-000000000000";

/// The requests that are made of each call, of each kind.
const EXAMPLES: &str = "5";

/// With fewer requests than this something was not tried at all.
const LEAST: u32 = 30;

/// What methods a path does not know is no matter of the documents, and is looked at elsewhere.
const SETTINGS: &str = "[phases.coverage]\nunexpected-methods = []\n";

/// Ids of things that are there, by the parameter that takes them.
pub(crate) type Known = Vec<(&'static str, Vec<String>)>;

/// What is not sent here: what would end the session in which all else is sent, and streams, which do not end by themselves.
/// Tests of the services make these calls.
const NOT_HERE: [&str; 3] =
    ["/account/sign-out", "/account/sign-out-everywhere", "/room/{roomId}/live/stream"];

/// The document, with ids of things that are there beside ids of nothing.
fn document(name: &str, known: &Known, folder: &Path) -> PathBuf {
    let text = sources::read(&format!("docs/openapi/{name}.yaml"));
    let mut document: Value = serde_yaml_ng::from_str(&text).unwrap();
    // An answer may have no member that is not told.
    answers::close_all(&mut document);
    for path in NOT_HERE {
        document["paths"].as_object_mut().unwrap().remove(path);
    }
    for (parameter, ids) in known {
        if let Some(at) = document.pointer_mut(&format!("/components/parameters/{parameter}")) {
            at["schema"] = json!({ "type": "string", "enum": ids });
        }
    }
    let file = folder.join(format!("{name}.json"));
    std::fs::write(&file, document.to_string()).unwrap();
    file
}

/// Sends what the document allows, and what it does not, to the gate.
fn send(document: &Path, gate: &str, session: &str) -> Output {
    let packages = devstack::schemathesis::packages().expect("schemathesis can be had");
    let mut command = Command::new("python3");
    command.args(["-m", "schemathesis.cli", "run"]).arg(document).args(["--url", gate, "--seed", "1"]);
    command.args(["--header", &format!("Authorization: Bearer {session}")]);
    let checks =
        "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    command.args(["--checks", checks, "--phases", "examples,coverage,fuzzing", "--mode", "all"]);
    command.args(["--max-examples", EXAMPLES, "--no-shrink", "--continue-on-failure", "--no-color"]);
    command.args(["--request-timeout", "10", "--suppress-health-check", "all", "--warnings", "off"]);
    command.env("PYTHONPATH", packages).current_dir(document.parent().unwrap()).stdin(Stdio::null());
    command.output().expect("python3 runs")
}

/// Things of every kind, all the organizer's.
pub(crate) async fn things(world: &World) -> (Known, String) {
    let organizer = world.organizer().await;
    let (hall, floor) =
        (organizer.seated_event("Fuzzed", 30).await, organizer.standing_event("Blurred", 30).await);
    let guarded = organizer.seated_event("Guarded", 5).await;
    let room = organizer.room(&guarded, 600, 100).await;
    let person = &organizer.person;
    let venue = json!({
        "name": "Nowhere", "city": "Bremen", "country": "DE", "latitude": 53.1, "longitude": 8.8, "timeZone": "Europe/Berlin",
    });
    let venue = person.post("/venue", &venue).await.expect(201);
    let performer = person.post("/performer", &json!({ "name": "Nobody" })).await.expect(201);
    let shown = person.get(&format!("/event/{}", hall.id)).await.expect(200);
    let ticket = |at: usize| text(&shown["ticket"][at]["ticketId"]);
    let hold = async |ticket: String| {
        text(&person.post("/booking/reserve", &json!({ "ticketId": ticket })).await.expect(201)["holdId"])
    };
    let (held, bought) = (hold(ticket(0)).await, hold(ticket(1)).await);
    let payment = json!({ "holdId": bought, "paymentDetails": { "provider": "sandbox", "token": "tok_ok" } });
    let order = text(&person.put("/booking/confirm", &payment).await.expect(202)["orderId"]);
    let door = json!({ "name": "North", "hours": 1 });
    let door = person.post(&format!("/event/{}/door", hall.id), &door).await.expect(201);
    let nobody = || NOBODY.to_owned();
    let known = vec![
        ("venueId", vec![text(&venue["venueId"]), nobody()]),
        ("performerId", vec![text(&performer["performerId"]), nobody()]),
        ("eventId", vec![hall.id, floor.id, nobody()]),
        ("ticketId", vec![ticket(1), ticket(2), "nonsense".to_owned()]),
        ("holdId", vec![held, bought, "nonsense".to_owned()]),
        ("orderId", vec![order, "nonsense".to_owned()]),
        ("doorId", vec![text(&door["doorId"]), nobody()]),
        ("roomId", vec![room.id, nobody()]),
    ];
    let password = std::fs::read_to_string(world.organizer_password()).unwrap();
    let sign_in = json!({ "email": system_tests::world::ORGANIZER, "password": password.trim() });
    let session = person.post("/account/sign-in", &sign_in).await.expect(200);
    (known, text(&session["token"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_sent_is_answered_as_the_documents_say() {
    let world = World::with(&[("QUEUE_GATE_LIMIT_PER_ADDRESS", "1000000")]).await;
    let (known, session) = things(&world).await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), SETTINGS).unwrap();
    let mut runs = Vec::new();
    for name in ["booking-api", "queue-gate", "search-api"] {
        let document = document(name, &known, folder.path());
        let (gate, session) = (world.gate().to_owned(), session.clone());
        runs.push((name, tokio::task::spawn_blocking(move || send(&document, &gate, &session))));
    }
    let mut wrong = Vec::new();
    for (name, run) in runs {
        let output = run.await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let sent = said.lines().find_map(|line| line.trim().split_once(" generated")?.0.parse::<u32>().ok());
        if !output.status.success() || sent.is_none_or(|sent| sent < LEAST) {
            let complained = String::from_utf8_lossy(&output.stderr);
            wrong.push(format!("{name} ({}):\n{said}\n{complained}", output.status));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // It is all still there.
    let answer = world.stranger();
    let answer = answer.send(answer.request(Method::GET, "/search?token=fuzzed")).await;
    assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
}
