//! The tables `claim` and `sale`, the versions of tickets, and the rows that feed the mirror.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, OrderId, PassId, TicketId};
use platform::postgres::{StoreError, Tx, column};

fn numbers(tickets: &[TicketId]) -> Vec<i32> {
    column(tickets, |ticket| ticket.int())
}

/// Locks what each of `accounts` does with `event`: under it its tickets are counted. In the order of their ids, so that
/// two who lock several do not wait for each other.
///
/// # Errors
/// When the database fails, or there is no such event.
pub async fn lock_buyers(tx: &mut Tx, event: EventId, accounts: &[AccountId]) -> Result<(), StoreError> {
    // One statement that locks the rows, whether they were there or not.
    sqlx::query!(
        "insert into buyer (event_id, account_id)
         select $1, account_id from unnest($2::uuid[]) as account_id order by account_id
         on conflict (event_id, account_id) do update set account_id = excluded.account_id",
        event.uuid(),
        &column(accounts, |account| account.uuid())
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Locks what all who share each of `passes` do with `event`, in the order of the ids. Take the locks of the buyers first.
///
/// # Errors
/// When the database fails.
pub async fn lock_passes(tx: &mut Tx, event: EventId, passes: &[PassId]) -> Result<(), StoreError> {
    if passes.is_empty() {
        return Ok(());
    }
    let mut passes = passes.to_vec();
    passes.sort_unstable();
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended(pass, 0)) from unnest($1::text[]) as pass",
        &column(&passes, |pass| format!("pass:{event}:{pass}"))
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(())
}

/// How many tickets each account and all who share each pass are paying for or have bought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    accounts: HashMap<AccountId, u32>,
    passes: HashMap<PassId, u32>,
}

impl Counts {
    /// The count of the account, or of all who share `pass`, whichever is more.
    pub fn of(&self, account: AccountId, pass: Option<PassId>) -> u32 {
        let of_pass = pass.and_then(|pass| self.passes.get(&pass)).copied().unwrap_or_default();
        self.accounts.get(&account).copied().unwrap_or_default().max(of_pass)
    }
}

/// How many tickets each of `accounts` and of `passes` is paying for or has bought. Lock them first.
///
/// # Errors
/// When the database fails.
pub async fn counts(
    tx: &mut Tx,
    event: EventId,
    accounts: &[AccountId],
    passes: &[PassId],
) -> Result<Counts, StoreError> {
    // `offset 0`: in the first minute of a sale the database does not know how many orders the event has by now, and would
    // walk through all of them. So it is told to look for the orders of each by who ordered, then for the lines of each.
    let rows = sqlx::query!(
        r#"select who.account_id, who.pass_id, sum(line.count)::bigint as "count!"
           from (select account_id, null::uuid as pass_id, theirs.* from unnest($2::uuid[]) as account_id
                   cross join lateral (select event_id, order_id, state from booking_order
                     where booking_order.account_id = account_id.account_id offset 0) as theirs
                 union all
                 select null, pass_id, theirs.* from unnest($3::uuid[]) as pass_id
                   cross join lateral (select event_id, order_id, state from booking_order
                     where booking_order.pass_id = pass_id.pass_id offset 0) as theirs) as who
           cross join lateral (select count(*) from order_line where order_line.event_id = who.event_id
             and order_line.order_id = who.order_id and returned_at is null offset 0) as line
           where who.event_id = $1
             and who.state in ('awaiting_payment', 'capturing', 'paid', 'fulfilled', 'partly_refunded')
           group by who.account_id, who.pass_id"#,
        event.uuid(),
        &column(accounts, |account| account.uuid()),
        &column(passes, |pass| pass.uuid())
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut counts = Counts::default();
    for row in rows {
        let count = u32::try_from(row.count).unwrap_or(u32::MAX);
        counts.accounts.extend(row.account_id.map(|account| (account.into(), count)));
        counts.passes.extend(row.pass_id.map(|pass| (pass.into(), count)));
    }
    Ok(counts)
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

/// Locks those of `tickets` that nobody else has locked, in the order of their numbers, and returns these.
///
/// # Errors
/// When the database fails.
pub async fn lock_free(
    tx: &mut Tx,
    event: EventId,
    tickets: &[TicketId],
) -> Result<HashSet<TicketId>, StoreError> {
    let locked = sqlx::query_scalar!(
        "select ticket_id from ticket where event_id = $1 and ticket_id = any($2) order by ticket_id for update skip locked",
        event.uuid(),
        &numbers(tickets)
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(locked.into_iter().map(TicketId::from).collect())
}

/// Those of `tickets` that are sold, or claimed at `now`, by another order than `order`, or kept for the waitlist. Lock them
/// first, in a statement before: one that waits for a lock still sees what there was when it began.
///
/// # Errors
/// When the database fails.
pub async fn taken(
    tx: &mut Tx,
    (event, order): (EventId, Option<OrderId>),
    tickets: &[TicketId],
    now: DateTime<Utc>,
) -> Result<Vec<TicketId>, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select ticket_id as "ticket_id!" from sale
             where event_id = $1 and ticket_id = any($2) and order_id is distinct from $3
           union
           select ticket_id from claim
             where event_id = $1 and ticket_id = any($2) and order_id is distinct from $3 and until > $4
           union
           select ticket_id from waitlist_seat where event_id = $1 and ticket_id = any($2)
           order by 1"#,
        event.uuid(),
        &numbers(tickets),
        order.map(OrderId::uuid),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

/// Claims each ticket for its order, over claims that have expired; `false` when a rival has one, and then nothing of this
/// may be committed.
///
/// # Errors
/// When the database fails.
pub async fn claim(
    tx: &mut Tx,
    event: EventId,
    claims: &[(OrderId, TicketId)],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into claim (event_id, ticket_id, order_id, until)
         select $1, ticket_id, order_id, $4 from unnest($2::integer[], $3::uuid[]) as new (ticket_id, order_id)
         on conflict on constraint claim_ticket_key
         do update set order_id = excluded.order_id, until = excluded.until where claim.until <= $5",
        event.uuid(),
        &column(claims, |(_, ticket)| ticket.int()),
        &column(claims, |(order, _)| order.uuid()),
        until,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(usize::try_from(written.rows_affected()) == Ok(claims.len()))
}

/// The tickets that each of `orders` has claimed.
///
/// # Errors
/// When the database fails.
pub async fn claims(
    tx: &mut Tx,
    event: EventId,
    orders: &[OrderId],
) -> Result<Vec<(OrderId, TicketId)>, StoreError> {
    let rows = sqlx::query!(
        "select order_id, ticket_id from claim where event_id = $1 and order_id = any($2)",
        event.uuid(),
        &column(orders, |order| order.uuid())
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.order_id.into(), row.ticket_id.into())).collect())
}

/// Gives up the claims of `orders`, and returns their tickets.
///
/// # Errors
/// When the database fails.
pub async fn unclaim(tx: &mut Tx, event: EventId, orders: &[OrderId]) -> Result<Vec<TicketId>, StoreError> {
    let freed = sqlx::query_scalar!(
        "delete from claim where event_id = $1 and order_id = any($2) returning ticket_id",
        event.uuid(),
        &column(orders, |order| order.uuid())
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(freed.into_iter().map(TicketId::from).collect())
}

/// Sells each ticket to its order. The table's key lets nobody sell one twice.
///
/// # Errors
/// When the database fails, or the constraint `sale_ticket_key` holds.
pub async fn sell(
    tx: &mut Tx,
    event: EventId,
    sales: &[(OrderId, TicketId)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into sale (event_id, ticket_id, order_id, sold_at)
         select $1, ticket_id, order_id, $4 from unnest($2::integer[], $3::uuid[]) as new (ticket_id, order_id)",
        event.uuid(),
        &column(sales, |(_, ticket)| ticket.int()),
        &column(sales, |(order, _)| order.uuid()),
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
