//! The table `idempotency`.

use chrono::{DateTime, Utc};
use contracts::id::AccountId;
use platform::postgres::{Postgres, StoreError, Tx, column};

use super::{Done, Run};

/// A key that was used before.
#[derive(Clone, Debug, PartialEq)]
pub struct Before {
    /// The hash of its body, as hex.
    pub body: String,
    /// Since when it runs.
    pub since: DateTime<Utc>,
    /// Its answer, if it has one.
    pub done: Option<Done>,
}

/// Writes the key as running, and commits it; `false` when it is there already.
///
/// The commit does not wait for the disk: a key that a crash of the database loses was of a run that came to nothing, or whose
/// work is found by keys of its own.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    postgres: &Postgres,
    account: AccountId,
    run: &Run,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "with unhurried as materialized (select set_config('synchronous_commit', 'off', true))
         insert into idempotency (account_id, key, body_hash, state, run_id, created_at)
         select $1, $2, decode($3, 'hex'), 'running', $4, $5 from unhurried on conflict do nothing",
        account.uuid(),
        run.key.text,
        run.key.body,
        run.id,
        now
    )
    .execute(postgres)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The key as it is, locked.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, account: AccountId, key: &str) -> Result<Option<Before>, StoreError> {
    let row = sqlx::query!(
        r#"select encode(body_hash, 'hex') as "body!", created_at, status, answer
           from idempotency where account_id = $1 and key = $2 for update"#,
        account.uuid(),
        key
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| {
        let done = row
            .status
            .zip(row.answer)
            .map(|(status, answer)| Done { status: u16::try_from(status).unwrap_or(200), answer });
        Before { body: row.body, since: row.created_at, done }
    }))
}

/// Makes a key that died the key of this run.
///
/// # Errors
/// When the database fails.
pub async fn take_over(
    tx: &mut Tx,
    account: AccountId,
    run: &Run,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update idempotency set run_id = $3, created_at = $4 where account_id = $1 and key = $2",
        account.uuid(),
        run.key.text,
        run.id,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes the answer, with the work.
///
/// # Errors
/// When the database fails.
pub async fn finish(tx: &mut Tx, account: AccountId, run: &Run, done: &Done) -> Result<(), StoreError> {
    finish_all(tx, &[(account, run, done.clone())]).await
}

/// Writes the answers of several runs, with their work.
///
/// # Errors
/// When the database fails.
pub async fn finish_all(tx: &mut Tx, runs: &[(AccountId, &Run, Done)]) -> Result<(), StoreError> {
    sqlx::query!(
        "update idempotency set state = 'done', status = done.status, answer = done.answer
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::integer[], $5::jsonb[])
           as done (account_id, key, run_id, status, answer)
         where idempotency.account_id = done.account_id and idempotency.key = done.key
           and idempotency.run_id = done.run_id",
        &column(runs, |(account, ..)| account.uuid()),
        &column(runs, |(_, run, _)| run.key.text.clone()),
        &column(runs, |(_, run, _)| run.id),
        &column(runs, |(.., done)| i32::from(done.status)),
        &column(runs, |(.., done)| done.answer.clone())
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets the key of a run that is not done.
///
/// # Errors
/// When the database fails.
pub async fn delete(postgres: &Postgres, account: AccountId, run: &Run) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from idempotency where account_id = $1 and key = $2 and run_id = $3 and state = 'running'",
        account.uuid(),
        run.key.text,
        run.id
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Forgets answers older than `before`.
///
/// # Errors
/// When the database fails.
pub async fn purge(postgres: &Postgres, before: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from idempotency where created_at < $1", before).execute(postgres).await?;
    Ok(())
}
