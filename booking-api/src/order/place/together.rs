//! Many orders of one event in one transaction: the same locks, looks and rows as for one alone, each statement once for
//! all. What can be refused is refused before anything is written, so that one refusal undoes nobody's order.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contracts::id::{AccountId, EventId, HoldId, PassId, TicketId};
use metrics::histogram;
use platform::{
    postgres::{self, StoreError, Tx, column},
    telemetry::Chain,
};
use tracing::instrument;

use super::{CONFIRMED, Wish, attempt, done, queue::Placed, until};
use crate::{
    idempotency,
    metrics::CONFIRMED_TOGETHER,
    mirror,
    offer::{
        Line,
        store::{Priced, lines_of, lock_priced},
    },
    order::{Order, OrderState, confirm::ConfirmError, store},
    payment,
    sale::{self, store::Counts},
    state::Booking,
};

/// What became of each wish, in their order. No two are of one account, share a pass or want the same ticket.
#[instrument(name = "order.together", skip_all, fields(event.id = %event, orders = wishes.len()))]
pub(super) async fn place(app: &Booking, event: EventId, wishes: &[Wish]) -> Vec<Placed> {
    let placed = write(app, event, wishes).await.unwrap_or_else(|error| {
        // Whose fault it was, and whether a commit whose answer was lost took place, each finds out alone.
        tracing::warn!(error = %Chain(&error), "orders that were to be placed together are placed one by one");
        wishes.iter().map(|_| Placed::Alone).collect()
    });
    if placed.iter().any(|placed| matches!(placed, Placed::Order(_))) {
        mirror::apply::follow(app, event).await;
        app.payments.attempts.notify_one();
    }
    placed
}

async fn write(app: &Booking, event: EventId, wishes: &[Wish]) -> Result<Vec<Placed>, StoreError> {
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let facts = Facts::look(&mut tx, event, wishes, now).await?;
    let (mut placed, mut new) = (Vec::with_capacity(wishes.len()), Vec::with_capacity(wishes.len()));
    for wish in wishes {
        placed.push(match facts.decide(app, wish, now)? {
            Ok(one) => {
                let order = Placed::Order(Box::new(one.order.clone()));
                new.push(one);
                order
            }
            Err(other) => other,
        });
    }
    if new.is_empty() {
        postgres::rollback(tx).await;
        return Ok(placed);
    }
    insert(app, &mut tx, event, &new, now).await?;
    postgres::commit(tx).await?;
    histogram!(CONFIRMED_TOGETHER).record(u32::try_from(new.len()).unwrap_or(u32::MAX));
    Ok(placed)
}

/// What is known under the locks.
struct Facts {
    /// The tickets that we could lock.
    tickets: HashMap<TicketId, Priced>,
    taken: HashSet<TicketId>,
    confirmed: HashSet<HoldId>,
    counts: Counts,
}

impl Facts {
    /// Locks and looks: buyers, passes, tickets, in the order in which everybody locks them. A ticket that somebody else has
    /// locked is passed over, so that the group does not wait for one.
    async fn look(
        tx: &mut Tx,
        event: EventId,
        wishes: &[Wish],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let accounts: Vec<AccountId> = column(wishes, |wish| wish.account);
        let passes: Vec<PassId> = wishes.iter().filter_map(Wish::shared_pass).collect();
        let tickets: Vec<TicketId> = wishes.iter().flat_map(|wish| wish.hold.tickets.clone()).collect();
        sale::store::lock_buyers(tx, event, &accounts).await?;
        sale::store::lock_passes(tx, event, &passes).await?;
        let locked = lock_priced(tx, event, &tickets).await?;
        Ok(Self {
            tickets: locked.into_iter().map(|ticket| (ticket.ticket(), ticket)).collect(),
            taken: HashSet::from_iter(sale::store::taken(tx, (event, None), &tickets, now).await?),
            confirmed: store::confirmed(tx, event, &column(wishes, |wish| wish.hold.id)).await?,
            counts: sale::store::counts(tx, event, &accounts, &passes).await?,
        })
    }

    /// The order that the wish becomes, or what becomes of it instead.
    fn decide<'a>(
        &self,
        app: &Booking,
        wish: &'a Wish,
        now: DateTime<Utc>,
    ) -> Result<Result<New<'a>, Placed>, StoreError> {
        let tickets = &wish.hold.tickets;
        let mut rows: Vec<&Priced> = tickets.iter().filter_map(|ticket| self.tickets.get(ticket)).collect();
        rows.sort_unstable_by_key(|row| row.ticket());
        let (Some(first), false) = (rows.first(), rows.len() < tickets.len()) else {
            return Ok(Err(Placed::Alone));
        };
        if self.confirmed.contains(&wish.hold.id) {
            return Ok(Err(Placed::Alone));
        }
        if !first.is_published() {
            return Ok(Err(Placed::Refused(ConfirmError::Closed)));
        }
        let taken: Vec<TicketId> =
            rows.iter().map(|row| row.ticket()).filter(|ticket| self.taken.contains(ticket)).collect();
        if !taken.is_empty() {
            return Ok(Err(Placed::Refused(ConfirmError::Taken(wish.event, taken))));
        }
        let (limit, have) = (first.limit(), self.counts.of(wish.account, wish.shared_pass()));
        if have.saturating_add(wish.count()) > limit {
            return Ok(Err(Placed::Refused(ConfirmError::TooMany { limit, have })));
        }
        let lines = lines_of(&rows, None)?;
        let order = wish.drawn_up(app, &lines, now)?;
        // What costs nothing is sold at once: steps of its own.
        Ok(if order.total.minor > 0 { Ok(New { wish, order, lines }) } else { Err(Placed::Alone) })
    }
}

/// An order to be written.
struct New<'a> {
    wish: &'a Wish,
    order: Order,
    lines: Vec<Line>,
}

async fn insert(
    app: &Booking,
    tx: &mut Tx,
    event: EventId,
    new: &[New<'_>],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rival = |what| StoreError::Unexpected(format!("{what} came between, whatever was locked"));
    if store::insert_all(tx, &new.iter().map(|new| &new.order).collect::<Vec<_>>()).await? != new.len() {
        return Err(rival("an order of the same hold"));
    }
    let lines: Vec<_> =
        new.iter().flat_map(|new| new.lines.iter().map(|line| (new.order.id, line))).collect();
    store::line::insert(tx, event, &lines).await?;
    let claims = column(&lines, |(order, line)| (*order, line.ticket));
    if !sale::store::claim(tx, event, &claims, until(app, now), now).await? {
        return Err(rival("a claim of the same ticket"));
    }
    sale::store::bump(tx, event, &column(&claims, |(_, ticket)| *ticket), true).await?;
    let ids = column(new, |new| new.order.id);
    store::history::note_all(tx, event, &ids, OrderState::AwaitingPayment, CONFIRMED, now).await?;
    let attempts: Vec<_> = new
        .iter()
        .filter_map(|new| Some(attempt(app, &new.order, 1, new.wish.card.as_ref()?, now)))
        .collect();
    payment::store::insert(tx, &attempts).await?;
    let runs: Vec<_> = new
        .iter()
        .filter_map(|new| Some((new.wish.account, new.wish.run.as_ref()?, done(&new.order))))
        .collect();
    if !runs.is_empty() {
        idempotency::store::finish_all(tx, &runs).await?;
    }
    Ok(())
}
