//! The tables of the doors: here `door`, and what is counted of the others; what is scanned is in [`scans`].

pub mod scans;

use chrono::{DateTime, Utc};
use contracts::{
    id::{DoorId, EventId, TicketId},
    message::EventBrief,
};
use platform::postgres::{Postgres, StoreError, Tx};

use super::Door;

/// What a door has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Who went in.
    pub went_in: i64,
    /// Who went out.
    pub went_out: i64,
    /// Who was refused.
    pub refused: i64,
}

/// Writes a new door.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, door: &Door) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into door (event_id, door_id, name, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        door.event.uuid(),
        door.id.uuid(),
        door.name,
        door.created_at,
        door.expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The door.
///
/// # Errors
/// When the database fails.
pub async fn find(postgres: &Postgres, event: EventId, door: DoorId) -> Result<Option<Door>, StoreError> {
    let row = sqlx::query!(
        "select name, created_at, expires_at, revoked_at from door where event_id = $1 and door_id = $2",
        event.uuid(),
        door.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| Door {
        event,
        id: door,
        name: row.name,
        created_at: row.created_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
    }))
}

/// Closes the door, unless it was closed before; `false` when there is none.
///
/// # Errors
/// When the database fails.
pub async fn revoke(
    tx: &mut Tx,
    event: EventId,
    door: DoorId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update door set revoked_at = coalesce(revoked_at, $3) where event_id = $1 and door_id = $2",
        event.uuid(),
        door.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The doors of an event, oldest first, with what they counted.
///
/// # Errors
/// When the database fails.
pub async fn doors(postgres: &Postgres, event: EventId) -> Result<Vec<(Door, Counts)>, StoreError> {
    let rows = sqlx::query!(
        r#"select door_id, name, created_at, expires_at, revoked_at,
             count(entry) filter (where outcome = 'passed' and direction = 'in') as "went_in!",
             count(entry) filter (where outcome = 'passed' and direction = 'out') as "went_out!",
             count(entry) filter (where outcome = 'refused') as "refused!"
           from door left join door_scan using (event_id, door_id) where event_id = $1
           group by event_id, door_id order by created_at, door_id"#,
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let door = Door {
                event,
                id: row.door_id.into(),
                name: row.name,
                created_at: row.created_at,
                expires_at: row.expires_at,
                revoked_at: row.revoked_at,
            };
            (door, Counts { went_in: row.went_in, went_out: row.went_out, refused: row.refused })
        })
        .collect())
}

/// With how many tickets somebody is inside.
///
/// # Errors
/// When the database fails.
pub async fn inside(postgres: &Postgres, event: EventId) -> Result<i64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from attendance where event_id = $1 and inside"#,
        event.uuid()
    );
    Ok(count.fetch_one(postgres).await?)
}

/// The tickets with which somebody is inside.
///
/// # Errors
/// When the database fails.
pub async fn inside_tickets(postgres: &Postgres, event: EventId) -> Result<Vec<TicketId>, StoreError> {
    let rows = sqlx::query_scalar!(
        "select ticket_id from attendance where event_id = $1 and inside order by ticket_id",
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(TicketId::from).collect())
}

/// What a scanner shows of the event.
///
/// # Errors
/// When the database fails.
pub async fn brief(postgres: &Postgres, event: EventId) -> Result<EventBrief, StoreError> {
    let row = sqlx::query!(
        "select title, venue.name as venue, city, starts_at, time_zone from event join venue using (venue_id)
         where event_id = $1",
        event.uuid()
    )
    .fetch_one(postgres)
    .await?;
    Ok(EventBrief {
        title: row.title,
        venue: row.venue,
        city: row.city,
        starts_at: row.starts_at,
        time_zone: row.time_zone,
        brand: None,
    })
}
