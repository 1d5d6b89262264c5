//! The event that a booking call names in its body. Pure.

use contracts::id::{EventId, HoldRef, TicketRef};
use serde::Deserialize;

/// How large a body may be whose event must be known before it is passed on.
pub const LIMIT: usize = 64 * 1024;

/// The members of reserve and confirm that name an event. The others are the service's to judge.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    ticket_id: Option<String>,
    ticket_ids: Option<Vec<String>>,
    hold_id: Option<String>,
    event_id: Option<EventId>,
}

/// What a body says about its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// All that it names belongs to this one.
    One(EventId),
    /// Things of different events: no pass could be right for it.
    Several,
    /// None that can be read: the service says what is wrong with it.
    None,
}

/// The event that `body` names.
pub fn event(body: &[u8]) -> Event {
    let Ok(named) = serde_json::from_slice::<Named>(body) else { return Event::None };
    let ticket = |text: &String| text.parse::<TicketRef>().ok().map(|ticket| ticket.event);
    let tickets = named.ticket_id.iter().chain(named.ticket_ids.iter().flatten());
    let hold = named.hold_id.and_then(|hold| hold.parse::<HoldRef>().ok()).map(|hold| hold.event);
    let mut events = tickets.filter_map(ticket).chain(hold).chain(named.event_id);
    match events.next() {
        Some(first) if events.all(|event| event == first) => Event::One(first),
        Some(_) => Event::Several,
        None => Event::None,
    }
}

#[cfg(test)]
mod tests {
    use contracts::id::TicketId;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_event_is_found_in_every_form_of_the_body() {
        let event_id = EventId::from(Uuid::from_u128(7));
        let ticket = TicketRef { event: event_id, ticket: TicketId::new(3).unwrap() }.to_string();
        let hold = HoldRef { event: event_id, hold: Uuid::from_u128(8).into() }.to_string();
        let other =
            TicketRef { event: Uuid::from_u128(9).into(), ticket: TicketId::new(3).unwrap() }.to_string();
        for body in [
            json!({"ticketId": ticket}),
            json!({"ticketIds": [ticket, ticket]}),
            json!({"holdId": hold, "paymentDetails": {"provider": "sandbox", "token": "tok_ok"}}),
            json!({"eventId": event_id, "tier": Uuid::nil(), "quantity": 2}),
        ] {
            assert_eq!(event(body.to_string().as_bytes()), Event::One(event_id), "{body}");
        }
        for body in [json!({"ticketIds": [ticket, other]}), json!({"ticketId": other, "holdId": hold})] {
            assert_eq!(event(body.to_string().as_bytes()), Event::Several, "{body}");
        }
        let twice = format!(r#"{{"ticketId":"{other}","ticketId":"{ticket}"}}"#);
        for body in ["", "[]", "{}", r#"{"ticketId": 4}"#, r#"{"ticketId": "x"}"#, &twice] {
            assert_eq!(event(body.as_bytes()), Event::None, "{body}");
        }
    }
}
