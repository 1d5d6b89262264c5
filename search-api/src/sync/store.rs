//! The slot, the leader's lock, and the address for replication.

use platform::postgres::{Postgres, StoreError};
use sqlx::{Connection, PgConnection};

/// Proof of leading: a connection that holds the lock. Dropped with the connection, so a dead leader is none.
#[derive(Debug)]
pub struct Leadership(PgConnection);

/// Takes the lock `key` of this database if nobody has it.
///
/// # Errors
/// [`StoreError`].
pub async fn try_lead(postgres: &Postgres, key: u32) -> Result<Option<Leadership>, StoreError> {
    let mut connection = postgres.acquire().await?.detach();
    let leads = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "leads!""#, i64::from(key))
        .fetch_one(&mut connection)
        .await?;
    if leads {
        return Ok(Some(Leadership(connection)));
    }
    connection.close().await?;
    Ok(None)
}

impl Leadership {
    /// Fails when the connection is gone and with it the lock.
    ///
    /// # Errors
    /// [`StoreError`]: somebody else may lead.
    pub async fn check(&mut self) -> Result<(), StoreError> {
        Ok(self.0.ping().await?)
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// [`StoreError`]: it is gone with the connection.
    pub async fn resign(self) -> Result<(), StoreError> {
        Ok(self.0.close().await?)
    }
}

/// Makes sure that the slot exists and still has its log; returns its name. Slots belong to the whole server, so the
/// name carries the number of the database. A slot whose log was thrown away is made anew: what it missed is found by
/// the comparison that follows every start.
///
/// # Errors
/// [`StoreError`].
pub async fn ensure_slot(postgres: &Postgres, number: u32) -> Result<String, StoreError> {
    let name = slot(postgres, number).await?;
    let status = sqlx::query_scalar!(
        r#"select coalesce(wal_status, 'lost') as "status!" from pg_replication_slots where slot_name = $1"#,
        &name
    )
    .fetch_optional(postgres)
    .await?;
    if status.as_deref() == Some("lost") {
        tracing::warn!(slot = name, "the slot lost its log, another one is made");
        drop_slot(postgres, number).await?;
    }
    if status.is_none_or(|status| status == "lost") {
        sqlx::query_scalar!(
            r#"select slot_name::text as "name!" from pg_create_logical_replication_slot($1, 'pgoutput')"#,
            &name
        )
        .fetch_one(postgres)
        .await?;
    }
    Ok(name)
}

/// Removes the slot, if it is there and unused: for whoever gives up searching in this database.
///
/// # Errors
/// [`StoreError`], also while somebody reads it.
pub async fn drop_slot(postgres: &Postgres, number: u32) -> Result<(), StoreError> {
    let name = slot(postgres, number).await?;
    sqlx::query!(
        "select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1",
        name
    )
    .fetch_all(postgres)
    .await?;
    Ok(())
}

async fn slot(postgres: &Postgres, number: u32) -> Result<String, StoreError> {
    let database = sqlx::query_scalar!(
        r#"select oid::bigint as "oid!" from pg_database where datname = current_database()"#
    )
    .fetch_one(postgres)
    .await?;
    Ok(format!("usher_search_{database}_{number:08x}"))
}
