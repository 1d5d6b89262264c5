//! A shop that sells one event, with a real payment sandbox behind it.

use std::time::Duration;

use booking_api::{
    cancellation::carry_on,
    mirror,
    order::{expire, fulfil, number},
    payment,
};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use contracts::id::{EventId, OrderRef, PassId, RoomId, TicketId, TicketRef, TierId};
use platform::{clock::Clock, lifecycle::Lifecycle};
use serde_json::{Value, json};
use sqlx::PgPool;
use tempfile::TempDir;

use crate::app::{Answer, Client, TestBooking};

/// The secret that [`TestBooking`] shares with its sandbox.
pub(crate) const SECRET: &[u8] = b"a secret of the test sandbox";
/// How many seats the event has; the units of the floor come after them.
pub(crate) const SEATS: u32 = 20;
const UNITS: u32 = 10;
/// The most tickets of one account.
pub(crate) const LIMIT: u32 = 4;

pub(crate) struct Shop {
    pub(crate) booking: TestBooking,
    pub(crate) event: EventId,
    pub(crate) floor: TierId,
    pub(crate) organizer: contracts::id::AccountId,
    pub(crate) sandbox_url: String,
    sandbox: Lifecycle,
    pub(crate) client: reqwest::Client,
    _folder: TempDir,
}

impl Shop {
    pub(crate) async fn open(postgres: PgPool) -> Self {
        Self::with(postgres, None, &[]).await
    }

    pub(crate) async fn with(postgres: PgPool, redis: Option<&str>, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sandbox = Lifecycle::new(Duration::from_secs(5));
        let sandbox_url = start_sandbox(&folder, &sandbox).await;
        let listener = platform::http::listen("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let callback = format!("http://{}/payment/callback/sandbox", listener.local_addr().unwrap());
        let ours = ["--sandbox-url", &sandbox_url, "--sandbox-callback-url", &callback];
        let all: Vec<&str> = ours.iter().chain(arguments).copied().collect();
        let booking = match redis {
            Some(redis) => TestBooking::with_redis(postgres, redis, &all),
            None => TestBooking::with(postgres, &all),
        };
        booking.serve(listener);
        let organizer = booking.organizer().await.account.unwrap();
        let (event, floor) = seed(&booking, organizer).await;
        let client = reqwest::Client::new();
        Self { booking, event, floor, organizer, sandbox_url, sandbox, client, _folder: folder }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.booking.clock.now()
    }

    /// The public id of a seat.
    pub(crate) fn seat(&self, number: u32) -> TicketRef {
        TicketRef { event: self.event, ticket: TicketId::new(number).unwrap() }
    }

    /// The sandbox goes away: nobody answers any more.
    pub(crate) async fn lose_sandbox(&self) {
        self.sandbox.stop();
        assert!(self.sandbox.wait().await);
    }

    /// Sends what is due to the provider, carries out what it is told, ends what is over, once.
    pub(crate) async fn tick(&self) {
        let app = &self.booking.app;
        payment::reconcile::tick(app).await;
        payment::command::tick(app).await;
        expire::tick(app).await;
        carry_on::tick(app).await;
        number::tick(app).await;
        fulfil::tick(app).await;
        mirror::apply::tick(app).await;
    }

    /// Ticks until the order is in `state`.
    pub(crate) async fn until(&self, order: &str, state: &str) {
        let mut last = String::new();
        let reached = tokio::time::timeout(Duration::from_secs(15), async {
            loop {
                self.tick().await;
                last = self.state(order).await;
                if last == state {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(reached.await.is_ok(), "the order stays {last}, and should become {state}");
    }

    /// Ticks until every amount at the provider is captured, let go or refused.
    pub(crate) async fn until_settled(&self) -> Vec<Value> {
        self.until_settled_but("").await
    }

    /// The same, but for amounts that stay in `state`.
    pub(crate) async fn until_settled_but(&self, state: &str) -> Vec<Value> {
        let settled = tokio::time::timeout(Duration::from_secs(15), async {
            loop {
                self.tick().await;
                let ledger = self.ledger().await;
                let open = |one: &Value| {
                    one["state"] != state && (one["state"] == "pending" || one["state"] == "authorised")
                };
                if !ledger.iter().any(open) && self.open_commands().await == 0 {
                    return ledger;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        settled.await.expect("every payment ends")
    }

    pub(crate) async fn open_commands(&self) -> i64 {
        let open = sqlx::query_scalar!(
            r#"select count(*) as "count!" from payment_command where done_at is null and refused_at is null"#
        );
        open.fetch_one(&self.booking.postgres).await.unwrap()
    }

    pub(crate) async fn state(&self, order: &str) -> String {
        let of: OrderRef = order.parse().unwrap();
        let found =
            booking_api::order::store::find(&self.booking.postgres, of.event, of.order).await.unwrap();
        json!(found.unwrap().state).as_str().unwrap().to_owned()
    }

    /// Everything the provider knows.
    pub(crate) async fn ledger(&self) -> Vec<Value> {
        self.client.get(format!("{}/ledger", self.sandbox_url)).send().await.unwrap().json().await.unwrap()
    }

    /// How many tickets are sold, by the only table that says so.
    pub(crate) async fn sold(&self) -> i64 {
        sqlx::query_scalar!(r#"select count(*) as "count!" from sale"#)
            .fetch_one(&self.booking.postgres)
            .await
            .unwrap()
    }

    /// The states of everything that the provider knows, sorted.
    pub(crate) async fn ledger_states(&self) -> Vec<String> {
        let mut states: Vec<String> =
            self.ledger().await.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect();
        states.sort();
        states
    }

    /// The kinds of the messages that wait for the notifier.
    pub(crate) async fn messages(&self) -> Vec<String> {
        sqlx::query_scalar!("select kind from outbox order by kind")
            .fetch_all(&self.booking.postgres)
            .await
            .unwrap()
    }

    /// Why slots were released.
    pub(crate) async fn released_slots(&self) -> Vec<String> {
        sqlx::query_scalar!("select cause from slot_release").fetch_all(&self.booking.postgres).await.unwrap()
    }

    /// Moves the sales window, relative to now.
    pub(crate) async fn set_sales(&self, from: TimeDelta, to: TimeDelta) {
        sqlx::query!("update event set sales_start = $1, sales_end = $2", self.now() + from, self.now() + to)
            .execute(&self.booking.postgres)
            .await
            .unwrap();
    }

    /// Somebody else's amount at the same provider, authorised.
    pub(crate) async fn authorize_elsewhere(&self, reference: &str) -> Value {
        let body = json!({"reference": reference, "amount": {"minor": 100, "currency": "EUR"}, "token": "tok_lost",
                          "callbackUrl": "http://127.0.0.1:9/"});
        let request = self.client.post(format!("{}/authorization", self.sandbox_url)).json(&body);
        request.header("idempotency-key", reference).send().await.unwrap().json().await.unwrap()
    }

    /// The provider lets an amount go by itself.
    pub(crate) async fn void_elsewhere(&self, id: &str) {
        let request = self.client.post(format!("{}/authorization/{id}/void", self.sandbox_url));
        let answer = request.header("idempotency-key", "elsewhere").send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// Waits until `condition` holds.
    #[expect(clippy::future_not_send, reason = "a test waits on its own thread")]
    pub(crate) async fn wait_for(&self, condition: impl AsyncFn() -> bool) {
        let held = tokio::time::timeout(Duration::from_secs(15), async {
            while !condition().await {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        held.await.expect("the condition holds in time");
    }

    /// A session of `pass` that lasts from `from` to `to`, relative to now; ended for `cause`, where it was.
    pub(crate) async fn session(
        &self,
        room: RoomId,
        pass: PassId,
        (from, to): (TimeDelta, TimeDelta),
        cause: Option<&str>,
    ) {
        let mut tx = self.booking.postgres.begin().await.unwrap();
        sqlx::query!(
            "insert into batch (room_id, tick, places, epoch, granted_at, applied_at)
             values ($1, 1, '{1}', 0, $2, $2) on conflict do nothing",
            room.uuid(),
            self.now()
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        sqlx::query!(
            "insert into slot (room_id, pass_id, place, tick, state, until, exchanged_at, ended_at, cause)
             select $1, $2, count(*), 1, case when $6::text is null then 'active' else 'ended' end, $4, $3,
               case when $6::text is not null then $5::timestamptz end, $6::text
             from slot",
            room.uuid(),
            pass.uuid(),
            self.now() + from,
            self.now() + to,
            self.now(),
            cause
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// Puts a room in front of the event.
    pub(crate) async fn guard(&self) -> RoomId {
        let room: RoomId = self.booking.app.ids.next();
        sqlx::query!(
            "insert into room (room_id, event_id, owner_id, name, state, admit_per_minute, max_active, claim_window,
               session_length, created_at)
             values ($1, $2, $3, 'Tonight', 'open', 60, 10, '2 minutes', '10 minutes', $4)",
            room.uuid(),
            self.event.uuid(),
            self.organizer.uuid(),
            self.now()
        )
        .execute(&self.booking.postgres)
        .await
        .unwrap();
        room
    }
}

async fn start_sandbox(folder: &TempDir, lifecycle: &Lifecycle) -> String {
    let secret = folder.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let (secret, data) = (secret.display().to_string(), folder.path().join("data").display().to_string());
    let config = sandbox::config::Config::parse_from([
        "sandbox",
        "--secret",
        &secret,
        "--data",
        &data,
        "--delay-from",
        "1ms",
        "--delay-to",
        "10ms",
        "--time-out",
        "1s",
        "--retry-from",
        "10ms",
        "--retry-to",
        "100ms",
    ]);
    format!("http://{}", sandbox::start(config, lifecycle.clone()).await.unwrap())
}

/// One event with [`SEATS`] seats at 49.50 and [`UNITS`] places on the floor at 30.00, on sale for two days.
async fn seed(booking: &TestBooking, owner: contracts::id::AccountId) -> (EventId, TierId) {
    let now = booking.clock.now();
    let ids = &booking.app.ids;
    let (event, venue): (EventId, contracts::id::VenueId) = (ids.next(), ids.next());
    let (gold, floor): (TierId, TierId) = (ids.next(), ids.next());
    let mut tx = booking.postgres.begin().await.unwrap();
    sqlx::query!(
        "insert into venue (venue_id, owner_id, name, city, country, latitude, longitude, time_zone)
         values ($1, $2, 'Arena', 'Berlin', 'DE', 52.5, 13.4, 'Europe/Berlin')",
        venue.uuid(),
        owner.uuid()
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query!(
        "insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end, currency,
           ticket_limit, created_at)
         values ($1, $2, $3, 'The Opening', 'concert', $4, $5, $6, 'EUR', 4, $7)",
        event.uuid(),
        owner.uuid(),
        venue.uuid(),
        now + TimeDelta::days(3),
        now - TimeDelta::days(1),
        now + TimeDelta::days(2),
        now
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query!(
        "insert into tier (event_id, tier_id, name, price_minor, general_admission, rank)
         values ($1, $2, 'Gold', 4950, false, 0), ($1, $3, 'Floor', 3000, true, 1)",
        event.uuid(),
        gold.uuid(),
        floor.uuid()
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query!(
        "insert into ticket (event_id, ticket_id, tier_id, section, row_name, seat_name)
         select $1, n, case when n < $4 then $2::uuid else $3 end, case when n < $4 then 'Block 1' end,
           case when n < $4 then 'A' end, case when n < $4 then (n + 1)::text end
         from generate_series(0, $5::integer - 1) as n",
        event.uuid(),
        gold.uuid(),
        floor.uuid(),
        i32::try_from(SEATS).unwrap(),
        i32::try_from(SEATS + UNITS).unwrap()
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    (event, floor)
}

/// What fans do.
impl Client<'_> {
    pub(crate) async fn reserve(&self, tickets: &[TicketRef]) -> Answer {
        self.post("/booking/reserve", json!({"ticketIds": tickets})).await
    }

    pub(crate) async fn confirm(&self, hold: &Value, token: &str) -> Answer {
        let body =
            json!({"holdId": hold["holdId"], "paymentDetails": {"provider": "sandbox", "token": token}});
        self.put("/booking/confirm", body).await
    }

    /// Holds `tickets` and confirms with `token`; gives the order's id.
    pub(crate) async fn buy(&self, tickets: &[TicketRef], token: &str) -> String {
        let hold = self.reserve(tickets).await.expect(201);
        let order = self.confirm(&hold, token).await.expect(202);
        order["orderId"].as_str().unwrap().to_owned()
    }
}
