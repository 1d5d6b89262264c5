//! Documents that cannot be indexed: set aside with their cause, while the others go on.

use contracts::id::EventId;
use search_api::{
    refusal::{self, Refusal},
    sync::reconcile::{Differences, reconcile},
};
use sqlx::PgPool;

use crate::{
    many,
    seed::{self, NewEvent},
    world::{World, until},
};

/// Gives an event another start, and raises the version with it.
async fn restart(postgres: &PgPool, event: EventId, at: &str) {
    many::sql(postgres, many::changed(event, &format!("starts_at = '{at}'"))).await;
}

async fn refused(world: &World) -> Vec<Refusal> {
    refusal::store::all(&world.postgres, &world.index).await.unwrap()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_cannot_be_indexed_is_set_aside_and_the_others_go_on(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let event = async |title| seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await;
    let (endless, ancient) = (event("Endless").await, event("Ancient").await);
    world.until_total(2).await;
    // One of which no document can be made, one that Elasticsearch does not take: its year is none.
    restart(&postgres, endless, "infinity").await;
    restart(&postgres, ancient, "0044-03-15 12:00+00 BC").await;
    event("Healthy").await;
    world.until_found("healthy", &["Healthy"]).await;

    until(|| async { refused(&world).await.len() == 2 }).await;
    for refusal in refused(&world).await {
        assert_eq!(refusal.version, 2);
        let cause = if refusal.event == endless { "PostgreSQL has no usable start" } else { "localDate" };
        assert!(refusal.cause.contains(cause), "{refusal:?}");
    }
    let sync = world.sync(&world.elasticsearch);
    assert_eq!(reconcile(&sync).await.unwrap(), Differences::default(), "what is set aside is no difference");
    assert_eq!(world.titles("endless").await, ["Endless"], "the last good version stays");

    restart(&postgres, endless, "2030-01-01").await;
    restart(&postgres, ancient, "2030-01-02").await;
    until(|| async { refused(&world).await.is_empty() }).await;
    many::until_true(&world).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn what_was_mended_without_a_new_version_is_taken_by_the_next_comparison(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let event = seed::event(&postgres, NewEvent { title: "Odd", ..NewEvent::default() }).await;
    world.until_total(1).await;
    restart(&postgres, event, "infinity").await;
    until(|| async { refused(&world).await.len() == 1 }).await;
    many::sql(&postgres, format!("update event set starts_at = '2030-01-01' where event_id = '{event}'"))
        .await;
    let sync = world.sync(&world.elasticsearch);
    reconcile(&sync).await.unwrap();
    assert_eq!(refused(&world).await, []);
    many::until_true(&world).await;
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn every_event_is_found_by_its_performers_and_venues_new_name(postgres: PgPool) {
    let world = World::start(postgres.clone());
    let new = |title| NewEvent { title, performers: &["Nightjar"], venue: "Shed", ..NewEvent::default() };
    for title in ["One", "Two", "Three"] {
        seed::event(&postgres, new(title)).await;
    }
    world.until_total(3).await;
    assert_eq!(world.titles("nightjar").await.len(), 3);
    // As booking-api renames: all versions in the same transaction.
    many::sql(
        &postgres,
        "begin; update performer set name = 'Oriole'; update venue set name = 'Palace';
         update search_version set version = version + 1, changed_in = pg_current_xact_id(); commit"
            .to_owned(),
    )
    .await;
    until(|| async { world.titles("oriole").await.len() == 3 && world.titles("palace").await.len() == 3 })
        .await;
    assert!(world.titles("nightjar").await.is_empty() && world.titles("shed").await.is_empty());
    many::until_true(&world).await;
    world.end().await;
}
