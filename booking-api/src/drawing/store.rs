//! What the tables `tier` and `ticket` say of a plan while it is drawn.

use std::collections::BTreeMap;

use contracts::id::{EventId, TicketId, TierId};
use platform::postgres::{Postgres, StoreError, Tx};

use crate::seat::{self, plan::Plan};

/// What each ticket is kept back for.
pub type Kept = BTreeMap<TicketId, String>;

/// Locks the event so that nobody begins to hold its tickets before `tx` ends; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    // Whoever holds its first ticket writes a row that refers to the event, and so waits for this lock.
    let found =
        sqlx::query_scalar!("select event_id from event where event_id = $1 for update", event.uuid());
    Ok(found.fetch_optional(&mut **tx).await?.is_some())
}

/// Whether anybody ever held tickets of the event: then there is a mirror of them.
///
/// # Errors
/// When the database fails.
pub async fn is_held(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from mirror_epoch where event_id = $1)
             or exists (select from booking_order where event_id = $1) as "held!""#,
        event.uuid()
    );
    Ok(found.fetch_one(&mut **tx).await?)
}

/// The tiers of the event.
///
/// # Errors
/// When the database fails.
pub async fn tiers(tx: &mut Tx, event: EventId) -> Result<Vec<TierId>, StoreError> {
    let found = sqlx::query_scalar!("select tier_id from tier where event_id = $1", event.uuid());
    Ok(found.fetch_all(&mut **tx).await?.into_iter().map(TierId::from).collect())
}

/// The names of tiers that are not among `kept`, and that a presale, a voucher or the waitlist is about.
///
/// # Errors
/// When the database fails.
pub async fn wanted(tx: &mut Tx, event: EventId, kept: &[TierId]) -> Result<Vec<String>, StoreError> {
    let kept: Vec<_> = kept.iter().map(|tier| tier.uuid()).collect();
    let found = sqlx::query_scalar!(
        "select name from tier where event_id = $1 and tier_id <> all($2) and (
             exists (select from presale where presale.event_id = $1 and tier.tier_id = any(presale.tiers))
             or exists (select from voucher where voucher.event_id = $1 and tier.tier_id = any(voucher.tiers))
             or exists (select from waitlist_entry as entry where entry.event_id = $1 and tier.tier_id = any(entry.tiers)))
         order by rank",
        event.uuid(),
        &kept
    );
    Ok(found.fetch_all(&mut **tx).await?)
}

/// Puts `plan` in the place of what the event sells. Tiers that stay keep what else is said of them.
///
/// # Errors
/// When the database fails.
pub async fn replace(tx: &mut Tx, event: EventId, plan: &Plan) -> Result<(), StoreError> {
    let kept: Vec<_> = plan.tiers.iter().map(|tier| tier.id.uuid()).collect();
    sqlx::query!("delete from ticket where event_id = $1", event.uuid()).execute(&mut **tx).await?;
    sqlx::query!("delete from focal_point where event_id = $1", event.uuid()).execute(&mut **tx).await?;
    sqlx::query!("delete from tier where event_id = $1 and tier_id <> all($2)", event.uuid(), &kept)
        .execute(&mut **tx)
        .await?;
    seat::store::insert(tx, &[(event, plan)]).await?;
    sqlx::query!("update event set version = version + 1 where event_id = $1", event.uuid())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The version of the event that its plan belongs to, and whether anybody ever held tickets of it.
///
/// # Errors
/// When the database fails.
pub async fn version(postgres: &Postgres, event: EventId) -> Result<Option<(i64, bool)>, StoreError> {
    let row = sqlx::query!(
        r#"select version, exists (select from mirror_epoch where event_id = $1)
             or exists (select from booking_order where event_id = $1) as "held!"
           from event where event_id = $1"#,
        event.uuid()
    );
    Ok(row.fetch_optional(postgres).await?.map(|row| (row.version, row.held)))
}

/// The tickets that are kept back when the event is published, with what for.
///
/// # Errors
/// When the database fails.
pub async fn kept(postgres: &Postgres, event: EventId) -> Result<Kept, StoreError> {
    let rows = sqlx::query!(
        r#"select ticket_id, keep_back as "label!" from ticket where event_id = $1 and keep_back is not null"#,
        event.uuid()
    );
    let rows = rows.fetch_all(postgres).await?;
    Ok(rows.into_iter().map(|row| (row.ticket_id.into(), row.label)).collect())
}

/// The same of a locked event, by what they are kept back for.
///
/// # Errors
/// When the database fails.
pub async fn kept_by_label(tx: &mut Tx, event: EventId) -> Result<Vec<(String, Vec<TicketId>)>, StoreError> {
    let rows = sqlx::query!(
        r#"select keep_back as "label!", array_agg(ticket_id order by ticket_id) as "tickets!"
           from ticket where event_id = $1 and keep_back is not null group by keep_back order by keep_back"#,
        event.uuid()
    );
    let rows = rows.fetch_all(&mut **tx).await?.into_iter();
    Ok(rows.map(|row| (row.label, row.tickets.into_iter().map(TicketId::from).collect())).collect())
}

/// Whether the event sells anything.
///
/// # Errors
/// When the database fails.
pub async fn has_tickets(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from ticket where event_id = $1) as "any!""#,
        event.uuid()
    );
    Ok(found.fetch_one(&mut **tx).await?)
}
