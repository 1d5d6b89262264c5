//! One order in one transaction, with everything that a hold may carry.

use chrono::{DateTime, Utc};
use contracts::id::{PassId, TicketId};
use platform::postgres::{self, Tx};

use super::{CONFIRMED, Wish, attempt, done};
use crate::{
    hold, idempotency, mirror,
    offer::{self, Line},
    order::{
        Order, OrderEvent, OrderState, captured,
        confirm::{self, ConfirmError},
        store, write,
    },
    payment, presale, sale,
    state::Booking,
    voucher::{self, redeem},
    waitlist,
};

/// Places it, tells the mirror, and has the provider asked.
pub(super) async fn place(app: &Booking, wish: &Wish) -> Result<Order, ConfirmError> {
    let event = wish.event;
    let voucher = voucher::apply::on(app, &wish.hold.about).await?;
    let terms = voucher.as_ref().map(|voucher| &voucher.terms);
    let lines = offer::store::lines(&app.postgres, event, &wish.hold.tickets, terms).await?;
    let placed = write(app, wish, &lines).await;
    if matches!(placed, Err(ConfirmError::OfferOver)) {
        // The next on the list shall not find it in the way.
        hold::release::forget(app, event, wish.account, wish.hold.id).await;
    }
    let order = placed?;
    mirror::apply::follow(app, event).await;
    app.payments.attempts.notify_one();
    if order.state == OrderState::Paid {
        hold::release::forget(app, event, order.account, order.hold).await;
    }
    Ok(order)
}

async fn write(app: &Booking, wish: &Wish, lines: &[Line]) -> Result<Order, ConfirmError> {
    let (now, event, hold) = (app.clock.now(), wish.event, &wish.hold);
    if lines.len() != hold.tickets.len() {
        return Err(ConfirmError::HoldExpired);
    }
    let order = wish.drawn_up(app, lines, now)?;
    if order.total.minor > 0 && wish.card.is_none() {
        return Err(ConfirmError::NoPayment(order.total));
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    sale::store::lock_buyers(&mut tx, event, &[wish.account]).await?;
    let passes = Vec::from_iter(wish.shared_pass());
    sale::store::lock_passes(&mut tx, event, &passes).await?;
    if sale::store::lock(&mut tx, event, &hold.tickets).await?.len() != hold.tickets.len() {
        return Err(ConfirmError::HoldExpired);
    }
    if !store::insert(&mut tx, &order).await? {
        // A twin was quicker. The lock of the buyer made us wait for it, so it is committed.
        drop(tx);
        let twin = store::find_by_hold(&app.postgres, event, hold.id).await?;
        let twin = twin.ok_or(ConfirmError::HoldExpired)?;
        return confirm::again(app, &twin, wish.account, wish.card.as_ref(), wish.run.as_ref()).await;
    }
    check(&mut tx, wish, &order, lines, &passes, now).await?;
    let of_order: Vec<_> = lines.iter().map(|line| (order.id, line)).collect();
    store::line::insert(&mut tx, event, &of_order).await?;
    let claims: Vec<_> = hold.tickets.iter().map(|ticket| (order.id, *ticket)).collect();
    if !sale::store::claim(&mut tx, event, &claims, order.until, now).await? {
        return Err(ConfirmError::Taken(event, hold.tickets.clone()));
    }
    sale::store::bump(&mut tx, event, &hold.tickets, true).await?;
    store::history::note(&mut tx, (event, order.id), order.state, CONFIRMED, now).await?;
    let order = match &wish.card {
        Some(card) if order.total.minor > 0 => {
            payment::store::insert(&mut tx, &[attempt(app, &order, 1, card, now)]).await?;
            order
        }
        Some(_) | None => give_away(app, &mut tx, order, &hold.tickets, now).await?,
    };
    if let Some(run) = &wish.run {
        idempotency::store::finish(&mut tx, wish.account, run, &done(&order)).await?;
    }
    postgres::commit(tx).await?;
    Ok(order)
}

/// Whether the order may be, and what lies on its hold is taken for it.
async fn check(
    tx: &mut Tx,
    wish: &Wish,
    order: &Order,
    lines: &[Line],
    passes: &[PassId],
    now: DateTime<Utc>,
) -> Result<(), ConfirmError> {
    let (event, hold) = (wish.event, &wish.hold);
    let limit = offer::store::limit(tx, event).await?.ok_or(ConfirmError::Closed)?;
    if let Some(offer) = hold.about.offer
        && !waitlist::accept::accept(tx, order, offer, &hold.tickets, now).await?
    {
        return Err(ConfirmError::OfferOver);
    }
    let taken = sale::store::taken(tx, (event, Some(order.id)), &hold.tickets, now).await?;
    if !taken.is_empty() {
        return Err(ConfirmError::Taken(event, taken));
    }
    let have = sale::store::counts(tx, event, &[wish.account], passes).await?;
    let have = have.of(wish.account, wish.shared_pass());
    if have.saturating_add(wish.count()) > limit {
        return Err(ConfirmError::TooMany { limit, have });
    }
    if let Some(voucher) = hold.about.voucher {
        let discount = lines.iter().map(|line| line.discount.minor).sum();
        redeem::redeem(tx, order, voucher, discount, now).await?;
    }
    if let Some(code) = hold.about.presale {
        presale::redeem::redeem(tx, order, code, wish.count().into()).await?;
    }
    Ok(())
}

/// Sells tickets that cost nothing at once: no provider takes an amount of nothing.
async fn give_away(
    app: &Booking,
    tx: &mut Tx,
    mut order: Order,
    tickets: &[TicketId],
    now: DateTime<Utc>,
) -> Result<Order, ConfirmError> {
    sale::store::unclaim(tx, order.event, &[order.id]).await?;
    let sales: Vec<_> = tickets.iter().map(|ticket| (order.id, *ticket)).collect();
    sale::store::sell(tx, order.event, &sales, now).await?;
    order.state = write::step(tx, &order, OrderEvent::Sold, "the tickets cost nothing", now).await?;
    captured::captured(app, tx, &[&order], "there is nothing to pay").await?;
    order.state = OrderState::Paid;
    Ok(order)
}
