//! The body of `POST /booking/reserve`: exactly one way to ask.

use contracts::id::{EventId, HoldRef, TicketId, TicketRef, TierId};
use serde::{Deserialize, Serialize};

use super::{Asked, MOST, best::Best};

/// Why a request for tickets is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// Not exactly one of the ways to ask.
    #[error(
        "ask by exactly one of ticketId, ticketIds, eventId with tier and quantity, eventId with bestAvailable and quantity, or eventId with offer"
    )]
    NotOneWay,
    /// Nothing was asked for.
    #[error("ask for at least one ticket")]
    Nothing,
    /// Tickets of several events.
    #[error("the tickets of one hold are of one event")]
    SeveralEvents,
    /// More than one call may ask.
    #[error("a hold covers at most {MOST} tickets")]
    TooMany,
    /// More wheelchairs than tickets, or prices that run backwards.
    #[error("accessible is at most quantity, and price.from at most price.to")]
    NotPossible,
}

/// The body of `POST /booking/reserve`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reserve {
    /// One ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketRef>,
    /// Several, all or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_ids: Option<Vec<TicketRef>>,
    /// The event of `tier`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// A tier; without `bestAvailable` one in which nobody chooses a seat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<TierId>,
    /// How many units of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// What can be had only with [`Self::best_available`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_available: Option<bool>,
    /// Prices that will do, in minor units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceRange>,
    /// The section that it must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// How many of the seats must take a wheelchair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessible: Option<u32>,
    /// Whether other tickets of the same price will do, if the payment comes too late for these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equivalent: Option<bool>,
    /// An offer of the waitlist: the secret of its mail, or its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<String>,
    /// A code that opens a presale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A code that lowers the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<String>,
    /// A hold of one's own that the new one replaces: all or nothing, so that who chooses anew loses nothing meanwhile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead_of: Option<HoldRef>,
}

/// Prices from here to there, in minor units; open where absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceRange {
    /// The least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<i64>,
    /// The most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
}

impl Reserve {
    /// The event, and what is asked of it. The same ticket twice counts once.
    ///
    /// # Errors
    /// [`BadRequest`].
    pub fn asked(&self) -> Result<(EventId, Asked), BadRequest> {
        let chooses = self.best_available == Some(true);
        let only_with_choice = self.price.is_some() || self.section.is_some() || self.accessible.is_some();
        if only_with_choice && !chooses {
            return Err(BadRequest::NotOneWay);
        }
        let bare = self.tier.is_none() && self.quantity.is_none() && self.best_available.is_none();
        match (&self.ticket_id, &self.ticket_ids, self.event_id) {
            (Some(one), None, None) if bare => named(std::slice::from_ref(one)),
            (None, Some(several), None) if bare => named(several),
            (None, None, Some(event)) => {
                let quantity = self.quantity.ok_or(BadRequest::NotOneWay)?;
                let fits = usize::try_from(quantity).is_ok_and(|quantity| quantity <= MOST);
                match (self.tier, quantity) {
                    (None, _) if !chooses => Err(BadRequest::NotOneWay),
                    (_, 0) => Err(BadRequest::Nothing),
                    _ if !fits => Err(BadRequest::TooMany),
                    (Some(tier), _) if !chooses => Ok((event, Asked::Units(tier, quantity))),
                    _ => Ok((event, Asked::Best(self.best(quantity)?))),
                }
            }
            _ => Err(BadRequest::NotOneWay),
        }
    }

    /// The event and the offer that it takes up, if it takes one.
    ///
    /// # Errors
    /// [`BadRequest`] where it asks for something else beside it.
    pub fn offered(&self) -> Result<Option<(EventId, &str)>, BadRequest> {
        let Some(offer) = &self.offer else { return Ok(None) };
        let alone = Self {
            event_id: self.event_id,
            offer: self.offer.clone(),
            voucher: self.voucher.clone(),
            equivalent: self.equivalent,
            ..Self::default()
        };
        let event = self.event_id.filter(|_| *self == alone).ok_or(BadRequest::NotOneWay)?;
        Ok(Some((event, offer)))
    }

    fn best(&self, quantity: u32) -> Result<Best, BadRequest> {
        let PriceRange { from, to } = self.price.unwrap_or_default();
        let accessible = self.accessible.unwrap_or_default();
        let backwards = from.zip(to).is_some_and(|(from, to)| from > to);
        if accessible > quantity || backwards {
            return Err(BadRequest::NotPossible);
        }
        Ok(Best { quantity, tier: self.tier, price: (from, to), section: self.section.clone(), accessible })
    }
}

fn named(tickets: &[TicketRef]) -> Result<(EventId, Asked), BadRequest> {
    let event = tickets.first().ok_or(BadRequest::Nothing)?.event;
    if tickets.iter().any(|ticket| ticket.event != event) {
        return Err(BadRequest::SeveralEvents);
    }
    let mut numbers: Vec<TicketId> = tickets.iter().map(|ticket| ticket.ticket).collect();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() > MOST {
        return Err(BadRequest::TooMany);
    }
    Ok((event, Asked::Tickets(numbers)))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn ticket(event: u128, number: u32) -> TicketRef {
        TicketRef { event: Uuid::from_u128(event).into(), ticket: TicketId::new(number).unwrap() }
    }

    #[test]
    fn there_is_exactly_one_way_to_ask() {
        let one = Reserve { ticket_id: Some(ticket(1, 5)), ..Reserve::default() };
        let both = Reserve { ticket_ids: Some(vec![ticket(1, 5)]), ..one.clone() };
        assert_eq!(Reserve::default().asked(), Err(BadRequest::NotOneWay));
        assert_eq!(both.asked(), Err(BadRequest::NotOneWay));
        let numbers = vec![TicketId::new(5).unwrap()];
        assert_eq!(one.asked(), Ok((Uuid::from_u128(1).into(), Asked::Tickets(numbers))));
        let units = |quantity| Reserve {
            event_id: Some(Uuid::from_u128(1).into()),
            tier: Some(Uuid::from_u128(2).into()),
            quantity: Some(quantity),
            ..Reserve::default()
        };
        assert_eq!(units(0).asked(), Err(BadRequest::Nothing));
        assert_eq!(units(101).asked(), Err(BadRequest::TooMany));
        assert!(matches!(units(3).asked(), Ok((_, Asked::Units(..)))));
        assert_eq!(Reserve { quantity: None, ..units(1) }.asked(), Err(BadRequest::NotOneWay));
        assert_eq!(Reserve { tier: None, ..units(1) }.asked(), Err(BadRequest::NotOneWay));
        assert_eq!(Reserve { accessible: Some(1), ..units(1) }.asked(), Err(BadRequest::NotOneWay));
        assert_eq!(Reserve { best_available: Some(true), ..one }.asked(), Err(BadRequest::NotOneWay));
    }

    #[test]
    fn best_available_takes_a_tier_or_prices_and_as_many_wheelchairs_as_tickets() {
        let best = Reserve {
            event_id: Some(Uuid::from_u128(1).into()),
            quantity: Some(2),
            best_available: Some(true),
            ..Reserve::default()
        };
        assert!(matches!(best.asked(), Ok((_, Asked::Best(_)))));
        let price = |from, to| Reserve { price: Some(PriceRange { from, to }), ..best.clone() };
        assert!(price(Some(5), Some(5)).asked().is_ok());
        assert_eq!(price(Some(6), Some(5)).asked(), Err(BadRequest::NotPossible));
        assert!(Reserve { accessible: Some(2), ..best.clone() }.asked().is_ok());
        assert_eq!(Reserve { accessible: Some(3), ..best.clone() }.asked(), Err(BadRequest::NotPossible));
        assert_ne!(best.asked().unwrap().1.label(), price(None, Some(5)).asked().unwrap().1.label());
        assert_eq!(Reserve { quantity: None, ..best }.asked(), Err(BadRequest::NotOneWay));
    }

    #[test]
    fn a_hold_is_of_one_event_and_counts_a_ticket_once() {
        let several =
            |tickets: Vec<TicketRef>| Reserve { ticket_ids: Some(tickets), ..Reserve::default() }.asked();
        assert_eq!(several(vec![]), Err(BadRequest::Nothing));
        assert_eq!(several(vec![ticket(1, 5), ticket(2, 6)]), Err(BadRequest::SeveralEvents));
        let twice = several(vec![ticket(1, 9), ticket(1, 5), ticket(1, 9)]).unwrap().1;
        assert_eq!(twice.label(), "tickets 5 9");
    }
}
