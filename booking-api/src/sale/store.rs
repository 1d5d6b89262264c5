//! The tables `claim` and `sale`, the versions of tickets, and the rows that feed the mirror.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, OrderId, PassId, TicketId};
use platform::postgres::{StoreError, Tx};

fn numbers(tickets: &[TicketId]) -> Vec<i32> {
    tickets.iter().map(|ticket| ticket.int()).collect()
}

/// Locks what `account` does with `event`: under it its tickets are counted.
///
/// # Errors
/// When the database fails, or there is no such event.
pub async fn lock_buyer(tx: &mut Tx, event: EventId, account: AccountId) -> Result<(), StoreError> {
    // One statement that locks the row, whether it was there or not.
    sqlx::query!(
        "insert into buyer (event_id, account_id) values ($1, $2)
         on conflict (event_id, account_id) do update set account_id = excluded.account_id",
        event.uuid(),
        account.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks what all who share `pass` do with `event`. Take the lock of the buyer first.
///
/// # Errors
/// When the database fails.
pub async fn lock_pass(tx: &mut Tx, event: EventId, pass: PassId) -> Result<(), StoreError> {
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", format!("pass:{event}:{pass}"))
        .fetch_one(&mut **tx)
        .await?;
    Ok(())
}

/// How many tickets the account is paying for or has bought, or all who share `pass`, whichever is more; but for those of
/// `order`.
///
/// # Errors
/// When the database fails.
pub async fn count(
    tx: &mut Tx,
    event: EventId,
    account: AccountId,
    pass: Option<PassId>,
    order: OrderId,
) -> Result<u32, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select greatest(
             (select count(*) from order_line join booking_order using (event_id, order_id)
              where event_id = $1 and account_id = $2 and order_id <> $3 and returned_at is null
                and state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded')),
             (select count(*) from order_line join booking_order using (event_id, order_id)
              where event_id = $1 and pass_id = $4 and order_id <> $3 and returned_at is null
                and state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded'))) as "count!""#,
        event.uuid(),
        account.uuid(),
        order.uuid(),
        pass.map(PassId::uuid)
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Locks `tickets` in the order of their numbers, and returns those that there are. Waits for a rival's transaction, at
/// most the connection's `lock_timeout`.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId, tickets: &[TicketId]) -> Result<Vec<TicketId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select ticket_id from ticket where event_id = $1 and ticket_id = any($2) order by ticket_id for update",
        event.uuid(),
        &numbers(tickets)
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

/// Those of `tickets` that are sold, or claimed at `now`, by another order than `order`, or kept for the waitlist. Lock them
/// first.
///
/// # Errors
/// When the database fails.
pub async fn taken(
    tx: &mut Tx,
    (event, order): (EventId, OrderId),
    tickets: &[TicketId],
    now: DateTime<Utc>,
) -> Result<Vec<TicketId>, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select ticket_id as "ticket_id!" from sale
             where event_id = $1 and ticket_id = any($2) and order_id <> $3
           union
           select ticket_id from claim
             where event_id = $1 and ticket_id = any($2) and order_id <> $3 and until > $4
           union
           select ticket_id from waitlist_seat where event_id = $1 and ticket_id = any($2)
           order by 1"#,
        event.uuid(),
        &numbers(tickets),
        order.uuid(),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

/// Claims `tickets` for the order, over claims that have expired. Returns how many it got: fewer than asked means that
/// a rival has one, and nothing of this may be committed.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    (event, order): (EventId, OrderId),
    tickets: &[TicketId],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let written = sqlx::query!(
        "insert into claim (event_id, ticket_id, order_id, until)
         select $1, ticket_id, $3, $4 from unnest($2::integer[]) as ticket_id
         on conflict on constraint claim_ticket_key
         do update set order_id = excluded.order_id, until = excluded.until where claim.until <= $5",
        event.uuid(),
        &numbers(tickets),
        order.uuid(),
        until,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected())
}

/// How many tickets the order has claimed.
///
/// # Errors
/// When the database fails.
pub async fn claimed(tx: &mut Tx, event: EventId, order: OrderId) -> Result<usize, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from claim where event_id = $1 and order_id = $2"#,
        event.uuid(),
        order.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// Gives up the claims of the order, and returns their tickets.
///
/// # Errors
/// When the database fails.
pub async fn unclaim(tx: &mut Tx, event: EventId, order: OrderId) -> Result<Vec<TicketId>, StoreError> {
    let freed = sqlx::query_scalar!(
        "delete from claim where event_id = $1 and order_id = $2 returning ticket_id",
        event.uuid(),
        order.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(freed.into_iter().map(TicketId::from).collect())
}

/// Sells `tickets` to the order. The table's key lets nobody sell one twice.
///
/// # Errors
/// When the database fails, or the constraint `sale_ticket_key` holds.
pub async fn sell(
    tx: &mut Tx,
    (event, order): (EventId, OrderId),
    tickets: &[TicketId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into sale (event_id, ticket_id, order_id, sold_at)
         select $1, ticket_id, $3, $4 from unnest($2::integer[]) as ticket_id",
        event.uuid(),
        &numbers(tickets),
        order.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes the sales of the order back, and returns their tickets.
///
/// # Errors
/// When the database fails, or tickets were issued.
pub async fn unsell(tx: &mut Tx, event: EventId, order: OrderId) -> Result<Vec<TicketId>, StoreError> {
    let freed = sqlx::query_scalar!(
        "delete from sale where event_id = $1 and order_id = $2 returning ticket_id",
        event.uuid(),
        order.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(freed.into_iter().map(TicketId::from).collect())
}

/// Takes the sales of some tickets of the order back.
///
/// # Errors
/// When the database fails.
pub async fn unsell_some(
    tx: &mut Tx,
    (event, order): (EventId, OrderId),
    tickets: &[TicketId],
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from sale where event_id = $1 and order_id = $2 and ticket_id = any($3)",
        event.uuid(),
        order.uuid(),
        &numbers(tickets)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Frees `tickets`, which are locked and neither sold nor claimed any more: who waits for such on the waitlist of the event is
/// offered them first, so these are kept; the others can be had at once.
///
/// # Errors
/// When the database fails.
pub async fn free(
    tx: &mut Tx,
    event: EventId,
    tickets: &[TicketId],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kept = sqlx::query_scalar!(
        "insert into waitlist_seat (event_id, ticket_id, since)
         select $1, ticket_id, $3 from ticket join event using (event_id)
         where event_id = $1 and ticket_id = any($2) and state = 'published' and $3 < sales_end and $3 < starts_at
           and exists (select from waitlist_entry as entry where entry.event_id = ticket.event_id
             and entry.state = 'waiting' and (entry.tiers = '{}' or ticket.tier_id = any(entry.tiers)))
         on conflict do nothing returning ticket_id",
        event.uuid(),
        &numbers(tickets),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    let is_kept = |ticket: &TicketId| kept.contains(&ticket.int());
    let free: Vec<TicketId> = tickets.iter().copied().filter(|ticket| !is_kept(ticket)).collect();
    bump(tx, event, &free, false).await
}

/// Raises the versions of `tickets` (the fence) and leaves word for the mirror.
///
/// # Errors
/// When the database fails.
pub async fn bump(tx: &mut Tx, event: EventId, tickets: &[TicketId], taken: bool) -> Result<(), StoreError> {
    sqlx::query!(
        "with bumped as (
             update ticket set version = version + 1 where event_id = $1 and ticket_id = any($2)
             returning event_id, ticket_id, version)
         insert into mirror_change (event_id, ticket_id, version, taken)
         select event_id, ticket_id, version, $3 from bumped",
        event.uuid(),
        &numbers(tickets),
        taken
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
