//! Signing in by another provider: the whole flow over HTTP, against a provider that goes wrong in every way that can be ordered.

use booking_api::problems::{
    EMAIL_NOT_VERIFIED, SESSION_EXPIRED, SIGN_IN_AWAY, SIGN_IN_OVER, SIGN_IN_REFUSED,
    UNKNOWN_SIGN_IN_PROVIDER, WRONG_CREDENTIALS,
};
use chrono::TimeDelta;
use platform::http::Kind;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    app::TestBooking,
    provider::{World, location, parameter, set_cookies},
};

const COOKIE: &str = "__Host-usher_sign_in";

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn whom_a_provider_names_is_signed_in_and_comes_back_to_where_they_were(postgres: PgPool) {
    let world = World::open(postgres);
    let email = world.address();
    let trip = world.begin("/account/oidc/hall?next=/e/night%3Fseat%3D1", None).await;
    let said = |name: &str| parameter(&trip.at, name);
    assert!(trip.at.as_str().starts_with(&format!("{}/authorize?", world.issuer)), "{}", trip.at);
    assert_eq!((said("response_type").as_str(), said("client_id").as_str()), ("code", "usher"));
    let public = world.app.app.config.public.public_url.join("/account/oidc/hall/callback").unwrap();
    assert_eq!(said("redirect_uri"), public.as_str());
    assert_eq!(
        (said("scope").as_str(), said("code_challenge_method").as_str()),
        ("openid email profile", "S256")
    );
    let chance = [said("state"), said("nonce"), said("code_challenge")];
    assert!(chance.iter().all(|text| text.len() == 43) && chance[0] != chance[1], "{chance:?}");
    let back = world.says(&trip, &[("email", &email), ("name", "Ada"), ("sub", "4711")]).await;
    let signed_in = world.arrives(&back, &trip.cookie).await;
    assert_eq!(location(&signed_in), "/e/night?seat=1");
    let kept = set_cookies(&signed_in);
    assert!(kept.iter().all(|cookie| cookie.ends_with(cookie_attributes(cookie))), "{kept:?}");
    assert!(kept[2].starts_with(&format!("{COOKIE}=;")) && kept[2].ends_with("Max-Age=0"), "{kept:?}");
    let ada = world.account(&signed_in).await;
    assert_eq!((&ada["email"], &ada["name"], &ada["role"]), (&json!(email), &json!("Ada"), &json!("fan")));
    // The provider's name for somebody counts, and not what their address is by now; whatever it signs with.
    for algorithm in ["RS256", "ES256", "EdDSA"] {
        let said =
            [("email", "other@hall.example"), ("sub", "4711"), ("alg", algorithm), ("fault", "unverified")];
        let again = world.sign_in(&said).await;
        assert_eq!(world.account(&again).await, ada, "{algorithm}");
    }
    assert_eq!(world.counts().await, (4, 1));
    // Another person there is another one here; and two providers may name people alike.
    let bob = world.sign_in(&[("email", &world.address()), ("sub", "4712")]).await;
    assert_ne!(world.account(&bob).await["accountId"], ada["accountId"]);
}

/// How every cookie of ours ends; but for how long it is kept.
fn cookie_attributes(cookie: &str) -> &str {
    let (_, rest) = cookie.split_once(';').unwrap();
    assert!(rest.starts_with(" Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age="), "{cookie}");
    rest
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn whatever_is_wrong_with_what_a_provider_says_signs_nobody_in(postgres: PgPool) {
    let world = World::open(postgres);
    let faults: &[(&str, Kind)] = &[
        ("wrong-nonce", SIGN_IN_REFUSED),
        ("no-nonce", SIGN_IN_REFUSED),
        ("wrong-aud", SIGN_IN_REFUSED),
        ("wrong-azp", SIGN_IN_REFUSED),
        ("wrong-iss", SIGN_IN_REFUSED),
        ("expired", SIGN_IN_REFUSED),
        ("old", SIGN_IN_REFUSED),
        ("unknown-key", SIGN_IN_REFUSED),
        ("other-key", SIGN_IN_REFUSED),
        ("alg-none", SIGN_IN_REFUSED),
        ("hmac", SIGN_IN_REFUSED),
        ("spent-code", SIGN_IN_REFUSED),
        ("other-issuer", SIGN_IN_REFUSED),
        ("no-issuer", SIGN_IN_REFUSED),
        ("denied", SIGN_IN_REFUSED),
        ("unverified", EMAIL_NOT_VERIFIED),
        ("no-email", EMAIL_NOT_VERIFIED),
        ("down", SIGN_IN_AWAY),
    ];
    for (fault, kind) in faults {
        for algorithm in ["RS256", "ES256", "EdDSA"] {
            let said =
                [("email", world.address()), ("fault", (*fault).to_owned()), ("alg", algorithm.to_owned())];
            let said: Vec<_> = said.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let answer = world.sign_in(&said).await;
            assert!(set_cookies(&answer).is_empty(), "{fault}");
            let told = answer.json();
            assert_eq!(told["type"], format!("/problems/{}", kind.name), "{fault} {algorithm}: {told}");
        }
    }
    assert_eq!(world.counts().await, (0, 0));
    let nowhere = world.app.stranger().get("/account/oidc/gone").await;
    nowhere.expect_problem(SIGN_IN_AWAY);
    // Its document is that of another issuer, to the letter.
    world.app.stranger().get("/account/oidc/other").await.expect_problem(SIGN_IN_AWAY);
    world.app.stranger().get("/account/oidc/nobody").await.expect_problem(UNKNOWN_SIGN_IN_PROVIDER);
    // Without any of it, it works.
    let ada = world.sign_in(&[("email", &world.address())]).await;
    world.account(&ada).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn keys_that_change_are_read_again_and_not_for_every_token(postgres: PgPool) {
    let world = World::open(postgres);
    let email = world.address();
    let with = async |fault: &str| world.sign_in(&[("email", &email), ("fault", fault)]).await;
    let ada = world.account(&with("none").await).await;
    assert_eq!(world.account(&with("none").await).await, ada);
    assert_eq!(world.reads().await, 1, "keys are kept");
    world.advance(TimeDelta::seconds(31));
    assert_eq!(world.account(&with("rotated").await).await, ada);
    assert_eq!(world.reads().await, 2);
    // Tokens that name keys of nobody have them read no more often than twice a minute.
    for _ in 0..5 {
        with("unknown-key").await.expect_problem(SIGN_IN_REFUSED);
    }
    assert_eq!(world.reads().await, 2);
    world.advance(TimeDelta::seconds(31));
    with("unknown-key").await.expect_problem(SIGN_IN_REFUSED);
    assert_eq!(world.reads().await, 3);
    assert_eq!(world.account(&with("none").await).await, ada);
    world.advance(TimeDelta::hours(1));
    assert_eq!(world.account(&with("none").await).await, ada);
    assert_eq!(world.reads().await, 4, "and once an hour they are read anyway");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_sign_in_is_finished_once_by_the_browser_that_began_it(postgres: PgPool) {
    let world = World::open(postgres);
    let email = world.address();
    let trip = world.begin("/account/oidc/hall", None).await;
    let back = world.says(&trip, &[("email", &email)]).await;
    // Neither without a cookie, nor with somebody else's, nor as the answer of another provider; and that spends nothing.
    world.app.stranger().get(&back).await.expect_problem(SIGN_IN_OVER);
    let eve = world.begin("/account/oidc/hall", None).await;
    assert_ne!(eve.cookie, trip.cookie);
    world.arrives(&back, &eve.cookie).await.expect_problem(SIGN_IN_OVER);
    world.arrives(&back, &format!("{COOKIE}=nonsense")).await.expect_problem(SIGN_IN_OVER);
    let ada = world.account(&world.arrives(&back, &trip.cookie).await).await;
    assert_eq!(ada["email"], email);
    world.arrives(&back, &trip.cookie).await.expect_problem(SIGN_IN_OVER);
    // Two tabs of one browser sign in beside each other, each with its own state.
    let one = world.begin("/account/oidc/hall?next=/one", None).await;
    let two = world.begin("/account/oidc/hall?next=/two", Some(&one.cookie)).await;
    assert_eq!(one.cookie, two.cookie);
    for (trip, path) in [(two, "/two"), (one, "/one")] {
        let back = world.says(&trip, &[("email", &email)]).await;
        let answer = world.arrives(&back, &trip.cookie).await;
        assert_eq!(location(&answer), path);
        assert_eq!(world.account(&answer).await, ada);
    }
    // What came for one provider is no answer of another.
    let trip = world.begin("/account/oidc/hall", None).await;
    let back = world.says(&trip, &[("email", &email)]).await.replace("/hall/", "/staff/");
    world.arrives(&back, &trip.cookie).await.expect_problem(SIGN_IN_OVER);
    // And after ten minutes it is over.
    let trip = world.begin("/account/oidc/hall", None).await;
    world.advance(TimeDelta::minutes(10));
    let back = world.says(&trip, &[("email", &email)]).await;
    world.arrives(&back, &trip.cookie).await.expect_problem(SIGN_IN_OVER);
    // Nobody is led elsewhere.
    for path in ["https://evil.example", "//evil.example", "/%5Cevil.example", "%2F%2Fevil.example"] {
        let trip = world.begin(&format!("/account/oidc/hall?next={path}"), None).await;
        let back = world.says(&trip, &[("email", &email)]).await;
        assert_eq!(location(&world.arrives(&back, &trip.cookie).await), "/", "{path}");
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_address_that_the_provider_does_not_vouch_for_takes_no_account_over(postgres: PgPool) {
    let world = World::open(postgres);
    let email = world.address();
    let ada = json!({"email": email, "password": "correct horse"});
    let session = world.app.stranger().post("/account/register", ada.clone()).await.expect(201);
    let unverified = world.sign_in(&[("email", &email), ("sub", "eve"), ("fault", "unverified")]).await;
    unverified.expect_problem(EMAIL_NOT_VERIFIED);
    // The word of a provider counts for its own domains only.
    let elsewhere = format!("{}@elsewhere.example", world.app.app.ids.next::<uuid::Uuid>());
    let victim = json!({"email": elsewhere, "password": "correct horse"});
    world.app.stranger().post("/account/register", victim.clone()).await.expect(201);
    let beyond = world.sign_in_by("staff", &[("email", &elsewhere), ("sub", "eve")]).await;
    beyond.expect_problem(EMAIL_NOT_VERIFIED);
    assert_eq!(world.counts().await, (2, 0));
    for account in [ada, victim] {
        world.app.stranger().post("/account/sign-in", account).await.expect(200);
    }
    let still = world.app.stranger().with_session(session["token"].as_str().unwrap());
    still.get("/account").await.expect(200);
    world.account(&world.sign_in_by("staff", &[("email", &world.address())]).await).await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_shows_that_an_address_is_theirs_shuts_out_whoever_registered_it(postgres: PgPool) {
    let world = World::open(postgres);
    let email = world.address();
    // Eve registers with Ada's address, and waits.
    let eves = json!({"email": email, "password": "eve knows it"});
    let session = world.app.stranger().post("/account/register", eves.clone()).await.expect(201);
    let eve = world.app.stranger().with_session(session["token"].as_str().unwrap());
    eve.get("/account").await.expect(200);
    let ada = world.sign_in(&[("email", &email), ("sub", "ada")]).await;
    assert_eq!(world.account(&ada).await["accountId"], session["accountId"], "the address is one account's");
    eve.get("/account").await.expect_problem(SESSION_EXPIRED);
    world.app.stranger().post("/account/sign-in", eves).await.expect_problem(WRONG_CREDENTIALS);
    world.account(&world.sign_in(&[("email", &email), ("sub", "ada")]).await).await;
    // An account whose owner has shown before that they read its mail keeps its password and its sessions.
    let email = world.address();
    let bobs = json!({"email": email, "password": "bob knows it"});
    let session = world.app.stranger().post("/account/register", bobs.clone()).await.expect(201);
    let asked = world.app.ask_for_code(&email).await.expect(202);
    let code = world.app.mailed().await.pop().unwrap()["code"].as_str().unwrap().to_owned();
    world.app.sign_in_by(&asked["codeId"], &code).await.expect(200);
    let bob = world.sign_in(&[("email", &email), ("sub", "bob")]).await;
    assert_eq!(world.account(&bob).await["accountId"], session["accountId"]);
    world.app.stranger().post("/account/sign-in", bobs).await.expect(200);
    world.app.stranger().with_session(session["token"].as_str().unwrap()).get("/account").await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_account_of_a_provider_works_for_organizers_and_two_who_come_at_once_are_one(postgres: PgPool) {
    let world = World::open(postgres);
    let email = world.address();
    let said = [("email", email.as_str()), ("sub", "ada")];
    let (one, two) = tokio::join!(world.sign_in(&said), world.sign_in(&said));
    let mut accounts = vec![];
    for answer in [one, two] {
        accounts.push(world.account(&answer).await["accountId"].clone());
    }
    accounts.dedup();
    assert_eq!(accounts.len(), 1);
    let named = sqlx::query_scalar!(r#"select count(*) as "count!" from account where email = $1"#, email);
    assert_eq!(named.fetch_one(&world.app.postgres).await.unwrap(), 1);
    let owner = world.app.organizer().await;
    let member = owner.post("/team/member", json!({"email": email, "role": "manager"})).await.expect(201);
    assert_eq!(member["accountId"], accounts[0]);
    let ada = world.sign_in(&said).await;
    world.holding(&ada).get("/brand").await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_page_has_a_button_for_each_provider_and_says_what_went_wrong(postgres: PgPool) {
    let world = World::open(postgres);
    let page = world.app.stranger().get("/account/sign-in?next=/e/night").await.text();
    assert!(
        page.contains("href=\"/account/oidc/hall?next=%2Fe%2Fnight\" data-test=\"sign-in-by-hall\">"),
        "{page}"
    );
    assert!(page.contains("Sign in with The Hall"), "{page}");
    let page = world.app.stranger().get("/account/sign-in?next=//evil.example&problem=%3Cb%3E").await.text();
    assert!(!page.contains("evil") && !page.contains("<b>"), "{page}");
    let trip = world.begin("/account/oidc/hall", None).await;
    let back = world.says(&trip, &[("email", &world.address()), ("fault", "denied")]).await;
    let browser =
        world.app.stranger().with_header("cookie", &trip.cookie).with_header("accept", "text/html,*/*");
    let sent = browser.get(&back).await;
    assert_eq!(
        (sent.status.as_u16(), location(&sent)),
        (303, "/account/sign-in?problem=sign-in-refused".to_owned())
    );
    let page = world.app.stranger().get(&location(&sent)).await.text();
    assert!(page.contains(SIGN_IN_REFUSED.title), "{page}");
    // Where there is no provider there is no button.
    let without = TestBooking::start(world.app.postgres.clone()).await;
    assert!(!without.stranger().get("/account/sign-in").await.text().contains("/account/oidc/"));
}
