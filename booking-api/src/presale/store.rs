//! The tables `presale`, `presale_code` and `presale_use`.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use contracts::id::{EventId, OrderId, PresaleCodeId, PresaleId, TierId};
use platform::postgres::{Postgres, StoreError, Tx};
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Presale, PresaleCode, Written, code::NewCode};
use crate::order::Order;

/// A code to be written.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its id.
    pub id: PresaleCodeId,
    /// Its hash.
    pub hash: [u8; 32],
    /// What the organizer wrote.
    pub new: &'a NewCode,
}

/// A code as its organizer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: PresaleCodeId,
    /// Its last characters.
    pub hint: String,
    /// The organizer's word.
    pub label: Option<String>,
    /// Which windows it opens.
    pub class: String,
    /// How many seats orders have by it.
    pub seats: i64,
    /// How many they may.
    pub seats_max: Option<i32>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Since when it is good no longer.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The windows of an event, by their beginning.
///
/// # Errors
/// When the database fails.
pub async fn of_event(database: impl PgExecutor<'_>, event: EventId) -> Result<Vec<Presale>, StoreError> {
    let rows = sqlx::query!(
        "select presale_id, name, starts_at, ends_at, tiers, classes from presale where event_id = $1
         order by starts_at, presale_id",
        event.uuid()
    )
    .fetch_all(database)
    .await?;
    let presale = rows.into_iter().map(|row| Presale {
        id: row.presale_id.into(),
        name: row.name,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        tiers: row.tiers.into_iter().map(TierId::from).collect(),
        classes: row.classes,
    });
    Ok(presale.collect())
}

/// Puts `windows` in place of those that the event has.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, event: EventId, windows: &[(PresaleId, &Written)]) -> Result<(), StoreError> {
    sqlx::query!("delete from presale where event_id = $1", event.uuid()).execute(&mut **tx).await?;
    for (id, window) in windows {
        let tiers: Vec<Uuid> = window.tiers.iter().map(|tier| tier.uuid()).collect();
        sqlx::query!(
            "insert into presale (event_id, presale_id, name, starts_at, ends_at, tiers, classes)
             values ($1, $2, $3, $4, $5, $6, $7)",
            event.uuid(),
            id.uuid(),
            window.name,
            window.starts_at,
            window.ends_at,
            &tiers,
            &window.classes
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Writes codes of `event`; those that it has already stay as they are. Says which are new.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    event: EventId,
    rows: &[Row<'_>],
    now: DateTime<Utc>,
) -> Result<HashSet<PresaleCodeId>, StoreError> {
    // An empty text and 0 stand for none: an array of optional values cannot be bound and checked at once.
    let written = sqlx::query_scalar!(
        "insert into presale_code (event_id, code_id, code_hash, hint, label, class, seats_max, created_at)
         select $1, id, hash, hint, nullif(label, ''), class, nullif(seats, 0), $2
         from unnest($3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::integer[])
              as new (id, hash, hint, label, class, seats)
         on conflict (event_id, code_hash) do nothing returning code_id",
        event.uuid(),
        now,
        &rows.iter().map(|row| row.id.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.hash.to_vec()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.code.hint().to_owned()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.label.clone().unwrap_or_default()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.class.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.seats_max.unwrap_or(0)).collect::<Vec<_>>()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(written.into_iter().map(PresaleCodeId::from).collect())
}

/// The codes of `event` after `after` in the order of their ids, at most `limit`, with the seats that orders have by each.
///
/// # Errors
/// When the database fails.
pub async fn list(
    postgres: &Postgres,
    event: EventId,
    after: Option<PresaleCodeId>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query!(
        r#"select code_id, hint, label, class, seats_max, created_at, revoked_at,
             (select count(*) from presale_use as used join booking_order using (event_id, order_id)
                join order_line using (event_id, order_id)
              where used.event_id = code.event_id and used.code_id = code.code_id and returned_at is null
                and state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded')) as "seats!"
           from presale_code as code where event_id = $1 and ($2::uuid is null or code_id > $2)
           order by code_id limit $3"#,
        event.uuid(),
        after.map(PresaleCodeId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    let kept = rows.into_iter().map(|row| Kept {
        id: row.code_id.into(),
        hint: row.hint,
        label: row.label,
        class: row.class,
        seats: row.seats,
        seats_max: row.seats_max,
        created_at: row.created_at,
        revoked_at: row.revoked_at,
    });
    Ok(kept.collect())
}

/// Revokes a code; `false` when the event has none of this id. Revoking again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    tx: &mut Tx,
    event: EventId,
    code: PresaleCodeId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update presale_code set revoked_at = coalesce(revoked_at, $3) where event_id = $1 and code_id = $2",
        event.uuid(),
        code.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The code with this hash, and how many seats are sold by it: who still pays for some holds them too.
///
/// # Errors
/// When the database fails.
pub async fn by_code(
    postgres: &Postgres,
    event: EventId,
    hash: &[u8; 32],
) -> Result<Option<(PresaleCode, u32)>, StoreError> {
    let row = sqlx::query!(
        r#"select code_id, class, seats_max, revoked_at is not null as "is_revoked!",
             (select count(*) from presale_use as used join booking_order using (event_id, order_id)
                join order_line using (event_id, order_id)
              where used.event_id = code.event_id and used.code_id = code.code_id and returned_at is null
                and state in ('capturing', 'paid', 'fulfilled', 'partly_refunded')) as "sold!"
           from presale_code as code where event_id = $1 and code_hash = $2"#,
        event.uuid(),
        hash.as_slice()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| {
        let (id, class, seats_max) = (row.code_id.into(), row.class, row.seats_max);
        let code = PresaleCode { event, id, class, seats_max, is_revoked: row.is_revoked };
        (code, u32::try_from(row.sold).unwrap_or(u32::MAX))
    }))
}

/// How many seats the code is good for, locked until the transaction ends: its seats are counted under this lock. `None`
/// inside for any number, outside when there is no such code.
///
/// # Errors
/// When the database fails.
pub async fn lock(
    tx: &mut Tx,
    event: EventId,
    code: PresaleCodeId,
) -> Result<Option<Option<i32>>, StoreError> {
    Ok(sqlx::query_scalar!(
        "select seats_max from presale_code where event_id = $1 and code_id = $2 for update",
        event.uuid(),
        code.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?)
}

/// How many seats other orders than `order` have by the code. Lock it first.
///
/// # Errors
/// When the database fails.
pub async fn seats(
    tx: &mut Tx,
    event: EventId,
    code: PresaleCodeId,
    order: OrderId,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from presale_use as used join booking_order using (event_id, order_id)
             join order_line using (event_id, order_id)
           where event_id = $1 and code_id = $2 and order_id <> $3 and returned_at is null
             and state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded')"#,
        event.uuid(),
        code.uuid(),
        order.uuid()
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Notes that the order was made with the code.
///
/// # Errors
/// When the database fails.
pub async fn note(tx: &mut Tx, order: &Order, code: PresaleCodeId) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into presale_use (event_id, order_id, code_id) values ($1, $2, $3)",
        order.event.uuid(),
        order.id.uuid(),
        code.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The code that the order was made with, and how many seats it has by it.
///
/// # Errors
/// When the database fails.
pub async fn of_order(tx: &mut Tx, order: &Order) -> Result<Option<(PresaleCodeId, i64)>, StoreError> {
    let row = sqlx::query!(
        r#"select code_id, (select count(*) from order_line as line where line.event_id = used.event_id
             and line.order_id = used.order_id) as "seats!"
           from presale_use as used where event_id = $1 and order_id = $2"#,
        order.event.uuid(),
        order.id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| (row.code_id.into(), row.seats)))
}
