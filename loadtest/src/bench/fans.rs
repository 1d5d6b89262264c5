//! Fans as bytes: who they are, what they ask, and scripts of many of them.

use std::net::SocketAddr;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    assertion::{self, Assertion},
    id::{AccountId, EventId, TicketId, TicketRef, TierId, VisitorId},
    key::PrivateKey,
    session::{Role, Session},
    token,
};
use platform::clock::{Clock, SystemClock};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    calls::{Asked, Script},
    measure::count,
    wire,
};

/// The beginning of every fan's account; the rest is the fan's number as twelve hexadecimal digits.
pub(super) const ACCOUNT: &str = "00000000-0000-7000-8000-";

/// After so long the gate asserts anew who somebody is; what it asserts holds for a minute.
const ASSERTED: TimeDelta = TimeDelta::seconds(40);

/// Fans with accounts and browsers.
pub(super) struct Fans {
    target: SocketAddr,
    gate: PrivateKey,
    session: PrivateKey,
    first: u64,
    known: Vec<Option<(DateTime<Utc>, String)>>,
}

impl Fans {
    /// `number` fans from the number `first` on.
    pub(super) fn new(
        target: SocketAddr,
        gate: PrivateKey,
        session: PrivateKey,
        first: u64,
        number: usize,
    ) -> Self {
        Self { target, gate, session, first, known: vec![None; number] }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// The number of the first.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The account of the fan with this index.
    pub(super) fn account(&self, fan: usize) -> AccountId {
        let start = 0x7000_8000_0000_0000_0000_u128;
        Uuid::from_u128(start + u128::from(self.first + count(fan))).into()
    }

    /// Signs what each of them carries, so that it costs nothing while the time counts. It holds for a minute.
    pub(super) fn prepare(&mut self) {
        for fan in 0..self.len() {
            self.head(fan);
        }
    }

    /// The headers that say who the fan is.
    fn head(&mut self, fan: usize) -> &str {
        let now = SystemClock.now();
        let is_fresh = self.known[fan].as_ref().is_some_and(|(at, _)| now < *at + ASSERTED);
        if !is_fresh {
            let sub = self.account(fan);
            let visitor: VisitorId = Uuid::from(sub).into();
            let exp = now + assertion::LASTS;
            let asserted = Assertion { sub: visitor, pass: None, iat: now, exp };
            let (sid, exp) = (sub.uuid().into(), now + TimeDelta::hours(12));
            let session = Session { sub, sid, rot: 0, role: Role::Fan, guest: true, iat: now, exp };
            let head = format!(
                "Authorization: Bearer {}\r\n{}: {}\r\n",
                token::sign(&session, &self.session),
                assertion::HEADER,
                token::sign(&asserted, &self.gate)
            );
            self.known[fan] = Some((now, head));
        }
        self.known[fan].as_ref().map_or("", |(_, head)| head)
    }

    /// A request of the fan with this index.
    pub(super) fn request(&mut self, fan: usize, call: &str, body: &Value) -> Vec<u8> {
        let (target, body) = (self.target, body.to_string());
        let head = self.head(fan);
        format!(
            "{call} HTTP/1.1\r\nHost: {target}\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// Asks for these seats.
    pub(super) fn reserve(&mut self, fan: usize, event: EventId, seats: &[usize]) -> Vec<u8> {
        let body = match seats {
            [one] => json!({"ticketId": ticket(event, *one)}),
            several => {
                let tickets: Vec<_> = several.iter().map(|seat| ticket(event, *seat)).collect();
                json!({"ticketIds": tickets})
            }
        };
        self.request(fan, "POST /booking/reserve", &body)
    }

    /// Asks for a unit of a tier.
    pub(super) fn take(&mut self, fan: usize, event: EventId, tier: TierId) -> Vec<u8> {
        let body = json!({"eventId": event, "tier": tier, "quantity": 1});
        self.request(fan, "POST /booking/reserve", &body)
    }

    /// Asks for the best seat.
    pub(super) fn best(&mut self, fan: usize, event: EventId) -> Vec<u8> {
        let body = json!({"eventId": event, "bestAvailable": true, "quantity": 1});
        self.request(fan, "POST /booking/reserve", &body)
    }

    /// Confirms a hold.
    pub(super) fn confirm(&mut self, fan: usize, hold: &str) -> Vec<u8> {
        let body = json!({"holdId": hold, "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}});
        self.request(fan, "PUT /booking/confirm", &body)
    }
}

/// The public id of a ticket.
pub(super) fn ticket(event: EventId, number: usize) -> Option<TicketRef> {
    let ticket = TicketId::new(u32::try_from(number).ok()?)?;
    Some(TicketRef { event, ticket })
}

/// The value of a text member of an answer, which has no escapes in it.
pub(super) fn member<'a>(body: &'a [u8], key: &[u8]) -> Option<&'a str> {
    let from = wire::find(body, key)? + key.len();
    let length = body[from..].iter().position(|byte| *byte == b'"')?;
    std::str::from_utf8(&body[from..from + length]).ok()
}

/// The id in the answer of a reservation.
pub(super) fn hold(body: &[u8]) -> Option<&str> {
    member(body, br#""holdId":""#)
}

/// Requests that are made beforehand, each once, and the answers to those that were accepted.
#[derive(Default)]
pub(super) struct List {
    requests: Vec<Vec<u8>>,
    sent: usize,
    /// The request's index, and what was answered.
    pub(super) accepted: Vec<(usize, Vec<u8>)>,
}

impl List {
    /// These requests.
    pub(super) fn new(requests: Vec<Vec<u8>>) -> Self {
        Self { requests, ..Self::default() }
    }

    /// The tickets that the answers name, each with the request's index; what was given twice is there twice.
    pub(super) fn tickets(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (_, body) in &self.accepted {
            let answer: Value = serde_json::from_slice(body).unwrap_or_default();
            let tickets = answer["tickets"].as_array().cloned().unwrap_or_default();
            all.extend(tickets.iter().filter_map(|ticket| Some(ticket["ticketId"].as_str()?.to_owned())));
        }
        all
    }

    /// A breach where a ticket was given twice.
    pub(super) fn doubled(&self) -> Option<String> {
        let mut tickets = self.tickets();
        tickets.sort_unstable();
        let doubled = tickets.windows(2).filter(|two| two[0] == two[1]).count();
        (doubled > 0).then(|| format!("{doubled} tickets were held twice"))
    }
}

impl Script for List {
    fn next(&mut self) -> Option<Asked> {
        let bytes = std::mem::take(self.requests.get_mut(self.sent)?);
        self.sent += 1;
        Some(Asked { tag: self.sent - 1, bytes })
    }

    fn is_over(&self) -> bool {
        self.sent == self.requests.len()
    }

    fn answered(&mut self, tag: usize, status: u64, body: &[u8]) -> Option<Asked> {
        if status < 300 {
            self.accepted.push((tag, body.to_vec()));
        }
        None
    }
}

/// Fans who each ask for one seat, and confirm what they got at once.
pub(super) struct Journeys<'a> {
    fans: &'a mut Fans,
    /// The event and seat that each fan wants.
    wanted: Vec<(EventId, usize)>,
    sent: usize,
    /// How many hold something.
    pub(super) held: u64,
    /// How many had it confirmed.
    pub(super) confirmed: u64,
}

impl<'a> Journeys<'a> {
    /// One for each of `wanted`, in that order.
    pub(super) fn new(fans: &'a mut Fans, wanted: Vec<(EventId, usize)>) -> Self {
        Self { fans, wanted, sent: 0, held: 0, confirmed: 0 }
    }
}

impl Script for Journeys<'_> {
    fn next(&mut self) -> Option<Asked> {
        let fan = self.sent;
        let (event, seat) = *self.wanted.get(fan)?;
        self.sent += 1;
        Some(Asked { tag: 2 * fan, bytes: self.fans.reserve(fan, event, &[seat]) })
    }

    fn is_over(&self) -> bool {
        self.sent == self.wanted.len()
    }

    fn answered(&mut self, tag: usize, status: u64, body: &[u8]) -> Option<Asked> {
        if status >= 300 {
            return None;
        }
        if tag % 2 == 1 {
            self.confirmed += 1;
            return None;
        }
        self.held += 1;
        let hold = hold(body)?.to_owned();
        Some(Asked { tag: tag + 1, bytes: self.fans.confirm(tag / 2, &hold) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_that_was_held_twice_is_found() {
        let mut list = List::new(vec![Vec::new(); 3]);
        let answer = |ticket: &str| json!({"holdId": "h", "tickets": [{"ticketId": ticket}]}).to_string();
        for ticket in ["a", "b"] {
            let asked = list.next().unwrap();
            list.answered(asked.tag, 201, answer(ticket).as_bytes());
        }
        assert_eq!((list.doubled(), list.is_over()), (None, false));
        list.answered(2, 201, answer("a").as_bytes());
        assert_eq!(list.doubled(), Some("1 tickets were held twice".to_owned()));
        assert_eq!(hold(answer("a").as_bytes()), Some("h"));
    }
}
