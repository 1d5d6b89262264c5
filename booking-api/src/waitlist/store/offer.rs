//! The tables `waitlist_offer` and `waitlist_seat`. Locks are taken in one order: the list, then tickets, then offers.

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, OrderId, TicketId, WaitlistEntryId, WaitlistOfferId};
use platform::postgres::{Postgres, StoreError, Tx};

use super::super::{Kept, Offered};

/// Events of whose seats somebody must be offered some, or whose offers are over: those after `after` in the order of their
/// ids, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn due(
    postgres: &Postgres,
    now: DateTime<Utc>,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventId>, StoreError> {
    let events = sqlx::query_scalar!(
        r#"select event_id as "event_id!" from (select event_id from waitlist_seat where offer_id is null
             union select event_id from waitlist_offer where state = 'open' and until <= $1) as due
           where $2::uuid is null or event_id > $2 order by event_id limit $3"#,
        now,
        after.map(EventId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(events.into_iter().map(EventId::from).collect())
}

/// The seats of the event that may change hands now: nobody is offered them, or their offers are over.
///
/// # Errors
/// When the database fails.
pub async fn loose(tx: &mut Tx, event: EventId, now: DateTime<Utc>) -> Result<Vec<TicketId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select ticket_id from waitlist_seat as seat left join waitlist_offer as offer using (event_id, offer_id)
         where event_id = $1 and (offer_id is null or (offer.state = 'open' and offer.until <= $2))",
        event.uuid(),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

/// Ends offers that are over, whose seats are locked, and their entries with them. Says how many there were.
///
/// # Errors
/// When the database fails.
pub async fn lapse(
    tx: &mut Tx,
    event: EventId,
    tickets: &[TicketId],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let ended = sqlx::query!(
        "with over as (
             update waitlist_offer as offer set state = 'lapsed', ended_at = $3
             where event_id = $1 and state = 'open' and until <= $3
               and exists (select from waitlist_seat as seat where seat.event_id = offer.event_id
                 and seat.offer_id = offer.offer_id and seat.ticket_id = any($2))
             returning offer_id, entry_id),
         seat as (
             update waitlist_seat as seat set offer_id = null, since = $3 from over
             where seat.event_id = $1 and seat.offer_id = over.offer_id)
         update waitlist_entry as entry set state = 'lapsed', ended_at = $3 from over
         where entry.event_id = $1 and entry.entry_id = over.entry_id and entry.state = 'offered'",
        event.uuid(),
        &numbers(tickets),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(ended.rows_affected())
}

/// Those of `tickets`, which are locked, that nobody is offered.
///
/// # Errors
/// When the database fails.
pub async fn kept(tx: &mut Tx, event: EventId, tickets: &[TicketId]) -> Result<Vec<Kept>, StoreError> {
    let rows = sqlx::query!(
        "select ticket_id, tier_id, since from waitlist_seat join ticket using (event_id, ticket_id)
         where event_id = $1 and ticket_id = any($2) and offer_id is null order by ticket_id",
        event.uuid(),
        &numbers(tickets)
    )
    .fetch_all(&mut **tx)
    .await?;
    let kept = |(ticket, tier, since): (i32, uuid::Uuid, DateTime<Utc>)| Kept {
        ticket: ticket.into(),
        tier: tier.into(),
        since,
    };
    Ok(rows.into_iter().map(|row| kept((row.ticket_id, row.tier_id, row.since))).collect())
}

/// Whether tickets of the event are sold at `now`.
///
/// # Errors
/// When the database fails.
pub async fn is_sold(tx: &mut Tx, event: EventId, now: DateTime<Utc>) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from event where event_id = $1 and state = 'published' and $2 < sales_end
             and $2 < starts_at) as "sold!""#,
        event.uuid(),
        now
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Writes an offer, and lets it have `tickets`, which are locked and kept for nobody.
///
/// # Errors
/// When the database fails, or the entry was offered something before.
pub async fn insert(
    tx: &mut Tx,
    event: EventId,
    entry: WaitlistEntryId,
    offered: &Offered,
    token: &[u8],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with offer as (
             insert into waitlist_offer (event_id, offer_id, entry_id, token_hash, state, offered_at, until)
             values ($1, $2, $3, $4, 'open', $5, $6))
         update waitlist_seat set offer_id = $2 where event_id = $1 and ticket_id = any($7) and offer_id is null",
        event.uuid(),
        offered.id.uuid(),
        entry.uuid(),
        token,
        now,
        offered.until,
        &numbers(&offered.tickets)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Keeps `tickets`, which are locked, no longer.
///
/// # Errors
/// When the database fails.
pub async fn let_go(tx: &mut Tx, event: EventId, tickets: &[TicketId]) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from waitlist_seat where event_id = $1 and ticket_id = any($2) and offer_id is null",
        event.uuid(),
        &numbers(tickets)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The open offer that the mail with this secret told of, or the one of this id.
///
/// # Errors
/// When the database fails.
pub async fn find(
    postgres: &Postgres,
    event: EventId,
    token: Option<&[u8]>,
    id: Option<WaitlistOfferId>,
) -> Result<Option<Offered>, StoreError> {
    let row = sqlx::query!(
        r#"select offer_id, account_id, until,
             array(select ticket_id from waitlist_seat as seat where seat.event_id = offer.event_id
               and seat.offer_id = offer.offer_id order by ticket_id) as "tickets!"
           from waitlist_offer as offer join waitlist_entry using (event_id, entry_id)
           where event_id = $1 and (token_hash = $2 or offer_id = $3) and offer.state = 'open'"#,
        event.uuid(),
        token,
        id.map(WaitlistOfferId::uuid)
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| Offered {
        id: row.offer_id.into(),
        account: row.account_id.into(),
        until: row.until,
        tickets: row.tickets.into_iter().map(TicketId::from).collect(),
    }))
}

/// The open offer of an account.
///
/// # Errors
/// When the database fails.
pub async fn of_account(
    postgres: &Postgres,
    event: EventId,
    account: AccountId,
) -> Result<Option<WaitlistOfferId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select offer_id from waitlist_offer as offer join waitlist_entry using (event_id, entry_id)
         where event_id = $1 and account_id = $2 and offer.state = 'open'",
        event.uuid(),
        account.uuid()
    );
    Ok(found.fetch_optional(postgres).await?.map(WaitlistOfferId::from))
}

/// Ends an offer that is open at `now`, for `order`; its seats, which are locked, are kept for nobody any more. Returns
/// them: none when the offer was not open any more, and then nothing was changed. The one statement that decides.
///
/// # Errors
/// When the database fails.
pub async fn accept(
    tx: &mut Tx,
    (event, order): (EventId, OrderId),
    offer: WaitlistOfferId,
    now: DateTime<Utc>,
) -> Result<Vec<TicketId>, StoreError> {
    let freed = sqlx::query_scalar!(
        "with accepted as (
             update waitlist_offer set state = 'accepted', ended_at = $4, order_id = $3
             where event_id = $1 and offer_id = $2 and state = 'open' and until > $4 returning offer_id, entry_id),
         entry as (
             update waitlist_entry as entry set state = 'accepted', ended_at = $4 from accepted
             where entry.event_id = $1 and entry.entry_id = accepted.entry_id)
         delete from waitlist_seat using accepted
         where event_id = $1 and waitlist_seat.offer_id = accepted.offer_id returning ticket_id",
        event.uuid(),
        offer.uuid(),
        order.uuid(),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(freed.into_iter().map(TicketId::from).collect())
}

/// Takes the open offer of an entry back; its seats, which are locked, wait for somebody else.
///
/// # Errors
/// When the database fails.
pub async fn withdraw(
    tx: &mut Tx,
    (event, entry): (EventId, WaitlistEntryId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with withdrawn as (
             update waitlist_offer set state = 'withdrawn', ended_at = $3
             where event_id = $1 and entry_id = $2 and state = 'open' returning offer_id)
         update waitlist_seat set offer_id = null, since = $3 from withdrawn
         where event_id = $1 and waitlist_seat.offer_id = withdrawn.offer_id",
        event.uuid(),
        entry.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The seats of an entry's open offer.
///
/// # Errors
/// When the database fails.
pub async fn seats(tx: &mut Tx, event: EventId, entry: WaitlistEntryId) -> Result<Vec<TicketId>, StoreError> {
    let found = sqlx::query_scalar!(
        "select ticket_id from waitlist_seat join waitlist_offer as offer using (event_id, offer_id)
         where event_id = $1 and entry_id = $2 and offer.state = 'open'",
        event.uuid(),
        entry.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(found.into_iter().map(TicketId::from).collect())
}

fn numbers(tickets: &[TicketId]) -> Vec<i32> {
    tickets.iter().map(|ticket| ticket.int()).collect()
}
