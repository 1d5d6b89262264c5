//! The tables `waitlist` and `waitlist_entry`; offers and their seats have a file of their own.

pub mod offer;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, EventId, TierId, WaitlistEntryId};
use platform::postgres::{Postgres, StoreError, Tx};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Entry, EntryState, Waitlist};

struct Row {
    entry_id: Uuid,
    event_id: Uuid,
    n: i64,
    account_id: Uuid,
    quantity: i32,
    tiers: Vec<Uuid>,
    state: String,
    entered_at: DateTime<Utc>,
}

/// The entries that the rest of the query picks.
macro_rules! entries {
    ($which:literal, $($value:expr),*) => {
        sqlx::query_as!(
            Row,
            "select entry_id, event_id, n, account_id, quantity, tiers, state, entered_at from waitlist_entry " + $which,
            $($value),*
        )
    };
}

impl TryFrom<Row> for Entry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = EntryState::named(&row.state);
        Ok(Self {
            id: row.entry_id.into(),
            event: row.event_id.into(),
            n: row.n,
            account: row.account_id.into(),
            quantity: u32::try_from(row.quantity).unwrap_or_default(),
            tiers: row.tiers.into_iter().map(TierId::from).collect(),
            state: state.ok_or_else(|| StoreError::Unexpected(format!("no entry is {}", row.state)))?,
            entered_at: row.entered_at,
        })
    }
}

/// The waitlist of an event, where its organizer made one.
///
/// # Errors
/// When the database fails.
pub async fn find(database: impl PgExecutor<'_>, event: EventId) -> Result<Option<Waitlist>, StoreError> {
    let row = sqlx::query!("select is_open, offer_seconds from waitlist where event_id = $1", event.uuid())
        .fetch_optional(database)
        .await?;
    Ok(row.map(|row| Waitlist {
        event,
        is_open: row.is_open,
        offer_lasts: TimeDelta::seconds(row.offer_seconds.into()),
    }))
}

/// Locks the list, unless another transaction serves it: then `None`, as without a list. Who enters does not wait.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId) -> Result<Option<Waitlist>, StoreError> {
    let row = sqlx::query!(
        "select is_open, offer_seconds from waitlist where event_id = $1 for no key update skip locked",
        event.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Waitlist {
        event,
        is_open: row.is_open,
        offer_lasts: TimeDelta::seconds(row.offer_seconds.into()),
    }))
}

/// Writes what the organizer says of the list.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, list: &Waitlist) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into waitlist (event_id, is_open, offer_seconds) values ($1, $2, $3)
         on conflict (event_id) do update set is_open = excluded.is_open, offer_seconds = excluded.offer_seconds",
        list.event.uuid(),
        list.is_open,
        i32::try_from(list.offer_lasts.num_seconds()).unwrap_or(i32::MAX)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a new entry; `false` when the account has a living one, or nobody may enter any more.
///
/// # Errors
/// When the database fails.
pub async fn insert(postgres: &Postgres, entry: &Entry) -> Result<bool, StoreError> {
    let tiers: Vec<Uuid> = entry.tiers.iter().map(|tier| tier.uuid()).collect();
    let written = sqlx::query!(
        "insert into waitlist_entry (event_id, entry_id, account_id, quantity, tiers, state, entered_at)
         select event_id, $2, $3, $4, $5, 'waiting', $6 from waitlist where event_id = $1 and is_open
         on conflict (event_id, account_id) where state in ('waiting', 'offered') do nothing",
        entry.event.uuid(),
        entry.id.uuid(),
        entry.account.uuid(),
        i32::try_from(entry.quantity).unwrap_or(i32::MAX),
        &tiers,
        entry.entered_at
    )
    .execute(postgres)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The living entry of an account, or its newest.
///
/// # Errors
/// When the database fails.
pub async fn own(
    postgres: &Postgres,
    event: EventId,
    account: AccountId,
) -> Result<Option<Entry>, StoreError> {
    let row = entries!(
        "where event_id = $1 and account_id = $2 order by n desc limit 1",
        event.uuid(),
        account.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(Entry::try_from).transpose()
}

/// How many wait in front of an entry.
///
/// # Errors
/// When the database fails.
pub async fn ahead(postgres: &Postgres, entry: &Entry) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from waitlist_entry where event_id = $1 and state = 'waiting' and n < $2"#,
        entry.event.uuid(),
        entry.n
    )
    .fetch_one(postgres)
    .await?)
}

/// Who waits, in the order of entry, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn waiting(tx: &mut Tx, event: EventId, limit: i64) -> Result<Vec<Entry>, StoreError> {
    let rows = entries!("where event_id = $1 and state = 'waiting' order by n limit $2", event.uuid(), limit)
        .fetch_all(&mut **tx)
        .await?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// Lets an entry that is in `from` be in `to`, which ends it unless it is offered something; `false` when it is not, and
/// then nothing was changed. The one statement that decides about an entry.
///
/// # Errors
/// When the database fails.
pub async fn step(
    tx: &mut Tx,
    (event, entry): (EventId, WaitlistEntryId),
    from: EntryState,
    to: EntryState,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update waitlist_entry set state = $4, ended_at = case when $4 <> 'offered' then $5::timestamptz end
         where event_id = $1 and entry_id = $2 and state = $3",
        event.uuid(),
        entry.uuid(),
        from.name(),
        to.name(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// An entry as its organizer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The entry.
    pub entry: Entry,
    /// Where its fan is told.
    pub email: String,
    /// Until when its offer lasts, or lasted.
    pub until: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The entries of an event after number `after`, in the order of entry, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    postgres: &Postgres,
    event: EventId,
    after: i64,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows = sqlx::query!(
        r#"select entry_id, entry.event_id, n, entry.account_id, quantity, tiers, entry.state, entered_at,
             entry.ended_at, email, until as "until?"
           from waitlist_entry as entry join account using (account_id)
             left join waitlist_offer using (event_id, entry_id)
           where event_id = $1 and n > $2 order by n limit $3"#,
        event.uuid(),
        after,
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (email, until, ended_at) = (row.email, row.until, row.ended_at);
            let (entry_id, event_id, n, account_id) = (row.entry_id, row.event_id, row.n, row.account_id);
            let (quantity, tiers, state, entered_at) = (row.quantity, row.tiers, row.state, row.entered_at);
            let row = Row { entry_id, event_id, n, account_id, quantity, tiers, state, entered_at };
            Ok(Listed { entry: row.try_into()?, email, until, ended_at })
        })
        .collect()
}

/// How many entries are in each state.
///
/// # Errors
/// When the database fails.
pub async fn counts(postgres: &Postgres, event: EventId) -> Result<Vec<(EntryState, i64)>, StoreError> {
    let rows = sqlx::query!(
        r#"select state, count(*) as "count!" from waitlist_entry where event_id = $1 group by state"#,
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().filter_map(|row| Some((EntryState::named(&row.state)?, row.count))).collect())
}
