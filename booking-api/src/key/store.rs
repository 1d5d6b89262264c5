//! The table `api_key`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, OrganizerKeyId},
    team::{Permission, Scope},
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Kept, Terms};

/// How many keys one answer lists.
const LISTED: i64 = 500;

struct Row {
    key_id: Uuid,
    organizer_id: Uuid,
    made_by: Uuid,
    prefix: String,
    hash: Vec<u8>,
    name: String,
    permissions: Vec<String>,
    all_events: bool,
    event_ids: Vec<Uuid>,
    made_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Kept {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let permission = |name: &String| {
            Permission::named(name)
                .ok_or_else(|| StoreError::Unexpected(format!("there is no permission {name}")))
        };
        let events = row.event_ids.into_iter().map(EventId::from).collect();
        let terms = Terms {
            name: row.name,
            may: row.permissions.iter().map(permission).collect::<Result<_, _>>()?,
            scope: if row.all_events { Scope::All } else { Scope::Events(events) },
            ends_at: row.ends_at,
        };
        Ok(Self {
            id: row.key_id.into(),
            organizer: row.organizer_id.into(),
            by: row.made_by.into(),
            prefix: row.prefix,
            hash: row.hash,
            terms,
            made_at: row.made_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// The key that begins like this.
///
/// # Errors
/// When the database fails.
pub async fn find(postgres: &Postgres, prefix: &str) -> Result<Option<Kept>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select key_id, organizer_id, made_by, prefix, hash, name, permissions, all_events, event_ids, made_at, ends_at,
                used_at, revoked_at
         from api_key where prefix = $1",
        prefix
    );
    row.fetch_optional(postgres).await?.map(Kept::try_from).transpose()
}

/// The keys of `organizer`, the newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(postgres: &Postgres, organizer: AccountId) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select key_id, organizer_id, made_by, prefix, hash, name, permissions, all_events, event_ids, made_at, ends_at,
                used_at, revoked_at
         from api_key where organizer_id = $1 order by made_at desc, key_id limit $2",
        organizer.uuid(),
        LISTED
    );
    rows.fetch_all(postgres).await?.into_iter().map(Kept::try_from).collect()
}

/// How many keys of `organizer` hold.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, organizer: AccountId, now: DateTime<Utc>) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from api_key where organizer_id = $1 and revoked_at is null and ends_at > $2"#,
        organizer.uuid(),
        now
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Writes a new key.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, kept: &Kept) -> Result<(), StoreError> {
    let permissions: Vec<String> = kept.terms.may.iter().map(|may| may.name().to_owned()).collect();
    let events: Vec<Uuid> = kept.terms.events().iter().map(|event| event.uuid()).collect();
    sqlx::query!(
        "insert into api_key (key_id, organizer_id, prefix, hash, name, permissions, all_events, event_ids, made_by,
                              made_at, ends_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        kept.id.uuid(),
        kept.organizer.uuid(),
        kept.prefix,
        &kept.hash,
        kept.terms.name,
        &permissions,
        kept.terms.scope == Scope::All,
        &events,
        kept.by.uuid(),
        kept.made_at,
        kept.terms.ends_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that a key was used, unless that was noted less than a minute ago.
///
/// # Errors
/// When the database fails.
pub async fn used(postgres: &Postgres, id: OrganizerKeyId, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update api_key set used_at = $2
         where key_id = $1 and (used_at is null or used_at <= $2::timestamptz - interval '1 minute')",
        id.uuid(),
        now
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Revokes a key of `organizer`; `false` when there is none with this id that was not revoked.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    tx: &mut Tx,
    organizer: AccountId,
    id: OrganizerKeyId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let revoked = sqlx::query!(
        "update api_key set revoked_at = $3 where organizer_id = $1 and key_id = $2 and revoked_at is null",
        organizer.uuid(),
        id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(revoked.rows_affected() == 1)
}
