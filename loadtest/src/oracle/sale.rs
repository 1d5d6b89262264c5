//! The sales: each ticket once, to a paid order (B1), and what fans were told is so.

use std::collections::{BTreeMap, BTreeSet};

use contracts::id::OrderId;

use super::{Facts, Verdict};
use crate::fan::{Journey, Outcome, Stage};

/// B1: no ticket in two sales; the sales are exactly the tickets of the paid orders.
pub fn once(facts: &Facts) -> Verdict {
    let mut breaches = Vec::new();
    let mut sold: BTreeMap<i32, OrderId> = BTreeMap::new();
    let mut by_order: BTreeMap<OrderId, BTreeSet<i32>> = BTreeMap::new();
    for (ticket, order) in &facts.sales {
        if let Some(other) = sold.insert(*ticket, *order) {
            breaches.push(format!("B1: ticket {ticket} is sold to order {other} and to order {order}"));
        }
        by_order.entry(*order).or_default().insert(*ticket);
    }
    for order in &facts.orders {
        let sales = by_order.remove(&order.id).unwrap_or_default();
        let lines: BTreeSet<i32> = order.tickets.iter().copied().collect();
        match order.state.as_str() {
            "paid" if sales != lines => {
                breaches.push(format!("B1: order {} is paid for {lines:?} and was sold {sales:?}", order.id));
            }
            "paid" => {}
            state if !sales.is_empty() => {
                breaches.push(format!("B1: order {} is {state} and was sold {sales:?}", order.id));
            }
            _ => {}
        }
    }
    breaches.extend(
        by_order.keys().map(|order| format!("B1: tickets are sold to order {order}, which is unknown")),
    );
    Verdict::new(
        "B1 sold once",
        format!("{} sales, {} orders", facts.sales.len(), facts.orders.len()),
        breaches,
    )
}

/// Every purchase that a fan was told of is there, with its tickets; and nobody has an order that no fan made.
pub fn acknowledged(facts: &Facts, journeys: &[Journey], stage: &Stage) -> Verdict {
    let mut breaches = Vec::new();
    let mut paid: BTreeMap<OrderId, BTreeSet<i32>> = BTreeMap::new();
    for order in facts.orders.iter().filter(|order| order.state == "paid") {
        paid.insert(order.id, order.tickets.iter().copied().collect());
    }
    let mut told = 0;
    for journey in journeys {
        let Outcome::Bought { order, tickets } = &journey.outcome else { continue };
        told += 1;
        let tickets: BTreeSet<i32> =
            tickets.iter().filter_map(|number| i32::try_from(*number).ok()).collect();
        match paid.remove(&order.order) {
            Some(lines) if lines == tickets && order.event == stage.event => {}
            Some(lines) => breaches
                .push(format!("a fan was told of {tickets:?}, the order {} has {lines:?}", order.order)),
            None => {
                breaches.push(format!("a fan was told that order {} is paid, and it is not", order.order));
            }
        }
    }
    let has_failed = journeys.iter().any(|journey| matches!(journey.outcome, Outcome::Failed { .. }));
    if !has_failed {
        breaches.extend(paid.keys().map(|order| format!("order {order} is paid and no fan was told")));
    }
    Verdict::new("what fans were told is so", format!("{told} purchases"), breaches)
}

/// Every seat is sold when there are fans enough.
pub fn all_sold(facts: &Facts, journeys: &[Journey], stage: &Stage) -> Verdict {
    let seats = usize::try_from(stage.seats).unwrap_or(usize::MAX);
    let mut breaches = Vec::new();
    if journeys.len() >= seats && facts.sales.len() < seats {
        breaches.push(format!("{} of {seats} seats are sold, to {} fans", facts.sales.len(), journeys.len()));
    }
    Verdict::new("every seat sold", format!("{} of {seats} seats sold", facts.sales.len()), breaches)
}

/// Nothing is held once everything is settled.
pub fn holds_gone(facts: &Facts) -> Verdict {
    match facts.holds {
        None => Verdict::new("no hold left", "not checked: Redis was not named".to_owned(), Vec::new()),
        Some(0) => Verdict::new("no hold left", "0 holds".to_owned(), Vec::new()),
        Some(held) => Verdict::new(
            "no hold left",
            format!("{held} holds"),
            vec![format!("{held} tickets are still held")],
        ),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::oracle::Order;

    fn id(n: u128) -> OrderId {
        Uuid::from_u128(n).into()
    }

    fn order(n: u128, state: &str, tickets: &[i32]) -> Order {
        Order { id: id(n), state: state.to_owned(), total_minor: 1, tickets: tickets.to_vec() }
    }

    fn breaches(orders: Vec<Order>, sales: &[(i32, u128)]) -> usize {
        let sales = sales.iter().map(|(ticket, order)| (*ticket, id(*order))).collect();
        once(&Facts { orders, sales, ..Facts::default() }).breaches
    }

    #[test]
    fn sales_that_match_the_paid_orders_are_fine() {
        let orders = vec![order(1, "paid", &[4, 5]), order(2, "voided", &[4]), order(3, "expired", &[9])];
        assert_eq!(breaches(orders, &[(4, 1), (5, 1)]), 0);
    }

    #[test]
    fn every_way_to_sell_wrongly_is_found() {
        assert_eq!(breaches(vec![order(1, "paid", &[4]), order(2, "paid", &[4])], &[(4, 1), (4, 2)]), 1);
        assert_eq!(breaches(vec![order(1, "paid", &[4, 5])], &[(4, 1)]), 1, "half an order");
        assert_eq!(breaches(vec![order(1, "paid", &[4])], &[]), 1, "paid for nothing");
        assert_eq!(breaches(vec![order(1, "refunded", &[4])], &[(4, 1)]), 1, "sold without money");
        assert_eq!(breaches(vec![], &[(4, 1)]), 1, "sold to nobody");
    }

    #[test]
    fn seats_left_over_and_holds_left_over_are_found() {
        let stage = crate::oracle::mail::tests::stage(3);
        let fan = crate::oracle::mail::tests::fan(Outcome::SoldOut);
        let facts = Facts { sales: vec![(1, id(1)), (2, id(1))], holds: Some(1), ..Facts::default() };
        assert_eq!(all_sold(&facts, &[fan.clone(), fan.clone()], &stage).breaches, 0, "too few fans");
        assert_eq!(all_sold(&facts, &[fan.clone(), fan.clone(), fan], &stage).breaches, 1);
        assert_eq!(holds_gone(&facts).breaches, 1);
        assert_eq!(holds_gone(&Facts { holds: Some(0), ..facts }).breaches, 0);
    }

    #[test]
    fn a_purchase_that_a_fan_was_told_of_and_that_is_not_there_is_found() {
        let stage = crate::oracle::mail::tests::stage(3);
        let told = |n, tickets: &[u32]| {
            let order = contracts::id::OrderRef { event: stage.event, order: id(n) };
            crate::oracle::mail::tests::fan(Outcome::Bought { order, tickets: tickets.to_vec() })
        };
        let facts = Facts { orders: vec![order(1, "paid", &[4])], ..Facts::default() };
        assert_eq!(acknowledged(&facts, &[told(1, &[4])], &stage).breaches, 0);
        assert_eq!(acknowledged(&facts, &[told(1, &[5])], &stage).breaches, 1);
        assert_eq!(acknowledged(&facts, &[told(1, &[4]), told(2, &[5])], &stage).breaches, 1);
        assert_eq!(acknowledged(&facts, &[], &stage).breaches, 1);
    }
}
