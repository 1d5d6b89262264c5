//! The tables `door_scan`, `door_conflict` and `attendance`.

use chrono::{DateTime, Utc};
use contracts::id::{DoorId, EventId, ScanId, TicketId};
use platform::postgres::{Postgres, StoreError, Tx};

use crate::{
    door::{Cause, Conflict, Direction, Passage, Reason, watch::Told},
    offer::place,
};

/// A scan as it is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The scanner's id for it.
    pub scan: ScanId,
    /// The door.
    pub door: DoorId,
    /// What the code said, if it was genuine: ticket and serial.
    pub code: Option<(TicketId, u32)>,
    /// Which way.
    pub direction: Direction,
    /// When.
    pub at: DateTime<Utc>,
    /// Whether the scanner decided alone.
    pub offline: bool,
    /// Why the person was not let through.
    pub refused: Option<Reason>,
    /// The how-manieth passage with its ticket.
    pub passage: Option<i32>,
}

/// A conflict of a scan with another passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicting {
    /// What is wrong.
    pub cause: Cause,
    /// Whether this scan was the wrong one.
    pub is_late: bool,
    /// The other.
    pub with: Option<Passage>,
}

fn direction(name: &str) -> Result<Direction, StoreError> {
    Direction::named(name).ok_or_else(|| StoreError::Unexpected(format!("nobody goes {name}")))
}

fn cause(name: &str) -> Result<Cause, StoreError> {
    Cause::named(name).ok_or_else(|| StoreError::Unexpected(format!("there is no conflict {name}")))
}

/// Locks where a ticket stands until the transaction ends, and returns how often somebody passed with it.
///
/// # Errors
/// When the database fails.
pub async fn lock_attendance(tx: &mut Tx, event: EventId, ticket: TicketId) -> Result<i32, StoreError> {
    sqlx::query!(
        "insert into attendance (event_id, ticket_id) values ($1, $2) on conflict do nothing",
        event.uuid(),
        ticket.int()
    )
    .execute(&mut **tx)
    .await?;
    let passages = sqlx::query_scalar!(
        "select passages from attendance where event_id = $1 and ticket_id = $2 for update",
        event.uuid(),
        ticket.int()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(passages)
}

/// The passages with a ticket, in the order of their own times.
///
/// # Errors
/// When the database fails.
pub async fn passages(tx: &mut Tx, event: EventId, ticket: TicketId) -> Result<Vec<Passage>, StoreError> {
    let rows = sqlx::query!(
        "select scan_id, door.name, direction, at from door_scan join door using (event_id, door_id)
         where event_id = $1 and ticket_id = $2 and outcome = 'passed' order by at, passage",
        event.uuid(),
        ticket.int()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Passage {
                scan: row.scan_id.into(),
                door: row.name,
                direction: direction(&row.direction)?,
                at: row.at,
            })
        })
        .collect()
}

/// Writes where a ticket stands.
///
/// # Errors
/// When the database fails.
pub async fn set_attendance(
    tx: &mut Tx,
    event: EventId,
    ticket: TicketId,
    passages: i32,
    inside: bool,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update attendance set passages = $3, inside = $4 where event_id = $1 and ticket_id = $2",
        event.uuid(),
        ticket.int(),
        passages,
        inside
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a scan; `false` when one with its id is there.
///
/// # Errors
/// When the database fails, or `door_scan_passage_key` holds.
pub async fn insert_scan(
    tx: &mut Tx,
    event: EventId,
    entry: &Entry,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let outcome = if entry.refused.is_none() { "passed" } else { "refused" };
    let written = sqlx::query!(
        "insert into door_scan (event_id, scan_id, door_id, ticket_id, serial, direction, at, received_at, offline,
           outcome, reason, passage)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (event_id, scan_id) do nothing",
        event.uuid(),
        entry.scan.uuid(),
        entry.door.uuid(),
        entry.code.map(|(ticket, _)| ticket.int()),
        entry.code.map(|(_, serial)| i32::try_from(serial).unwrap_or(i32::MAX)),
        entry.direction.name(),
        entry.at,
        now,
        entry.offline,
        outcome,
        entry.refused.map(Reason::name),
        entry.passage
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// The scan with this id.
///
/// # Errors
/// When the database fails.
pub async fn find_scan(tx: &mut Tx, event: EventId, scan: ScanId) -> Result<Option<Entry>, StoreError> {
    let row = sqlx::query!(
        "select door_id, ticket_id, serial, direction, at, offline, reason, passage from door_scan
         where event_id = $1 and scan_id = $2",
        event.uuid(),
        scan.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    row.map(|row| {
        Ok(Entry {
            scan,
            door: row.door_id.into(),
            code: row
                .ticket_id
                .zip(row.serial)
                .map(|(ticket, serial)| (ticket.into(), serial.unsigned_abs())),
            direction: direction(&row.direction)?,
            at: row.at,
            offline: row.offline,
            refused: row.reason.as_deref().and_then(Reason::named),
            passage: row.passage,
        })
    })
    .transpose()
}

/// Writes a conflict, once.
///
/// # Errors
/// When the database fails.
pub async fn insert_conflict(
    tx: &mut Tx,
    event: EventId,
    ticket: TicketId,
    conflict: &Conflict,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into door_conflict (event_id, ticket_id, cause, scan_id, other_id, found_at)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        event.uuid(),
        ticket.int(),
        conflict.cause.name(),
        conflict.scan.uuid(),
        conflict.other.map(uuid::Uuid::from),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The conflicts that a scan has part in.
///
/// # Errors
/// When the database fails.
pub async fn conflicts_of(tx: &mut Tx, event: EventId, scan: ScanId) -> Result<Vec<Conflicting>, StoreError> {
    let rows = sqlx::query!(
        r#"select cause, door_conflict.scan_id = $2 as "is_late!", other.scan_id as "other_scan?", name as "name?",
             direction as "direction?", at as "at?"
           from door_conflict
             left join (select scan.event_id, scan.scan_id, name, direction, at
                        from door_scan as scan join door using (event_id, door_id)) as other
               on other.event_id = door_conflict.event_id
                 and other.scan_id = case when door_conflict.scan_id = $2 then other_id else door_conflict.scan_id end
           where door_conflict.event_id = $1 and (door_conflict.scan_id = $2 or other_id = $2) order by conflict"#,
        event.uuid(),
        scan.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let with = passage(row.other_scan, row.name, row.direction.as_deref(), row.at)?;
            Ok(Conflicting { cause: cause(&row.cause)?, is_late: row.is_late, with })
        })
        .collect()
}

/// The newest conflicts of an event.
///
/// # Errors
/// When the database fails.
pub async fn conflicts(postgres: &Postgres, event: EventId, limit: i64) -> Result<Vec<Told>, StoreError> {
    let rows = sqlx::query!(
        r#"select cause, found.ticket_id, found_at, section, row_name, seat_name, tier.name as tier,
             late.scan_id as late_scan, late_door.name as late_name, late.direction as late_direction,
             late.at as late_at, other_id, first_door.name as "first_name?", first.direction as "first_direction?",
             first.at as "first_at?"
           from door_conflict as found
             join ticket on ticket.event_id = found.event_id and ticket.ticket_id = found.ticket_id
             join tier on tier.event_id = ticket.event_id and tier.tier_id = ticket.tier_id
             join door_scan as late on late.event_id = found.event_id and late.scan_id = found.scan_id
             join door as late_door on late_door.event_id = late.event_id and late_door.door_id = late.door_id
             left join door_scan as first on first.event_id = found.event_id and first.scan_id = other_id
             left join door as first_door
               on first_door.event_id = first.event_id and first_door.door_id = first.door_id
           where found.event_id = $1 order by conflict desc limit $2"#,
        event.uuid(),
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            let late = Passage {
                scan: row.late_scan.into(),
                door: row.late_name,
                direction: direction(&row.late_direction)?,
                at: row.late_at,
            };
            Ok(Told {
                cause: cause(&row.cause)?,
                ticket: row.ticket_id.into(),
                place: place(
                    row.section.as_deref(),
                    row.row_name.as_deref(),
                    row.seat_name.as_deref(),
                    &row.tier,
                ),
                late,
                first: passage(row.other_id, row.first_name, row.first_direction.as_deref(), row.first_at)?,
                found_at: row.found_at,
            })
        })
        .collect()
}

/// A passage that an outer join may not have found.
fn passage(
    scan: Option<uuid::Uuid>,
    door: Option<String>,
    way: Option<&str>,
    at: Option<DateTime<Utc>>,
) -> Result<Option<Passage>, StoreError> {
    let (Some(scan), Some(door), Some(way), Some(at)) = (scan, door, way, at) else { return Ok(None) };
    Ok(Some(Passage { scan: scan.into(), door, direction: direction(way)?, at }))
}
