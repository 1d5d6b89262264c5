//! The tables `tier` and `ticket`.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use contracts::id::{EventId, TicketId};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Kind, Layout, Point, Seat, Ticket, plan::Plan};
use crate::catalog::event::{Publication, Tier};

/// The columns of tickets to be.
#[derive(Default)]
struct Columns {
    events: Vec<Uuid>,
    ids: Vec<i32>,
    tiers: Vec<Uuid>,
    sections: Vec<String>,
    rows: Vec<String>,
    names: Vec<String>,
    xs: Vec<f32>,
    ys: Vec<f32>,
    accessible: Vec<bool>,
    companion: Vec<bool>,
    restricted: Vec<bool>,
    kept: Vec<String>,
}

impl Columns {
    /// Absent values have stand-ins, which the statement takes away: an array of options cannot be checked.
    fn add(&mut self, event: EventId, plan: &Plan) {
        for (id, ticket) in plan.numbered() {
            let seat = ticket.seat.as_ref();
            self.events.push(event.uuid());
            self.ids.push(id.int());
            self.tiers.push(ticket.tier.uuid());
            self.sections.push(seat.map(|seat| seat.section.clone()).unwrap_or_default());
            self.rows.push(seat.map(|seat| seat.row.clone()).unwrap_or_default());
            self.names.push(seat.map(|seat| seat.name.clone()).unwrap_or_default());
            self.xs.push(seat.and_then(|seat| seat.x).unwrap_or(f32::NAN));
            self.ys.push(seat.and_then(|seat| seat.y).unwrap_or(f32::NAN));
            self.accessible.push(seat.is_some_and(|seat| seat.kind == Kind::Accessible));
            self.companion.push(seat.is_some_and(|seat| seat.kind == Kind::Companion));
            self.restricted.push(seat.is_some_and(|seat| seat.restricted_view));
            self.kept.push(seat.and_then(|seat| seat.keep_back.clone()).unwrap_or_default());
        }
    }
}

/// Writes all tiers, tickets and focal points of events that have none yet, in three statements; a tier that is there is
/// written over.
///
/// # Errors
/// When the database fails.
pub async fn insert(tx: &mut Tx, plans: &[(EventId, &Plan)]) -> Result<(), StoreError> {
    insert_tiers(tx, plans).await?;
    insert_focal_points(tx, plans).await?;
    let mut columns = Columns::default();
    for (event, plan) in plans {
        columns.add(*event, plan);
    }
    sqlx::query!(
        "insert into ticket (event_id, ticket_id, tier_id, section, row_name, seat_name, x, y, accessible, companion,
             restricted_view, keep_back)
         select event_id, ticket_id, tier_id, nullif(section, ''), nullif(row_name, ''), nullif(seat_name, ''),
             nullif(x, 'nan'), nullif(y, 'nan'), accessible, companion, restricted_view, nullif(keep_back, '')
         from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::real[], $8::real[],
             $9::boolean[], $10::boolean[], $11::boolean[], $12::text[]) as made(event_id, ticket_id, tier_id, section,
             row_name, seat_name, x, y, accessible, companion, restricted_view, keep_back)",
        &columns.events,
        &columns.ids,
        &columns.tiers,
        &columns.sections,
        &columns.rows,
        &columns.names,
        &columns.xs,
        &columns.ys,
        &columns.accessible,
        &columns.companion,
        &columns.restricted,
        &columns.kept
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_focal_points(tx: &mut Tx, plans: &[(EventId, &Plan)]) -> Result<(), StoreError> {
    let (mut events, mut sections) = (Vec::new(), Vec::new());
    let (mut xs, mut ys) = (Vec::new(), Vec::new());
    for (event, plan) in plans {
        for (section, point) in &plan.focal_points {
            events.push(event.uuid());
            sections.push(section.clone());
            xs.push(point.x);
            ys.push(point.y);
        }
    }
    sqlx::query!(
        "insert into focal_point (event_id, section, x, y)
         select * from unnest($1::uuid[], $2::text[], $3::real[], $4::real[])",
        &events,
        &sections,
        &xs,
        &ys
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn insert_tiers(tx: &mut Tx, plans: &[(EventId, &Plan)]) -> Result<(), StoreError> {
    let (mut events, mut ids, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let (mut prices, mut standing, mut ranks) = (Vec::new(), Vec::new(), Vec::new());
    let mut colours = Vec::new();
    for (event, plan) in plans {
        for (rank, tier) in (0_i16..).zip(&plan.tiers) {
            events.push(event.uuid());
            ids.push(tier.id.uuid());
            names.push(tier.name.clone());
            prices.push(tier.price_minor);
            standing.push(tier.general_admission);
            ranks.push(rank);
            colours.push(tier.colour.clone().unwrap_or_default());
        }
    }
    sqlx::query!(
        "insert into tier (event_id, tier_id, name, price_minor, general_admission, rank, colour)
         select event_id, tier_id, name, price_minor, general_admission, rank, nullif(colour, '')
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::boolean[], $6::smallint[], $7::text[])
             as made(event_id, tier_id, name, price_minor, general_admission, rank, colour)
         on conflict (event_id, tier_id) do update
         set name = excluded.name, price_minor = excluded.price_minor, general_admission = excluded.general_admission,
             rank = excluded.rank, colour = excluded.colour",
        &events,
        &ids,
        &names,
        &prices,
        &standing,
        &ranks,
        &colours
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
    let row = sqlx::query!("select currency, state from event where event_id = $1", event.uuid())
        .fetch_optional(postgres)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (currency, is_settled) = (row.currency, row.state != Publication::Draft.name());
    let currency =
        currency.parse().map_err(|_| StoreError::Unexpected(format!("there is no currency {currency}")))?;
    let tiers = tiers(postgres, event).await?;
    let index: HashMap<_, _> =
        tiers.iter().enumerate().map(|(index, tier)| (tier.id.uuid(), index)).collect();
    let rows = sqlx::query!(
        "select tier_id, section, row_name, seat_name, x, y, accessible, companion, restricted_view from ticket
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
                kind: match (row.accessible, row.companion) {
                    (true, _) => Kind::Accessible,
                    (false, true) => Kind::Companion,
                    (false, false) => Kind::Usual,
                },
                restricted_view: row.restricted_view,
            }),
        })
        .collect();
    let focal_points = focal_points(postgres, event).await?;
    Ok(Some(Layout { event, currency, tiers, tickets, focal_points, is_settled }))
}

async fn focal_points(postgres: &Postgres, event: EventId) -> Result<BTreeMap<String, Point>, StoreError> {
    let rows = sqlx::query!("select section, x, y from focal_point where event_id = $1", event.uuid())
        .fetch_all(postgres)
        .await?;
    Ok(rows.into_iter().map(|row| (row.section, Point { x: row.x, y: row.y })).collect())
}

/// The price categories of an event, in the organizer's order.
///
/// # Errors
/// When the database fails.
pub async fn tiers(postgres: &Postgres, event: EventId) -> Result<Vec<Tier>, StoreError> {
    let rows = sqlx::query!(
        "select tier_id, name, price_minor, general_admission, colour from tier where event_id = $1 order by rank",
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
            colour: row.colour,
        })
        .collect())
}

/// The tickets that are sold, claimed by somebody who is paying, or kept for the waitlist.
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
           select ticket_id from claim where event_id = $1 and until > $2
           union all
           select ticket_id from waitlist_seat where event_id = $1"#,
        event.uuid(),
        now
    )
    .fetch_all(postgres)
    .await?;
    Ok(taken.into_iter().map(TicketId::from).collect())
}
