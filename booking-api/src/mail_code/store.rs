//! The table `sign_in_code`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, MailCodeId},
    session::Role,
};
use platform::postgres::{Postgres, StoreError, Tx};

use super::TRIES;
use crate::account::store::role;

/// A code that is made.
#[derive(Clone, Debug)]
pub struct New {
    /// Which.
    pub id: MailCodeId,
    /// Whom it signs in.
    pub account: Option<AccountId>,
    /// What is kept of it.
    pub hash: [u8; 32],
    /// Now.
    pub now: DateTime<Utc>,
    /// Until when it is good.
    pub until: DateTime<Utc>,
}

/// A code that is tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Whom it signs in.
    pub account: Option<Whose>,
    /// What is kept of it.
    pub hash: [u8; 32],
}

/// An account that a code signs in.
#[derive(Clone, Copy, Debug)]
pub struct Whose {
    /// Which.
    pub id: AccountId,
    /// As what.
    pub role: Role,
    /// Whether it has no password.
    pub guest: bool,
}

/// Writes a new code.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, new: &New) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into sign_in_code (code_id, account_id, hash, created_at, ends_at) values ($1, $2, $3, $4, $5)",
        new.id.uuid(),
        new.account.map(AccountId::uuid),
        &new.hash,
        new.now,
        new.until
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Counts a try at a code that has some left, and returns what it is compared with. Waits for another who tries it, so that all
/// tries together are no more than it has.
///
/// # Errors
/// When the database fails.
pub async fn try_one(tx: &mut Tx, id: MailCodeId, now: DateTime<Utc>) -> Result<Option<Tried>, StoreError> {
    let row = sqlx::query!(
        r#"with tried as (
               update sign_in_code set tries = tries + 1
               where code_id = $1 and used_at is null and ends_at > $2 and tries < $3
               returning account_id, hash
           )
           select t.hash, a.account_id as "account_id?", a.role as "role?",
                  (a.password_hash is null) as "guest!"
           from tried t left join account a using (account_id)"#,
        id.uuid(),
        now,
        TRIES
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        let account = match (row.account_id, row.role) {
            (Some(id), Some(name)) => Some(Whose { id: id.into(), role: role(&name)?, guest: row.guest }),
            _ => None,
        };
        let hash = row.hash.try_into();
        let hash = hash.map_err(|_| StoreError::Unexpected("a code has a strange hash".to_owned()))?;
        Ok(Tried { account, hash })
    })
    .transpose()
}

/// Uses a code up.
///
/// # Errors
/// When the database fails.
pub async fn used(tx: &mut Tx, id: MailCodeId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("update sign_in_code set used_at = $2 where code_id = $1", id.uuid(), now)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Forgets codes that ended before `ended`.
///
/// # Errors
/// When the database fails.
pub async fn purge(postgres: &Postgres, ended: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from sign_in_code where ends_at < $1", ended).execute(postgres).await?;
    Ok(())
}
