//! A hall as it was really drawn, imported and sold by best available to the last seat.
//!
//! The plan is `seating-plan-hall.json` of the folder that `USHER_TEST_DATA` names, or of `shared/data` beside the checkout.
//! Where there is none, the test says so and has nothing to look at.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use booking_api::problems::SOLD_OUT;
use contracts::id::{TicketId, TicketRef};
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::{
    given::{event_body, id_of, venue},
    shop::{LIMIT, Shop},
};

#[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings where real halls are")]
fn plan() -> Option<Value> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var("USHER_TEST_DATA").map_or_else(|_| beside(), PathBuf::from);
    let text = std::fs::read_to_string(folder.join("seating-plan-hall.json")).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// The categories that seats of the plan have.
fn categories(plan: &Value) -> BTreeSet<String> {
    let all = |value: &Value| value.as_array().unwrap().clone();
    let rows = all(&plan["zones"]).into_iter().flat_map(|zone| all(&zone["rows"]));
    let seats = rows.flat_map(|row| all(&row["seats"]));
    seats.map(|seat| seat["category"].as_str().unwrap().to_owned()).collect()
}

/// How many of `free` have no free neighbour in their row, though the row has more than one seat.
fn alone(rows: &[Vec<u32>], free: &BTreeSet<u32>) -> usize {
    let rows = rows.iter().filter(|row| row.len() > 1);
    rows.map(|row| {
        let is_free =
            |at: Option<usize>| at.and_then(|at| row.get(at)).is_some_and(|seat| free.contains(seat));
        let lonely = |at: &usize| is_free(Some(*at)) && !is_free(at.checked_sub(1)) && !is_free(Some(at + 1));
        (0..row.len()).filter(lonely).count()
    })
    .sum()
}

fn number(ticket: &Value) -> u32 {
    ticket["ticketId"].as_str().unwrap().parse::<TicketRef>().unwrap().ticket.number()
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn a_real_hall_is_imported_and_sold_by_best_available_to_the_last_seat(postgres: PgPool) {
    let Some(plan) = plan() else {
        eprintln!("there is no plan of a real hall here: nothing was tested");
        return;
    };
    let shop = Shop::open(postgres).await;
    let organizer = shop.organizer();
    let mut body = event_body("Night", 0, 0);
    body["venueId"] = organizer.post("/venue", venue("Hall")).await.expect(201)["venueId"].clone();
    body["performerIds"] = json!([]);
    body["ticketLimit"] = json!(LIMIT);
    body["seats"] = Value::Null;
    let tiers = categories(&plan);
    let prices: BTreeMap<&str, i64> =
        tiers.iter().map(String::as_str).zip((1..).map(|step| 1000 * step)).collect();
    body["tiers"] = prices
        .iter()
        .map(|(name, price)| json!({"name": name, "price": price, "generalAdmission": false}))
        .collect();
    body["seatingPlan"] = plan;
    body.as_object_mut().unwrap().remove("seats");
    let event = id_of(&organizer.post("/event", body).await.expect(201));
    let map = shop.booking.stranger().get(&format!("/event/{event}/seats")).await.expect(200);
    let all = |value: &Value| value.as_array().unwrap().clone();
    let rows: Vec<Vec<u32>> = all(&map["sections"])
        .iter()
        .flat_map(|section| all(&section["rows"]))
        .map(|row| all(&row["seats"]).iter().map(number).collect())
        .collect();
    let mut free: BTreeSet<u32> = rows.iter().flatten().copied().collect();
    let total = free.len();
    assert_eq!((total, &map["ticketTotal"]), (738, &json!(738)));

    let (mut orders, mut sizes) = (Vec::new(), [2, 3, 1, 4, 2, 2].into_iter().cycle());
    while !free.is_empty() {
        let quantity = sizes.next().unwrap().min(free.len());
        let before = alone(&rows, &free);
        let fan = shop.booking.fan().await;
        let asked = json!({"eventId": event, "bestAvailable": true, "quantity": quantity});
        let hold = fan.post("/booking/reserve", asked).await.expect(201);
        let given: Vec<u32> = all(&hold["tickets"]).iter().map(number).collect();
        assert_eq!(given.len(), quantity);
        assert!(given.iter().all(|seat| free.remove(seat)), "{given:?} were somebody's");
        // As long as there is much to choose from, everybody sits together and nobody is left alone beside them.
        if free.len() * 2 > total {
            assert_eq!(hold["placement"], "together", "{given:?} of {} that were free", free.len());
            assert!(alone(&rows, &free) <= before, "{given:?} leave somebody alone");
        }
        if orders.len() < 5 {
            let order = fan.confirm(&hold, "tok_ok").await.expect(202)["orderId"].clone();
            orders.push((
                order.as_str().unwrap().to_owned(),
                hold["total"]["minor"].as_i64().unwrap(),
                given,
            ));
        }
    }
    let last = json!({"eventId": event, "bestAvailable": true, "quantity": 1});
    shop.booking.fan().await.post("/booking/reserve", last).await.expect_problem(SOLD_OUT);
    let layout = booking_api::seat::availability::layout(&shop.booking.app, event).await.unwrap();
    for (order, paid, given) in orders {
        shop.until(&order, "paid").await;
        let price = |seat: &u32| {
            let tier = layout.ticket(TicketId::new(*seat).unwrap()).unwrap().tier;
            prices[layout.tiers[tier].name.as_str()]
        };
        assert_eq!(paid, given.iter().map(price).sum::<i64>());
    }
}
