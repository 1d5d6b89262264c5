//! What is for sale: an event as a buyer meets it, and the tickets that somebody asks for.

pub mod own;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, TicketId, TierId},
    money::{Currency, Money},
};

/// An event, as far as selling goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Which event.
    pub event: EventId,
    /// What prices are in.
    pub currency: Currency,
    /// The most tickets that one account may hold and buy.
    pub limit: u32,
    /// When sales begin.
    pub sales_start: DateTime<Utc>,
    /// When they end.
    pub sales_end: DateTime<Utc>,
    /// When the event begins.
    pub starts_at: DateTime<Utc>,
    /// Whether the organizer has published it, and not called it off.
    pub is_published: bool,
    /// How many tickets the account that asks has bought already.
    pub bought: u32,
    /// How many all have bought who share the pass.
    pub bought_with_pass: u32,
    /// Whether anything is charged beside the face value.
    pub is_charged: bool,
    /// Whether some of it is sold with codes only, at some time.
    pub has_presales: bool,
}

/// Why an event is not sold now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOnSale {
    /// Sales begin later.
    #[error("sales begin at {0}")]
    NotYet(DateTime<Utc>),
    /// Sales are over, the event has begun, or it was called off.
    #[error("sales are over")]
    Closed,
}

impl Offer {
    /// Whether tickets are sold at `now`.
    ///
    /// # Errors
    /// [`NotOnSale`].
    pub fn on_sale(&self, now: DateTime<Utc>) -> Result<(), NotOnSale> {
        if !self.is_published || now >= self.sales_end || now >= self.starts_at {
            Err(NotOnSale::Closed)
        } else if now < self.sales_start {
            Err(NotOnSale::NotYet(self.sales_start))
        } else {
            Ok(())
        }
    }
}

/// One ticket with its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which ticket.
    pub ticket: TicketId,
    /// Where it is, in words: "Block 12, row C, seat 4", or the name of the tier.
    pub place: String,
    /// What the buyer pays for it, with everything.
    pub price: Money,
    /// What its tier says that it costs.
    pub face: Money,
    /// What a voucher takes off that.
    pub discount: Money,
    /// What is charged for selling it.
    pub fee: Money,
    /// The tax on both.
    pub tax: Money,
    /// Whether the tax is a part of face value and fee, or came on top of them.
    pub tax_included: bool,
    /// The tier, where nobody chooses a seat.
    pub pool: Option<TierId>,
}

/// The sum of `lines`; `None` when it does not fit.
pub fn total(lines: &[Line], currency: Currency) -> Option<Money> {
    sum(lines.iter().map(|line| line.price), currency)
}

/// The sum of amounts; `None` when it does not fit, or one is of another currency.
pub fn sum(amounts: impl IntoIterator<Item = Money>, currency: Currency) -> Option<Money> {
    amounts.into_iter().try_fold(Money { minor: 0, currency }, Money::checked_add)
}

/// Where a ticket is, in words.
pub(crate) fn place(section: Option<&str>, row: Option<&str>, seat: Option<&str>, tier: &str) -> String {
    let parts: Vec<String> = [
        section.map(str::to_owned),
        row.map(|row| format!("row {row}")),
        seat.map(|seat| format!("seat {seat}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if parts.is_empty() { tier.to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn tickets_are_sold_inside_the_window_and_before_the_start() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let hour = TimeDelta::hours(1);
        let offer = Offer {
            event: Uuid::from_u128(1).into(),
            currency: "EUR".parse().unwrap(),
            limit: 8,
            sales_start: now,
            sales_end: now + hour,
            starts_at: now + hour * 2,
            is_published: true,
            bought: 0,
            bought_with_pass: 0,
            is_charged: false,
            has_presales: false,
        };
        assert_eq!(offer.on_sale(now), Ok(()));
        assert_eq!(offer.on_sale(now - hour), Err(NotOnSale::NotYet(now)));
        assert_eq!(offer.on_sale(now + hour), Err(NotOnSale::Closed));
        assert_eq!(Offer { starts_at: now, ..offer.clone() }.on_sale(now), Err(NotOnSale::Closed));
        assert_eq!(Offer { is_published: false, ..offer }.on_sale(now), Err(NotOnSale::Closed));
    }

    #[test]
    fn a_place_is_said_in_words() {
        assert_eq!(place(Some("Block 12"), Some("C"), Some("4"), "Gold"), "Block 12, row C, seat 4");
        assert_eq!(place(None, None, None, "Standing"), "Standing");
    }
}
