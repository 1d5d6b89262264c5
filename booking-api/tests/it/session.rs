//! Sessions: refreshed, listed, ended.

use axum::body::Body;
use booking_api::{
    problems::{SESSION_EXPIRED, SIGNED_OUT, UNKNOWN_SESSION, WRONG_CREDENTIALS},
    session::{ended, purge},
};
use chrono::TimeDelta;
use futures_util::future::join;
use http::{Method, header};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Answer, Client, TestBooking};

const REFRESH: &str = "/account/session/refresh";

/// What a browser keeps of an answer that gives a session.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pair {
    token: String,
    refresh: String,
}

impl Pair {
    fn of(answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        Self { token: text("token"), refresh: text("refreshToken") }
    }
}

impl TestBooking {
    async fn guest_pair(&self) -> Pair {
        let body = json!({"email": "bob@example.org"});
        Pair::of(&self.stranger().post("/account/guest", body).await.expect(201))
    }

    async fn refresh(&self, pair: &Pair) -> Answer {
        self.stranger().post(REFRESH, json!({"refreshToken": pair.refresh})).await
    }

    fn holding(&self, pair: &Pair) -> Client<'_> {
        self.stranger().with_session(&pair.token)
    }

    /// Somebody who is signed in by a password, several times.
    async fn ada(&self, times: usize) -> Vec<Pair> {
        let ada = json!({"email": "ada@example.org", "password": "correct horse"});
        let mut pairs =
            vec![Pair::of(&self.stranger().post("/account/register", ada.clone()).await.expect(201))];
        while pairs.len() < times {
            self.clock.advance(TimeDelta::seconds(1));
            let firefox = self.stranger().with_header("user-agent", "Mozilla/5.0 (X11; Linux) Firefox/140.0");
            pairs.push(Pair::of(&firefox.post("/account/sign-in", ada.clone()).await.expect(200)));
        }
        pairs
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_session_is_refreshed_for_as_long_as_it_is_used_and_no_longer_than_its_end(postgres: PgPool) {
    let limits = ["--session-idle", "1day", "--session-longest", "3days"];
    let app = TestBooking::with(postgres, &limits);
    let mut pair = app.guest_pair().await;
    app.clock.advance(TimeDelta::minutes(16));
    app.holding(&pair).get("/account").await.expect_problem(SESSION_EXPIRED);
    for _ in 0..3 {
        let answer = app.refresh(&pair).await;
        let next = Pair::of(&answer.expect(200));
        assert!(next.token != pair.token && next.refresh != pair.refresh);
        let cookies: Vec<_> =
            answer.headers.get_all(header::SET_COOKIE).iter().map(|set| set.to_str().unwrap()).collect();
        let [session, refresh] = cookies.as_slice() else { panic!("{cookies:?}") };
        let ends = "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=";
        assert_eq!(*session, format!("__Host-usher_session={}{ends}900", next.token));
        assert!(refresh.starts_with(&format!("__Host-usher_refresh={}{ends}", next.refresh)), "{refresh}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        app.holding(&next).get("/account").await.expect(200);
        pair = next;
        app.clock.advance(TimeDelta::hours(23));
    }
    // It goes on up to its end, and no token outlives that.
    pair = Pair::of(&app.refresh(&pair).await.expect(200));
    app.clock.advance(TimeDelta::minutes(160));
    let last = app.refresh(&pair).await.expect(200);
    assert_eq!(last["expiresAt"], "2027-06-04T12:00:00Z");
    assert_eq!(last["refreshUntil"], "2027-06-04T12:00:00Z");
    app.clock.advance(TimeDelta::minutes(4));
    app.refresh(&Pair::of(&last)).await.expect_problem(SESSION_EXPIRED);
    let left = app.guest_pair().await;
    app.clock.advance(TimeDelta::days(1));
    app.refresh(&left).await.expect_problem(SESSION_EXPIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refresh_token_is_taken_from_the_cookie_too_and_a_strange_one_takes_the_cookies_away(
    postgres: PgPool,
) {
    let app = TestBooking::start(postgres).await;
    let pair = app.guest_pair().await;
    let cookie = format!("__Host-usher_refresh={}", pair.refresh);
    app.stranger().with_header("cookie", &cookie).post(REFRESH, json!({})).await.expect(200);
    app.stranger().post(REFRESH, json!({})).await.expect_problem(SIGNED_OUT);
    let strange = Pair { refresh: "A".repeat(43), ..pair };
    let answer = app.refresh(&strange).await;
    answer.expect_problem(SIGNED_OUT);
    let taken = answer.headers.get_all(header::SET_COOKIE).iter();
    assert_eq!(taken.filter(|set| set.to_str().unwrap().ends_with("Max-Age=0")).count(), 2);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn two_tabs_that_refresh_at_once_have_the_same_successor_whatever_copy_they_ask(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let other_copy = TestBooking::with(postgres, &[]);
    let pair = app.guest_pair().await;
    let (one, two) = join(app.refresh(&pair), other_copy.refresh(&pair)).await;
    let (one, two) = (Pair::of(&one.expect(200)), Pair::of(&two.expect(200)));
    assert_eq!(one.refresh, two.refresh);
    for pair in [&one, &two] {
        app.holding(pair).get("/account").await.expect(200);
    }
    // Both are known to have been read, and still a third tab that is a few seconds late is given the same.
    app.clock.advance(TimeDelta::seconds(9));
    assert_eq!(Pair::of(&app.refresh(&pair).await.expect(200)).refresh, one.refresh);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_answer_that_was_lost_is_given_again_until_somebody_has_read_it(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let pair = app.guest_pair().await;
    let lost = Pair::of(&app.refresh(&pair).await.expect(200));
    // The gate refreshed, and its own request says so: the browser has not read the answer.
    let gate = app.holding(&lost).with_header("usher-just-refreshed", "1");
    gate.get("/account").await.expect(200);
    app.clock.advance(TimeDelta::hours(1));
    let again = Pair::of(&app.refresh(&pair).await.expect(200));
    assert_eq!(again.refresh, lost.refresh);
    app.holding(&again).get("/account").await.expect(200);
    app.clock.advance(TimeDelta::seconds(11));
    app.refresh(&pair).await.expect_problem(SESSION_EXPIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_refresh_token_that_comes_again_ends_the_whole_session(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let other_copy = TestBooking::with(postgres, &[]);
    let (stolen, elsewhere) = (app.guest_pair().await, app.guest_pair().await);
    let owners = Pair::of(&app.refresh(&stolen).await.expect(200));
    app.holding(&owners).get("/account").await.expect(200);
    app.clock.advance(TimeDelta::seconds(11));
    other_copy.clock.advance(TimeDelta::seconds(11));
    app.refresh(&stolen).await.expect_problem(SESSION_EXPIRED);
    // Neither of the two goes on, not even with the short token, here at once and elsewhere after the next look.
    app.refresh(&owners).await.expect_problem(SESSION_EXPIRED);
    app.holding(&owners).get("/account").await.expect_problem(SESSION_EXPIRED);
    app.holding(&stolen).get("/account").await.expect_problem(SESSION_EXPIRED);
    ended::tick(&other_copy.app).await;
    other_copy.holding(&owners).get("/account").await.expect_problem(SESSION_EXPIRED);
    app.holding(&elsewhere).get("/account").await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_older_refresh_token_ends_its_session_too(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let first = app.guest_pair().await;
    let second = Pair::of(&app.refresh(&first).await.expect(200));
    let third = Pair::of(&app.refresh(&second).await.expect(200));
    app.refresh(&first).await.expect_problem(SESSION_EXPIRED);
    app.refresh(&third).await.expect_problem(SESSION_EXPIRED);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn only_a_hash_of_a_refresh_token_is_kept(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let pair = app.guest_pair().await;
    let next = Pair::of(&app.refresh(&pair).await.expect(200));
    let kept = sqlx::query_scalar!(
        r#"select t::text || s::text as "row!" from refresh_token t join session s using (session_id)"#
    );
    let kept: Vec<String> = kept.fetch_all(&postgres).await.unwrap();
    assert_eq!(kept.len(), 2);
    for pair in [pair, next] {
        let bytes = booking_api::session::RefreshToken::parse(&pair.refresh).unwrap();
        let hex = bytes.hash().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert!(kept.iter().any(|row| row.contains(&hex)));
        assert!(!kept.iter().any(|row| row.contains(&pair.refresh)));
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_signs_out_is_out_there_and_nowhere_else(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let pairs = app.ada(2).await;
    let answer = app.holding(&pairs[0]).call(Method::POST, "/account/sign-out", Body::empty()).await;
    answer.expect(204);
    let taken: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
    assert_eq!(taken.len(), 2);
    app.holding(&pairs[0]).get("/account").await.expect_problem(SESSION_EXPIRED);
    app.refresh(&pairs[0]).await.expect_problem(SESSION_EXPIRED);
    app.holding(&pairs[1]).get("/account").await.expect(200);
    app.refresh(&pairs[1]).await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_signs_out_everywhere_is_out_everywhere(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let other_copy = TestBooking::with(postgres, &[]);
    let (pairs, bob) = (app.ada(3).await, app.guest_pair().await);
    for pair in &pairs {
        other_copy.holding(pair).get("/account").await.expect(200);
    }
    app.holding(&pairs[1])
        .call(Method::POST, "/account/sign-out-everywhere", Body::empty())
        .await
        .expect(204);
    ended::tick(&other_copy.app).await;
    for pair in &pairs {
        for copy in [&app, &other_copy] {
            copy.holding(pair).get("/account").await.expect_problem(SESSION_EXPIRED);
            copy.refresh(pair).await.expect_problem(SESSION_EXPIRED);
        }
    }
    app.holding(&bob).get("/account").await.expect(200);
    let ada = json!({"email": "ada@example.org", "password": "correct horse"});
    app.stranger().post("/account/sign-in", ada).await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn sessions_are_listed_and_one_is_ended_from_another(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let (pairs, bob) = (app.ada(2).await, app.guest_pair().await);
    let list = app.holding(&pairs[1]).get("/account/session").await.expect(200);
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!((&sessions[0]["label"], &sessions[0]["current"]), (&json!("Firefox, Linux"), &json!(true)));
    assert_eq!((&sessions[1]["label"], &sessions[1]["current"]), (&json!("unknown"), &json!(false)));
    assert!(!list.to_string().contains(&pairs[0].refresh));
    let other = format!("/account/session/{}", sessions[1]["sessionId"].as_str().unwrap());
    app.holding(&bob).delete(&other).await.expect_problem(UNKNOWN_SESSION);
    app.holding(&pairs[0]).get("/account").await.expect(200);
    app.holding(&pairs[1]).delete(&other).await.expect(204);
    app.holding(&pairs[0]).get("/account").await.expect_problem(SESSION_EXPIRED);
    app.holding(&pairs[1]).delete(&other).await.expect_problem(UNKNOWN_SESSION);
    let list = app.holding(&pairs[1]).get("/account/session").await.expect(200);
    assert_eq!(list["sessions"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn another_password_ends_every_other_session(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let pairs = app.ada(3).await;
    let who = app.holding(&pairs[0]);
    let change = |current: &str| json!({"current": current, "password": "battery staple"});
    who.put("/account/password", change("wrong horse")).await.expect_problem(WRONG_CREDENTIALS);
    app.holding(&pairs[1]).get("/account").await.expect(200);
    who.put("/account/password", change("correct horse")).await.expect(204);
    who.get("/account").await.expect(200);
    app.refresh(&pairs[0]).await.expect(200);
    for pair in &pairs[1..] {
        app.holding(pair).get("/account").await.expect_problem(SESSION_EXPIRED);
        app.refresh(pair).await.expect_problem(SESSION_EXPIRED);
    }
    let sign_in = |password: &str| json!({"email": "ada@example.org", "password": password});
    app.stranger().post("/account/sign-in", sign_in("correct horse")).await.expect_problem(WRONG_CREDENTIALS);
    app.stranger().post("/account/sign-in", sign_in("battery staple")).await.expect(200);
    // A guest has no password to change.
    let guest = app.guest_pair().await;
    app.holding(&guest).put("/account/password", change("")).await.expect_problem(WRONG_CREDENTIALS);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn nobody_signs_in_beside_a_change_of_the_password(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    app.ada(1).await;
    // The old password was found right; before the session begins it is changed.
    let sign_in = json!({"email": "ada@example.org", "password": "correct horse"});
    let mut changing = postgres.begin().await.unwrap();
    sqlx::query!("update account set password_hash = '$none' where email = 'ada@example.org'")
        .execute(&mut *changing)
        .await
        .unwrap();
    let signs_in = async { app.stranger().post("/account/sign-in", sign_in).await };
    let waiting = async || {
        let waiting = sqlx::query_scalar!(
            r#"select count(*) as "count!" from pg_stat_activity
               where datname = current_database() and wait_event_type = 'Lock' and query like '%for share%'"#
        );
        waiting.fetch_one(&postgres).await.unwrap() > 0
    };
    let changes = async {
        while !waiting().await {
            tokio::task::yield_now().await;
        }
        changing.commit().await.unwrap();
    };
    let (answer, ()) = join(signs_in, changes).await;
    answer.expect_problem(WRONG_CREDENTIALS);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn sessions_that_are_long_over_are_forgotten(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let (left, ended) = (app.guest_pair().await, app.guest_pair().await);
    app.holding(&ended).call(Method::POST, "/account/sign-out", Body::empty()).await.expect(204);
    app.clock.advance(TimeDelta::days(8));
    let stays = app.guest_pair().await;
    purge::tick(&app.app).await;
    app.refresh(&ended).await.expect_problem(SIGNED_OUT);
    app.refresh(&left).await.expect(200);
    app.clock.advance(TimeDelta::days(22));
    purge::tick(&app.app).await;
    app.refresh(&stays).await.expect_problem(SIGNED_OUT);
}
