//! Payments that are told of in the same moment are settled in one transaction, as long as there is nothing to them: the
//! order waits for this payment and has its tickets. Whatever is late, doubled or otherwise odd is settled alone.

use std::collections::{HashMap, HashSet};

use contracts::id::{EventId, OrderId, TicketId};
use metrics::histogram;
use platform::{
    postgres::{self, StoreError, Tx},
    telemetry::Chain,
};
use serde_json::Value;
use tracing::instrument;

use super::{
    Sold,
    decide::{Facts, Step, decide},
    follow, sell,
};
use crate::{
    gather::{Company, Gather},
    metrics::SETTLED_TOGETHER,
    offer,
    order::{Order, retake::Retake, store},
    payment::{self, Attempt, ProviderName, Told},
    sale,
    state::Booking,
};

/// The most payments in one transaction: it holds the locks of their orders and tickets for as long as all of them take.
const TOGETHER: usize = 64;

/// Who was told of payments for orders of an event.
#[derive(Debug, Default)]
pub struct Settling(Gather<Payment, Settled>);

/// A payment that the provider has authorised.
#[derive(Debug)]
struct Payment {
    provider: ProviderName,
    order: OrderId,
    told: Told,
    /// The callback that told of it, if one did: its id and what it said.
    callback: Option<(String, Value)>,
}

/// What became of it in company.
#[derive(Debug)]
enum Settled {
    /// The tickets are sold.
    Sold(Box<Order>),
    /// The callback was taken in before.
    Known,
    /// Nothing was written: there is something to it.
    Alone,
}

/// Payments of one provider, each of another order and told by another callback.
#[derive(Debug, Default)]
struct Group {
    provider: Option<ProviderName>,
    orders: HashSet<OrderId>,
    callbacks: HashSet<String>,
}

impl Company<Payment> for Group {
    fn admits(&mut self, payment: &Payment) -> bool {
        let callback = payment.callback.as_ref().map(|(id, _)| id);
        let is_apart = self.orders.len() < TOGETHER
            && self.provider.is_none_or(|provider| provider == payment.provider)
            && !self.orders.contains(&payment.order)
            && callback.is_none_or(|id| !self.callbacks.contains(id));
        if is_apart {
            self.provider = Some(payment.provider);
            self.orders.insert(payment.order);
            self.callbacks.extend(callback.cloned());
        }
        is_apart
    }
}

/// Settles an authorised payment with those that are told of in the same moment; `false` when it must be settled alone.
pub(super) async fn settle(
    app: &Booking,
    provider: ProviderName,
    (event, order): (EventId, OrderId),
    told: &Told,
    callback: Option<(&str, &Value)>,
) -> bool {
    let settling = app.settling.of(event).await;
    let callback = callback.map(|(id, body)| (id.to_owned(), body.clone()));
    let payment = Payment { provider, order, told: told.clone(), callback };
    let send = |payments: Vec<Payment>| async move { together(app, event, payments).await };
    // None: who had it in hand was interrupted, and its transaction undone or not. Alone that is found out.
    match settling.0.ask::<Group, _>(payment, send).await.unwrap_or(Settled::Alone) {
        Settled::Sold(order) => {
            follow(app, &order, Step::Sell).await;
            true
        }
        Settled::Known => true,
        Settled::Alone => false,
    }
}

/// What became of each payment, in their order.
#[instrument(name = "order.settle_together", skip_all, fields(event.id = %event, orders = payments.len()))]
async fn together(app: &Booking, event: EventId, payments: Vec<Payment>) -> Vec<Settled> {
    write(app, event, &payments).await.unwrap_or_else(|error| {
        // A commit whose answer was lost among them: alone, what was settled is known.
        tracing::warn!(error = %Chain(&error), "payments that were to be settled together are settled one by one");
        payments.iter().map(|_| Settled::Alone).collect()
    })
}

async fn write(app: &Booking, event: EventId, payments: &[Payment]) -> Result<Vec<Settled>, StoreError> {
    let Some(provider) = payments.first().map(|payment| payment.provider) else { return Ok(Vec::new()) };
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let callbacks: Vec<_> = payments.iter().filter_map(|payment| payment.callback.as_ref()).collect();
    let callbacks: Vec<_> = callbacks.iter().map(|(id, body)| (id.as_str(), body)).collect();
    let new = payment::store::callback::take_in(&mut tx, provider, &callbacks, now).await?;
    let seen = |payment: &Payment| payment.callback.as_ref().is_some_and(|(id, _)| !new.contains(id));
    let facts = Seen::look(&mut tx, event, payments.iter().filter(|payment| !seen(payment))).await?;
    let (mut settled, mut sold, mut odd) = (Vec::with_capacity(payments.len()), Vec::new(), Vec::new());
    for payment in payments {
        settled.push(match facts.plain(payment) {
            _ if seen(payment) => Settled::Known,
            Some(one) => {
                let order = Settled::Sold(Box::new(one.order.clone()));
                sold.push(one);
                order
            }
            None => {
                odd.extend(payment.callback.as_ref().map(|(id, _)| id.clone()));
                Settled::Alone
            }
        });
    }
    if sold.is_empty() {
        postgres::rollback(tx).await;
        return Ok(settled);
    }
    payment::store::callback::put_back(&mut tx, provider, &odd).await?;
    sell(&mut tx, provider, &sold, now)
        .await
        .map_err(|error| StoreError::Unexpected(Chain(&error).to_string()))?;
    postgres::commit(tx).await?;
    histogram!(SETTLED_TOGETHER).record(u32::try_from(sold.len()).unwrap_or(u32::MAX));
    Ok(settled)
}

/// What is known under the locks.
struct Seen {
    /// The orders that we could lock, with their tickets.
    orders: HashMap<OrderId, (Order, Vec<TicketId>)>,
    attempts: Vec<Attempt>,
    /// How many of its tickets an order has claimed.
    claims: HashMap<OrderId, usize>,
    is_off: bool,
}

impl Seen {
    /// Locks and looks: orders, then tickets, in the order in which everybody locks them. What somebody else has locked is
    /// passed over, so that the group does not wait for one.
    async fn look(
        tx: &mut Tx,
        event: EventId,
        payments: impl Iterator<Item = &Payment>,
    ) -> Result<Self, StoreError> {
        let ids: Vec<OrderId> = payments.map(|payment| payment.order).collect();
        let found = store::lock_free(tx, event, &ids).await?;
        let ids: Vec<OrderId> = found.iter().map(|order| order.id).collect();
        let mut lines = store::line::tickets_of(tx, event, &ids).await?;
        let mut of = |order: &Order| -> Vec<TicketId> {
            lines.remove(&order.id).unwrap_or_default().into_iter().map(|line| line.0).collect()
        };
        let mut orders: HashMap<_, _> = found
            .into_iter()
            .map(|order| {
                (order.id, {
                    let tickets = of(&order);
                    (order, tickets)
                })
            })
            .collect();
        let tickets: Vec<TicketId> = orders.values().flat_map(|(_, tickets)| tickets.clone()).collect();
        let locked = sale::store::lock_free(tx, event, &tickets).await?;
        orders.retain(|_, (_, tickets)| tickets.iter().all(|ticket| locked.contains(ticket)));
        let mut claims = HashMap::new();
        for (order, _) in sale::store::claims(tx, event, &ids).await? {
            *claims.entry(order).or_default() += 1;
        }
        let attempts = payment::store::attempts(tx, event, &ids).await?;
        Ok(Self { orders, attempts, claims, is_off: offer::store::is_called_off(tx, event).await? })
    }

    /// The sale that the payment makes, if there is nothing else to it.
    fn plain<'a>(&'a self, payment: &'a Payment) -> Option<Sold<'a>> {
        let (order, tickets) = self.orders.get(&payment.order)?;
        let of_order = || self.attempts.iter().filter(|attempt| attempt.order == order.id);
        let attempt = of_order().find(|attempt| attempt.key == payment.told.reference)?;
        let is_current = of_order().all(|other| other.n <= attempt.n);
        let is_ours = self.claims.get(&order.id) == Some(&tickets.len());
        // Without claims it would be for Redis to say whether the tickets can be had.
        let retake = Retake::NotTried;
        let facts = Facts { order, attempt, is_current, is_ours, retake, is_off: self.is_off };
        let authorization = &payment.told.id;
        (decide(&facts, &payment.told) == Step::Sell).then_some(Sold {
            order,
            attempt,
            authorization,
            tickets,
        })
    }
}

#[cfg(test)]
mod tests {
    use contracts::money::Money;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::payment::Standing;

    fn payment(provider: ProviderName, order: u128, callback: Option<&str>) -> Payment {
        let amount = Money { minor: 100, currency: "EUR".parse().unwrap() };
        let told = Told {
            id: "auth".to_owned(),
            reference: "pay".to_owned(),
            state: Standing::Authorised,
            amount,
            challenge: None,
        };
        let callback = callback.map(|id| (id.to_owned(), json!({})));
        Payment { provider, order: Uuid::from_u128(order).into(), told, callback }
    }

    #[test]
    fn payments_about_the_same_order_or_of_another_provider_wait() {
        let mut group = Group::default();
        assert!(group.admits(&payment(ProviderName::Sandbox, 1, Some("a"))));
        assert!(!group.admits(&payment(ProviderName::Sandbox, 1, Some("b"))), "the same order");
        assert!(!group.admits(&payment(ProviderName::Sandbox, 2, Some("a"))), "the same callback");
        assert!(!group.admits(&payment(ProviderName::Stripe, 2, None)), "another provider");
        assert!(
            group.admits(&payment(ProviderName::Sandbox, 2, None)),
            "what was refused before left no trace"
        );
    }
}
