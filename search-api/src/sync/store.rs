//! The slot and the leader's lock.

use platform::postgres::{Postgres, StoreError};
use sqlx::{Connection, PgConnection};

/// How long a leader may be silent before PostgreSQL takes the lock from it: one that hangs, or whose network is gone.
pub const LEADER_IDLES: &str = "10s";
/// How long who wants to build waits for the one who leads.
const HANDED_OVER_WITHIN: &str = "5s";
/// How long the stream of another copy may take to end, in milliseconds.
const FREED_WITHIN: i64 = 2000;

/// Proof of leading: a connection that holds the lock. Dropped with the connection, so a dead leader is none.
#[derive(Debug)]
pub struct Leadership(PgConnection);

/// Takes the lock `key` of this database if nobody has it.
///
/// # Errors
/// [`StoreError`].
pub async fn try_lead(postgres: &Postgres, key: u32) -> Result<Option<Leadership>, StoreError> {
    let mut connection = leader(postgres).await?;
    let leads = sqlx::query_scalar!(r#"select pg_try_advisory_lock($1) as "leads!""#, i64::from(key))
        .fetch_one(&mut connection)
        .await?;
    if leads {
        return Ok(Some(Leadership(connection)));
    }
    connection.close().await?;
    Ok(None)
}

/// Takes the lock `key`, and waits some seconds for it, which the one who leads notices ([`Leadership::is_wanted`]). Those
/// who only try do not come in between.
///
/// # Errors
/// [`StoreError`].
pub async fn demand(postgres: &Postgres, key: u32) -> Result<Option<Leadership>, StoreError> {
    let mut connection = leader(postgres).await?;
    sqlx::query!("select set_config('lock_timeout', $1, false)", HANDED_OVER_WITHIN)
        .fetch_one(&mut connection)
        .await?;
    let waited = sqlx::query!("select pg_advisory_lock($1)", i64::from(key)).fetch_one(&mut connection).await;
    match waited.map_err(StoreError::from) {
        Ok(_) => Ok(Some(Leadership(connection))),
        Err(StoreError::Locked(_)) => {
            connection.close().await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A connection of its own, which PostgreSQL ends when it is silent.
async fn leader(postgres: &Postgres) -> Result<PgConnection, StoreError> {
    let mut connection = postgres.acquire().await?.detach();
    sqlx::query!("select set_config('idle_session_timeout', $1, false)", LEADER_IDLES)
        .fetch_one(&mut connection)
        .await?;
    Ok(connection)
}

impl Leadership {
    /// Whether somebody waits for the lock `key` to build an index. Fails when the connection is gone and with it the lock.
    ///
    /// # Errors
    /// [`StoreError`]: somebody else may lead.
    pub async fn is_wanted(&mut self, key: u32) -> Result<bool, StoreError> {
        let wanted = sqlx::query_scalar!(
            r#"select exists(select from pg_locks
                 where locktype = 'advisory' and classid = 0 and objid::bigint = $1 and objsubid = 1 and not granted
                   and database = (select oid from pg_database where datname = current_database())) as "wanted!""#,
            i64::from(key)
        )
        .fetch_one(&mut self.0)
        .await?;
        Ok(wanted)
    }

    /// Gives the lock back.
    ///
    /// # Errors
    /// [`StoreError`]: it is gone with the connection.
    pub async fn resign(self) -> Result<(), StoreError> {
        Ok(self.0.close().await?)
    }
}

/// A slot that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name.
    pub name: String,
    /// Whether it was made just now.
    pub made: bool,
    /// Whether another one stood there whose log was thrown away.
    pub lost: bool,
}

/// Makes sure that the slot exists and still has its log. Slots belong to the whole server, so the name carries the number
/// of the database. What a slot that is made anew missed is found by the comparison that follows every start.
///
/// # Errors
/// [`StoreError`].
pub async fn ensure_slot(postgres: &Postgres, number: u32) -> Result<Slot, StoreError> {
    let name = slot(postgres, number).await?;
    let status = sqlx::query_scalar!(
        r#"select coalesce(wal_status, 'lost') as "status!" from pg_replication_slots where slot_name = $1"#,
        &name
    )
    .fetch_optional(postgres)
    .await?;
    let lost = status.as_deref() == Some("lost");
    if lost {
        free_slot(postgres, &name).await?;
        drop_slot(postgres, number).await?;
    }
    let made = status.is_none() || lost;
    if made {
        sqlx::query_scalar!(
            r#"select slot_name::text as "name!" from pg_create_logical_replication_slot($1, 'pgoutput')"#,
            &name
        )
        .fetch_one(postgres)
        .await?;
    }
    Ok(Slot { name, made, lost })
}

/// Ends whoever reads the slot: a copy that was deposed and does not know it yet. Only the copy that leads calls this.
///
/// # Errors
/// [`StoreError`].
pub async fn free_slot(postgres: &Postgres, name: &str) -> Result<(), StoreError> {
    sqlx::query!(
        "select pg_terminate_backend(active_pid, $2) from pg_replication_slots where slot_name = $1 and active",
        name,
        FREED_WITHIN
    )
    .fetch_all(postgres)
    .await?;
    Ok(())
}

/// What PostgreSQL keeps for a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub status: String,
    /// How many bytes of its log it keeps for the slot.
    pub bytes: i64,
    /// How many bytes of its log were written since the position that was confirmed last.
    pub unconfirmed: i64,
    /// How many bytes it can write before the slot may be lost; none where it keeps everything, or nothing any more.
    pub room: Option<i64>,
}

/// What PostgreSQL keeps for the slot; none where there is no slot.
///
/// # Errors
/// [`StoreError`].
pub async fn kept(postgres: &Postgres, number: u32) -> Result<Option<Kept>, StoreError> {
    let name = slot(postgres, number).await?;
    let kept = sqlx::query_as!(
        Kept,
        r#"select coalesce(wal_status, 'lost') as "status!",
             coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::bigint as "bytes!",
             coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::bigint as "unconfirmed!",
             safe_wal_size as "room?"
           from pg_replication_slots where slot_name = $1"#,
        name
    )
    .fetch_optional(postgres)
    .await?;
    Ok(kept)
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
