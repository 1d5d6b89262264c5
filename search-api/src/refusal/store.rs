//! The table `search_refusal`.

use contracts::id::EventId;
use platform::postgres::{Postgres, StoreError, column};

use super::Refusal;

/// Sets documents aside. Told again, the cause and the time are those of the last try.
///
/// # Errors
/// [`StoreError`]; safe to repeat.
pub async fn set_aside(postgres: &Postgres, index: &str, refusals: &[Refusal]) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into search_refusal (index_name, event_id, version, cause)
         select $1, * from unnest($2::uuid[], $3::bigint[], $4::text[])
         on conflict (index_name, event_id)
         do update set version = excluded.version, cause = excluded.cause, refused_at = now()",
        index,
        &column(refusals, |refusal| refusal.event.uuid()),
        &column(refusals, |refusal| refusal.version),
        &column(refusals, |refusal| refusal.cause.clone())
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Forgets those of `events` that were set aside: the index has taken them.
///
/// # Errors
/// [`StoreError`]; safe to repeat.
pub async fn forget(postgres: &Postgres, index: &str, events: &[EventId]) -> Result<(), StoreError> {
    let events = column(events, |event| event.uuid());
    sqlx::query!("delete from search_refusal where index_name = $1 and event_id = any($2)", index, &events)
        .execute(postgres)
        .await?;
    Ok(())
}

/// How many are set aside.
///
/// # Errors
/// [`StoreError`].
pub async fn count(postgres: &Postgres, index: &str) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from search_refusal where index_name = $1"#,
        index
    )
    .fetch_one(postgres)
    .await?;
    Ok(count)
}

/// All that are set aside, in the order of their events: for whoever has to mend them.
///
/// # Errors
/// [`StoreError`].
pub async fn all(postgres: &Postgres, index: &str) -> Result<Vec<Refusal>, StoreError> {
    let rows = sqlx::query!(
        "select event_id, version, cause from search_refusal where index_name = $1 order by event_id",
        index
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Refusal { event: row.event_id.into(), version: row.version, cause: row.cause })
        .collect())
}
