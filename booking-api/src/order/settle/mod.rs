//! Settling what a provider says of a payment: by its callback, or because we asked. Said twice, late, in the wrong
//! order or about nothing, it does the right thing once (promise B3).

mod decide;
mod together;

use chrono::{DateTime, Utc};
use contracts::id::{EventId, OrderId, TicketId};
use platform::{
    http::{Problem, internal, kinds},
    postgres::{self, StoreError, Tx, column},
};
use serde_json::Value;
use tracing::instrument;

use self::decide::{CODE_USED, Facts, Gone, OTHERS, Step, VOUCHER_USED, decide};
pub use self::together::Settling;
use super::{
    IllegalStep, Order, OrderEvent, OrderState,
    retake::{Instead, Retake, Tried, hold_instead, replace, take_again},
    store,
    write::{self, StepError},
};
use crate::{
    hold, metrics,
    mirror::{self, Rebuilding},
    offer,
    payment::{self, Attempt, AttemptState, CommandKind, ProviderName, Standing, Told},
    presale, sale,
    state::Booking,
    voucher,
};

/// Why nothing was settled.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The state knows no such step: a bug.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// The mirror is being built: settle again.
    #[error(transparent)]
    Rebuilding(#[from] Rebuilding),
    /// A store failed: settle again.
    #[error("settling a payment failed")]
    Store(#[from] StoreError),
}

impl From<StepError> for SettleError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Illegal(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

impl From<SettleError> for Problem {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::Illegal(error) => Self::internal(&error),
            SettleError::Rebuilding(_) => Self::of(kinds::UNAVAILABLE).retry_after(1),
            SettleError::Store(error) => internal(&error),
        }
    }
}

/// Settles what `provider` told, and remembers the callback that told it in the same transaction.
///
/// # Errors
/// [`SettleError`]: nothing was written, or (the outcome of the commit being unknown) settling again finds it.
#[instrument(name = "order.settle", skip_all, fields(order.id))]
pub async fn settle(
    app: &Booking,
    provider: ProviderName,
    told: &Told,
    callback: Option<(&str, &Value)>,
) -> Result<(), SettleError> {
    let of = payment::known::order_of(app, provider, &told.reference).await?;
    let Some((event, order)) = of else { return unknown(app, provider, told, callback).await };
    tracing::Span::current().record("order.id", tracing::field::display(order));
    if told.state == Standing::Authorised
        && together::settle(app, provider, (event, order), told, callback).await
    {
        return Ok(());
    }
    let (mut tried, mut holds) = (Tried { retake: Retake::NotTried, instead: Instead::NotTried }, Vec::new());
    let settled = loop {
        match Box::pin(once(app, provider, (event, order), told, callback, &tried)).await {
            Ok(Next::Hold(tickets)) => {
                let (retake, again) = take_again(app, (event, order), &tickets).await?;
                tried.retake = retake;
                holds.extend(again);
            }
            Ok(Next::HoldInstead(order, tickets)) => {
                let held = hold_instead(app, &order, &tickets).await?;
                holds.extend(held.as_ref().map(|(hold, _)| (order.account, *hold)));
                tried.instead = held.map_or(Instead::NotThere, |(_, lines)| Instead::Held(lines));
            }
            Ok(Next::Done) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    // The sale is committed, or there is none: either way the other holds have served.
    for (account, hold) in holds {
        hold::release::forget(app, event, account, hold).await;
    }
    settled
}

/// What comes after one transaction.
enum Next {
    /// Nothing: it is written.
    Done,
    /// These tickets must be held again first; nothing was written.
    Hold(Vec<TicketId>),
    /// Others must be held in place of these first; nothing was written.
    HoldInstead(Box<Order>, Vec<TicketId>),
}

/// One transaction.
async fn once(
    app: &Booking,
    provider: ProviderName,
    (event, order): (EventId, OrderId),
    told: &Told,
    callback: Option<(&str, &Value)>,
    tried: &Tried,
) -> Result<Next, SettleError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    if !first_time(app, &mut tx, provider, callback).await? {
        return Ok(Next::Done);
    }
    let missing = || StoreError::Unexpected("an attempt without its order".to_owned());
    let order = store::lock(&mut tx, event, order).await?.ok_or_else(missing)?;
    let attempts = payment::store::attempts(&mut tx, event, &[order.id]).await?;
    let newest = attempts.iter().map(|attempt| attempt.n).max();
    let attempt = attempts.iter().find(|attempt| attempt.key == told.reference).ok_or_else(missing)?;
    let mut tickets: Vec<TicketId> =
        store::line::tickets(&mut tx, event, order.id).await?.into_iter().map(|line| line.0).collect();
    sale::store::lock(&mut tx, event, &tickets).await?;
    let is_ours = sale::store::claims(&mut tx, event, &[order.id]).await?.len() == tickets.len();
    let is_off = offer::store::is_called_off(&mut tx, event).await?;
    let is_current = newest == Some(attempt.n);
    let mut facts = Facts { order: &order, attempt, is_current, is_ours, retake: tried.retake, is_off };
    // Whatever Redis said, nobody else may have them in Postgres.
    let rivals = sale::store::taken(&mut tx, (event, Some(order.id)), &tickets, app.clock.now()).await?;
    if !rivals.is_empty() {
        facts.retake = Retake::Taken;
    }
    let mut step = decide(&facts, told);
    if step == Step::TakeAgain {
        return Ok(Next::Hold(tickets));
    }
    if step == Step::GiveUp(OTHERS) && order.takes_equivalent {
        match &tried.instead {
            Instead::NotTried => return Ok(Next::HoldInstead(Box::new(order), tickets)),
            Instead::Held(lines) if replace(app, &mut tx, &order, &tickets, lines).await? => {
                tickets = lines.iter().map(|line| line.ticket).collect();
                step = Step::Sell;
            }
            Instead::Held(_) | Instead::NotThere => {}
        }
    }
    if step == Step::Sell
        && order.state == OrderState::Expired
        && let Some(gone) = given_away(&mut tx, &order).await?
    {
        step = Step::GiveUp(gone);
    }
    apply(app, &mut tx, provider, &facts, told, &tickets, step).await?;
    postgres::commit(tx).await?;
    follow(app, &order, step).await;
    Ok(Next::Done)
}

/// What an order had beside its tickets and others have by now; it has the rest again.
async fn given_away(tx: &mut Tx, order: &Order) -> Result<Option<Gone>, StoreError> {
    if !voucher::redeem::redeem_again(tx, order).await? {
        return Ok(Some(VOUCHER_USED));
    }
    Ok((!presale::redeem::may_return(tx, order).await?).then_some(CODE_USED))
}

#[expect(clippy::too_many_arguments, reason = "one place that writes a decision down")]
async fn apply(
    app: &Booking,
    tx: &mut Tx,
    provider: ProviderName,
    facts: &Facts<'_>,
    told: &Told,
    tickets: &[TicketId],
    step: Step,
) -> Result<(), SettleError> {
    let (order, attempt, now) = (facts.order, facts.attempt, app.clock.now());
    let ids = (order.event, order.id);
    let known = (!told.id.is_empty()).then_some(told.id.as_str());
    match step {
        Step::Nothing | Step::TakeAgain => {}
        Step::Decline => {
            payment::store::decide(tx, attempt, AttemptState::Declined, known).await?;
            store::history::note(tx, ids, order.state, "the payment was declined", now).await?;
        }
        Step::Void(why) => {
            payment::store::decide(tx, attempt, AttemptState::Voiding, known).await?;
            payment::store::command::insert(tx, provider, &told.id, CommandKind::Void, Some(attempt), now)
                .await?;
            store::history::note(tx, ids, order.state, &format!("a payment was let go: {why}"), now).await?;
        }
        Step::GiveUp(gone) => {
            payment::store::decide(tx, attempt, AttemptState::Voiding, known).await?;
            payment::store::command::insert(tx, provider, &told.id, CommandKind::Void, Some(attempt), now)
                .await?;
            let freed = sale::store::unclaim(tx, order.event, &[order.id]).await?;
            sale::store::free(tx, order.event, &freed, now).await?;
            write::step(tx, order, OrderEvent::TicketsGone, gone.cause, now).await?;
            write::tell_returned(app, tx, order, (gone.why, Some(gone.told))).await?;
        }
        Step::Sell => {
            let sold = Sold { order, attempt, authorization: &told.id, tickets };
            sell(tx, provider, &[sold], now).await?;
        }
    }
    Ok(())
}

/// An order whose tickets become sold.
struct Sold<'a> {
    order: &'a Order,
    attempt: &'a Attempt,
    /// What the provider calls the payment.
    authorization: &'a str,
    tickets: &'a [TicketId],
}

/// Sells to orders of one event: their tickets are locked and can be had, their payments authorised.
async fn sell(
    tx: &mut Tx,
    provider: ProviderName,
    sold: &[Sold<'_>],
    now: DateTime<Utc>,
) -> Result<(), StepError> {
    let Some(event) = sold.first().map(|one| one.order.event) else { return Ok(()) };
    sale::store::unclaim(tx, event, &column(sold, |one| one.order.id)).await?;
    let sales: Vec<_> =
        sold.iter().flat_map(|one| one.tickets.iter().map(|ticket| (one.order.id, *ticket))).collect();
    sale::store::sell(tx, event, &sales, now).await?;
    sale::store::bump(tx, event, &column(&sales, |(_, ticket)| *ticket), true).await?;
    let attempts: Vec<_> = sold
        .iter()
        .map(|one| (one.attempt, Some(one.authorization).filter(|name| !name.is_empty())))
        .collect();
    payment::store::decide_all(tx, event, &attempts, AttemptState::Authorised).await?;
    let captures: Vec<_> = sold.iter().map(|one| (one.authorization, Some(one.attempt))).collect();
    payment::store::command::insert_all(tx, provider, CommandKind::Capture, &captures, now).await?;
    let orders: Vec<_> = sold.iter().map(|one| one.order).collect();
    write::steps(tx, &orders, OrderEvent::Sold, "the payment was authorised", now).await
}

/// Remembers the callback; `false` when it was settled before.
async fn first_time(
    app: &Booking,
    tx: &mut Tx,
    provider: ProviderName,
    callback: Option<(&str, &Value)>,
) -> Result<bool, StoreError> {
    match callback {
        Some(callback) => {
            let new = payment::store::callback::take_in(tx, provider, &[callback], app.clock.now()).await?;
            Ok(!new.is_empty())
        }
        None => Ok(true),
    }
}

/// The provider tells of something that no attempt of ours asked for: money that is set aside is let go.
async fn unknown(
    app: &Booking,
    provider: ProviderName,
    told: &Told,
    callback: Option<(&str, &Value)>,
) -> Result<(), SettleError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    if first_time(app, &mut tx, provider, callback).await? && told.state == Standing::Authorised {
        tracing::warn!(
            payment.authorization = told.id,
            "an authorization that no attempt asked for is let go"
        );
        payment::store::command::insert(
            &mut tx,
            provider,
            &told.id,
            CommandKind::Void,
            None,
            app.clock.now(),
        )
        .await?;
    }
    postgres::commit(tx).await?;
    app.payments.commands.notify_one();
    Ok(())
}

/// After the commit: the mirror, the commands, and the hold that has served.
async fn follow(app: &Booking, order: &Order, step: Step) {
    let outcome = match step {
        Step::Nothing | Step::TakeAgain => "known",
        Step::Decline => "declined",
        Step::Void(_) | Step::GiveUp(_) => "voided",
        Step::Sell => "sold",
    };
    ::metrics::counter!(metrics::PAYMENT_SETTLED_TOTAL, "outcome" => outcome).increment(1);
    app.payments.commands.notify_one();
    if matches!(step, Step::Sell | Step::GiveUp(_)) {
        mirror::apply::follow(app, order.event).await;
    }
    if step == Step::Sell {
        hold::release::forget(app, order.event, order.account, order.hold).await;
    }
}
