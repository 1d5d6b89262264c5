//! The organizer: makes events and rooms, and steers them, all through the public API.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::{person::Person, until};

/// See the module.
#[derive(Debug)]
pub struct Organizer {
    /// Their browser.
    pub person: Person,
}

/// An event that is on sale.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// Its title, unlike any other's.
    pub title: String,
    /// The name of its city.
    pub city: String,
}

/// A waiting room.
#[derive(Clone, Debug)]
pub struct Room {
    /// Its id.
    pub id: String,
    /// What it guards.
    pub event: String,
}

impl Organizer {
    /// Signs in.
    pub async fn sign_in(person: Person, email: &str, password: &str) -> Self {
        let answer = person.post("/account/sign-in", &json!({ "email": email, "password": password })).await;
        assert_eq!(answer.expect(200)["role"], "organizer");
        Self { person }
    }

    /// An event with `seats` reserved seats in one row, 49.50 EUR each.
    pub async fn seated_event(&self, title: &str, seats: usize) -> Event {
        let seats: Vec<Value> = (1..=seats)
            .map(|seat| json!({ "section": "Stalls", "row": "A", "seat": seat.to_string(), "tier": 0 }))
            .collect();
        let tier = json!({ "name": "Stalls", "price": 4950, "generalAdmission": false });
        self.event(title, json!({ "tiers": [tier], "seats": seats })).await
    }

    /// An event with `units` of general admission, 20.00 EUR each.
    pub async fn standing_event(&self, title: &str, units: usize) -> Event {
        let tier = json!({ "name": "Floor", "price": 2000, "generalAdmission": true, "quantity": units });
        self.event(title, json!({ "tiers": [tier] })).await
    }

    async fn event(&self, title: &str, sold: Value) -> Event {
        let city = "Lübeck";
        let venue = json!({
            "name": format!("Hall of {title}"), "city": city, "country": "DE",
            "latitude": 53.87, "longitude": 10.69, "timeZone": "Europe/Berlin",
        });
        let venue = self.person.post("/venue", &venue).await.expect(201);
        let performer =
            self.person.post("/performer", &json!({ "name": format!("The {title}s") })).await.expect(201);
        let now = SystemClock.now();
        let instant = |hours: i64| (now + TimeDelta::hours(hours)).to_rfc3339();
        let mut event = json!({
            "venueId": venue["venueId"], "performerIds": [performer["performerId"]],
            "title": title, "description": "", "category": "concert",
            "startsAt": instant(48), "salesStart": instant(-1), "salesEnd": instant(47),
            "currency": "EUR", "ticketLimit": 8,
        });
        if let (Value::Object(event), Value::Object(sold)) = (&mut event, sold) {
            event.extend(sold);
        }
        let made = self.person.post("/event", &event).await.expect(201);
        Event { id: text(&made["eventId"]), title: title.to_owned(), city: city.to_owned() }
    }

    /// An open room for the event, and its way in closed to all others from now on.
    pub async fn room(&self, event: &Event, per_minute: u32, max_active: u32) -> Room {
        let room = json!({
            "eventId": event.id, "name": format!("{}, the sale", event.title),
            "admitPerMinute": per_minute, "maxActive": max_active, "state": "open",
        });
        let room = self.person.post("/room", &room).await.expect(201);
        let room = Room { id: text(&room["roomId"]), event: event.id.clone() };
        self.known_everywhere(&room).await;
        room
    }

    /// Waits until every gate knows the room: within a second, by promise W7. Each look is a connection of its own,
    /// which the system gives to any of the gates.
    async fn known_everywhere(&self, room: &Room) {
        let path = format!("/queue/{}/place", room.id);
        until("all gates know the room", Duration::from_secs(10), async || {
            for _ in 0..10 {
                let answer = self.person.stranger().get(&path).await;
                if !answer.text.contains("no-place") {
                    return None;
                }
            }
            Some(())
        })
        .await;
    }

    /// The room as the organizer sees it.
    pub async fn look(&self, room: &Room) -> Value {
        self.person.get(&format!("/room/{}", room.id)).await.expect(200)
    }

    /// Changes the room's rate, and says when that was acknowledged.
    pub async fn set_rate(&self, room: &Room, per_minute: u32) -> chrono::DateTime<Utc> {
        self.tune(room, json!({ "admitPerMinute": per_minute })).await;
        SystemClock.now()
    }

    /// Changes settings of the room.
    pub async fn tune(&self, room: &Room, mut settings: Value) {
        settings["version"] = self.look(room).await["version"].clone();
        self.person.put(&format!("/room/{}", room.id), &settings).await.expect(200);
    }
}

/// A text in JSON.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}
