//! The tables `issued_ticket` and `ticket_revocation`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId, OrderId, TicketId},
    ticket_code::TicketCode,
};
use platform::postgres::{Postgres, StoreError, Tx, column};

use super::{Because, Living, Standing, issue::Issue};
use crate::offer::place;

/// Writes issues of tickets of one event, each under the next serial of its ticket, and returns what their codes say.
///
/// # Errors
/// When the database fails, or a ticket is not sold, or has a living code.
pub async fn insert(
    tx: &mut Tx,
    event: EventId,
    issues: &[Issue],
    now: DateTime<Utc>,
) -> Result<Vec<TicketCode>, StoreError> {
    let rows = sqlx::query!(
        "insert into issued_ticket (event_id, ticket_id, serial, order_id, holder_id, issued_at)
         select $1, new.ticket_id, 1 + greatest(
             coalesce((select max(serial) from issued_ticket as before
               where before.event_id = $1 and before.ticket_id = new.ticket_id), 0),
             coalesce((select max(serial) from ticket_revocation as gone
               where gone.event_id = $1 and gone.ticket_id = new.ticket_id), 0)),
           new.order_id, new.holder_id, $5
         from unnest($2::integer[], $3::uuid[], $4::uuid[]) as new (ticket_id, order_id, holder_id)
         returning ticket_id, order_id, serial",
        event.uuid(),
        &column(issues, |issue| issue.ticket.int()),
        &column(issues, |issue| issue.order.uuid()),
        &column(issues, |issue| issue.holder.uuid()),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TicketCode {
            event,
            ticket: row.ticket_id.into(),
            order: row.order_id.into(),
            serial: row.serial.unsigned_abs(),
        })
        .collect())
}

/// What the codes of an order's tickets say, as far as whoever ordered them still holds them.
///
/// # Errors
/// When the database fails.
pub async fn codes(
    postgres: &Postgres,
    event: EventId,
    order: OrderId,
) -> Result<Vec<TicketCode>, StoreError> {
    let rows = sqlx::query!(
        "select ticket_id, serial from issued_ticket join booking_order using (event_id, order_id)
         where event_id = $1 and order_id = $2 and revoked_at is null
           and coalesce(holder_id, account_id) = account_id
         order by ticket_id",
        event.uuid(),
        order.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| TicketCode {
            event,
            ticket: row.ticket_id.into(),
            order,
            serial: row.serial.unsigned_abs(),
        })
        .collect())
}

/// How a code stands that was given out; `None` when it never was.
///
/// # Errors
/// When the database fails.
pub async fn standing(tx: &mut Tx, code: TicketCode) -> Result<Option<Standing>, StoreError> {
    let row = sqlx::query!(
        r#"select section, row_name, seat_name, tier.name as tier, gone.cause as "cause?"
           from ticket join tier using (event_id, tier_id)
             left join issued_ticket as issued on issued.event_id = ticket.event_id
               and issued.ticket_id = ticket.ticket_id and issued.order_id = $3 and issued.serial = $4
             left join ticket_revocation as gone on gone.event_id = ticket.event_id
               and gone.ticket_id = ticket.ticket_id and gone.order_id = $3 and gone.serial = $4
           where ticket.event_id = $1 and ticket.ticket_id = $2
             and (issued.serial is not null or gone.serial is not null)"#,
        code.event.uuid(),
        code.ticket.int(),
        code.order.uuid(),
        i32::try_from(code.serial).unwrap_or(i32::MAX)
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        let words =
            place(row.section.as_deref(), row.row_name.as_deref(), row.seat_name.as_deref(), &row.tier);
        Ok(Standing { place: words, revoked: row.cause.as_deref().map(because).transpose()? })
    })
    .transpose()
}

fn because(name: &str) -> Result<Because, StoreError> {
    Because::named(name).ok_or_else(|| StoreError::Unexpected(format!("nothing is revoked because {name}")))
}

/// The living code of a ticket, locked until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock_living(
    tx: &mut Tx,
    event: EventId,
    ticket: TicketId,
) -> Result<Option<Living>, StoreError> {
    let row = sqlx::query!(
        r#"select order_id, serial, coalesce(holder_id, account_id) as "holder!"
           from issued_ticket join booking_order using (event_id, order_id)
           where event_id = $1 and ticket_id = $2 and revoked_at is null for update of issued_ticket"#,
        event.uuid(),
        ticket.int()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|row| Living {
        order: row.order_id.into(),
        serial: row.serial.unsigned_abs(),
        holder: row.holder.into(),
    }))
}

/// Revokes the living code of a ticket, whoever holds it; the table puts it onto the list. `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    tx: &mut Tx,
    event: EventId,
    ticket: TicketId,
    because: Because,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update issued_ticket set revoked_at = $3, revoked_because = $4
         where event_id = $1 and ticket_id = $2 and revoked_at is null",
        event.uuid(),
        ticket.int(),
        now,
        because.name()
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// One entry of the list of revoked codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub version: u64,
    /// The ticket.
    pub ticket: TicketId,
    /// The serial up to which codes are worth nothing.
    pub serial: u32,
}

/// The entries after `since`, in order, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn revocations(
    postgres: &Postgres,
    event: EventId,
    since: u64,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let rows = sqlx::query!(
        "select version, ticket_id, serial from ticket_revocation where event_id = $1 and version > $2
         order by version limit $3",
        event.uuid(),
        i64::try_from(since).unwrap_or(i64::MAX),
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            version: row.version.unsigned_abs(),
            ticket: row.ticket_id.into(),
            serial: row.serial.unsigned_abs(),
        })
        .collect())
}

/// Every ticket with a living code: its number, the serial, and where it is.
///
/// # Errors
/// When the database fails.
pub async fn living(postgres: &Postgres, event: EventId) -> Result<Vec<(TicketId, u32, String)>, StoreError> {
    let rows = sqlx::query!(
        r#"select ticket_id, serial, section, row_name, seat_name, tier.name as tier
           from issued_ticket join ticket using (event_id, ticket_id) join tier using (event_id, tier_id)
           where event_id = $1 and revoked_at is null order by ticket_id"#,
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let words =
                place(row.section.as_deref(), row.row_name.as_deref(), row.seat_name.as_deref(), &row.tier);
            (row.ticket_id.into(), row.serial.unsigned_abs(), words)
        })
        .collect())
}

/// Whose event it is; `None` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn owner(postgres: &Postgres, event: EventId) -> Result<Option<AccountId>, StoreError> {
    let owner = sqlx::query_scalar!("select owner_id from event where event_id = $1", event.uuid())
        .fetch_optional(postgres)
        .await?;
    Ok(owner.map(Into::into))
}
