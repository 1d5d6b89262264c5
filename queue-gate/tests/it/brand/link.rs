//! A look that is seen before fans see it.

use http::StatusCode;
use queue_gate::problems::BAD_PREVIEW;
use serde_json::json;
use sqlx::PgPool;

use super::{full, page};
use crate::app::TestGate;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_look_is_seen_before_fans_see_it_and_nobody_takes_a_place(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let link = sale.link(json!({ "brand": full(), "lasts": "PT2H" })).await;
    let ada = gate.fan();
    for state in
        ["waiting", "paused", "called", "active", "lobby", "drawing", "soldOut", "free", "ended", "entry"]
    {
        let page = page(&ada, &format!("{link}&state={state}&lang=de"), "en").await.expect(StatusCode::OK);
        assert!(
            page.text.contains("Harbour Hall") && page.text.contains("<html lang=\"de\">"),
            "{state}: {}",
            page.text
        );
        assert!(
            state == "entry" || page.text.contains(&format!("data-state=\"{state}\"")),
            "{state}: {}",
            page.text
        );
        assert!(
            !page.text.contains("<script") && !page.text.contains("http-equiv=\"refresh\""),
            "{state}: {}",
            page.text
        );
        let said = |name: &str| page.headers[name].to_str().unwrap().to_owned();
        assert_eq!(said("x-robots-tag"), "noindex, nofollow");
        assert_eq!(
            (said("cache-control"), said("referrer-policy")),
            ("no-store".to_owned(), "no-referrer".to_owned())
        );
        let policy = said("content-security-policy");
        assert!(
            policy.contains("form-action 'none'")
                && policy.contains("frame-ancestors 'none'")
                && !policy.contains("script-src"),
            "{policy}"
        );
    }
    assert_eq!(
        ada.get(&format!("/queue/{}/place", sale.room)).await.status,
        StatusCode::NOT_FOUND,
        "no place came of it"
    );
    let room = sale.organizer.get(&format!("/room/{}", sale.room)).await;
    assert_eq!(room.body["live"]["waiting"], 0);
    assert!(
        !page(&gate.fan(), &format!("/queue/{}", sale.room), "en").await.text.contains("Harbour"),
        "fans see nothing of it"
    );

    // Of a room without a look, too; and a link shows the look that it was made for, whatever the room has since.
    let plain = sale.link(json!({})).await;
    sale.brand(json!({ "name": "Other" })).await.expect(StatusCode::OK);
    assert!(page(&ada, &plain, "en").await.text.contains(r">Usher</a>"));
    assert!(page(&ada, &link, "en").await.text.contains("Harbour Hall"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_link_that_is_over_forged_or_another_rooms_shows_nothing(postgres: PgPool) {
    let gate = TestGate::start(postgres).await;
    let sale = gate.sale(60, 10).await;
    let link = sale.link(json!({ "brand": full(), "lasts": "PT2H" })).await;
    let ada = gate.fan();
    let foreign = gate.sale(60, 10).await;
    let token = link.split_once("token=").unwrap().1;
    let forged = format!("{}A{}", &token[..30], &token[31..]);
    for path in [
        format!("/room/{}/brand/preview?token={token}", foreign.room),
        format!("{}/preview?token={forged}", sale.brand_path()),
        format!("{}/preview?token=", sale.brand_path()),
        format!("{}/preview", sale.brand_path()),
    ] {
        let refused = page(&ada, &path, "de").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(
            refused.text.contains(&format!("data-kind=\"{}\"", BAD_PREVIEW.name))
                && !refused.text.contains("Harbour")
        );
    }
    gate.pass(2 * 60 * 60);
    assert_eq!(page(&ada, &link, "en").await.status, StatusCode::FORBIDDEN, "it is over");
}
