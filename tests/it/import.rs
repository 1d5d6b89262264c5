//! `cargo xtask import` against the whole system: real rows come in through the gate, once.

use std::{
    path::Path,
    process::{Command, Output},
};

use system_tests::World;

const VENUE: &str = r#"{"name":"Town Hall","address":null,"city":"Lübeck","country":"DE","lat":53.8655,"lon":10.6866,"timezone":"Europe/Berlin"}"#;
const MATCH: &str = r#"{"date":"2008-02-29","home":"North","away":"South","tournament":"Cup","city":"Lübeck","country":"DE","lat":53.8655,"lon":10.6866,"timezone":"Europe/Berlin"}"#;
const CONCERT: &str = r#"{"orchestra":"Town Band","season":"2004-05","type":"Tour","venue":"Hall","location":"Tokyo, JAPAN","lat":35.7,"lon":139.7,"timezone":"Asia/Tokyo","date":"2004-12-01","time":"7:30PM","works":[{"composer":"Bartok [Bartók], Béla","title":"SUITE"}],"performers":[{"name":"Doe, Jane","role":"violin"}]}"#;
const NOWHERE: &str =
    r#"{"name":"Nowhere","address":null,"city":"X","country":"DE","lat":null,"lon":null,"timezone":null}"#;

async fn import(world: &World, file: &Path) -> Output {
    let mut command = Command::new(devstack::system::programs("debug").join("xtask"));
    command
        .args([
            "import",
            "--gate",
            world.gate(),
            "--email",
            system_tests::world::ORGANIZER,
            "--password-file",
        ])
        .arg(world.organizer_password())
        .arg("--report")
        .arg(file.with_extension("report"))
        .arg(file);
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_brings_in_what_can_be_used_once_and_tells_the_rest_by_line() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.jsonl");
    std::fs::write(&file, [VENUE, MATCH, NOWHERE, CONCERT].join("\n")).unwrap();

    let first = import(&world, &file).await;
    let said = String::from_utf8_lossy(&first.stdout).into_owned();
    assert!(first.status.success(), "{said}{}", String::from_utf8_lossy(&first.stderr));
    assert!(said.contains("3 created, 0 updated, 0 unchanged, 0 refused, 1 unusable"), "{said}");
    assert!(said.contains("rows.jsonl:3: the place has no coordinates"), "{said}");
    let report = std::fs::read_to_string(file.with_extension("report")).unwrap();
    assert_eq!(report.lines().count(), 4, "{report}");

    let again = import(&world, &file).await;
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(said.contains("0 created, 1 updated, 2 unchanged, 0 refused, 1 unusable"), "{said}");
    assert_eq!(world.sql("select count(*) from event").await.trim(), "2");
    assert_eq!(world.sql("select count(*) from event where starts_at < now()").await.trim(), "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_fails_when_the_system_refuses_a_row_and_keeps_the_others() {
    let world = World::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows.jsonl");
    let foreign = MATCH.replace("\"DE\"", "\"Germany\"").replace("North", "West");
    std::fs::write(&file, [MATCH, &foreign].join("\n")).unwrap();

    let outcome = import(&world, &file).await;
    let said = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(!outcome.status.success(), "{said}");
    assert!(said.contains("1 created, 0 updated, 0 unchanged, 1 refused, 0 unusable"), "{said}");
    assert!(said.contains("rows.jsonl:2: "), "{said}");
    assert_eq!(world.sql("select count(*) from event").await.trim(), "1");
}
