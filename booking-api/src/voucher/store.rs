//! The tables `voucher` and `voucher_use`.

use std::collections::HashSet;

use chrono::{DateTime, SecondsFormat, Utc};
use contracts::id::{AccountId, EventId, TierId, VoucherId};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Effect, NewVoucher, Terms, Voucher};
use crate::order::Order;

/// A voucher to be written.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Its id.
    pub id: VoucherId,
    /// The hash of its code.
    pub hash: [u8; 32],
    /// What the organizer wrote.
    pub new: &'a NewVoucher,
}

/// A voucher as its organizer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The voucher.
    pub voucher: Voucher,
    /// The last characters of its code.
    pub hint: String,
    /// The organizer's word.
    pub label: Option<String>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// Since when it is good no longer.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// Which order used a voucher, and came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The voucher.
    pub voucher: VoucherId,
    /// How much it took off.
    pub discount: i64,
    /// When the order used it.
    pub used_at: DateTime<Utc>,
}

struct Found {
    event_id: Uuid,
    voucher_id: Uuid,
    hint: String,
    label: Option<String>,
    off_minor: Option<i64>,
    off_ppm: Option<i32>,
    price_minor: Option<i64>,
    tiers: Vec<Uuid>,
    valid_until: Option<DateTime<Utc>>,
    uses_max: Option<i32>,
    per_person: Option<i32>,
    budget_minor: Option<i64>,
    uses: i32,
    spent_minor: i64,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

/// The vouchers that the rest of the query picks.
macro_rules! vouchers {
    ($which:literal, $($value:expr),*) => {
        sqlx::query_as!(
            Found,
            "select event_id, voucher_id, hint, label, off_minor, off_ppm, price_minor, tiers, valid_until, uses_max,
               per_person, budget_minor, uses, spent_minor, created_at, revoked_at
             from voucher " + $which,
            $($value),*
        )
    };
}

impl TryFrom<Found> for Kept {
    type Error = StoreError;

    fn try_from(row: Found) -> Result<Self, StoreError> {
        let effect = match (row.off_minor, row.off_ppm, row.price_minor) {
            (Some(off), None, None) => Effect::Off(off),
            (None, Some(ppm), None) => Effect::Share(ppm),
            (None, None, Some(price)) => Effect::Price(price),
            _ => return Err(StoreError::Unexpected("a voucher has exactly one effect".to_owned())),
        };
        let voucher = Voucher {
            event: row.event_id.into(),
            id: row.voucher_id.into(),
            terms: Terms { effect, tiers: row.tiers.into_iter().map(TierId::from).collect() },
            valid_until: row.valid_until,
            uses_max: row.uses_max,
            per_person: row.per_person,
            budget: row.budget_minor,
            uses: row.uses,
            spent: row.spent_minor,
            is_revoked: row.revoked_at.is_some(),
        };
        let Found { hint, label, created_at, revoked_at, .. } = row;
        Ok(Self { voucher, hint, label, created_at, revoked_at })
    }
}

/// The tiers of an event, by which organizers name them.
///
/// # Errors
/// When the database fails.
pub async fn tiers(postgres: &Postgres, event: EventId) -> Result<Vec<(TierId, String)>, StoreError> {
    let rows = sqlx::query!("select tier_id, name from tier where event_id = $1 order by rank", event.uuid())
        .fetch_all(postgres)
        .await?;
    Ok(rows.into_iter().map(|row| (row.tier_id.into(), row.name)).collect())
}

/// Writes vouchers of `event`; those of which it has the code already stay as they are. Says which are new.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    event: EventId,
    rows: &[Row<'_>],
    now: DateTime<Utc>,
) -> Result<HashSet<VoucherId>, StoreError> {
    // An empty text, 0 and -1 stand for none: an array of optional values cannot be bound and checked at once.
    let effect = |of: fn(Effect) -> Option<i64>, none: i64| -> Vec<i64> {
        rows.iter().map(|row| of(row.new.terms.effect).unwrap_or(none)).collect()
    };
    let instant = |at: Option<DateTime<Utc>>| {
        at.map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)).unwrap_or_default()
    };
    let names = |tiers: &[TierId]| tiers.iter().map(TierId::to_string).collect::<Vec<_>>().join(",");
    let written = sqlx::query_scalar!(
        "insert into voucher (event_id, voucher_id, code_hash, hint, label, off_minor, off_ppm, price_minor, tiers,
           valid_until, uses_max, per_person, budget_minor, created_at)
         select $1, id, hash, hint, nullif(label, ''), nullif(off, 0), nullif(ppm, 0)::integer, nullif(price, -1),
           coalesce(string_to_array(nullif(tiers, ''), ',')::uuid[], '{}'), nullif(until, '')::timestamptz,
           nullif(uses, 0), nullif(person, 0), nullif(budget, 0), $2
         from unnest($3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[],
                     $10::text[], $11::text[], $12::integer[], $13::integer[], $14::bigint[])
              as new (id, hash, hint, label, off, ppm, price, tiers, until, uses, person, budget)
         on conflict (event_id, code_hash) do nothing returning voucher_id",
        event.uuid(),
        now,
        &rows.iter().map(|row| row.id.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.hash.to_vec()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.code.hint().to_owned()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.label.clone().unwrap_or_default()).collect::<Vec<_>>(),
        &effect(|effect| if let Effect::Off(off) = effect { Some(off) } else { None }, 0),
        &effect(|effect| if let Effect::Share(ppm) = effect { Some(ppm.into()) } else { None }, 0),
        &effect(|effect| if let Effect::Price(price) = effect { Some(price) } else { None }, -1),
        &rows.iter().map(|row| names(&row.new.terms.tiers)).collect::<Vec<_>>(),
        &rows.iter().map(|row| instant(row.new.valid_until)).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.uses_max.unwrap_or(0)).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.per_person.unwrap_or(0)).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.new.budget.unwrap_or(0)).collect::<Vec<_>>()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(written.into_iter().map(VoucherId::from).collect())
}

/// The vouchers of `event` after `after` in the order of their ids, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    postgres: &Postgres,
    event: EventId,
    after: Option<VoucherId>,
    limit: i64,
) -> Result<Vec<Kept>, StoreError> {
    let rows = vouchers!(
        "where event_id = $1 and ($2::uuid is null or voucher_id > $2) order by voucher_id limit $3",
        event.uuid(),
        after.map(VoucherId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// Revokes a voucher; `false` when the event has none of this id. Revoking again changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    tx: &mut Tx,
    event: EventId,
    voucher: VoucherId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update voucher set revoked_at = coalesce(revoked_at, $3) where event_id = $1 and voucher_id = $2",
        event.uuid(),
        voucher.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The voucher whose code has this hash.
///
/// # Errors
/// When the database fails.
pub async fn by_code(
    postgres: &Postgres,
    event: EventId,
    hash: &[u8; 32],
) -> Result<Option<Voucher>, StoreError> {
    let row = vouchers!("where event_id = $1 and code_hash = $2", event.uuid(), hash.as_slice())
        .fetch_optional(postgres)
        .await?;
    row.map(|row| Ok(Kept::try_from(row)?.voucher)).transpose()
}

/// The voucher.
///
/// # Errors
/// When the database fails.
pub async fn find(
    postgres: &Postgres,
    event: EventId,
    voucher: VoucherId,
) -> Result<Option<Voucher>, StoreError> {
    let row = vouchers!("where event_id = $1 and voucher_id = $2", event.uuid(), voucher.uuid())
        .fetch_optional(postgres)
        .await?;
    row.map(|row| Ok(Kept::try_from(row)?.voucher)).transpose()
}

/// The voucher, locked until the transaction ends: its uses are counted under this lock.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId, voucher: VoucherId) -> Result<Option<Voucher>, StoreError> {
    let row = vouchers!("where event_id = $1 and voucher_id = $2 for update", event.uuid(), voucher.uuid())
        .fetch_optional(&mut **tx)
        .await?;
    row.map(|row| Ok(Kept::try_from(row)?.voucher)).transpose()
}

/// How many orders of an account use the voucher.
///
/// # Errors
/// When the database fails.
pub async fn own_uses(
    database: impl sqlx::PgExecutor<'_>,
    voucher: &Voucher,
    account: AccountId,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from voucher_use
           where event_id = $1 and voucher_id = $2 and account_id = $3 and returned_at is null"#,
        voucher.event.uuid(),
        voucher.id.uuid(),
        account.uuid()
    )
    .fetch_one(database)
    .await?)
}

/// Counts one more use of a voucher that is locked. An order that gave it back uses it again.
///
/// # Errors
/// When the database fails, or a constraint of the voucher holds.
pub async fn count(
    tx: &mut Tx,
    order: &Order,
    voucher: VoucherId,
    discount: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with used as (
             insert into voucher_use (event_id, order_id, voucher_id, account_id, discount_minor, used_at)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (event_id, order_id) do update set returned_at = null where voucher_use.returned_at is not null
             returning event_id, voucher_id, discount_minor)
         update voucher set uses = uses + 1, spent_minor = spent_minor + discount_minor
         from used where voucher.event_id = used.event_id and voucher.voucher_id = used.voucher_id",
        order.event.uuid(),
        order.id.uuid(),
        voucher.uuid(),
        order.account.uuid(),
        discount,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Gives the order's use of a voucher back, once. The order and its tickets are locked: vouchers are locked after tickets.
///
/// # Errors
/// When the database fails.
pub async fn give_back(tx: &mut Tx, order: &Order, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "with returned as (
             update voucher_use set returned_at = $3 where event_id = $1 and order_id = $2 and returned_at is null
             returning event_id, voucher_id, discount_minor)
         update voucher set uses = uses - 1, spent_minor = spent_minor - discount_minor
         from returned where voucher.event_id = returned.event_id and voucher.voucher_id = returned.voucher_id",
        order.event.uuid(),
        order.id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// What the order used and gave back, if anything.
///
/// # Errors
/// When the database fails.
pub async fn returned(tx: &mut Tx, order: &Order) -> Result<Option<Returned>, StoreError> {
    let row = sqlx::query!(
        "select voucher_id, discount_minor, used_at from voucher_use
         where event_id = $1 and order_id = $2 and returned_at is not null",
        order.event.uuid(),
        order.id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Returned {
        voucher: row.voucher_id.into(),
        discount: row.discount_minor,
        used_at: row.used_at,
    }))
}
