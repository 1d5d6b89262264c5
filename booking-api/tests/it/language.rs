//! The pages in the language of who reads them.

use contracts::language::Language;
use sqlx::PgPool;

use crate::{
    app::{Answer, Client},
    shop::Shop,
};

impl Client<'_> {
    /// Opens a page as a browser that likes `language` best.
    async fn read(&self, path: &str, language: &str) -> Answer {
        let browser =
            self.clone().with_header("accept", "text/html").with_header("accept-language", language);
        browser.get(path).await
    }
}

/// What stands on every page that was rendered in `language`.
fn assert_read_in(answer: &Answer, language: &str) {
    let text = answer.text();
    assert_eq!(answer.headers["content-language"], language, "{text}");
    assert_eq!(answer.headers["vary"], "accept, accept-language, cookie");
    assert!(text.contains(&format!("<html lang=\"{language}\">")), "{text}");
    assert_eq!(text.matches("hreflang=").count(), Language::ALL.len(), "{text}");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn check_30_every_page_is_read_in_every_language(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let order = ada.buy(&[shop.seat(0)], "tok_ok").await;
    shop.until(&order, "paid").await;
    let held = ada.reserve(&[shop.seat(1)]).await.expect(201);
    let ticket = ada.get("/ticket").await.expect(200)["tickets"][0]["ticketId"].as_str().unwrap().to_owned();
    let paths = [
        format!("/e/{}", shop.event),
        "/account/sign-in?next=/order".to_owned(),
        format!("/checkout/{}", held["holdId"].as_str().unwrap()),
        format!("/order/{order}"),
        "/order".to_owned(),
        format!("/ticket/{ticket}"),
        "/ticket/accept".to_owned(),
    ];
    for language in Language::ALL {
        for path in &paths {
            let answer = ada.read(path, language.code()).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_read_in(&answer, language.code());
            assert!(answer.headers.get("set-cookie").is_none(), "nothing was chosen");
        }
    }
    let german = async |path: &String| ada.read(path, "de").await.text();
    let event = german(&paths[0]).await;
    assert!(event.contains("Die besten Plätze finden") && event.contains("49,50\u{a0}€"), "{event}");
    assert!(event.contains("\"tag\":\"de\"") && event.contains("So viele sind nicht mehr da."), "{event}");
    assert!(german(&paths[2]).await.contains("Block 1, Reihe A, Platz 2"));
    let order = german(&paths[3]).await;
    assert!(order.contains("die Zahlung wurde freigegeben"), "{order}");
    assert!(german(&paths[4]).await.contains("Bezahlt"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_language_is_chosen_once_and_kept(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let somebody = shop.booking.stranger();
    let chosen = somebody.read(&format!("/e/{}?lang=ja", shop.event), "de").await;
    assert_read_in(&chosen, "ja");
    let kept = chosen.headers["set-cookie"].to_str().unwrap();
    assert!(kept.starts_with("__Host-usher_language=ja; Path=/; Secure"), "{kept}");
    let back = somebody.clone().with_header("cookie", "__Host-usher_language=ja");
    assert_read_in(&back.read(&format!("/e/{}", shop.event), "de").await, "ja");
    // A link of the footer keeps what else the address says, and one that leads elsewhere keeps the choice.
    let page = somebody.read("/account/sign-in?next=%2Forder", "es").await.text();
    assert!(page.contains("href=\"&#x2f;account&#x2f;sign-in?next=%2Forder&amp;lang=de\""), "{page}");
    let led = somebody.read("/order?lang=pt", "es").await;
    assert_eq!(led.status, 303);
    assert!(led.headers["set-cookie"].to_str().unwrap().contains("=pt;"));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_was_refused_is_told_in_the_language_of_the_page(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let ada = shop.booking.fan().await;
    let held = ada.reserve(&[shop.seat(0)]).await.expect(201);
    let form = ada.clone().with_header("content-type", "application/x-www-form-urlencoded");
    let form = form.with_header("accept-language", "de-AT, en;q=0.5");
    let path = format!("/checkout/{}/voucher", held["holdId"].as_str().unwrap());
    let refused = form.call(http::Method::POST, &path, "voucher=NONE".to_owned().into()).await;
    assert_read_in(&refused, "de");
    assert!(refused.text().contains("Diesen Gutschein gibt es nicht."), "{}", refused.text());
}
