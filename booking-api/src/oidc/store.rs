//! Attempts, in Redis; and the table `account_identity`.

use chrono::{DateTime, Utc};
use contracts::id::AccountId;
use platform::{
    postgres::{StoreError, Tx},
    redis::Redis,
};
use redis::{AsyncCommands, SetExpiry, SetOptions};
use sqlx::PgExecutor;

use super::{Attempt, Found, LASTS, Said};
use crate::account::{Account, Email, store::role};

/// Keeps an attempt at `place` until it lapses.
///
/// # Errors
/// When Redis fails.
pub async fn keep(redis: &mut Redis, place: &str, attempt: &Attempt) -> Result<(), StoreError> {
    let text = serde_json::to_string(attempt).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let seconds = u64::try_from(LASTS.num_seconds()).unwrap_or_default();
    let options = SetOptions::default().with_expiration(SetExpiry::EX(seconds));
    let () = redis.set_options(place, text, options).await?;
    Ok(())
}

/// Takes the attempt at `place`, once, whichever copy asks. Where the answer is lost so is the attempt, and it begins again.
///
/// # Errors
/// When Redis fails.
pub async fn take(redis: &mut Redis, place: &str) -> Result<Option<Attempt>, StoreError> {
    let text: Option<String> = redis.get_del(place).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The account of whom the provider names.
///
/// # Errors
/// When the database fails.
pub async fn find(database: impl PgExecutor<'_>, said: &Said) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query!(
        "select account_id, email, name, role from account_identity join account using (account_id)
         where issuer = $1 and subject = $2",
        said.issuer,
        said.subject
    )
    .fetch_optional(database)
    .await?;
    row.map(|row| {
        let role = role(&row.role)?;
        Ok(Account { id: row.account_id.into(), email: row.email.into(), name: row.name, role })
    })
    .transpose()
}

/// Waits until no other transaction links anything to this address.
///
/// # Errors
/// When the database fails.
pub async fn alone(tx: &mut Tx, email: &Email) -> Result<(), StoreError> {
    sqlx::query!(
        r#"select pg_advisory_xact_lock(hashtextextended('sign-in ' || $1::text, 0))::text as "locked""#,
        email.as_str()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}

/// The account with a password that has this address, locked, and what is known of it.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, email: &Email) -> Result<Option<(Account, Found)>, StoreError> {
    let row = sqlx::query!(
        "select account_id, email, name, role, email_proven_at from account
         where email = $1 and password_hash is not null for update",
        email.as_str()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        let role = role(&row.role)?;
        let account = Account { id: row.account_id.into(), email: row.email.into(), name: row.name, role };
        Ok((account, Found { role, is_proven: row.email_proven_at.is_some() }))
    })
    .transpose()
}

/// Links whom the provider names to an account; `false` when they are linked already.
///
/// # Errors
/// When the database fails.
pub async fn link(
    tx: &mut Tx,
    said: &Said,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let linked = sqlx::query!(
        "insert into account_identity (issuer, subject, account_id, linked_at) values ($1, $2, $3, $4)
         on conflict (issuer, subject) do nothing",
        said.issuer,
        said.subject,
        account.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(linked.rows_affected() == 1)
}
