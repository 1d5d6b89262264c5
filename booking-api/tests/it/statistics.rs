//! The database learns at once that a table grew.

use booking_api::statistics;
use sqlx::PgPool;

use crate::app::TestBooking;

/// Whether PostgreSQL has looked at the table since it was made.
async fn is_analysed(booking: &TestBooking, table: &str) -> bool {
    let looked = sqlx::query_scalar!(
        r#"select last_analyze is not null as "looked!" from pg_stat_user_tables where relname = $1"#,
        table
    );
    looked.fetch_one(&booking.postgres).await.unwrap()
}

/// Makes `count` accounts, and has the database count them at once rather than within a second.
async fn accounts(booking: &TestBooking, from: i32, count: i32) {
    let mut connection = booking.postgres.acquire().await.unwrap();
    sqlx::query!(
        "insert into account (account_id, email, role, created_at)
         select gen_random_uuid(), n || '@example.org', 'fan', now() from generate_series($1::integer, $2) as n",
        from,
        from + count - 1
    )
    .execute(&mut *connection)
    .await
    .unwrap();
    sqlx::raw_sql("select pg_stat_force_next_flush()").execute(&mut *connection).await.unwrap();
    sqlx::raw_sql("select 1").execute(&mut *connection).await.unwrap();
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_table_that_grew_is_looked_at_and_others_are_not(postgres: PgPool) {
    let booking = TestBooking::start(postgres).await;
    accounts(&booking, 0, 100).await;
    assert!(statistics::tick(&booking.app).await.unwrap().is_empty(), "too few to matter");
    accounts(&booking, 100, 400).await;
    assert_eq!(statistics::tick(&booking.app).await.unwrap(), ["public.account"]);
    assert!(is_analysed(&booking, "account").await);
    assert!(!is_analysed(&booking, "sale").await);
    assert!(statistics::tick(&booking.app).await.unwrap().is_empty(), "it was looked at");
    accounts(&booking, 500, 240).await;
    assert!(statistics::tick(&booking.app).await.unwrap().is_empty(), "it is little beside what there was");
    accounts(&booking, 740, 260).await;
    assert_eq!(statistics::tick(&booking.app).await.unwrap(), ["public.account"]);
}
