//! Access codes in PostgreSQL.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, CodeId, RoomId, VisitorId},
    place::Lane,
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use crate::admission::store::lane;

/// A code to be written.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its id.
    pub id: CodeId,
    /// Its hash.
    pub hash: [u8; 32],
    /// Its last characters.
    pub hint: &'a str,
    /// The organizer's word.
    pub label: Option<&'a str>,
    /// The lane that it opens.
    pub lane: Lane,
    /// How many may use it.
    pub uses_max: Option<i32>,
}

/// A code as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: CodeId,
    /// Its last characters.
    pub hint: String,
    /// The organizer's word.
    pub label: Option<String>,
    /// The lane that it opens.
    pub lane: Lane,
    /// How many have used it.
    pub uses: i64,
    /// How many may.
    pub uses_max: Option<i32>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Since when it is good no longer.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// A code that somebody wants to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub id: CodeId,
    /// The lane that it opens.
    pub lane: Lane,
    /// Whether its uses are counted.
    pub is_limited: bool,
    /// Whether it is good no longer.
    pub is_revoked: bool,
}

/// Whether a code can be used once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// It can, and this use is counted.
    Counted,
    /// It cannot.
    UsedUp,
}

/// Who uses a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The visitor.
    pub visitor: VisitorId,
    /// Their account, where they are signed in.
    pub account: Option<AccountId>,
}

/// Writes codes of `room`; those that it has already stay as they are. Says which are new.
///
/// # Errors
/// When the database is away.
pub async fn insert(
    tx: &mut Tx,
    room: RoomId,
    codes: &[Row<'_>],
    now: DateTime<Utc>,
) -> Result<HashSet<CodeId>, StoreError> {
    let ids: Vec<Uuid> = codes.iter().map(|code| code.id.uuid()).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| code.hash.to_vec()).collect();
    let hints: Vec<String> = codes.iter().map(|code| code.hint.to_owned()).collect();
    // An empty label and the number 0 stand for none: an array of optional values cannot be bound and checked at once.
    let labels: Vec<String> = codes.iter().map(|code| code.label.unwrap_or_default().to_owned()).collect();
    let lanes: Vec<i16> = codes.iter().map(|code| i16::from(code.lane.number())).collect();
    let uses: Vec<i32> = codes.iter().map(|code| code.uses_max.unwrap_or(0)).collect();
    let written = sqlx::query_scalar!(
        "insert into access_code (code_id, room_id, code_hash, hint, label, lane, uses_max, created_at)
         select id, $1, hash, hint, nullif(label, ''), lane, nullif(uses, 0), $8
         from unnest($2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::smallint[], $7::integer[])
              as new (id, hash, hint, label, lane, uses)
         on conflict (room_id, code_hash) do nothing returning code_id",
        room.uuid(),
        &ids,
        &hashes,
        &hints,
        &labels,
        &lanes,
        &uses,
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(written.into_iter().map(CodeId::from).collect())
}

/// The codes of `room` after `after` in the order of their ids, at most `limit`, with how many have used each.
///
/// # Errors
/// When the database is away.
pub async fn list(
    postgres: &Postgres,
    room: RoomId,
    after: Option<CodeId>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query!(
        r#"select code_id, hint, label, lane, uses_max, created_at, revoked_at,
                  (select count(*) from access_code_use where access_code_use.code_id = access_code.code_id) as "uses!"
           from access_code where room_id = $1 and ($2::uuid is null or code_id > $2) order by code_id limit $3"#,
        room.uuid(),
        after.map(CodeId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    let kept = rows.into_iter().map(|row| Kept {
        id: row.code_id.into(),
        hint: row.hint,
        label: row.label,
        lane: lane(row.lane),
        uses: row.uses,
        uses_max: row.uses_max,
        created_at: row.created_at,
        revoked_at: row.revoked_at,
    });
    Ok(kept.collect())
}

/// Revokes a code of `room`. Says whether it was good before; `None` where there is no such code.
///
/// # Errors
/// When the database is away.
pub async fn revoke(
    tx: &mut Tx,
    room: RoomId,
    code: CodeId,
    now: DateTime<Utc>,
) -> Result<Option<bool>, StoreError> {
    let revoked = sqlx::query!(
        "update access_code set revoked_at = $3 where room_id = $1 and code_id = $2 and revoked_at is null",
        room.uuid(),
        code.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    if revoked.rows_affected() == 1 {
        return Ok(Some(true));
    }
    let is_known = sqlx::query_scalar!(
        r#"select exists (select from access_code where room_id = $1 and code_id = $2) as "known!""#,
        room.uuid(),
        code.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(is_known.then_some(false))
}

/// The code of `room` with this hash.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut Tx, room: RoomId, hash: &[u8; 32]) -> Result<Option<Found>, StoreError> {
    let row = sqlx::query!(
        r#"select code_id, lane, uses_max is not null as "is_limited!", revoked_at is not null as "is_revoked!"
           from access_code where room_id = $1 and code_hash = $2"#,
        room.uuid(),
        hash.as_slice()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Found {
        id: row.code_id.into(),
        lane: lane(row.lane),
        is_limited: row.is_limited,
        is_revoked: row.is_revoked,
    }))
}

/// Whether `user` has used a code: this visitor, or this account with another.
///
/// # Errors
/// When the database is away.
pub async fn has_used(tx: &mut Tx, code: CodeId, user: User) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from access_code_use
             where code_id = $1 and (visitor_id = $2 or account_id = $3)) as "used!""#,
        code.uuid(),
        user.visitor.uuid(),
        user.account.map(AccountId::uuid)
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Counts one more use of a limited code that is good. Locks it: of two who want the last use one waits, and is refused.
///
/// # Errors
/// When the database is away.
pub async fn count_use(tx: &mut Tx, code: CodeId) -> Result<Limited, StoreError> {
    let counted = sqlx::query!(
        "update access_code set uses = uses + 1
         where code_id = $1 and uses < uses_max and revoked_at is null",
        code.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(if counted.rows_affected() == 1 { Limited::Counted } else { Limited::UsedUp })
}

/// Notes who used a code. `false` where a twin of this request has noted it, and the use must not be counted again.
///
/// # Errors
/// When the database is away.
pub async fn note_use(tx: &mut Tx, code: CodeId, user: User, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let noted = sqlx::query!(
        "insert into access_code_use (code_id, visitor_id, account_id, used_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        code.uuid(),
        user.visitor.uuid(),
        user.account.map(AccountId::uuid),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}
