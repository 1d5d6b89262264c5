//! The tables `team_member` and `team_member_event`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId},
    team::{Member, Scope, TeamRole},
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Listed, Place};

/// For whom `account` works.
///
/// # Errors
/// When the database fails.
pub async fn teams(postgres: &Postgres, account: AccountId) -> Result<Vec<Member>, StoreError> {
    let rows = sqlx::query!(
        r#"select organizer_id as "organizer_id!", role as "role!", all_events as "all_events!", event_ids as "event_ids!"
           from team_grant where account_id = $1 order by organizer_id"#,
        account.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let member = |organizer: Uuid, name: &str, all, events| {
        Ok(Member { organizer: organizer.into(), role: role(name)?, scope: scope(all, events) })
    };
    rows.into_iter().map(|row| member(row.organizer_id, &row.role, row.all_events, row.event_ids)).collect()
}

/// Who works for `organizer`, the first to come first.
///
/// # Errors
/// When the database fails.
pub async fn list(postgres: &Postgres, organizer: AccountId) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query!(
        r#"select g.account_id as "account_id!", g.role as "role!", g.all_events as "all_events!",
                  g.event_ids as "event_ids!", a.email, m.added_at
           from team_grant g join team_member m using (organizer_id, account_id) join account a using (account_id)
           where g.organizer_id = $1 order by m.added_at, g.account_id"#,
        organizer.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let listed = rows.into_iter().map(|row| {
        Ok(Listed {
            account: row.account_id.into(),
            email: row.email,
            role: role(&row.role)?,
            scope: scope(row.all_events, row.event_ids),
            added_at: row.added_at,
        })
    });
    listed.collect()
}

/// The place of `account` in the team, locked; `None` when it has none.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    tx: &mut Tx,
    organizer: AccountId,
    account: AccountId,
) -> Result<Option<Place>, StoreError> {
    let found = sqlx::query!(
        r#"select role, all_events,
                  array(select event_id from team_member_event e
                        where e.organizer_id = m.organizer_id and e.account_id = m.account_id) as "event_ids!"
           from team_member m where organizer_id = $1 and account_id = $2 for update"#,
        organizer.uuid(),
        account.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    let place = |name: &str, all, events| Ok(Place { role: role(name)?, scope: scope(all, events) });
    found.map(|row| place(&row.role, row.all_events, row.event_ids)).transpose()
}

/// How many work for `organizer`. From here on no other transaction takes anybody in, nor makes a key: whoever counts counts alone.
///
/// # Errors
/// When the database fails.
pub async fn count(tx: &mut Tx, organizer: AccountId) -> Result<i64, StoreError> {
    lock_team(tx, organizer).await?;
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from team_member where organizer_id = $1"#,
        organizer.uuid()
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Waits until no other transaction counts the team or the keys of `organizer`.
///
/// # Errors
/// When the database fails.
pub async fn lock_team(tx: &mut Tx, organizer: AccountId) -> Result<(), StoreError> {
    sqlx::query!("select from account where account_id = $1 for no key update", organizer.uuid())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Whether all of `events` are of `organizer`.
///
/// # Errors
/// When the database fails.
pub async fn owns_all(tx: &mut Tx, organizer: AccountId, events: &[EventId]) -> Result<bool, StoreError> {
    let asked: Vec<Uuid> = events.iter().map(|event| event.uuid()).collect();
    Ok(sqlx::query_scalar!(
        r#"select not exists (
               select from unnest($2::uuid[]) as asked (event_id)
               where not exists (select from event where event.event_id = asked.event_id and owner_id = $1)
           ) as "all!""#,
        organizer.uuid(),
        &asked
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Gives `account` a place in the team of `organizer`, and says since when they have one.
///
/// # Errors
/// When the database fails.
pub async fn put(
    tx: &mut Tx,
    (organizer, account, by): (AccountId, AccountId, AccountId),
    place: &Place,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, StoreError> {
    let since = sqlx::query_scalar!(
        "insert into team_member (organizer_id, account_id, role, all_events, added_by, added_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organizer_id, account_id) do update set role = excluded.role, all_events = excluded.all_events
         returning added_at",
        organizer.uuid(),
        account.uuid(),
        place.role.name(),
        place.scope == Scope::All,
        by.uuid(),
        now
    )
    .fetch_one(&mut **tx)
    .await?;
    sqlx::query!(
        "delete from team_member_event where organizer_id = $1 and account_id = $2",
        organizer.uuid(),
        account.uuid()
    )
    .execute(&mut **tx)
    .await?;
    let events: Vec<Uuid> = place.events().iter().map(|event| event.uuid()).collect();
    sqlx::query!(
        "insert into team_member_event (organizer_id, account_id, event_id)
         select distinct $1::uuid, $2::uuid, event_id from unnest($3::uuid[]) as named (event_id)",
        organizer.uuid(),
        account.uuid(),
        &events
    )
    .execute(&mut **tx)
    .await?;
    Ok(since)
}

/// Takes `account` out of the team; `false` when it is not in it.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &mut Tx, organizer: AccountId, account: AccountId) -> Result<bool, StoreError> {
    let removed = sqlx::query!(
        "delete from team_member where organizer_id = $1 and account_id = $2",
        organizer.uuid(),
        account.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(removed.rows_affected() == 1)
}

fn role(name: &str) -> Result<TeamRole, StoreError> {
    TeamRole::named(name).ok_or_else(|| StoreError::Unexpected(format!("there is no role {name}")))
}

fn scope(all: bool, events: Vec<Uuid>) -> Scope {
    if all { Scope::All } else { Scope::Events(events.into_iter().map(Into::into).collect()) }
}
