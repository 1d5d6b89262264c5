//! Promise S1 when the network is cut on either side, with and without a word.

use sqlx::PgPool;

use crate::{
    many,
    proxy::Proxy,
    seed::{self, NewEvent},
    world::{World, elasticsearch, until},
};

/// How many events change while the network is away.
const CHANGES: usize = 300;

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_cut_to_postgresql_is_caught_up_with_and_search_goes_on(postgres: PgPool) {
    many::events(&postgres, CHANGES, "concert").await;
    let direct = World::start(postgres.clone());
    many::until_true(&direct).await;
    let proxy = Proxy::start(&direct.postgres_url()).await;
    let url = proxy.instead(&direct.postgres_url());
    direct.end().await;
    let more = ["--postgres-url", url.as_str(), "--shared", "1ms"];
    let world = World::start_behind(postgres.clone(), &elasticsearch(), &more);
    many::until_true(&world).await;
    for (round, silent) in [("cut", false), ("hushed", true)] {
        if silent {
            proxy.hush();
        } else {
            proxy.cut();
        }
        let taken = proxy.taken();
        many::retitle(&postgres, CHANGES, round).await;
        // The leader finds out, whether it is told or not, and knocks again; search does not need PostgreSQL.
        until(|| async {
            let answer = world.search(&[]).await;
            assert_eq!((answer.status, answer.json()["total"].as_u64()), (200, u64::try_from(CHANGES).ok()));
            proxy.taken() > taken + 1
        })
        .await;
        proxy.heal();
        many::until_true(&world).await;
    }
    world.end().await;
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_cut_to_elasticsearch_is_caught_up_with(postgres: PgPool) {
    many::events(&postgres, CHANGES, "concert").await;
    let proxy = Proxy::start(&elasticsearch()).await;
    let world = World::start_behind(postgres.clone(), &proxy.url(), &[]);
    many::until_true(&world).await;
    for (round, silent) in [("cut", false), ("hushed", true)] {
        if silent {
            proxy.hush();
        } else {
            proxy.cut();
        }
        many::retitle(&postgres, CHANGES, round).await;
        until(|| async { world.search(&[("token", round)]).await.status == 503 }).await;
        proxy.heal();
        many::until_true(&world).await;
    }
    seed::event(&postgres, NewEvent { title: "Afterwards", ..NewEvent::default() }).await;
    world.until_found("afterwards", &["Afterwards"]).await;
    world.end().await;
}
