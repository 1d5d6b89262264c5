//! What search is told of sales and of renamed venues.

use booking_api::publisher::{bump, publish, stock};
use chrono::TimeDelta;
use contracts::frame::TierOffer;
use serde_json::json;
use sqlx::PgPool;

use crate::{
    app::TestBooking,
    given::{self, id_of, search_version},
    shop::Shop,
};

async fn published(
    app: &TestBooking,
    event: contracts::id::EventId,
) -> (i32, String, Option<i64>, Option<i64>) {
    let row = sqlx::query!(
        "select sold, bucket, price_from_minor, price_to_minor from event_availability where event_id = $1",
        event.uuid()
    )
    .fetch_one(&app.postgres)
    .await
    .unwrap();
    (row.sold, row.bucket, row.price_from_minor, row.price_to_minor)
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_sale_that_a_fan_can_see_raises_the_version_once(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let event = id_of(&given::event(&app.organizer().await, 5, 10).await);
    let fan = app.fan().await;
    let account = fan.account.unwrap();
    assert_eq!(published(&app, event).await, (0, "many".to_owned(), Some(2500), Some(4950)));
    let before = search_version(&app, event).await.0;

    app.clock.advance(TimeDelta::seconds(1));
    given::order(&app, event, account, &[0], true).await;
    publish::tick(&app.app).await;
    assert_eq!(published(&app, event).await, (1, "many".to_owned(), Some(2500), Some(4950)));
    assert_eq!(search_version(&app, event).await.0, before, "one of many looks like all of many");

    given::order(&app, event, account, &[10, 11, 12, 13, 14, 15, 16, 17, 18, 19], true).await;
    publish::tick(&app.app).await;
    assert_eq!(search_version(&app, event).await.0, before, "not within 200 ms of the last time");
    app.clock.advance(TimeDelta::milliseconds(200));
    publish::tick(&app.app).await;
    assert_eq!(published(&app, event).await, (11, "many".to_owned(), Some(4950), Some(4950)));
    assert_eq!(search_version(&app, event).await.0, before + 1);
    app.clock.advance(TimeDelta::seconds(1));
    publish::tick(&app.app).await;
    assert_eq!(search_version(&app, event).await.0, before + 1, "nothing happened since");

    given::order(&app, event, account, &[1, 2, 3, 4, 5, 6, 7, 8], true).await;
    publish::tick(&app.app).await;
    assert_eq!(published(&app, event).await.1, "few");
    given::order(&app, event, account, &[9], true).await;
    app.clock.advance(TimeDelta::seconds(1));
    publish::tick(&app.app).await;
    assert_eq!(published(&app, event).await, (20, "none".to_owned(), None, None));
    assert_eq!(search_version(&app, event).await.0, before + 3);

    sqlx::query!("delete from sale where event_id = $1 and ticket_id < 5", event.uuid())
        .execute(&app.postgres)
        .await
        .unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    publish::tick(&app.app).await;
    assert_eq!(published(&app, event).await.1, "many");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_sweep_finds_what_nobody_noted(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let event = id_of(&given::event(&app.organizer().await, 1, 0x1).await);
    let account = app.fan().await.account.unwrap();
    given::order(&app, event, account, &[0, 1, 2], true).await;
    sqlx::query!("delete from availability_change").execute(&app.postgres).await.unwrap();
    app.clock.advance(TimeDelta::seconds(1));
    publish::tick(&app.app).await;
    assert_eq!(published(&app, event).await.1, "many");
    publish::sweep(&app.app).await;
    publish::tick(&app.app).await;
    assert_eq!(published(&app, event).await.1, "none");
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_event_hears_of_its_venues_new_name(postgres: PgPool) {
    let app = TestBooking::start(postgres).await;
    let organizer = app.organizer().await;
    let made = given::event(&organizer, 1, 1).await;
    let venue = made["venue"]["venueId"].as_str().unwrap();
    let owner = organizer.account.unwrap();
    sqlx::query!(
        "insert into event (event_id, owner_id, venue_id, title, category, starts_at, sales_start, sales_end, currency, created_at)
         select gen_random_uuid(), $1, $2, 'Many', 'other', now(), now(), now() + interval '1 day', 'EUR', now()
         from generate_series(1, 2500)",
        owner.uuid(),
        uuid::Uuid::parse_str(venue).unwrap()
    )
    .execute(&app.postgres)
    .await
    .unwrap();
    let mut renamed = given::venue("Hall");
    renamed["name"] = json!("Great Hall");
    organizer.put(&format!("/venue/{venue}"), renamed).await.expect(200);
    let told = async || {
        sqlx::query_scalar!(r#"select count(*) as "count!" from search_version"#)
            .fetch_one(&app.postgres)
            .await
            .unwrap()
    };
    assert!(told().await < 2501, "some wait for the job");
    bump::tick(&app.app).await;
    assert_eq!(told().await, 2501);
    assert_eq!(search_version(&app, id_of(&made)).await.0, 2);
    let left = sqlx::query_scalar!(r#"select count(*) as "count!" from bump_job"#)
        .fetch_one(&app.postgres)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn those_in_line_are_told_what_can_be_had_of_what_is_guarded(postgres: PgPool) {
    let shop = Shop::open(postgres).await;
    let app = &shop.booking;
    let left = async || {
        stock::tick(&app.app).await;
        let tiers =
            sqlx::query_scalar!("select tiers from event_stock where event_id = $1", shop.event.uuid())
                .fetch_optional(&app.postgres)
                .await
                .unwrap();
        let tiers: Option<Vec<TierOffer>> = tiers.map(|tiers| serde_json::from_value(tiers).unwrap());
        tiers.map(|tiers| tiers.iter().map(|tier| tier.left.unwrap()).sum::<u32>())
    };
    assert_eq!(left().await, None, "nobody stands in line");
    let room = shop.guard().await;
    let all = left().await.unwrap();
    let ada = app.fan().await.admitted(shop.event, room);
    ada.reserve(&[shop.seat(0), shop.seat(1)]).await.expect(201);
    app.app.views.forget(shop.event).await;
    assert_eq!(left().await, Some(all - 2), "what is held cannot be had");
    let order = ada.buy(&[shop.seat(2)], "tok_ok").await;
    shop.until(&order, "paid").await;
    app.app.views.forget(shop.event).await;
    assert_eq!(left().await, Some(all - 3));
    app.clock.advance(TimeDelta::days(3000));
    sqlx::query!("delete from event_stock").execute(&app.postgres).await.unwrap();
    assert_eq!(left().await, None, "the sale is over");
}
