//! What fans see.

use http::StatusCode;
use serde_json::{Value, json};
use sqlx::PgPool;

use super::{full, page};
use crate::app::TestGate;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_pages_of_a_room_look_as_its_organizer_says(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let queue = format!("/queue/{}", sale.room);
    let plain = page(&gate.fan(), &queue, "en").await;
    assert!(
        plain.text.contains(r">Usher</a>") && !plain.text.contains("/assets/gate/look"),
        "{}",
        plain.text
    );
    let before = sale.organizer.get(&sale.brand_path()).await.expect(StatusCode::OK);
    assert_eq!(
        (&before.body["look"], &before.body["brand"], &before.body["colours"]),
        (&Value::Null, &json!({}), &Value::Null)
    );

    sale.brand(full()).await.expect(StatusCode::OK);
    for path in [&queue, &format!("{queue}/entry")] {
        let english = page(&gate.fan(), path, "en").await.expect(StatusCode::OK);
        for text in [
            r#"<link rel="stylesheet" href="/assets/gate/look/ffd400-ffd400.css?v="#,
            r#"<a class="brand" href="https://harbour.example/shows" data-test="brand">Harbour Hall</a>"#,
            "data-test=\"welcome\">Two nights.\nOne stage.</p>",
            // English has no rules: those of the usual language stand in, and say so to who listens.
            r#"data-test="rules" lang="de">Vier Karten für jeden.</p>"#,
            r#"<a href="https://harbour.example/help" data-test="help">Help</a>"#,
            r#"data-test="home">Back to Harbour Hall</a>"#,
        ] {
            let text = text
                .replace("https://harbour.example", "https:&#x2f;&#x2f;harbour.example")
                .replace(".example/", ".example&#x2f;");
            assert!(english.text.contains(&text), "{text} is not in {}", english.text);
        }
        assert!(english.headers["content-security-policy"].to_str().unwrap().contains("style-src 'self';"));
        assert!(!english.text.contains("style="), "nothing inline");
        let german = page(&gate.fan(), path, "de").await;
        assert!(
            german.text.contains("data-test=\"welcome\">Zwei Nächte.</p>")
                && german.text.contains("<h2>Regeln</h2>")
        );
        assert!(!german.text.contains("data-test=\"help\""), "German has none, and is the usual language");
    }
    let after = sale.organizer.get(&sale.brand_path()).await.expect(StatusCode::OK).body;
    assert_eq!(after["brand"]["accent"], "#ffd400");
    let light = &after["colours"]["light"];
    assert_eq!((&light["accent"], &light["on"]), (&json!("#ffd400"), &json!("#000000")));
    assert!(light["contrast"].as_f64().unwrap() >= 4.5 && light["text"] != light["accent"]);
    // Nothing says as much as no look at all.
    sale.brand(json!({ "name": " ", "texts": { "en": {} } })).await.expect(StatusCode::OK);
    assert!(page(&gate.fan(), &queue, "en").await.text.contains(r">Usher</a>"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_an_organizer_says_of_a_room_is_text_and_never_markup(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let evil = r#""><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}{% raw %}"#;
    sale.brand(json!({
        "name": &evil[..55], "accent": "#123456", "link": "https://harbour.example/\"onclick=x",
        "texts": { "en": { "welcome": evil, "rules": evil, "help": "https://harbour.example/?q=<script>'\"" } },
    }))
    .await
    .expect(StatusCode::OK);
    let queue = format!("/queue/{}", sale.room);
    let seen = sale.link(json!({})).await;
    for path in [queue.clone(), format!("{queue}/entry"), seen.clone(), format!("{seen}&state=entry")] {
        let page = page(&gate.fan(), &path, "en").await.expect(StatusCode::OK).text;
        assert!(
            !page.contains("<script>alert") && !page.contains("<img") && !page.contains("\"onclick"),
            "{page}"
        );
        assert!(page.contains("&lt;script&gt;alert(1)") && page.contains("{{ 7*7 }}{% raw %}"), "{page}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_page_is_offered_in_the_languages_of_its_room_only(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let queue = format!("/queue/{}", sale.room);
    sale.brand(json!({ "languages": ["es", "ja"], "language": "ja" })).await.expect(StatusCode::OK);
    for (liked, path, language) in [
        ("de, es;q=0.2", queue.clone(), "es"),
        ("de, fr", queue.clone(), "ja"),
        ("es", format!("{queue}?lang=ja"), "ja"),
        ("es", format!("{queue}?lang=de"), "es"),
        ("de, es;q=0.2", format!("{queue}/entry"), "es"),
    ] {
        let page = page(&gate.fan(), &path, liked).await;
        assert!(page.text.contains(&format!("<html lang=\"{language}\">")), "{liked} {path}: {}", page.text);
        assert_eq!(page.headers["content-language"], language);
        assert!(
            page.text.contains("hreflang=\"ja\"") && !page.text.contains("hreflang=\"de\""),
            "{}",
            page.text
        );
    }
}
