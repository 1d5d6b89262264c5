//! The statistics of PostgreSQL.

use platform::postgres::{StoreError, Tx};

/// Takes the lock under which one copy analyses, until `tx` ends; `false` when another has it.
///
/// # Errors
/// When the database fails.
pub async fn alone(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('statistics', 0)) as "got!""#
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Tables of which at least 200 rows, and half as many as there are, changed since they were analysed, quoted for a statement.
/// Larger ones are left to the database: what it knows of them is not all wrong after a minute.
///
/// # Errors
/// When the database fails.
pub async fn changed(tx: &mut Tx) -> Result<Vec<String>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select quote_ident(schemaname) || '.' || quote_ident(relname) as "name!" from pg_stat_user_tables
           where schemaname = current_schema() and n_mod_since_analyze >= 200 and n_mod_since_analyze >= n_live_tup / 2
             and n_live_tup < 500000
           order by 1"#
    )
    .fetch_all(&mut **tx)
    .await?)
}

/// Analyses a table, unless something else is at work on it.
///
/// # Errors
/// When the database fails.
pub async fn analyse(tx: &mut Tx, quoted: &str) -> Result<(), StoreError> {
    // No parameter may stand for a name; the database quoted it.
    let statement = sqlx::AssertSqlSafe(format!("analyze (skip_locked) {quoted}"));
    sqlx::raw_sql(statement).execute(&mut **tx).await?;
    Ok(())
}
