//! What organizers take home: every order line as a table, and sales by day and tier.
//!
//! A sale counts on the day on which its order was paid, a refund on the day on which the ticket went back, both by the
//! clock of the venue. What was sold stays in the sum of that day when it goes back later: the refund has its own column.

pub mod csv;
pub mod find;
pub mod handler;
pub mod store;

use chrono::{DateTime, NaiveDate, Utc};
use contracts::{
    id::{OrderRef, TicketRef, TierId},
    money::Currency,
};
use serde::Serialize;

use crate::order::OrderState;

/// One ticket of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The order.
    pub order: OrderRef,
    /// Its number, once it has one.
    pub number: Option<i64>,
    /// Where it stands.
    pub state: OrderState,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// Who ordered.
    pub email: String,
    /// Their name, when they gave one.
    pub name: Option<String>,
    /// The ticket.
    pub ticket: TicketRef,
    /// Where it is.
    pub place: String,
    /// The name of its tier.
    pub tier: String,
    /// Face value, discount, fee, tax and price, in minor units.
    pub amounts: [i64; 5],
    /// When it went back.
    pub returned_at: Option<DateTime<Utc>>,
}

/// What was sold and given back of one tier on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sales {
    /// The day at the venue.
    pub day: NaiveDate,
    /// The tier.
    pub tier_id: TierId,
    /// Its name.
    pub tier: String,
    /// What was sold.
    #[serde(flatten)]
    pub sums: Sums,
}

/// Tickets and minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sums {
    /// How many tickets were paid.
    pub sold: i64,
    /// Their face values.
    pub face: i64,
    /// What vouchers took off these.
    pub discounts: i64,
    /// Their fees.
    pub fees: i64,
    /// Their taxes.
    pub tax: i64,
    /// What was paid for them, with everything.
    pub gross: i64,
    /// How many tickets went back.
    pub returned: i64,
    /// What was paid for those.
    pub refunded: i64,
}

impl std::ops::Add for Sums {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            sold: self.sold + other.sold,
            face: self.face + other.face,
            discounts: self.discounts + other.discounts,
            fees: self.fees + other.fees,
            tax: self.tax + other.tax,
            gross: self.gross + other.gross,
            returned: self.returned + other.returned,
            refunded: self.refunded + other.refunded,
        }
    }
}

/// The sales of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the amounts are in.
    pub currency: Currency,
    /// The clock of the venue, by which days begin and end (an IANA name).
    pub time_zone: String,
    /// By day, then by tier.
    pub rows: Vec<Sales>,
}

impl Report {
    /// All rows together.
    pub fn total(&self) -> Sums {
        self.rows.iter().fold(Sums::default(), |sum, row| sum + row.sums)
    }
}
