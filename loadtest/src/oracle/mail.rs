//! The mails: one for each paid order.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, BufReader},
    path::Path,
};

use contracts::id::{OrderId, OrderRef};

use super::{Facts, Verdict};
use crate::fan::Stage;

/// The header in which the notifier names the order of a mail.
const ORDER_HEADER: &str = "X-Usher-Order:";

/// The orders that the mails in `folder` are about, one entry a mail.
///
/// # Errors
/// When the folder cannot be read.
pub fn read(folder: &Path) -> io::Result<Vec<OrderRef>> {
    let mut orders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "eml") {
            orders.extend(order_of(BufReader::new(fs::File::open(path)?))?);
        }
    }
    Ok(orders)
}

/// The order in a mail's headers.
fn order_of(mail: impl BufRead) -> io::Result<Option<OrderRef>> {
    for line in mail.lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(order) = line.strip_prefix(ORDER_HEADER) {
            return Ok(order.trim().parse().ok());
        }
    }
    Ok(None)
}

/// Every paid order has exactly one mail, and no mail of this event is about another order. Refunds are told in mails
/// too, so an order whose money went back may have one.
pub fn one_each(facts: &Facts, stage: &Stage) -> Verdict {
    let name = "one mail for each purchase";
    let Some(mails) = &facts.mails else {
        return Verdict::new(name, "not checked: the mail folder was not named".to_owned(), Vec::new());
    };
    let mut counts: BTreeMap<OrderId, usize> = BTreeMap::new();
    for mail in mails.iter().filter(|mail| mail.event == stage.event) {
        *counts.entry(mail.order).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    let mut breaches = Vec::new();
    for order in &facts.orders {
        match (order.state.as_str(), counts.remove(&order.id).unwrap_or_default()) {
            ("paid", 1)
            | ("refunded" | "voided" | "expired" | "cancelled", 0 | 1)
            | ("awaiting_payment" | "capturing", 0) => {}
            (other, mails) => breaches.push(format!("order {} is {other} and has {mails} mails", order.id)),
        }
    }
    breaches.extend(counts.keys().map(|order| format!("a mail is about order {order}, which is unknown")));
    Verdict::new(name, format!("{total} mails"), breaches)
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;
    use crate::{
        fan::{Journey, Outcome},
        oracle::Order,
    };

    pub(in crate::oracle) fn stage(seats: u32) -> Stage {
        let (event, room) = (Uuid::from_u128(70).into(), Uuid::from_u128(71).into());
        Stage { event, room, title: "Rush".to_owned(), seats, has_search: true }
    }

    pub(in crate::oracle) fn fan(outcome: Outcome) -> Journey {
        Journey {
            outcome,
            lag: Duration::ZERO,
            laps: Vec::new(),
            number: None,
            live: Vec::new(),
            wrong_frames: Vec::new(),
            frames: 0,
            was_searched: true,
            seats_lost: 0,
            turned_away: 0,
        }
    }

    fn breaches(orders: &[(u128, &str)], mails: &[u128]) -> usize {
        let stage = stage(1);
        let order = |(n, state): &(u128, &str)| Order {
            id: Uuid::from_u128(*n).into(),
            state: (*state).to_owned(),
            total_minor: 1,
            tickets: Vec::new(),
        };
        let mut about: Vec<_> = mails
            .iter()
            .map(|n| OrderRef { event: stage.event, order: Uuid::from_u128(*n).into() })
            .collect();
        about.push(OrderRef { event: Uuid::from_u128(1).into(), order: Uuid::from_u128(1).into() });
        let facts =
            Facts { orders: orders.iter().map(order).collect(), mails: Some(about), ..Facts::default() };
        one_each(&facts, &stage).breaches
    }

    #[test]
    fn a_missing_a_second_and_a_foreign_mail_are_found() {
        assert_eq!(breaches(&[(1, "paid"), (2, "voided"), (3, "cancelled")], &[1, 2]), 0);
        assert_eq!(breaches(&[(1, "paid")], &[]), 1);
        assert_eq!(breaches(&[(1, "paid")], &[1, 1]), 1);
        assert_eq!(breaches(&[(1, "awaiting_payment")], &[1]), 1);
        assert_eq!(breaches(&[], &[7]), 1);
    }

    #[test]
    fn the_order_is_read_from_the_headers_only() {
        let order = OrderRef { event: Uuid::from_u128(1).into(), order: Uuid::from_u128(2).into() };
        let mail = format!("Subject: x\r\n{ORDER_HEADER} {order}\r\n\r\nbody");
        assert_eq!(order_of(mail.as_bytes()).unwrap(), Some(order));
        let body = format!("Subject: x\r\n\r\n{ORDER_HEADER} {order}\r\n");
        assert_eq!(order_of(body.as_bytes()).unwrap(), None);
    }
}
