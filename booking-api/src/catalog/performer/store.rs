//! The table `performer`.

use std::collections::BTreeMap;

use contracts::id::{AccountId, PerformerId};
use platform::postgres::{Postgres, StoreError, Tx};
use sqlx::PgExecutor;

use super::{Performer, PerformerFacts};
use crate::catalog::{Owned, Put};

/// The performer with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(database: impl PgExecutor<'_>, id: PerformerId) -> Result<Option<Performer>, StoreError> {
    let row = sqlx::query!(
        "select owner_id, external_id, name, version from performer where performer_id = $1",
        id.uuid()
    )
    .fetch_optional(database)
    .await?;
    Ok(row.map(|row| Performer {
        id,
        owner: row.owner_id.into(),
        version: row.version,
        facts: PerformerFacts { external_id: row.external_id, name: row.name },
    }))
}

/// The performers of `organizer`, the newest made first.
///
/// # Errors
/// When the database fails.
pub async fn of_organizer(
    postgres: &Postgres,
    organizer: AccountId,
    before: Option<PerformerId>,
    limit: i64,
) -> Result<Vec<Performer>, StoreError> {
    let rows = sqlx::query!(
        "select performer_id, external_id, name, version from performer
         where owner_id = $1 and ($2::uuid is null or performer_id < $2) order by performer_id desc limit $3",
        organizer.uuid(),
        before.map(PerformerId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    let performers = rows.into_iter().map(|row| Performer {
        id: row.performer_id.into(),
        owner: organizer,
        version: row.version,
        facts: PerformerFacts { external_id: row.external_id, name: row.name },
    });
    Ok(performers.collect())
}

/// Locks the performer for a change and says whose it is.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, id: PerformerId) -> Result<Option<Owned>, StoreError> {
    let row =
        sqlx::query!("select owner_id, version from performer where performer_id = $1 for update", id.uuid())
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.map(|row| Owned { owner: row.owner_id.into(), version: row.version }))
}

/// Keeps those among `ids` that are the owner's as they are until the transaction ends, and returns them.
///
/// # Errors
/// When the database fails.
pub async fn keep(
    tx: &mut Tx,
    owner: AccountId,
    ids: &[PerformerId],
) -> Result<Vec<PerformerId>, StoreError> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    let kept = sqlx::query_scalar!(
        "select performer_id from performer where owner_id = $1 and performer_id = any($2)
         order by performer_id for share",
        owner.uuid(),
        &ids
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(kept.into_iter().map(PerformerId::from).collect())
}

/// Writes a performer with the id `new`, or over the one of the same owner and external id.
///
/// # Errors
/// When the database fails.
pub async fn upsert(
    tx: &mut Tx,
    new: PerformerId,
    owner: AccountId,
    facts: &PerformerFacts,
) -> Result<Put<PerformerId>, StoreError> {
    let written = sqlx::query_scalar!(
        "insert into performer (performer_id, owner_id, external_id, name) values ($1, $2, $3, $4)
         on conflict (owner_id, external_id) do update set name = excluded.name, version = performer.version + 1
         where performer.name is distinct from excluded.name
         returning performer_id",
        new.uuid(),
        owner.uuid(),
        facts.external_id,
        facts.name
    )
    .fetch_optional(&mut **tx)
    .await?;
    match written {
        Some(id) if id == new.uuid() => Ok(Put::Created(new)),
        Some(id) => Ok(Put::Updated(id.into())),
        None => {
            let id = sqlx::query_scalar!(
                "select performer_id from performer where owner_id = $1 and external_id = $2",
                owner.uuid(),
                facts.external_id
            )
            .fetch_one(&mut **tx)
            .await?;
            Ok(Put::Unchanged(id.into()))
        }
    }
}

/// The owner's performers with these external ids, made where they are missing. Those who are there keep their names.
/// Both lists go together, in the order of the external ids.
///
/// # Errors
/// When the database fails.
pub async fn ensure(
    tx: &mut Tx,
    owner: AccountId,
    new: &[PerformerId],
    named: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, PerformerId>, StoreError> {
    let ids: Vec<_> = new.iter().map(|id| id.uuid()).collect();
    let external_ids: Vec<_> = named.keys().cloned().collect();
    let spelt: Vec<_> = named.values().cloned().collect();
    sqlx::query!(
        "insert into performer (performer_id, owner_id, external_id, name)
         select performer_id, $1, external_id, name
         from unnest($2::uuid[], $3::text[], $4::text[]) as made(performer_id, external_id, name)
         on conflict (owner_id, external_id) do nothing",
        owner.uuid(),
        &ids,
        &external_ids,
        &spelt
    )
    .execute(&mut **tx)
    .await?;
    let rows = sqlx::query!(
        r#"select external_id as "external_id!", performer_id from performer
           where owner_id = $1 and external_id = any($2)"#,
        owner.uuid(),
        &external_ids
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.external_id, row.performer_id.into())).collect())
}

/// Writes over the performer.
///
/// # Errors
/// When the database fails; `performer_owner_id_external_id_key` when another one has the external id.
pub async fn update(tx: &mut Tx, id: PerformerId, facts: &PerformerFacts) -> Result<(), StoreError> {
    sqlx::query!(
        "update performer set external_id = $2, name = $3, version = version + 1 where performer_id = $1",
        id.uuid(),
        facts.external_id,
        facts.name
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Deletes the performer.
///
/// # Errors
/// When the database fails; `event_performer_performer_id_fkey` when an event names it.
pub async fn delete(tx: &mut Tx, id: PerformerId) -> Result<(), StoreError> {
    sqlx::query!("delete from performer where performer_id = $1", id.uuid()).execute(&mut **tx).await?;
    Ok(())
}
