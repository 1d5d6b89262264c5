//! Sets the stage through the public API, as an organizer does: a venue, an event, a room.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{EventId, RoomId, VenueId};
use platform::clock::{Clock, SystemClock};
use reqwest::Method;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    config::Rush,
    fan::Stage,
    http::Visitor,
    system::{Organizer, System},
};

/// How long the event may take to be found.
const INDEXED_WITHIN: Duration = Duration::from_mins(1);
/// Seats in a row of the hall.
const ROW: u32 = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Venue {
    venue_id: VenueId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_id: EventId,
}

/// A room as its organizer sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Room {
    pub(super) room_id: RoomId,
    version: i64,
}

#[derive(Deserialize)]
struct Found {
    events: Vec<Event>,
}

/// The organizer's own browser.
pub(super) struct Desk {
    visitor: Visitor,
    clock: SystemClock,
}

impl Desk {
    /// Signs in.
    pub(super) async fn open(visitor: Visitor, organizer: &Organizer) -> Result<Self> {
        let mut desk = Self { visitor, clock: SystemClock };
        let body = json!({"email": organizer.email, "password": organizer.password});
        desk.ask::<Value>(Method::POST, "/account/sign-in", Some(&body))
            .await
            .context("the organizer cannot sign in")?;
        Ok(desk)
    }

    /// Makes venue, event and room, and waits until the event is found. Says also how long that took.
    pub(super) async fn set(
        &mut self,
        rush: &Rush,
        system: &System,
    ) -> Result<(Stage, Room, Option<Duration>)> {
        let now = self.clock.now();
        let venue: Venue =
            self.ask(Method::POST, "/venue", Some(&venue())).await.context("making the venue")?;
        let title = format!("Rush {}", now.format("%Y%m%d%H%M%S%6f"));
        let body = event(&venue, &title, rush.seats.get(), now);
        let event: Event = self.ask(Method::POST, "/event", Some(&body)).await.context("making the event")?;
        let made = Instant::now();
        let has_search = system.elasticsearch.is_some();
        let indexed = if has_search { Some(self.wait_until_found(&title, made).await?) } else { None };
        let body = json!({
            "eventId": event.event_id,
            "name": title,
            "admitPerMinute": rush.admit_per_minute,
            "maxActive": rush.max_active,
            "state": "open",
        });
        let room: Room = self.ask(Method::POST, "/room", Some(&body)).await.context("making the room")?;
        if rush.shield {
            let body = json!({
                "version": room.version, "proof": "enforce", "joins": "observe", "challenges": "observe", "tabs": "observe",
            });
            let path = format!("/room/{}/shield", room.room_id);
            self.ask::<Value>(Method::PUT, &path, Some(&body)).await.context("shielding the room")?;
        }
        self.wait_until_guarded(event.event_id).await?;
        let (event, seats) = (event.event_id, rush.seats.get());
        Ok((Stage { event, room: room.room_id, title, seats, has_search }, room, indexed))
    }

    /// Changes the rate and says when that was acknowledged.
    pub(super) async fn change_rate(&mut self, room: &Room, per_minute: u32) -> Result<DateTime<Utc>> {
        let path = format!("/room/{}", room.room_id);
        let now: Room = self.ask(Method::GET, &path, None).await?;
        let body = json!({"version": now.version, "admitPerMinute": per_minute});
        self.ask::<Value>(Method::PUT, &path, Some(&body)).await.context("changing the rate")?;
        Ok(self.clock.now())
    }

    /// Closes the room: the run is over.
    pub(super) async fn close(&mut self, room: &Room) -> Result<()> {
        self.ask::<Value>(Method::POST, &format!("/room/{}/close", room.room_id), None).await.map(drop)
    }

    async fn wait_until_found(&mut self, title: &str, made: Instant) -> Result<Duration> {
        let token: String = url::form_urlencoded::byte_serialize(title.as_bytes()).collect();
        while made.elapsed() < INDEXED_WITHIN {
            // A search that cannot answer right now has not found the event yet.
            let answer = self.visitor.call(Method::GET, &format!("/search?token={token}"), None).await?;
            if answer.status.as_u16() != 503 && !answer.read::<Found>(&[200])?.events.is_empty() {
                return Ok(made.elapsed());
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("search did not find the event within {INDEXED_WITHIN:?}")
    }

    /// A room guards its event within a second, at every gate.
    async fn wait_until_guarded(&mut self, event: EventId) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            let answer =
                self.visitor.call(Method::GET, &format!("/event/{event}/availability"), None).await?;
            if answer.problem().as_deref() == Some("queue-required") {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        bail!("the room does not guard its event: its seats can be seen without a pass")
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T> {
        Ok(self.visitor.call(method, path, body).await?.read(&[200, 201])?)
    }
}

fn venue() -> Value {
    json!({
        "externalId": "loadtest-hall",
        "name": "Load Test Hall",
        "city": "Berlin",
        "country": "DE",
        "latitude": 52.52,
        "longitude": 13.405,
        "timeZone": "Europe/Berlin",
    })
}

fn event(venue: &Venue, title: &str, seats: u32, now: DateTime<Utc>) -> Value {
    let seats: Vec<_> = (0..seats)
        .map(|n| {
            let (row, seat) = (n / ROW + 1, n % ROW + 1);
            json!({"section": "Stalls", "row": row.to_string(), "seat": seat.to_string(), "tier": 0, "x": seat, "y": row})
        })
        .collect();
    json!({
        "venueId": venue.venue_id,
        "performerIds": [],
        "title": title,
        "description": "Made by a load test.",
        "category": "concert",
        "startsAt": now + TimeDelta::days(30),
        "salesStart": now - TimeDelta::minutes(1),
        "salesEnd": now + TimeDelta::days(29),
        "currency": "EUR",
        "ticketLimit": 8,
        "tiers": [{"name": "Standard", "price": 4950, "generalAdmission": false}],
        "seats": seats,
    })
}
