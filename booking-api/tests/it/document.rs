//! Tickets to take along.

use std::process::Command;

use booking_api::problems::{NO_WALLET, UNKNOWN_TICKET};
use http::header;
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;

use crate::{door::bought, shop::Shop};

/// Runs OpenSSL: it makes certificates, and is the other reader of our signatures.
fn openssl(folder: &TempDir, arguments: &[&str]) -> std::process::Output {
    Command::new("openssl").args(arguments).current_dir(folder.path()).output().unwrap()
}

/// A root, a certificate that it issued, and its key, as files.
fn certificates() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 30",
        "req -newkey rsa:2048 -nodes -keyout pass.key -out pass.csr -subj /CN=pass.example.usher",
        "x509 -req -in pass.csr -CA root.pem -CAkey root.key -CAcreateserial -out pass.pem -days 30",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out other.key",
    ] {
        let made = openssl(&folder, &arguments.split(' ').collect::<Vec<_>>());
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    folder
}

/// The files of an archive that stores them as they are, by its directory.
fn unzip(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let number = |at: usize, size: usize| -> usize {
        archive[at..at + size].iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let end = archive.len() - 22;
    assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
    let (count, mut at) = (number(end + 10, 2), number(end + 16, 4));
    let mut files = Vec::new();
    for _ in 0..count {
        assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
        let (sum, size, name, start) =
            (number(at + 16, 4), number(at + 20, 4), number(at + 28, 2), number(at + 42, 4));
        let called = String::from_utf8(archive[at + 46..at + 46 + name].to_vec()).unwrap();
        assert_eq!(&archive[start..start + 4], b"PK\x03\x04");
        let begin = start + 30 + number(start + 26, 2);
        let content = archive[begin..begin + size].to_vec();
        assert_eq!(usize::try_from(crc32fast::hash(&content)).unwrap(), sum, "{called}");
        files.push((called, content));
        at += 46 + name;
    }
    files
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_ticket_comes_on_paper_and_into_the_calendar_of_its_holder_only(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let (ada, bob) = (shop.booking.fan().await, shop.booking.fan().await);
    let (ticket, _) = bought(&shop, &ada, 0).await;
    let path = |file: &str| format!("/ticket/{ticket}/{file}");
    let paper = ada.get(&path("ticket.pdf")).await;
    assert_eq!(paper.headers[header::CONTENT_TYPE], "application/pdf");
    assert!(paper.bytes.starts_with(b"%PDF-") && paper.bytes.len() > 10_000);
    let entry = ada.get(&path("event.ics")).await;
    assert_eq!(entry.headers[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
    let text = entry.text();
    // Noon in UTC three days later is two in the afternoon in Berlin, in summer.
    assert!(text.contains("DTSTART;TZID=Europe/Berlin:20270604T140000\r\n"), "{text}");
    assert!(text.contains("SUMMARY:The Opening\r\n") && text.contains("BEGIN:VTIMEZONE\r\n"), "{text}");
    for file in ["ticket.pdf", "event.ics", "ticket.pkpass"] {
        bob.get(&path(file)).await.expect_problem(UNKNOWN_TICKET);
    }
    ada.get(&path("ticket.pkpass")).await.expect_problem(NO_WALLET);
    let page = ada.clone().with_header("accept", "text/html").get(&format!("/ticket/{ticket}")).await.text();
    for part in [
        "data-test=\"qr\"",
        "ticket.pdf",
        "event.ics",
        "data-test=\"send\"",
        "Friday, 4 June 2027 at 14:00 CEST",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("pkpass"), "no wallet is offered where there is none");
    let accept = shop.booking.stranger().get("/ticket/accept").await.text();
    assert!(accept.contains("data-test=\"accept\"") && accept.contains("data-test=\"email\""));
    let order =
        ada.get(&path("")[..path("").len() - 1]).await.expect(200)["orderId"].as_str().unwrap().to_owned();
    let order = ada.clone().with_header("accept", "text/html").get(&format!("/order/{order}")).await.text();
    assert!(order.contains(&format!("href=\"/ticket/{ticket}\"")), "{order}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_pass_is_signed_with_the_operators_certificate_as_openssl_sees_it(postgres: PgPool) {
    let folder = certificates();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (certificate, key, issuer) = (file("pass.pem"), file("pass.key"), file("root.pem"));
    let arguments = [
        "--wallet-pass-type",
        "pass.example.usher",
        "--wallet-team",
        "TEAM123456",
        "--wallet-certificate",
        &certificate,
        "--wallet-key",
        &key,
        "--wallet-issuer",
        &issuer,
    ];
    let shop = Shop::with(postgres, None, &arguments).await;
    let ada = shop.booking.fan().await;
    let (ticket, code) = bought(&shop, &ada, 0).await;
    let answer = ada.get(&format!("/ticket/{ticket}/ticket.pkpass")).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/vnd.apple.pkpass");
    let files = unzip(&answer.bytes);
    let part = |name: &str| files.iter().find(|file| file.0 == name).unwrap().1.clone();
    let said: Value = serde_json::from_slice(&part("pass.json")).unwrap();
    assert_eq!((&said["formatVersion"], &said["teamIdentifier"]), (&json!(1), &json!("TEAM123456")));
    assert_eq!(said["passTypeIdentifier"], "pass.example.usher");
    assert_eq!(said["barcodes"][0]["message"], code);
    assert_eq!(said["relevantDate"], "2027-06-04T14:00:00+02:00");
    assert_eq!(said["eventTicket"]["auxiliaryFields"][0]["value"], "Block 1, row A, seat 1");
    // Every file is on the list with its digest, and the list is what is signed.
    let manifest: Value = serde_json::from_slice(&part("manifest.json")).unwrap();
    for (name, content) in
        files.iter().filter(|file| !["manifest.json", "signature"].contains(&file.0.as_str()))
    {
        std::fs::write(folder.path().join("part"), content).unwrap();
        let digest = openssl(&folder, &["dgst", "-sha1", "-r", "part"]).stdout;
        let digest = String::from_utf8(digest).unwrap().split(' ').next().unwrap().to_owned();
        assert_eq!(manifest[name.as_str()], digest, "{name}");
    }
    std::fs::write(folder.path().join("manifest"), part("manifest.json")).unwrap();
    std::fs::write(folder.path().join("signature"), part("signature")).unwrap();
    let verify = "cms -verify -binary -inform DER -in signature -content manifest -CAfile root.pem -purpose any -no_check_time -out out";
    let verify: Vec<&str> = verify.split(' ').collect();
    let seen = openssl(&folder, &verify);
    assert!(seen.status.success(), "{}", String::from_utf8_lossy(&seen.stderr));
    std::fs::write(folder.path().join("manifest"), b"{}").unwrap();
    assert!(!openssl(&folder, &verify).status.success(), "another list is not what was signed");
    let page = ada.clone().with_header("accept", "text/html").get(&format!("/ticket/{ticket}")).await.text();
    assert!(page.contains("ticket.pkpass"), "{page}");
}

#[test]
fn a_certificate_without_its_own_key_is_refused_at_the_start() {
    let folder = certificates();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let signer = |certificate: &str, key: &str| {
        booking_api::wallet::Signer::read(certificate, key, &read("root.pem"))
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(signer(&read("pass.pem"), &read("pass.key")), Ok(()));
    let refused = |certificate: &str, key: &str| signer(certificate, key).unwrap_err();
    assert_eq!(refused(&read("pass.pem"), &read("other.key")), "the key does not belong to the certificate");
    assert_eq!(refused("", &read("pass.key")), "there is no CERTIFICATE in it");
    assert_eq!(refused(&read("pass.pem"), "nothing"), "there is no PRIVATE KEY in it");
    let nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(nonsense, &read("pass.key")), "the certificate cannot be read");
}
