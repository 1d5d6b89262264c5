//! Things that a test begins with.

use contracts::id::{AccountId, EventId, OrderId, TicketId, TicketRef};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::{Client, TestBooking, beginning};

/// The body of a venue.
pub(crate) fn venue(name: &str) -> Value {
    json!({
        "externalId": name, "name": name, "address": "Am Ring 1", "city": "Berlin", "country": "DE",
        "latitude": 52.5, "longitude": 13.4, "timeZone": "Europe/Berlin",
    })
}

/// What an event says of itself, and what it sells: two rows of `seats` seats, and `standing` units.
pub(crate) fn event_body(title: &str, seats: usize, standing: u32) -> Value {
    let seat = |row: usize, seat: usize| json!({"section": "A", "row": row.to_string(), "seat": seat.to_string(), "tier": 0});
    let seats: Vec<_> = (1..=2).flat_map(|row| (1..=seats).map(move |number| seat(row, number))).collect();
    json!({
        "title": title, "description": "A night.", "category": "concert",
        "startsAt": "2027-06-20T18:00:00Z", "salesStart": "2027-06-01T08:00:00Z", "salesEnd": "2027-06-20T17:00:00Z",
        "currency": "EUR", "ticketLimit": 8,
        "tiers": [
            {"name": "Parkett", "price": 4950, "generalAdmission": false},
            {"name": "Standing", "price": 2500, "generalAdmission": true, "quantity": standing},
        ],
        "seats": seats,
    })
}

/// An event of a new venue and a new performer; the whole answer.
pub(crate) async fn event(organizer: &Client<'_>, seats: usize, standing: u32) -> Value {
    let venue = organizer.post("/venue", venue("Hall")).await.json();
    let performer = organizer.post("/performer", json!({"name": "The Band"})).await.expect(201);
    let mut body = event_body("Night", seats, standing);
    body["venueId"] = venue["venueId"].clone();
    body["performerIds"] = json!([performer["performerId"]]);
    organizer.post("/event", body).await.expect(201)
}

/// The id in an answer.
pub(crate) fn id_of(event: &Value) -> EventId {
    event["eventId"].as_str().unwrap().parse().unwrap()
}

/// The ticket with this number.
pub(crate) fn ticket(number: u32) -> TicketId {
    TicketId::new(number).unwrap()
}

/// Its public name.
pub(crate) fn reference(event: EventId, number: u32) -> String {
    TicketRef { event, ticket: ticket(number) }.to_string()
}

/// Orders tickets for `account` straight in the database, and claims or sells them.
pub(crate) async fn order(
    app: &TestBooking,
    event: EventId,
    account: AccountId,
    tickets: &[u32],
    sold: bool,
) {
    let (order, hold): (OrderId, Uuid) = (app.app.ids.next(), app.app.ids.next());
    let (now, until) = (beginning(), beginning() + chrono::TimeDelta::minutes(30));
    let tickets: Vec<i32> = tickets.iter().map(|number| ticket(*number).int()).collect();
    let mut tx = app.postgres.begin().await.unwrap();
    sqlx::query!(
        "insert into booking_order (event_id, order_id, account_id, hold_id, state, total_minor, currency, until, created_at)
         values ($1, $2, $3, $4, 'awaiting_payment', 0, 'EUR', $5, $6)",
        event.uuid(), order.uuid(), account.uuid(), hold, until, now
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query!(
        "insert into order_line (event_id, order_id, ticket_id, place, price_minor)
         select $1, $2, ticket_id, 'there', 0 from unnest($3::integer[]) as ticket_id",
        event.uuid(),
        order.uuid(),
        &tickets
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    if sold {
        sqlx::query!(
            "insert into sale (event_id, ticket_id, order_id, sold_at)
             select $1, ticket_id, $2, $4 from unnest($3::integer[]) as ticket_id",
            event.uuid(),
            order.uuid(),
            &tickets,
            now
        )
        .execute(&mut *tx)
        .await
        .unwrap();
    } else {
        sqlx::query!(
            "insert into claim (event_id, ticket_id, order_id, until)
             select $1, ticket_id, $2, $4 from unnest($3::integer[]) as ticket_id",
            event.uuid(),
            order.uuid(),
            &tickets,
            until
        )
        .execute(&mut *tx)
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

/// How often search was told to look at the event, and whether it is gone.
pub(crate) async fn search_version(app: &TestBooking, event: EventId) -> (i64, bool) {
    let row = sqlx::query!("select version, deleted from search_version where event_id = $1", event.uuid())
        .fetch_one(&app.postgres)
        .await
        .unwrap();
    (row.version, row.deleted)
}
