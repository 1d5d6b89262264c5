//! Paths that the operator leads elsewhere.

use std::time::Duration;

use axum::{Router, http::header, response::IntoResponse, routing::get};
use platform::lifecycle::Lifecycle;
use sqlx::PgPool;

use crate::gateway_app::{TestGateway, echo, serve};

/// A gate in front of two services, with one path more that leads to `pages`.
async fn with(postgres: PgPool, pages: Router) -> (TestGateway, String) {
    let lifecycle = Lifecycle::new(Duration::from_secs(1));
    let pages = serve(pages, &lifecycle).await;
    let both = serve(echo("booking"), &lifecycle).await;
    let routes = format!("--routes=/blog=http://{pages},/offers=search-api");
    let app = TestGateway::before(postgres, both, both, lifecycle, &[&routes]).await;
    (app, pages.to_string())
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_added_path_leads_to_its_origin_which_hears_nothing_that_is_ours(postgres: PgPool) {
    let (app, origin) = with(postgres, echo("pages")).await;
    let fan = app.fan();
    let answer = fan
        .send("PUT", "/blog/2027/%C3%A4?draft=1", &serde_json::json!({ "a": 1 }))
        .header("authorization", &app.organizer())
        .header("usher-assertion", &app.forged_assertion())
        .header("x-forwarded-for", "6.6.6.6")
        .header("x-original-url", "/admin")
        .pass("theme=dark; __Host-usher_session=secret")
        .send()
        .await;
    let heard = answer.heard();
    assert_eq!((&heard["service"], &heard["method"]), (&"pages".into(), &"PUT".into()));
    assert_eq!((&heard["uri"], &heard["body"]), (&"/blog/2027/%C3%A4?draft=1".into(), &r#"{"a":1}"#.into()));
    assert_eq!(answer.header_heard("host"), origin);
    assert_eq!(answer.header_heard("x-forwarded-host"), app.host());
    assert_eq!(answer.header_heard("x-forwarded-for"), "127.0.0.1");
    assert_eq!(answer.header_heard("cookie"), "theme=dark");
    for ours in ["authorization", "usher-assertion", "x-original-url"] {
        assert_eq!(heard["headers"].get(ours), None, "{ours}");
    }
    // What is not ours to know is passed on.
    let own = fan.get("/blog").header("authorization", "Basic cGFnZXM=").send().await;
    assert_eq!(own.header_heard("authorization"), "Basic cGFnZXM=");
    // A service under another path, and what nobody added.
    let offers = fan.get("/offers").send().await;
    assert_eq!(offers.heard()["service"], "booking", "both services are one here");
    assert!(offers.heard()["headers"].get("usher-assertion").is_some());
    fan.get("/blogs").send().await.expect_problem(404, "not-found");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_added_origin_sets_no_cookie_of_ours_and_is_under_our_policy(postgres: PgPool) {
    let page = get(async || {
        let fields = [
            (header::SET_COOKIE, "__Host-usher_session=theirs; Path=/; Secure"),
            (header::CONTENT_TYPE, "text/html"),
        ];
        let mut response = (fields, "<p>hello").into_response();
        response.headers_mut().append(header::SET_COOKIE, header::HeaderValue::from_static("theme=dark"));
        response
    });
    let (app, _) = with(postgres, Router::new().route("/blog", page)).await;
    let answer = app.fan().get("/blog").send().await;
    assert_eq!(answer.status, 200);
    let cookies: Vec<_> =
        answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
    assert_eq!(cookies, ["theme=dark"]);
    assert!(
        answer.header("content-security-policy").is_some_and(|policy| policy.contains("script-src 'self'"))
    );
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
}
