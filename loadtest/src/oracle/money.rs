//! The money (B3): every authorisation ends captured and sold, or given back, once.

use std::collections::BTreeMap;

use contracts::id::OrderId;

use super::{Facts, Verdict};

/// B3, from the provider's own books: each authorisation is captured exactly where its order is paid, for the order's
/// total, and once; every other one is declined, voided or refunded.
pub fn settled(facts: &Facts) -> Verdict {
    let name = "B3 money";
    let Some(ledger) = &facts.ledger else {
        return Verdict::new(name, "not checked: the payment sandbox was not named".to_owned(), Vec::new());
    };
    let mut breaches: Vec<_> = facts
        .strays
        .iter()
        .map(|reference| format!("B3: nobody here asked for the authorisation {reference}"))
        .collect();
    let orders: BTreeMap<OrderId, _> = facts.orders.iter().map(|order| (order.id, order)).collect();
    let mut captured: BTreeMap<OrderId, usize> = BTreeMap::new();
    let mut ours = 0;
    for authorization in ledger {
        let Some(order) = facts.attempts.get(&authorization.reference).and_then(|id| orders.get(id)) else {
            continue;
        };
        ours += 1;
        let id = &authorization.id;
        match authorization.state.as_str() {
            "captured" => {
                *captured.entry(order.id).or_default() += 1;
                if order.state != "paid" {
                    breaches
                        .push(format!("B3: {id} is captured and its order {} is {}", order.id, order.state));
                }
                if authorization.amount.minor != order.total_minor {
                    breaches.push(format!(
                        "B3: {id} took {} for order {}, which costs {}",
                        authorization.amount.minor, order.id, order.total_minor
                    ));
                }
            }
            "declined" | "voided" | "refunded" => {}
            state => breaches.push(format!("B3: {id} of order {} is still {state}", order.id)),
        }
    }
    for order in facts.orders.iter().filter(|order| order.state == "paid") {
        let times = captured.get(&order.id).copied().unwrap_or_default();
        if times != 1 {
            breaches.push(format!("B3: order {} is paid and was captured {times} times", order.id));
        }
    }
    let open =
        facts.orders.iter().filter(|order| ["awaiting_payment", "capturing"].contains(&order.state.as_str()));
    breaches.extend(open.map(|order| format!("B3: order {} is still {}", order.id, order.state)));
    Verdict::new(name, format!("{ours} authorisations"), breaches)
}

#[cfg(test)]
mod tests {
    use contracts::money::Money;
    use uuid::Uuid;

    use super::*;
    use crate::oracle::{Authorization, Order};

    fn breaches(orders: &[(u128, &str)], ledger: &[(u128, &str, i64)]) -> usize {
        let order = |(n, state): &(u128, &str)| Order {
            id: Uuid::from_u128(*n).into(),
            state: (*state).to_owned(),
            total_minor: 100,
            tickets: Vec::new(),
        };
        let authorization = |(at, (order, state, minor)): (usize, &(u128, &str, i64))| Authorization {
            id: format!("auth-{at}"),
            reference: format!("order-{order}"),
            state: (*state).to_owned(),
            amount: Money { minor: *minor, currency: "EUR".parse().unwrap() },
        };
        let attempts = orders.iter().map(|(n, _)| (format!("order-{n}"), Uuid::from_u128(*n).into()));
        let facts = Facts {
            attempts: attempts.collect(),
            orders: orders.iter().map(order).collect(),
            ledger: Some(ledger.iter().enumerate().map(authorization).collect()),
            ..Facts::default()
        };
        settled(&facts).breaches
    }

    #[test]
    fn money_taken_for_what_was_sold_and_given_back_for_the_rest_is_fine() {
        let orders = [(1, "paid"), (2, "voided"), (3, "cancelled"), (4, "refunded")];
        let ledger = [
            (1, "declined", 100),
            (1, "captured", 100),
            (2, "voided", 100),
            (3, "declined", 100),
            (4, "refunded", 100),
            (9, "authorised", 100), // of another event
        ];
        assert_eq!(breaches(&orders, &ledger), 0);
    }

    #[test]
    fn every_way_to_lose_or_keep_money_is_found() {
        assert_eq!(breaches(&[(1, "paid")], &[(1, "captured", 100), (1, "captured", 100)]), 1, "taken twice");
        assert_eq!(breaches(&[(1, "paid")], &[(1, "captured", 99)]), 1, "another amount");
        assert_eq!(breaches(&[(1, "paid")], &[]), 1, "paid without money");
        assert_eq!(breaches(&[(1, "expired")], &[(1, "captured", 100)]), 1, "kept for nothing");
        assert_eq!(
            breaches(&[(1, "cancelled")], &[(1, "authorised", 100)]),
            1,
            "neither taken nor given back"
        );
        assert_eq!(breaches(&[(1, "cancelled")], &[(1, "pending", 100)]), 1);
        assert_eq!(breaches(&[(1, "capturing")], &[(1, "captured", 100)]), 2, "never finished");
    }

    #[test]
    fn an_authorisation_that_nobody_asked_for_is_found() {
        let facts = Facts { ledger: Some(vec![]), strays: vec!["x".to_owned()], ..Facts::default() };
        assert_eq!(settled(&facts).breaches, 1);
    }
}
