//! The tables `tier` and `ticket`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::id::{EventId, TicketId};
use platform::postgres::{Postgres, StoreError, Tx};

use super::{
    Layout, Seat, Ticket,
    plan::{Plan, PlannedSeat},
};
use crate::catalog::event::Tier;

/// Writes all tiers and tickets of a new event, in two statements.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, event: EventId, plan: &Plan) -> Result<(), StoreError> {
    insert_tiers(tx, event, plan).await?;
    let count = plan.tickets.len();
    let (mut ids, mut tiers) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut sections, mut rows, mut names) =
        (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut xs, mut ys, mut accessible) =
        (Vec::with_capacity(count), Vec::with_capacity(count), Vec::with_capacity(count));
    for (id, ticket) in plan.numbered() {
        let seat = ticket.seat.as_ref();
        ids.push(id.int());
        tiers.push(ticket.tier.uuid());
        // Absent values have stand-ins, which the statement takes away: an array of options cannot be checked.
        sections.push(seat.map(|seat| seat.section.clone()).unwrap_or_default());
        rows.push(seat.map(|seat| seat.row.clone()).unwrap_or_default());
        names.push(seat.map(|seat| seat.name.clone()).unwrap_or_default());
        xs.push(seat.and_then(|seat| seat.x).unwrap_or(f32::NAN));
        ys.push(seat.and_then(|seat| seat.y).unwrap_or(f32::NAN));
        accessible.push(seat.is_some_and(|seat: &PlannedSeat| seat.accessible));
    }
    sqlx::query!(
        "insert into ticket (event_id, ticket_id, tier_id, section, row_name, seat_name, x, y, accessible)
         select $1, ticket_id, tier_id, nullif(section, ''), nullif(row_name, ''), nullif(seat_name, ''), nullif(x, 'nan'),
             nullif(y, 'nan'), accessible
         from unnest($2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::real[], $8::real[], $9::boolean[])
             as made(ticket_id, tier_id, section, row_name, seat_name, x, y, accessible)",
        event.uuid(),
        &ids,
        &tiers,
        &sections,
        &rows,
        &names,
        &xs,
        &ys,
        &accessible
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_tiers(tx: &mut Tx, event: EventId, plan: &Plan) -> Result<(), StoreError> {
    let ids: Vec<_> = plan.tiers.iter().map(|tier| tier.id.uuid()).collect();
    let names: Vec<_> = plan.tiers.iter().map(|tier| tier.name.clone()).collect();
    let prices: Vec<_> = plan.tiers.iter().map(|tier| tier.price_minor).collect();
    let standing: Vec<_> = plan.tiers.iter().map(|tier| tier.general_admission).collect();
    sqlx::query!(
        "insert into tier (event_id, tier_id, name, price_minor, general_admission, rank)
         select $1, tier_id, name, price, standing, rank - 1
         from unnest($2::uuid[], $3::text[], $4::bigint[], $5::boolean[]) with ordinality
             as made(tier_id, name, price, standing, rank)",
        event.uuid(),
        &ids,
        &names,
        &prices,
        &standing
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// All tickets of an event; none when there is no such event.
///
/// # Errors
/// When the database fails.
pub async fn layout(postgres: &Postgres, event: EventId) -> Result<Option<Layout>, StoreError> {
    let currency = sqlx::query_scalar!("select currency from event where event_id = $1", event.uuid())
        .fetch_optional(postgres)
        .await?;
    let Some(currency) = currency else { return Ok(None) };
    let currency =
        currency.parse().map_err(|_| StoreError::Unexpected(format!("there is no currency {currency}")))?;
    let tiers = tiers(postgres, event).await?;
    let index: HashMap<_, _> =
        tiers.iter().enumerate().map(|(index, tier)| (tier.id.uuid(), index)).collect();
    let rows = sqlx::query!(
        "select tier_id, section, row_name, seat_name, x, y, accessible from ticket
         where event_id = $1 order by ticket_id",
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let tickets = rows
        .into_iter()
        .map(|row| Ticket {
            tier: index.get(&row.tier_id).copied().unwrap_or_default(),
            seat: row.section.map(|section| Seat {
                section,
                row: row.row_name.unwrap_or_default(),
                name: row.seat_name.unwrap_or_default(),
                x: row.x,
                y: row.y,
                accessible: row.accessible,
            }),
        })
        .collect();
    Ok(Some(Layout { event, currency, tiers, tickets }))
}

/// The price categories of an event, in the organizer's order.
///
/// # Errors
/// When the database fails.
pub async fn tiers(postgres: &Postgres, event: EventId) -> Result<Vec<Tier>, StoreError> {
    let rows = sqlx::query!(
        "select tier_id, name, price_minor, general_admission from tier where event_id = $1 order by rank",
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Tier {
            id: row.tier_id.into(),
            name: row.name,
            price_minor: row.price_minor,
            general_admission: row.general_admission,
        })
        .collect())
}

/// The tickets that are sold, or claimed by somebody who is paying.
///
/// # Errors
/// When the database fails.
pub async fn taken(
    postgres: &Postgres,
    event: EventId,
    now: DateTime<Utc>,
) -> Result<Vec<TicketId>, StoreError> {
    let taken = sqlx::query_scalar!(
        r#"select ticket_id as "ticket_id!" from sale where event_id = $1
           union all
           select ticket_id from claim where event_id = $1 and until > $2"#,
        event.uuid(),
        now
    )
    .fetch_all(postgres)
    .await?;
    Ok(taken.into_iter().map(TicketId::from).collect())
}
