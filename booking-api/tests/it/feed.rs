//! What can be had, told to many: one look, versions that all copies agree on, changes since, and old answers while the
//! servers are away.

use std::time::Duration;

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use booking_api::seat::feed::{hub, store};
use chrono::TimeDelta;
use contracts::id::EventId;
use devstack::{
    Home,
    port::Port,
    postgres::{Durability, Postgres},
};
use http::Method;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    app::{Client, TestBooking},
    given::{self, id_of},
    redis::PrivateRedis,
    shop::Shop,
};

async fn available(app: &TestBooking, event: EventId, since: Option<u64>) -> Value {
    app.app.views.forget(event).await;
    let query = since.map(|since| format!("?since={since}")).unwrap_or_default();
    app.stranger().get(&format!("/event/{event}/availability{query}")).await.expect(200)
}

fn version(answer: &Value) -> u64 {
    answer["version"].as_u64().unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_knows_a_version_is_told_what_changed_since(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let app = &shop.booking;
    let first = available(app, shop.event, None).await;
    assert_eq!(STANDARD.decode(first["available"].as_str().unwrap()).unwrap(), [0xff, 0xff, 0xff, 0x3f]);
    let hold = app.fan().await.reserve(&[shop.seat(1), shop.seat(8)]).await.expect(201);
    let second = available(app, shop.event, Some(version(&first))).await;
    assert_eq!(
        (&second["taken"], &second["free"], &second["available"]),
        (&json!([1, 8]), &json!([]), &Value::Null)
    );
    assert_eq!(second["tiers"][0]["available"], 18);
    assert!(version(&second) > version(&first));
    let same = available(app, shop.event, Some(version(&second))).await;
    assert_eq!((&same["taken"], version(&same)), (&json!([]), version(&second)), "nothing is new");
    let id: contracts::id::HoldRef = hold["holdId"].as_str().unwrap().parse().unwrap();
    let redis = &mut app.app.redis.clone();
    let of = booking_api::hold::store::find(redis, id.event, id.hold).await.unwrap().unwrap();
    booking_api::hold::store::release(redis, id.event, of.about.account, id.hold).await.unwrap();
    let third = available(app, shop.event, Some(version(&second))).await;
    assert_eq!((&third["free"], &third["taken"]), (&json!([1, 8]), &json!([])));
    let both = available(app, shop.event, Some(version(&first))).await;
    assert_eq!((&both["free"], &both["taken"]), (&json!([]), &json!([])), "what came back is as it was");
    let unknown = available(app, shop.event, Some(7)).await;
    assert_eq!((&unknown["available"], &unknown["since"]), (&first["available"], &Value::Null));
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn one_copy_publishes_and_another_goes_on_when_it_dies(postgres: PgPool) {
    let shop = Shop::open(postgres.clone()).await;
    let (one, other) = (&shop.booking, TestBooking::start(postgres).await);
    let leads = async |copy: &TestBooking| {
        let redis = &mut copy.app.redis.clone();
        store::read(redis, shop.event, copy.app.views.copy, None).await.unwrap().leads
    };
    shop.wait_for(async || {
        available(one, shop.event, None).await;
        !leads(&other).await
    })
    .await;
    let first = available(one, shop.event, None).await;
    let same = available(&other, shop.event, None).await;
    assert_eq!(
        (version(&first), &first["available"]),
        (version(&same), &same["available"]),
        "one version for all"
    );

    // The first copy is not asked any more: it died. Whoever is asked takes over and goes on from its version.
    one.fan().await.reserve(&[shop.seat(3)]).await.expect(201);
    shop.wait_for(async || version(&available(&other, shop.event, None).await) > version(&first)).await;
    let next = available(&other, shop.event, Some(version(&first))).await;
    assert_eq!((&next["taken"], &next["free"]), (&json!([3]), &json!([])));
    assert!(leads(&other).await);

    // It comes back, and follows.
    let back = available(one, shop.event, Some(version(&first))).await;
    assert_eq!((version(&back), &back["taken"]), (version(&next), &json!([3])));

    // Two who both believe that it is their turn cannot both publish.
    let last = other.app.views.known.last(shop.event).unwrap();
    let rival = |bits: u8| last.next(vec![bits; last.bits.len()], last.looked_at + 1);
    let publish = async |app: &TestBooking, bits| {
        store::publish(&mut app.app.redis.clone(), shop.event, Some(last.version), &rival(bits))
            .await
            .unwrap()
    };
    assert_eq!((publish(one, 1).await, publish(&other, 2).await), (true, false));
}

/// The next event of a stream: its id and its data; none when the stream is over.
async fn next(body: &mut Body) -> Option<(u64, Value)> {
    loop {
        let frame =
            tokio::time::timeout(Duration::from_secs(10), body.frame()).await.expect("an event in time")?;
        let text = String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
            return Some((id.parse().unwrap(), serde_json::from_str(data).unwrap()));
        }
    }
}

async fn stream(client: &Client<'_>, event: EventId) -> Body {
    let client = client.clone().with_header("accept", "text/event-stream");
    let path = format!("/event/{event}/availability");
    let answer = client.open(Method::GET, &path, Body::empty()).await;
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    answer.into_body()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_stays_connected_hears_of_every_change_and_goes_on_after_a_break(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let app = &shop.booking;
    let (ada, mut events) = (app.stranger(), stream(&app.stranger(), shop.event).await);
    let (first, everything) = next(&mut events).await.unwrap();
    assert!(everything["available"].is_string());
    app.fan().await.reserve(&[shop.seat(5)]).await.expect(201);
    app.app.views.snapshots.forget(shop.event).await;
    hub::tick(&app.app).await;
    let (second, change) = next(&mut events).await.unwrap();
    assert_eq!((&change["taken"], &change["since"]), (&json!([5]), &json!(first)));
    assert!(second > first);

    // Another connection, after a break: it says what it knows.
    let mut again = stream(&ada.with_header("last-event-id", &first.to_string()), shop.event).await;
    let (id, missed) = next(&mut again).await.unwrap();
    assert_eq!((id, &missed["taken"]), (second, &json!([5])));

    // That a tier is sold with a code only is news, too, and so is the end of it.
    let now = shop.now();
    let window =
        json!({"name": "Fans", "startsAt": now, "endsAt": now + TimeDelta::hours(1), "classes": ["fans"]});
    let presales = format!("/event/{}/presale", shop.event);
    shop.organizer().put(&presales, json!({"presales": [window]})).await.expect(200);
    let mut until = Vec::new();
    for _ in 0..2 {
        app.app.views.details.forget(shop.event).await;
        hub::tick(&app.app).await;
        let (id, news) = next(&mut events).await.unwrap();
        assert_eq!((id, &news["taken"], &news["free"]), (second, &json!([]), &json!([])));
        until.push(news["tiers"][0]["presaleUntil"].clone());
        shop.booking.clock.advance(TimeDelta::hours(1));
    }
    assert_eq!(until, [json!(now + TimeDelta::hours(1)), Value::Null]);

    hub::tick(&app.app).await;
    app.app.views.hub.close();
    assert_eq!(next(&mut events).await, None, "nothing was new, and the service stops");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_stream_ends_with_the_pass(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let room = shop.guard().await;
    let inside = shop.booking.stranger().admitted(shop.event, room);
    shop.booking.clock.advance(chrono::TimeDelta::minutes(10) - chrono::TimeDelta::milliseconds(200));
    let mut events = stream(&inside, shop.event).await;
    assert!(next(&mut events).await.is_some());
    assert_eq!(next(&mut events).await, None);
}

/// Real servers, which are stopped one after the other.
#[tokio::test]
async fn pages_map_and_availability_answer_while_both_stores_are_gone_and_say_so() {
    let home = Home::temporary().unwrap();
    let server = Postgres::start(&home, Port::any().unwrap(), Durability::Thrown).unwrap();
    let options = PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(1));
    let pool = options.connect(&server.url("postgres")).await.unwrap();
    platform::postgres::MIGRATOR.run(&pool).await.unwrap();
    let mut redis = PrivateRedis::start().await;
    let app = TestBooking::with_redis(pool, &redis.url(), &[]);
    let event = id_of(&given::event(&app.organizer().await, 2, 2).await);
    let fan = app.fan().await;
    let hold = json!({"ticketIds": [given::reference(event, 1)]});
    fan.post("/booking/reserve", hold).await.expect(201);
    app.app.views.forget(event).await;
    let paths = ["", "/seats", "/availability"].map(|path| format!("/event/{event}{path}"));
    let look = async || {
        app.app.views.details.forget(event).await;
        app.app.views.snapshots.forget(event).await;
        let mut stale = Vec::new();
        for path in paths.iter().chain([&format!("/e/{event}")]) {
            let answer = app.stranger().get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            stale.push(answer.headers.contains_key("usher-stale"));
        }
        let shown = app.stranger().get(&paths[0]).await.expect(200);
        (stale, shown["ticketAvailable"].clone(), shown["stale"].clone())
    };
    let now = app.stranger().get(&paths[2]).await.expect(200);
    assert_eq!(look().await, (vec![false; 4], json!(5), json!(false)));
    redis.stop();
    let map_never_changes = vec![true, false, true, true];
    assert_eq!(
        look().await,
        (map_never_changes.clone(), json!(5), json!(true)),
        "the seat that was held is not shown free"
    );
    drop(server);
    assert_eq!(look().await, (map_never_changes, json!(5), json!(true)));
    let last = app.stranger().get(&paths[2]).await.expect(200);
    assert_eq!((&last["available"], &last["stale"]), (&now["available"], &json!(true)));
    let refused = fan.post("/booking/reserve", json!({"ticketIds": [given::reference(event, 2)]})).await;
    refused.expect_problem(platform::http::kinds::UNAVAILABLE);
}
