//! The table `audit_entry`.

use std::fmt::Display;

use contracts::id::{AccountId, EventId};
use platform::postgres::{Postgres, StoreError, Tx, column};
use serde_json::Value;
use uuid::Uuid;

use super::{Actor, Did, Entry, Means, Wanted};

/// Writes what `by` did, in the transaction that does it: both are there, or neither.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &mut Tx, by: &Actor, did: Did) -> Result<(), StoreError> {
    append_all(tx, by, &[did]).await
}

/// Writes several things that `by` did in one transaction, in order.
///
/// # Errors
/// When the database fails.
#[expect(clippy::as_conversions, reason = "so the macro is told that a value may be null")]
pub async fn append_all(tx: &mut Tx, by: &Actor, did: &[Did]) -> Result<(), StoreError> {
    let (kind, actor, role) = match by.means {
        Means::Role(role) => ("account", by.account.uuid(), Some(role.name())),
        Means::Key(key) => ("key", key.uuid(), None),
    };
    let events: Vec<Option<Uuid>> = column(did, |did| did.event.map(EventId::uuid));
    sqlx::query!(
        "insert into audit_entry
           (organizer_id, actor_kind, actor_id, role, request_id, operation, event_id, subject, changes)
         select $1, $2, $3, $4, $5, operation, event_id, subject, changes
         from unnest($6::text[], $7::uuid[], $8::text[], $9::jsonb[])
           with ordinality as new (operation, event_id, subject, changes, place)
         order by place",
        by.organizer.uuid(),
        kind,
        actor,
        role,
        by.request,
        &column(did, |did| did.operation.to_owned()),
        &events as &[Option<Uuid>],
        &column(did, |did| did.subject.clone()),
        &column(did, |did| Value::Object(did.changes.clone()))
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Waits until no other transaction says what `operation` says of the same thing: so that what an entry says was there before was.
///
/// # Errors
/// When the database fails.
pub async fn alone(tx: &mut Tx, operation: &str, subject: impl Display + Send) -> Result<(), StoreError> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended($1::text, 0))::text as "locked""#,
        format!("{operation} {subject}")
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}

/// The entries of `organizer` that are wanted, the newest first; of those about `events` only, where it names any.
///
/// # Errors
/// When the database fails.
pub async fn list(
    postgres: &Postgres,
    organizer: AccountId,
    events: Option<&[EventId]>,
    wanted: &Wanted,
) -> Result<Vec<Entry>, StoreError> {
    let events: Option<Vec<Uuid>> = events.map(|events| column(events, |event| event.uuid()));
    let rows = sqlx::query!(
        "select entry, at, actor_kind, actor_id, role, operation, event_id, subject, changes, request_id
         from audit_entry
         where organizer_id = $1
           and ($2::uuid[] is null or event_id = any($2))
           and ($3::uuid is null or event_id = $3)
           and ($4::uuid is null or actor_id = $4)
           and ($5::text is null or operation = $5)
           and ($6::bigint is null or entry < $6)
         order by entry desc limit $7",
        organizer.uuid(),
        events.as_deref(),
        wanted.event.map(EventId::uuid),
        wanted.actor,
        wanted.operation.as_deref(),
        wanted.before,
        wanted.limit
    )
    .fetch_all(postgres)
    .await?;
    let entry = rows.into_iter().map(|row| Entry {
        entry: row.entry,
        at: row.at,
        is_key: row.actor_kind == "key",
        actor: row.actor_id,
        role: row.role,
        operation: row.operation,
        event: row.event_id,
        subject: row.subject,
        changes: row.changes,
        request: row.request_id,
    });
    Ok(entry.collect())
}
