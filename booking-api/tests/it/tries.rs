//! Trying passwords is slow, and tells nothing of who is there.

use booking_api::problems::{TOO_MANY_TRIES, WRONG_CREDENTIALS};
use futures_util::future::join_all;
use http::header;
use serde_json::json;
use sqlx::PgPool;

use crate::app::{Answer, TestBooking};

const PASSWORD: &str = "correct horse";

impl TestBooking {
    /// Somebody with an account, at an address that no other test tries.
    pub(crate) async fn registered(&self) -> String {
        let email = format!("{}@example.org", self.app.ids.next::<uuid::Uuid>());
        let body = json!({"email": email, "password": PASSWORD});
        self.stranger().post("/account/register", body).await.expect(201);
        email
    }

    /// A network that no other test asks from.
    fn network(&self) -> String {
        let [.., a, b, c, d] = *self.app.ids.next::<uuid::Uuid>().as_bytes();
        format!("fd01:0:{a:02x}{b:02x}:{c:02x}{d:02x}::1")
    }

    async fn try_password(&self, from: &str, email: &str, password: &str) -> Answer {
        let body = json!({"email": email, "password": password});
        self.stranger().with_header("x-forwarded-for", from).post("/account/sign-in", body).await
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn passwords_are_tried_slowly_from_one_network_and_its_owner_comes_in_from_another(postgres: PgPool) {
    let app = TestBooking::start(postgres.clone()).await;
    let other_copy = TestBooking::with(postgres, &[]);
    let (ada, thief, home) = (app.registered().await, app.network(), app.network());
    let tries =
        [&app, &other_copy].repeat(10).into_iter().map(|copy| copy.try_password(&thief, &ada, "wrong horse"));
    let before = app.app.hasher.hashed() + other_copy.app.hasher.hashed();
    let told = join_all(tries).await;
    let (wrong, slowed): (Vec<_>, Vec<_>) = told.iter().partition(|answer| answer.status == 401);
    assert_eq!((wrong.len(), slowed.len()), (10, 10));
    // What is refused costs no hash: the budget is taken before, so that no burst is looked at.
    assert_eq!(app.app.hasher.hashed() + other_copy.app.hasher.hashed() - before, 10);
    for answer in slowed {
        answer.expect_problem(TOO_MANY_TRIES);
        let wait: u64 = answer.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
        assert!((50..=60).contains(&wait), "{wait}");
    }
    // The right one would stand out among wrong ones.
    app.try_password(&thief, &ada, PASSWORD).await.expect_problem(TOO_MANY_TRIES);
    app.try_password(&home, &ada, PASSWORD).await.expect(200);
    let other = app.registered().await;
    app.try_password(&thief, &other, PASSWORD).await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_has_the_right_password_is_never_slowed(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let (ada, home) = (app.registered().await, app.network());
    for _ in 0..25 {
        app.try_password(&home, &ada, PASSWORD).await.expect(200);
    }
    app.try_password(&home, &ada, "wrong horse").await.expect_problem(WRONG_CREDENTIALS);
    app.try_password(&home, &ada, PASSWORD).await.expect(200);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_network_that_tries_many_accounts_is_slowed(postgres: PgPool) {
    let app = TestBooking::with(postgres, &["--passwords-at-once", "4"]);
    let thief = app.network();
    let ids: Vec<uuid::Uuid> = (0..104).map(|_| app.app.ids.next()).collect();
    let mut told = Vec::new();
    for some in ids.chunks(8) {
        let tries = some
            .iter()
            .map(async |id| app.try_password(&thief, &format!("{id}@example.org"), "wrong horse").await);
        told.extend(join_all(tries).await);
    }
    let slowed = told.iter().filter(|answer| answer.status == 429).count();
    // A few come back while they are tried.
    assert!((1..=4).contains(&slowed), "{slowed}");
    told.last().unwrap().expect_problem(TOO_MANY_TRIES);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn an_address_that_nobody_has_costs_a_hash_and_is_slowed_like_any_other(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let (ada, from) = (app.registered().await, app.network());
    let guest = format!("{}@example.org", app.app.ids.next::<uuid::Uuid>());
    app.stranger().post("/account/guest", json!({"email": guest})).await.expect(201);
    let nobody = format!("{}@example.org", app.app.ids.next::<uuid::Uuid>());
    let nonsense = app.app.ids.next::<uuid::Uuid>().to_string();
    let mut told = Vec::new();
    for email in [&ada, &nobody, &guest, &nonsense] {
        let mut of_this = Vec::new();
        for _ in 0..11 {
            let before = app.app.hasher.hashed();
            let answer = app.try_password(&from, email, "wrong horse").await;
            of_this.push((answer.text(), app.app.hasher.hashed() - before));
        }
        told.push(of_this);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
    let costs: Vec<u64> = told[0].iter().map(|(_, cost)| *cost).collect();
    assert_eq!(costs, [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0]);
}
