//! The log of rooms in PostgreSQL.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, RoomId};
use platform::postgres::{Postgres, StoreError};

use super::{Chain, LogEntry};

/// The log of `room` after the entry `after`, oldest first, at most `limit` entries.
///
/// # Errors
/// When the database is away.
pub async fn log(
    postgres: &Postgres,
    room: RoomId,
    after: i64,
    limit: i64,
) -> Result<Vec<LogEntry>, StoreError> {
    let rows = sqlx::query!(
        "select entry, at, actor_id, kind, detail, hash from room_log
         where room_id = $1 and entry > $2 order by entry limit $3",
        room.uuid(),
        after,
        limit
    )
    .fetch_all(postgres)
    .await?;
    let entry = rows.into_iter().map(|row| LogEntry {
        entry: row.entry,
        at: row.at,
        actor: row.actor_id.map(AccountId::from),
        kind: row.kind,
        detail: row.detail,
        hash: hex::encode(row.hash),
    });
    Ok(entry.collect())
}

/// As [`log`], as lines of CSV whose fields are exactly what was hashed; with the number of the last one.
///
/// # Errors
/// When the database is away.
pub async fn csv(
    postgres: &Postgres,
    room: RoomId,
    after: i64,
    limit: i64,
) -> Result<Option<(i64, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"select entry, (extract(epoch from at) * 1000000)::bigint as "micros!", at,
                  coalesce(actor_id::text, '') as "actor!", kind, detail::text as "detail!", hash
           from room_log where room_id = $1 and entry > $2 order by entry limit $3"#,
        room.uuid(),
        after,
        limit
    )
    .fetch_all(postgres)
    .await?;
    let Some(last) = rows.last().map(|row| row.entry) else { return Ok(None) };
    let line = |row: &_| -> String {
        let row: &Row = row;
        row.line()
    };
    let rows: Vec<Row> = rows
        .into_iter()
        .map(|row| Row {
            entry: row.entry,
            at: row.at,
            micros: row.micros,
            actor: row.actor,
            kind: row.kind,
            detail: row.detail,
            hash: row.hash,
        })
        .collect();
    Ok(Some((last, rows.iter().map(line).collect())))
}

struct Row {
    entry: i64,
    at: DateTime<Utc>,
    micros: i64,
    actor: String,
    kind: String,
    detail: String,
    hash: Vec<u8>,
}

impl Row {
    fn line(&self) -> String {
        let Self { entry, micros, actor, kind, .. } = self;
        let (at, hash) = (self.at.to_rfc3339(), hex::encode(&self.hash));
        let detail = self.detail.replace('"', "\"\"");
        format!("{entry},{at},{micros},{actor},{kind},\"{detail}\",{hash}\n")
    }
}

/// What the chain of the log of `room` says of itself, worked out again from its first entry on.
///
/// # Errors
/// When the database is away.
pub async fn verify(postgres: &Postgres, room: RoomId) -> Result<Chain, StoreError> {
    let row = sqlx::query!(
        r#"select room_log_broken($1) as broken, (select count(*) from room_log where room_id = $1) as "entries!",
                  (select hash from room_log where room_id = $1 order by entry desc limit 1) as head"#,
        room.uuid()
    )
    .fetch_one(postgres)
    .await?;
    Ok(Chain {
        entries: row.entries,
        head: row.head.map(hex::encode),
        broken_at: row.broken,
        is_intact: row.broken.is_none(),
    })
}

/// The last `limit` entries of `room` but for its batches, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn told(postgres: &Postgres, room: RoomId, limit: i64) -> Result<Vec<LogEntry>, StoreError> {
    let rows = sqlx::query!(
        "select entry, at, kind, detail, hash from room_log
         where room_id = $1 and kind <> 'called' order by entry desc limit $2",
        room.uuid(),
        limit
    )
    .fetch_all(postgres)
    .await?;
    let entry = rows.into_iter().rev().map(|row| LogEntry {
        entry: row.entry,
        at: row.at,
        actor: None,
        kind: row.kind,
        detail: row.detail,
        hash: hex::encode(row.hash),
    });
    Ok(entry.collect())
}

/// How many were called in each minute of the last day in which somebody was, oldest first.
///
/// # Errors
/// When the database is away.
pub async fn minutes(
    postgres: &Postgres,
    room: RoomId,
    now: Option<DateTime<Utc>>,
) -> Result<Vec<(DateTime<Utc>, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select date_trunc('minute', granted_at) as "minute!", sum(cardinality(places))::bigint as "calls!" from batch
           where room_id = $1 and granted_at > coalesce($2, clock_timestamp()) - interval '1 day'
           group by 1 order by 1"#,
        room.uuid(),
        now
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(|row| (row.minute, row.calls)).collect())
}
