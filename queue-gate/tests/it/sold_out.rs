//! What those in line learn of the tickets, and what becomes of the line when all are sold.

use contracts::{
    id::{EventId, RoomId},
    session::Role,
};
use http::StatusCode;
use queue_gate::{
    live::{
        listen::{Listener, Told, listen},
        tell,
    },
    stock::watch,
};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::app::{Fan, Sale, TestGate};

impl TestGate {
    /// What booking-api publishes of an event: how many tickets there are, are sold, and can be had at one price.
    pub(crate) async fn stock(&self, event: EventId, total: u32, sold: u32, left: u32) {
        self.execute(&format!(
            "insert into event_availability (event_id, total, sold, bucket) values ('{event}', {total}, {sold}, 'many')
             on conflict (event_id) do update set total = excluded.total, sold = excluded.sold;
             insert into event_stock values ('{event}', '[{{\"name\": \"Standing\", \"price\":
                 {{\"minor\": 4950, \"currency\": \"EUR\"}}, \"left\": {left}}}]', now())
             on conflict (event_id) do update set tiers = excluded.tiers"
        ))
        .await;
        self.look().await;
    }

    /// One look at what is left, as the loop makes it.
    async fn look(&self) {
        self.gate.refresh().await;
        watch::tick(&self.gate).await.unwrap();
    }

    async fn tell(&self, room: RoomId) {
        self.gate.refresh().await;
        tell::tell(&self.gate, &self.gate.rooms.get(room).unwrap()).await;
    }

    async fn listen(&self, fan: &Fan<'_>, room: RoomId) -> (Listener, Value) {
        let room = self.gate.rooms.get(room).unwrap();
        let (listener, first) = listen(&self.gate, &room, fan.visitor, None).await.unwrap();
        (listener, frame(&first.unwrap()))
    }
}

impl Sale<'_> {
    async fn entries(&self, kind: &str) -> Vec<Value> {
        let log = self.organizer.get(&format!("/room/{}/log", self.room)).await.body;
        log["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind).cloned().collect()
    }

    async fn room_state(&self) -> String {
        let room = self.organizer.get(&format!("/room/{}", self.room)).await;
        room.body["state"].as_str().unwrap().to_owned()
    }
}

fn frame(told: &Told) -> Value {
    serde_json::from_str(&told.text).unwrap()
}

async fn next(listener: &mut Listener) -> Value {
    let told = tokio::time::timeout(std::time::Duration::from_secs(10), listener.next()).await.unwrap();
    frame(&told.unwrap())
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_sold_out_room_calls_nobody_and_goes_on_with_the_places_as_they_were(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 1).await;
    let room = sale.room;
    let (ada, bob) = (app.fan(), app.fan());
    let numbers = [ada.number(room).await, bob.number(room).await];
    let (mut listener, _) = app.listen(&bob, room).await;
    let path = format!("/room/{room}");
    let waitlist = json!({ "version": 1, "waitlist": "https://shop.example/wait" });
    sale.organizer.put(&path, waitlist).await.expect(StatusCode::OK);
    app.stock(sale.event, 5, 5, 0).await;
    app.tell(room).await;
    let last = next(&mut listener).await;
    assert_eq!((last["state"].as_str(), last["ahead"].as_u64()), (Some("soldOut"), Some(1)));
    assert_eq!(
        (&last["number"], &last["waitlist"]),
        (&json!(numbers[1]), &json!("https://shop.example/wait"))
    );
    assert_eq!(app.ticks(room, 3).await, [0, 0, 0]);
    app.look().await;
    let drained = sale.entries("drained").await;
    assert_eq!((drained.len(), &drained[0]["actor"]), (1, &Value::Null));

    // One order is refunded.
    app.stock(sale.event, 5, 4, 1).await;
    app.tell(room).await;
    let again = next(&mut listener).await;
    assert_eq!((again["state"].as_str(), again["ahead"].as_u64()), (Some("waiting"), Some(1)));
    assert_eq!([ada.number(room).await, bob.number(room).await], numbers);
    assert_eq!(app.ticks(room, 1).await, [1]);
    assert_eq!((ada.state(room).await.as_str(), bob.state(room).await.as_str()), ("called", "waiting"));
    assert_eq!(sale.entries("reopened").await.len(), 1);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_is_held_is_not_gone(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 10).await;
    let fan = app.fan();
    fan.number(sale.room).await;
    // Everything is sold or held: nothing can be had at the moment, and the sale goes on.
    app.stock(sale.event, 5, 4, 0).await;
    assert_eq!(sale.room_state().await, "open");
    let frame = fan.get(&format!("/queue/{}/place", sale.room)).await.body;
    assert_eq!((frame["state"].as_str(), frame["tiers"][0]["left"].as_u64()), (Some("waiting"), Some(0)));
    assert_eq!(app.ticks(sale.room, 1).await, [1]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn gates_drain_a_room_once_and_leave_alone_what_its_organizer_drained(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let other = app.another().await;
    let (sale, by_hand) = (app.sale(60, 10).await, app.sale(60, 10).await);
    app.stock(by_hand.event, 5, 1, 4).await;
    by_hand.step("drain").await.expect(StatusCode::OK);
    app.stock(sale.event, 5, 4, 1).await;
    other.look().await;
    app.execute("update event_availability set sold = 5 where sold = 4").await;
    let (one, two) = tokio::join!(watch::tick(&app.gate), watch::tick(&other.gate));
    one.unwrap();
    two.unwrap();
    assert_eq!(sale.entries("drained").await.len(), 1);
    assert_eq!((sale.room_state().await, by_hand.room_state().await), ("drained".into(), "drained".into()));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn prices_are_told_first_and_then_only_when_they_changed(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(60, 0).await;
    let room = sale.room;
    let fan = app.fan();
    fan.number(room).await;
    app.stock(sale.event, 100, 10, 90).await;
    let (mut listener, first) = app.listen(&fan, room).await;
    let price = json!({ "minor": 4950, "currency": "EUR" });
    assert_eq!(first["tiers"], json!([{ "name": "Standing", "price": price, "left": 90 }]));
    assert_eq!(first.get("chance"), None, "nobody has bought yet, so nobody can tell");
    let mut told = Vec::new();
    for telling in 0..30 {
        if telling == 12 {
            app.stock(sale.event, 100, 50, 50).await;
        }
        // The line moves, so that there is always something to tell.
        app.fan().number(room).await;
        app.tell(room).await;
        told.push(next(&mut listener).await["tiers"][0]["left"].as_u64());
    }
    let heard: Vec<_> =
        told.iter().enumerate().filter_map(|(at, left)| left.map(|left| (at, left))).collect();
    let of = |from: usize, left| (from..from + 5).map(move |at| (at, left));
    assert_eq!(heard, of(0, 90).chain(of(20, 50)).collect::<Vec<_>>());

    let hide = json!({ "version": 1, "odds": "hidden" });
    sale.organizer.put(&format!("/room/{room}"), hide).await.expect(StatusCode::OK);
    app.look().await;
    let frame = fan.get(&format!("/queue/{room}/place")).await.body;
    assert_eq!(frame["tiers"], json!([{ "name": "Standing", "price": price }]));
    for wrong in ["javascript:alert(1)", "http://shop.example/", "shop", "https://"] {
        let asked = json!({ "version": 2, "waitlist": wrong });
        let refused = sale.organizer.put(&format!("/room/{room}"), asked).await;
        refused.expect_problem(queue_gate::problems::WRONG_SETTING);
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_chance_follows_from_what_those_bought_who_were_called(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 1000).await;
    let room = sale.room;
    app.stock(sale.event, 60, 0, 60).await;
    let early: Vec<_> = (0..40).map(|_| app.fan()).collect();
    for fan in &early {
        fan.number(room).await;
    }
    assert_eq!(app.ticks(room, 1).await, [40]);
    // All forty go in, buy one ticket each, and are gone.
    app.execute("update slot set state = 'ended', ended_at = now(), cause = 'purchased'").await;
    app.execute("update room set max_active = 0").await;
    let late: Vec<_> = (0..30).map(|_| app.fan()).collect();
    for fan in &late {
        fan.number(room).await;
    }
    // Those called are counted with every fifth look.
    for _ in 0..5 {
        app.stock(sale.event, 60, 40, 20).await;
    }
    let mut chances = Vec::new();
    for fan in [&late[0], &late[15], &late[29]] {
        chances.push(fan.get(&format!("/queue/{room}/place")).await.body["chance"].clone());
    }
    assert_eq!(chances, ["high", "fair", "low"]);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn in_a_room_with_lanes_the_chance_counts_who_is_called_before_from_all_of_them(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let sale = app.sale(6000, 1000).await;
    let room = sale.room;
    let lanes = json!({ "version": 1, "lanes": [
        { "name": "members", "share": 3, "accounts": "registered" }, { "name": "main", "share": 1 },
    ] });
    sale.organizer.put(&format!("/room/{room}/lane"), lanes).await.expect(StatusCode::OK);
    app.stock(sale.event, 60, 0, 60).await;
    for _ in 0..40 {
        app.fan().number(room).await;
    }
    assert_eq!(app.ticks(room, 1).await, [40]);
    app.execute("update slot set state = 'ended', ended_at = now(), cause = 'purchased'").await;
    app.execute("update room set max_active = 0").await;
    let main: Vec<_> = (0..12).map(|_| app.fan()).collect();
    let members: Vec<_> = (0..12).map(|_| app.account(app.gate.ids.next(), Role::Fan)).collect();
    for fan in main.iter().chain(&members) {
        fan.number(room).await;
    }
    for _ in 0..5 {
        app.stock(sale.event, 60, 40, 20).await;
    }
    let chance = async |fan: &Fan<'_>| fan.get(&format!("/queue/{room}/place")).await.body["chance"].clone();
    assert_eq!(chance(&main[0]).await, Value::Null, "nobody knows yet who waits in the other lane");
    app.tell(room).await;
    // Three members are called for each one of the others: before the fourth of these, twelve of them.
    for (fan, expected) in [
        (&main[0], "high"),
        (&main[3], "fair"),
        (&main[11], "low"),
        (&members[0], "high"),
        (&members[11], "fair"),
    ] {
        assert_eq!(chance(fan).await, expected);
    }
}
