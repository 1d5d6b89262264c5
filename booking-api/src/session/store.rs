//! The tables `session` and `refresh_token`.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, SessionId};
use platform::{
    postgres::{Postgres, StoreError, Tx},
    revoked::Written,
};

use super::{Kept, Why};
use crate::account::store::role;

/// A session that begins.
#[derive(Clone, Debug)]
pub struct Begun<'a> {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// What the browser or app is called.
    pub label: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
    /// It ends then at the latest.
    pub ends_at: DateTime<Utc>,
    /// Its short token ends then.
    pub token_ends_at: DateTime<Utc>,
    /// What is kept of its first refresh token.
    pub refresh: [u8; 32],
}

/// A session as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub id: SessionId,
    /// What the browser or app is called.
    pub label: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it was refreshed last.
    pub used_at: DateTime<Utc>,
    /// It ends then at the latest.
    pub ends_at: DateTime<Utc>,
}

/// How many sessions one answer lists.
const LISTED: i64 = 200;
/// How many sessions are forgotten at once.
const PURGED: i64 = 1000;

/// Writes a new session with its first refresh token.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, begun: &Begun<'_>) -> Result<(), StoreError> {
    sqlx::query!(
        "with begun as (
             insert into session (session_id, account_id, label, created_at, used_at, rotated_at, ends_at, token_ends_at)
             values ($1, $2, $3, $4, $4, $4, $5, $6) returning session_id
         )
         insert into refresh_token (hash, session_id, rotation) select $7, session_id, 0 from begun",
        begun.id.uuid(),
        begun.account.uuid(),
        begun.label,
        begun.now,
        begun.ends_at,
        begun.token_ends_at,
        &begun.refresh
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks the session whose refresh token has this hash, and returns it with the token's number. Waits for another who refreshes it.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<(Kept, u32)>, StoreError> {
    let row = sqlx::query!(
        r#"select s.session_id, s.account_id, s.used_at, s.ends_at, s.rotation, s.rotated_at, s.confirmed,
                  s.ended_at is not null as "is_ended!", t.rotation as presented,
                  a.role, a.password_hash is null as "guest!"
           from refresh_token t join session s using (session_id) join account a using (account_id)
           where t.hash = $1 for no key update of s"#,
        &hash
    )
    .fetch_optional(&mut **tx)
    .await?;
    let number = |number: i32| u32::try_from(number).unwrap_or_default();
    row.map(|row| {
        let kept = Kept {
            id: row.session_id.into(),
            account: row.account_id.into(),
            role: role(&row.role)?,
            guest: row.guest,
            used_at: row.used_at,
            ends_at: row.ends_at,
            rotation: number(row.rotation),
            rotated_at: row.rotated_at,
            confirmed: number(row.confirmed),
            is_ended: row.is_ended,
        };
        Ok((kept, number(row.presented)))
    })
    .transpose()
}

/// The salt of the refresh token with this number.
///
/// # Errors
/// When the database fails, or there is no such token.
pub async fn salt(tx: &mut Tx, id: SessionId, rotation: u32) -> Result<[u8; 32], StoreError> {
    let salt = sqlx::query_scalar!(
        "select salt from refresh_token where session_id = $1 and rotation = $2",
        id.uuid(),
        integer(rotation)
    )
    .fetch_optional(&mut **tx)
    .await?;
    let salt = salt.flatten().and_then(|salt| salt.try_into().ok());
    salt.ok_or_else(|| StoreError::Unexpected("a refresh token has no salt".to_owned()))
}

/// Writes the next refresh token of a locked session.
///
/// # Errors
/// When the database fails.
pub async fn rotate(
    tx: &mut Tx,
    id: SessionId,
    rotation: u32,
    hash: [u8; 32],
    salt: [u8; 32],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with next as (
             insert into refresh_token (hash, session_id, rotation, salt) values ($1, $2, $3, $4)
         )
         update session set rotation = $3, rotated_at = $5 where session_id = $2",
        &hash,
        id.uuid(),
        integer(rotation),
        &salt,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a locked session was refreshed, and until when its newest short token holds.
///
/// # Errors
/// When the database fails.
pub async fn used(
    tx: &mut Tx,
    id: SessionId,
    now: DateTime<Utc>,
    token_ends_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update session set used_at = $2, token_ends_at = greatest(token_ends_at, $3) where session_id = $1",
        id.uuid(),
        now,
        token_ends_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that the owner of a session has the tokens of refresh number `rotation`.
///
/// # Errors
/// When the database fails.
pub async fn confirm(postgres: &Postgres, id: SessionId, rotation: u32) -> Result<(), StoreError> {
    sqlx::query!(
        "update session set confirmed = $2 where session_id = $1 and confirmed < $2 and rotation >= $2",
        id.uuid(),
        integer(rotation)
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// The sessions of `account` that go on, the newest first; those that nobody refreshed since `idle_since` have ended by themselves.
///
/// # Errors
/// When the database fails.
pub async fn list(
    postgres: &Postgres,
    account: AccountId,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query!(
        "select session_id, label, created_at, used_at, ends_at from session
         where account_id = $1 and ended_at is null and ends_at > $2 and used_at > $3
         order by session_id desc limit $4",
        account.uuid(),
        now,
        idle_since,
        LISTED
    )
    .fetch_all(postgres)
    .await?;
    let listed = rows.into_iter().map(|row| Listed {
        id: row.session_id.into(),
        label: row.label,
        created_at: row.created_at,
        used_at: row.used_at,
        ends_at: row.ends_at,
    });
    Ok(listed.collect())
}

/// Ends one session of `account`, and says when its last short token ends; `None` when it has none with this id that goes on.
///
/// # Errors
/// When the database fails.
pub async fn end(
    tx: &mut Tx,
    account: AccountId,
    id: SessionId,
    now: DateTime<Utc>,
    why: Why,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "update session set ended_at = $3, ended_why = $4
         where account_id = $1 and session_id = $2 and ended_at is null returning token_ends_at",
        account.uuid(),
        id.uuid(),
        now,
        why.name()
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// Ends all sessions of `account` but `kept`, and says of each when its last short token ends.
///
/// # Errors
/// When the database fails.
pub async fn end_all(
    tx: &mut Tx,
    account: AccountId,
    kept: Option<SessionId>,
    now: DateTime<Utc>,
    why: Why,
) -> Result<Vec<(SessionId, DateTime<Utc>)>, StoreError> {
    let rows = sqlx::query!(
        "update session set ended_at = $3, ended_why = $4
         where account_id = $1 and session_id is distinct from $2 and ended_at is null
         returning session_id, token_ends_at",
        account.uuid(),
        kept.map(SessionId::uuid),
        now,
        why.name()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.session_id.into(), row.token_ends_at)).collect())
}

/// The sessions that were ended from `since` on, each with when, and when its last short token ends; from the beginning those
/// whose tokens may still hold.
///
/// # Errors
/// When the database fails.
pub async fn ended_since(
    postgres: &Postgres,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Written<SessionId>>, StoreError> {
    let rows = sqlx::query!(
        r#"select session_id, ended_at as "ended_at!", token_ends_at from session
           where ended_at >= coalesce($1, '-infinity'::timestamptz) and (token_ends_at > clock_timestamp() or $1 is not null)"#,
        since
    )
    .fetch_all(postgres)
    .await?;
    let ended = rows.into_iter().map(|row| Written {
        id: row.session_id.into(),
        how: (),
        at: row.ended_at,
        forget_at: row.token_ends_at,
    });
    Ok(ended.collect())
}

/// Forgets sessions that ended before `ended`, or were used last before `used`: some of them, for there may be many.
///
/// # Errors
/// When the database fails.
pub async fn purge(postgres: &Postgres, ended: DateTime<Utc>, used: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from session where session_id in (
             select session_id from session where ended_at < $1 or ends_at < $1 or used_at < $2 limit $3
         )",
        ended,
        used,
        PURGED
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// No session is refreshed two billion times.
fn integer(rotation: u32) -> i32 {
    i32::try_from(rotation).unwrap_or(i32::MAX)
}
