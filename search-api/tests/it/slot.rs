//! What may happen to the replication slot, and to what it tells.

use search_api::sync::{
    guard::{Health, judge},
    store,
};
use sqlx::{PgPool, Row};

use crate::{
    child::Child,
    many,
    seed::{self, NewEvent},
    servers::OwnPostgres,
    world::{World, elasticsearch, until},
};

/// A value of the slot of `world`, as text.
async fn of_slot(world: &World, column: &str) -> Option<String> {
    let number = world.sync(&world.elasticsearch).number();
    let sql = format!(
        "select ({column})::text from pg_replication_slots
         where slot_name like 'usher_search_%_{number:08x}' and database = current_database()"
    );
    let row = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_optional(&world.postgres).await.unwrap();
    row.and_then(|row| row.get(0))
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_slot_that_was_dropped_is_made_anew_aloud_and_nothing_is_missed(postgres: PgPool) {
    many::events(&postgres, 300, "concert").await;
    let world = World::start(postgres.clone());
    many::until_true(&world).await;
    world.stop().await;
    let number = world.sync(&world.elasticsearch).number();
    until(|| async { store::drop_slot(&postgres, number).await.is_ok() }).await;
    // Nobody tells of these.
    many::retitle(&postgres, 100, "missed").await;
    many::delete(&postgres, 10, "concert").await;
    let child = Child::serve(&world, &elasticsearch());
    many::until_true(&world).await;
    assert!(child.said().contains("WARN") && child.said().contains("the slot was gone"), "{}", child.said());
    drop(child);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_postgresql_gave_up_is_made_anew_and_nothing_is_missed() {
    let own = OwnPostgres::start_with(&[("max_slot_wal_keep_size", "32MB")]).await;
    let postgres = own.pool.clone();
    many::events(&postgres, 300, "concert").await;
    let world = World::start(postgres.clone());
    many::until_true(&world).await;
    world.stop().await;
    let sync = world.sync(&world.elasticsearch);
    until(|| async { of_slot(&world, "active").await.as_deref() == Some("false") }).await;
    let kept = store::kept(&postgres, sync.number()).await.unwrap();
    assert_eq!(judge(kept.as_ref()), Health::Fine, "{kept:?}");

    many::retitle(&postgres, 100, "missed").await;
    // More log than it keeps, written by somebody else.
    let mut seen = Vec::new();
    while of_slot(&world, "wal_status").await.as_deref() != Some("lost") {
        let noise = "create table if not exists noise (text text);
                     insert into noise select repeat(md5(n::text), 20) from generate_series(1, 20000) n;
                     select pg_switch_wal(); checkpoint";
        many::sql(&postgres, noise.to_owned()).await;
        seen.push(judge(store::kept(&postgres, sync.number()).await.unwrap().as_ref()));
    }
    assert_eq!(seen.last(), Some(&Health::Lost), "{seen:?}");
    let child = Child::serve(&world, &elasticsearch());
    many::until_true(&world).await;
    assert!(child.said().contains("lost_its_log=true"), "{}", child.said());
    drop(child);
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn the_slot_goes_on_while_only_others_write(postgres: PgPool) {
    let world = World::start(postgres.clone());
    world.until_total(0).await;
    many::sql(&postgres, "create table noise (text text)".to_owned()).await;
    let position = async || -> String {
        let row = sqlx::raw_sql("select pg_current_wal_lsn()::text").fetch_one(&postgres).await.unwrap();
        row.get(0)
    };
    for _ in 0..3 {
        many::sql(
            &postgres,
            "insert into noise select repeat('x', 1000) from generate_series(1, 1000)".to_owned(),
        )
        .await;
        let written = position().await;
        let behind = format!("confirmed_flush_lsn >= '{written}'::pg_lsn");
        until(|| async { of_slot(&world, &behind).await.as_deref() == Some("true") }).await;
    }
    world.end().await;
}

/// With a synchronous standby that does not answer, PostgreSQL tells of a commit that nobody can see yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_told_before_it_can_be_seen_is_not_missed() {
    let own = OwnPostgres::start().await;
    let postgres = own.pool.clone();
    let world = World::start(postgres.clone());
    let event = async |title| seed::event(&postgres, NewEvent { title, ..NewEvent::default() }).await;
    let (slow, quick) = (event("Slow").await, event("Quick").await);
    world.until_total(2).await;
    own.set("synchronous_standby_names", "nobody").await;
    let title = |event, title: &str| many::changed(event, &format!("title = '{title}'"));
    let commit = many::sql(&postgres, title(slow, "Seen Late"));
    let rest = async {
        let waits = "select from pg_stat_activity where wait_event = 'SyncRep'";
        until(|| async { !sqlx::raw_sql(waits).fetch_all(&postgres).await.unwrap().is_empty() }).await;
        // This one waits for nobody, and comes after the other in the stream.
        let other = format!(
            "set synchronous_commit = local; {}; reset synchronous_commit",
            title(quick, "Seen Soon")
        );
        many::sql(&postgres, other).await;
        world.until_found("soon", &["Seen Soon"]).await;
        assert!(world.titles("late").await.is_empty());
        own.set("synchronous_standby_names", "").await;
    };
    tokio::join!(commit, rest);
    world.until_found("late", &["Seen Late"]).await;
    many::until_true(&world).await;
    world.end().await;
}
