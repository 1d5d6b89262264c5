//! The table `account`.

use chrono::{DateTime, Utc};
use contracts::{id::AccountId, session::Role};
use platform::postgres::{Postgres, StoreError, Tx};

use super::{Account, role_name};

/// Writes a new account; `false` when one with a password has its address already (two without may share one).
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    account: &Account,
    hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into account (account_id, email, password_hash, name, role, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (email) where password_hash is not null do nothing",
        account.id.uuid(),
        account.email.as_str(),
        hash,
        account.name,
        role_name(account.role),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Writes an organizer, over the account with the same address if there is one, and says which account it is.
///
/// # Errors
/// When the database fails.
pub async fn put_organizer(
    tx: &mut Tx,
    account: &Account,
    hash: &str,
    now: DateTime<Utc>,
) -> Result<AccountId, StoreError> {
    let id = sqlx::query_scalar!(
        "insert into account (account_id, email, password_hash, role, created_at) values ($1, $2, $3, 'organizer', $4)
         on conflict (email) where password_hash is not null
         do update set role = 'organizer', password_hash = excluded.password_hash
         returning account_id",
        account.id.uuid(),
        account.email.as_str(),
        hash,
        now
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(id.into())
}

/// The account that signs in with this address, and its hash.
///
/// # Errors
/// When the database fails.
pub async fn find_by_email(
    postgres: &Postgres,
    email: &super::Email,
) -> Result<Option<(Account, String)>, StoreError> {
    let row = sqlx::query!(
        r#"select account_id, email, name, role, password_hash as "hash!" from account
           where email = $1 and password_hash is not null"#,
        email.as_str()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(|row| {
        let role = role(&row.role)?;
        Ok((Account { id: row.account_id.into(), email: row.email.into(), name: row.name, role }, row.hash))
    })
    .transpose()
}

/// Whether the account still has this hash; it keeps it until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn still_has(tx: &mut Tx, id: AccountId, hash: &str) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        "select 1 from account where account_id = $1 and password_hash = $2 for share",
        id.uuid(),
        hash
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(found.is_some())
}

/// The hash of the account's password; `None` when it has none.
///
/// # Errors
/// When the database fails.
pub async fn hash(postgres: &Postgres, id: AccountId) -> Result<Option<String>, StoreError> {
    let found = sqlx::query_scalar!("select password_hash from account where account_id = $1", id.uuid())
        .fetch_optional(postgres)
        .await?;
    Ok(found.flatten())
}

/// Gives the account `new` for the hash `old`; `false` when it has another one by now.
///
/// # Errors
/// When the database fails.
pub async fn change_hash(tx: &mut Tx, id: AccountId, old: &str, new: &str) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "update account set password_hash = $3 where account_id = $1 and password_hash = $2",
        id.uuid(),
        old,
        new
    )
    .execute(&mut **tx)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Writes down that somebody reads what is mailed to the address of the account; and another password, where one is given.
///
/// # Errors
/// When the database fails.
pub async fn prove(
    tx: &mut Tx,
    account: AccountId,
    hash: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update account set email_proven_at = coalesce(email_proven_at, $3), password_hash = coalesce($2, password_hash)
         where account_id = $1",
        account.uuid(),
        hash,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The account with this id.
///
/// # Errors
/// When the database fails.
pub async fn find(postgres: &Postgres, id: AccountId) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query!("select email, name, role from account where account_id = $1", id.uuid())
        .fetch_optional(postgres)
        .await?;
    row.map(|row| Ok(Account { id, email: row.email.into(), name: row.name, role: role(&row.role)? }))
        .transpose()
}

/// Gives a guest this address, and this name where there is one; `false` for an account with a password.
///
/// # Errors
/// When the database fails.
pub async fn reach(
    tx: &mut Tx,
    id: AccountId,
    email: &super::Email,
    name: Option<&str>,
) -> Result<bool, StoreError> {
    let changed = sqlx::query!(
        "update account set email = $2, name = coalesce($3, name) where account_id = $1 and password_hash is null",
        id.uuid(),
        email.as_str(),
        name
    )
    .execute(&mut **tx)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// The role that stands in a column.
///
/// # Errors
/// When it is none.
pub fn role(name: &str) -> Result<Role, StoreError> {
    match name {
        "fan" => Ok(Role::Fan),
        "organizer" => Ok(Role::Organizer),
        other => Err(StoreError::Unexpected(format!("there is no role {other}"))),
    }
}
