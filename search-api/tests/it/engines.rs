//! One meaning, two engines: what is written once is tried with each.

/// Makes of each `async fn of(postgres, engine)` two tests, in a module an engine.
macro_rules! in_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod elasticsearch {
            $(
                #[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
                async fn $test(postgres: sqlx::PgPool) {
                    super::$test(postgres, crate::world::Engine::Elasticsearch).await;
                }
            )+
        }
        mod embedded {
            $(
                #[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
                async fn $test(postgres: sqlx::PgPool) {
                    super::$test(postgres, crate::world::Engine::Embedded).await;
                }
            )+
        }
    };
}
