//! Reading orders for the organizer's tables.

use contracts::{
    id::{EventId, OrderId, OrderRef, TicketRef, TierId},
    money::Currency,
};
use platform::postgres::{Postgres, StoreError};

use super::{Row, Sales, Sums};
use crate::{offer::store::currency, order};

/// What the event's amounts are in, and the clock of its venue.
///
/// # Errors
/// When the database fails.
pub async fn frame(postgres: &Postgres, event: EventId) -> Result<Option<(Currency, String)>, StoreError> {
    let row = sqlx::query!(
        "select currency, time_zone from event join venue using (venue_id) where event_id = $1",
        event.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(|row| Ok((currency(&row.currency)?, row.time_zone))).transpose()
}

/// The tickets of the next `limit` orders after the one called `after`, by the orders' age.
///
/// # Errors
/// When the database fails.
pub async fn rows(
    postgres: &Postgres,
    event: EventId,
    after: Option<OrderId>,
    limit: i64,
) -> Result<Vec<Row>, StoreError> {
    let rows = sqlx::query!(
        r#"with page as (
             select * from booking_order where event_id = $1 and ($2::uuid is null or order_id > $2)
             order by order_id limit $3)
           select page.order_id, number, state, page.created_at, email, account.name, ticket_id, place, tier.name as tier,
             coalesce(face_minor, order_line.price_minor) as "face_minor!", discount_minor, order_line.fee_minor, tax_minor,
             order_line.price_minor, returned_at,
             (select min(at) from order_history as entry where entry.event_id = page.event_id
                and entry.order_id = page.order_id and entry.state = 'paid') as paid_at
           from page join order_line using (event_id, order_id) join account using (account_id)
             join ticket using (event_id, ticket_id) join tier using (event_id, tier_id)
           order by page.order_id, ticket_id"#,
        event.uuid(),
        after.map(OrderId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            let state = order::store::state(&row.state)?;
            Ok(Row {
                order: OrderRef { event, order: row.order_id.into() },
                number: row.number,
                state,
                created_at: row.created_at,
                paid_at: row.paid_at,
                email: row.email,
                name: row.name,
                ticket: TicketRef { event, ticket: row.ticket_id.into() },
                place: row.place,
                tier: row.tier,
                amounts: [row.face_minor, row.discount_minor, row.fee_minor, row.tax_minor, row.price_minor],
                returned_at: row.returned_at,
            })
        })
        .collect()
}

/// What was sold and given back, by day at the venue and by tier. Only of orders that were paid.
///
/// # Errors
/// When the database fails.
pub async fn sales(postgres: &Postgres, event: EventId, time_zone: &str) -> Result<Vec<Sales>, StoreError> {
    let rows = sqlx::query!(
        r#"with paid as (
             select order_id, min(at) as at from order_history where event_id = $1 and state = 'paid' group by order_id),
           line as (
             select paid.at, returned_at, tier_id, coalesce(face_minor, price_minor) as face, discount_minor,
               fee_minor, tax_minor, price_minor
             from order_line join paid using (order_id) join ticket using (event_id, ticket_id) where event_id = $1),
           moved as (
             select (at at time zone $2)::date as day, tier_id, 1 as sold, face, discount_minor as discount, fee_minor as fee,
               tax_minor as tax, price_minor as gross, 0 as returned, 0 as refunded from line
             union all
             select (returned_at at time zone $2)::date, tier_id, 0, 0, 0, 0, 0, 0, 1, price_minor
             from line where returned_at is not null)
           select day as "day!", tier_id as "tier_id!", tier.name as tier, sum(sold)::bigint as "sold!",
             sum(face)::bigint as "face!", sum(discount)::bigint as "discounts!", sum(fee)::bigint as "fees!", sum(tax)::bigint as "tax!",
             sum(gross)::bigint as "gross!", sum(returned)::bigint as "returned!", sum(refunded)::bigint as "refunded!"
           from moved join tier using (tier_id) where tier.event_id = $1
           group by day, tier_id, tier.name, rank order by day, rank, tier_id"#,
        event.uuid(),
        time_zone
    )
    .fetch_all(postgres)
    .await?;
    let sales = rows.into_iter().map(|row| Sales {
        day: row.day,
        tier_id: TierId::from(row.tier_id),
        tier: row.tier,
        sums: Sums {
            sold: row.sold,
            face: row.face,
            discounts: row.discounts,
            fees: row.fees,
            tax: row.tax,
            gross: row.gross,
            returned: row.returned,
            refunded: row.refunded,
        },
    });
    Ok(sales.collect())
}
