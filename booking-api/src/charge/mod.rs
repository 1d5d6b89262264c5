//! What is charged beside the face value of a ticket: a fee, and the tax on both. All in minor units, to the cent.
//!
//! A fee is rounded for each ticket, because each ticket shows its own. The tax is worked out for all tickets of one rate
//! together, rounded once, and shared out over them by the largest remainder: so the tickets of an order add up to the
//! tax of its sum, however many there are.

pub mod handler;
pub mod put;
pub mod store;

use contracts::id::{EventId, TierId};
use serde::{Deserialize, Serialize};

use crate::invalid::{Checks, Invalid};

/// A whole, in parts per million.
const WHOLE: i128 = 1_000_000;

/// What is charged for one ticket, beside its face value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rates {
    /// A fixed fee, in minor units.
    #[serde(default)]
    pub fee: i64,
    /// A fee by the face value, in parts per million.
    #[serde(default)]
    pub fee_ppm: i32,
    /// The tax on face value and fee, in parts per million.
    #[serde(default)]
    pub tax_ppm: i32,
}

/// The parts of one price, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The face value.
    pub face: i64,
    /// The fee.
    pub fee: i64,
    /// The tax.
    pub tax: i64,
    /// What the buyer pays.
    pub price: i64,
}

/// All charges of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charges {
    /// The event.
    pub event: EventId,
    /// What holds where a tier says nothing.
    pub rates: Rates,
    /// Whether the tax is part of face value and fee, or comes on top.
    pub tax_included: bool,
    /// Tiers with charges of their own.
    pub tiers: Vec<(TierId, Rates)>,
}

impl Rates {
    /// The highest fixed fee.
    const FEE_MAX: i64 = 1_000_000_000;

    /// Whether there can be such charges.
    fn check(self, at: &str, checks: &mut Checks) {
        let share = |ppm| (0..=1_000_000).contains(&ppm);
        checks.that(
            (0..=Self::FEE_MAX).contains(&self.fee),
            format!("{at}/fee"),
            "lies between 0 and 1000000000",
        );
        checks.that(share(self.fee_ppm), format!("{at}/feePpm"), "lies between 0 and 1000000 (all of it)");
        checks.that(
            share(self.tax_ppm),
            format!("{at}/taxPpm"),
            "lies between 0 and 1000000 (as much again)",
        );
    }

    fn of(self, face: i64) -> i128 {
        i128::from(self.fee) + rounded(i128::from(face) * i128::from(self.fee_ppm), WHOLE)
    }
}

impl Charges {
    /// Whether there can be such charges.
    ///
    /// # Errors
    /// All that cannot be.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Checks::default();
        self.rates.check("", &mut checks);
        for (at, (tier, rates)) in self.tiers.iter().enumerate() {
            rates.check(&format!("/tiers/{at}"), &mut checks);
            let once = self.tiers.iter().filter(|(other, _)| other == tier).count() == 1;
            checks.that(once, format!("/tiers/{at}/tierId"), "names no tier twice");
        }
        checks.done()
    }
}

/// What is paid for tickets that are bought together: their face values with what is charged for each. `None` when a
/// price does not fit.
pub fn split(tickets: &[(i64, Rates)], tax_included: bool) -> Option<Vec<Parts>> {
    let bases: Vec<i128> = tickets.iter().map(|(face, rates)| i128::from(*face) + rates.of(*face)).collect();
    let mut taxes = vec![0_i128; tickets.len()];
    let mut rates: Vec<i32> = tickets.iter().map(|(_, rates)| rates.tax_ppm).collect();
    rates.sort_unstable();
    rates.dedup();
    for rate in rates {
        let group: Vec<usize> = (0..tickets.len()).filter(|at| tickets[*at].1.tax_ppm == rate).collect();
        let whole = if tax_included { WHOLE + i128::from(rate) } else { WHOLE };
        let exact = |at: usize| bases[at] * i128::from(rate);
        let total = rounded(group.iter().map(|at| exact(*at)).sum(), whole);
        let mut left = total - group.iter().map(|at| exact(*at) / whole).sum::<i128>();
        let mut by_remainder = group.clone();
        by_remainder.sort_by_key(|at| std::cmp::Reverse(exact(*at) % whole));
        for at in by_remainder {
            taxes[at] = exact(at) / whole + i128::from(left > 0);
            left -= 1;
        }
    }
    tickets
        .iter()
        .zip(bases.iter().zip(taxes))
        .map(|((face, rates), (base, tax))| {
            let price = base + if tax_included { 0 } else { tax };
            Some(Parts {
                face: *face,
                fee: i64::try_from(rates.of(*face)).ok()?,
                tax: i64::try_from(tax).ok()?,
                price: i64::try_from(price).ok()?,
            })
        })
        .collect()
}

/// `part / whole`, halves up. Neither is negative.
fn rounded(part: i128, whole: i128) -> i128 {
    (2 * part + whole) / (2 * whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rates(fee: i64, fee_ppm: i32, tax_ppm: i32) -> Rates {
        Rates { fee, fee_ppm, tax_ppm }
    }

    #[test]
    fn five_tickets_of_99_with_22_percent_inside_hold_89_26_of_tax_and_not_89_25() {
        let parts = split(&[(9900, rates(0, 0, 220_000)); 5], true).unwrap();
        assert_eq!(parts.iter().map(|part| part.tax).sum::<i64>(), 8926);
        assert_eq!(parts.iter().map(|part| part.tax).collect::<Vec<_>>(), [1786, 1785, 1785, 1785, 1785]);
        assert!(parts.iter().all(|part| part.price == 9900));
    }

    #[test]
    fn a_fee_and_a_tax_on_top_are_both_paid() {
        let parts = split(&[(4950, rates(150, 25_000, 88_750))], false).unwrap();
        // 2.5 % of 49.50 is 1.2375; 8.875 % of 52.24 is 4.6363.
        assert_eq!(parts, [Parts { face: 4950, fee: 274, tax: 464, price: 5688 }]);
    }

    #[test]
    fn a_price_that_does_not_fit_is_none() {
        assert_eq!(split(&[(i64::MAX, rates(1, 0, 0))], true), None);
    }

    proptest! {
        /// Tickets add up to their order, and no ticket is further than a cent from its own tax.
        #[test]
        fn tickets_add_up_to_their_order(
            tickets in prop::collection::vec(
                (0..1_000_000_i64, 0..5_000_i64, 0..300_000, prop::sample::select(vec![0, 70_000, 190_000, 88_750])), 1..12),
            tax_included: bool,
        ) {
            let asked: Vec<_> =
                tickets.iter().map(|(face, fee, share, tax)| (*face, rates(*fee, *share, *tax))).collect();
            let parts = split(&asked, tax_included).unwrap();
            for (part, (face, of)) in parts.iter().zip(&asked) {
                prop_assert_eq!(part.face, *face);
                let extra = if tax_included { 0 } else { part.tax };
                prop_assert_eq!(part.price, part.face + part.fee + extra);
                let whole = 1_000_000 + if tax_included { i64::from(of.tax_ppm) } else { 0 };
                let off = (part.face + part.fee) * i64::from(of.tax_ppm) - part.tax * whole;
                prop_assert!(off.abs() < whole, "{:?} is a cent off", part);
            }
            for rate in [0, 70_000, 190_000, 88_750] {
                let group = parts.iter().zip(&asked).filter(|(_, (_, of))| of.tax_ppm == rate);
                let (base, tax) = group.fold((0, 0), |(base, tax), (part, _)| (base + part.face + part.fee, tax + part.tax));
                let whole = 1_000_000 + if tax_included { i64::from(rate) } else { 0 };
                prop_assert_eq!(tax, (2 * base * i64::from(rate) + whole) / (2 * whole));
            }
        }
    }
}
