//! Inside: search, the account, the seat map, a hold.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::id::{TicketId, TicketRef};
use rand::RngExt;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};
use url::form_urlencoded;

use super::{FanError, Step, Walk};

/// How often a fan looks at the map again after other fans were faster.
const RESERVE_TRIES: u32 = 40;
/// How often a fan who sees nothing free looks again, in case somebody's payment fails.
const LOOKS_AT_NOTHING: u32 = 3;

#[derive(Deserialize)]
struct Found {
    events: Vec<FoundEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundEvent {
    event_id: contracts::id::EventId,
}

#[derive(Deserialize)]
struct Availability {
    available: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hold {
    /// Its public id.
    pub(super) hold_id: String,
}

impl Walk {
    /// Finds the event by its title.
    pub(super) async fn search(&mut self) -> Result<(), FanError> {
        self.at = Step::Search;
        if !self.fan.stage.has_search {
            return Ok(());
        }
        let began = Instant::now();
        let token: String = form_urlencoded::byte_serialize(self.fan.stage.title.as_bytes()).collect();
        let answer =
            self.fan.visitor.call(Method::GET, &format!("/search?token={token}&limit=5"), None).await?;
        self.lap(Step::Search, began);
        if answer.status.as_u16() == 503 {
            self.was_searched = false;
            return Ok(());
        }
        let found: Found = answer.read(&[200])?;
        if found.events.iter().any(|event| event.event_id == self.fan.stage.event) {
            Ok(())
        } else {
            Err(FanError::Wrong("search does not find the event that is on sale".to_owned()))
        }
    }

    /// Goes on as a guest.
    pub(super) async fn account(&mut self) -> Result<(), FanError> {
        self.at = Step::Account;
        let began = Instant::now();
        let (number, event) = (self.fan.number, self.fan.stage.event);
        let body = json!({"email": format!("fan-{number}.{event}@loadtest.example"), "name": format!("Fan {number}")});
        let answer = self.fan.visitor.call(Method::POST, "/account/guest", Some(&body)).await?;
        if answer.status.as_u16() != 201 {
            return Err(answer.unexpected().into());
        }
        self.lap(Step::Account, began);
        Ok(())
    }

    /// Gets a hold on as many seats as the fan wants, or on fewer when fewer are left. `None` when nothing is.
    pub(super) async fn reserve(&mut self) -> Result<Option<Hold>, FanError> {
        let (mut tries, mut looks) = (0, 0);
        while tries < RESERVE_TRIES {
            let free = self.free().await?;
            if free.is_empty() {
                looks += 1;
                if looks == LOOKS_AT_NOTHING {
                    return Ok(None);
                }
                sleep(Duration::from_secs(1)).await;
                continue;
            }
            tries += 1;
            self.at = Step::Reserve;
            let body = json!({"ticketIds": self.choose(&free)});
            let began = Instant::now();
            let answer = self.fan.visitor.call(Method::POST, "/booking/reserve", Some(&body)).await?;
            self.lap(Step::Reserve, began);
            match answer.problem().as_deref() {
                Some("seats-taken" | "sold-out") if answer.status.as_u16() == 409 => self.seats_lost += 1,
                _ => return Ok(Some(answer.read(&[200, 201])?)),
            }
        }
        Err(FanError::Wrong(format!(
            "{RESERVE_TRIES} times in a row the seats that were shown as free were not"
        )))
    }

    /// The seats that are free, by number.
    async fn free(&mut self) -> Result<Vec<u32>, FanError> {
        self.at = Step::Seats;
        let event = self.fan.stage.event;
        let began = Instant::now();
        if !self.laps.iter().any(|(step, _)| *step == Step::Seats) {
            let map = self.fan.visitor.call(Method::GET, &format!("/event/{event}/seats"), None).await?;
            if map.status.as_u16() != 200 {
                return Err(map.unexpected().into());
            }
        }
        let path = format!("/event/{event}/availability");
        let answer = self.fan.visitor.call(Method::GET, &path, None).await?;
        let availability: Availability = answer.read(&[200])?;
        self.lap(Step::Seats, began);
        let bits = STANDARD
            .decode(&availability.available)
            .map_err(|_| FanError::Wrong("the availability is not base64".to_owned()))?;
        Ok(numbers(&bits))
    }

    /// Some of the free seats, by chance.
    fn choose(&mut self, free: &[u32]) -> Vec<TicketRef> {
        let event = self.fan.stage.event;
        let first = self.fan.chance.random_range(0..free.len());
        let wanted = (0..self.fan.wants.min(free.len())).map(|next| free[(first + next) % free.len()]);
        wanted.filter_map(TicketId::new).map(|ticket| TicketRef { event, ticket }).collect()
    }
}

/// The numbers whose bits are set, least significant bit first.
fn numbers(bits: &[u8]) -> Vec<u32> {
    let all = bits
        .iter()
        .zip(0_u32..)
        .flat_map(|(byte, at)| (0..8).filter(move |bit| byte & (1 << bit) != 0).map(move |bit| at * 8 + bit));
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_from_the_least_significant_on() {
        assert_eq!(numbers(&[0b0000_0101, 0, 0b1000_0000]), [0, 2, 23]);
        assert!(numbers(&[]).is_empty());
    }
}
