//! The folder and its pages.

use clap::Parser;
use contracts::message::Message;
use notifier::config::Config;
use platform::lifecycle::Lifecycle;
use sqlx::PgPool;

use crate::{
    sink::Sink,
    support::{TestNotifier, tickets_for},
};

/// A notifier process's worth of tasks: its address, and its life.
async fn start(transport: &[&str]) -> (String, Lifecycle) {
    let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let keys = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/seal-keys");
    let none = "postgres://127.0.0.1:1/none";
    let all = ["notifier", "--postgres-url", none, "--listen", &listen, "--seal-keys", keys];
    let lifecycle = Lifecycle::new(std::time::Duration::from_secs(5));
    let config = Config::parse_from(all.iter().chain(transport));
    notifier::start(config, lifecycle.clone()).await.unwrap();
    lifecycle.health.set_ready(true);
    (format!("http://{listen}"), lifecycle)
}

async fn get(url: String) -> (u16, String) {
    let response = reqwest::get(url).await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_mail_sent_twice_is_one_file_and_the_pages_show_it(postgres: PgPool) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().to_str().unwrap();
    let notifier = TestNotifier::with(postgres, &["--mail-folder", at]).await;
    let mut issued = tickets_for("Ada", &["Row A, seat 1"]);
    issued.event.title = "Strings & \"Things\" <b>".to_owned();
    let id = notifier.given(&Message::TicketsIssued(issued)).await;
    let delivery = notifier::delivery::take::take(&notifier.app).await.unwrap().remove(0);
    for _ in 0..2 {
        notifier::delivery::attempt::attempt(&notifier.app, &delivery).await.unwrap();
    }
    let files: Vec<_> = std::fs::read_dir(at).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, [format!("{id}.eml").as_str()]);

    let (url, lifecycle) = start(&["--mail-folder", at]).await;
    let (status, list) = get(format!("{url}/mail")).await;
    assert_eq!(status, 200);
    assert!(list.contains(&format!("href=\"/mail/{id}\"")) && list.contains("Strings &amp; "), "{list}");
    assert!(!list.contains("<b>"), "{list}");
    for name in [id.to_string(), format!("{id}.eml")] {
        let (status, page) = get(format!("{url}/mail/{name}")).await;
        assert_eq!(status, 200);
        assert!(page.contains("<iframe sandbox title=\"The mail\" srcdoc=\"&lt;!doctype html&gt;"), "{page}");
        assert!(page.contains("data:image&#x2f;png;base64,iVBOR") && !page.contains("cid:"), "{page}");
        assert!(page.contains("Ada &lt;ada@example.com&gt;"), "{page}");
    }
    for name in ["..%2F..%2Fetc%2Fpasswd", "nothing", "00000000-0000-7000-8000-000000000000"] {
        let (status, problem) = get(format!("{url}/mail/{name}")).await;
        assert_eq!(status, 404, "{name}");
        assert!(problem.contains("/problems/unknown-mail"), "{problem}");
    }
    lifecycle.stop();
    assert!(lifecycle.wait().await);
}

#[tokio::test]
async fn without_a_folder_there_are_no_pages_and_health_answers() {
    let (url, lifecycle) = start(&["--smtp-url", &Sink::start().url()]).await;
    assert_eq!(get(format!("{url}/mail")).await.0, 404);
    assert_eq!(get(format!("{url}/healthz")).await.0, 200);
    assert_eq!(get(format!("{url}/readyz")).await.0, 200);
    lifecycle.stop();
    assert!(lifecycle.wait().await, "every task ends within the grace, with the database away");
}

#[test]
fn a_notifier_has_exactly_one_way_out() {
    let all = ["notifier", "--postgres-url", "postgres://x", "--seal-keys", "x"];
    let both = ["--smtp-url", "smtp://x", "--mail-folder", "/tmp/x"];
    assert!(Config::try_parse_from(all).is_err());
    assert!(Config::try_parse_from(all.iter().chain(&both)).is_err());
}
