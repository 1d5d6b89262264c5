//! Taking tickets out of the sale.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{AccountId, EventId, HoldId, TicketId},
    language::Language,
    money::Money,
    session::Role,
};
use platform::postgres::{self, StoreError, Tx};
use tracing::instrument;

use super::{Kind, PaidBy, store};
use crate::{
    account::{self, Account, Email},
    audit::{self, Actor, Did},
    hold::{
        self, About, Asked, Hold,
        store::{New, Placed},
    },
    idempotency::{self, Done, Run},
    invalid::{Checks, Invalid},
    mirror::{self, Rebuilding, rebuild::RebuildError},
    offer::{self, Line},
    order::{
        self, IllegalStep, Order, OrderEvent, OrderState,
        captured::{self, CapturedError},
        write::{self, StepError},
    },
    sale,
    state::Booking,
    ticket,
};

/// How long the tickets are held while they are written down.
const HELD: std::time::Duration = std::time::Duration::from_mins(1);

/// What is to be taken.
#[derive(Clone, Debug)]
pub struct Take {
    /// Of which event.
    pub event: EventId,
    /// Which tickets.
    pub asked: Asked,
    /// As what.
    pub kind: Kind,
    /// What the organizer calls it.
    pub label: String,
    /// How it was paid at the counter.
    pub paid_by: Option<PaidBy>,
    /// To whom the tickets are mailed.
    pub email: Option<String>,
}

/// Why nothing was taken.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// There is no such event.
    #[error("there is no such event")]
    UnknownEvent,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// There are no such tickets.
    #[error("there are no such tickets")]
    UnknownTickets(Vec<TicketId>),
    /// There is no such tier without seats.
    #[error("there is no such tier")]
    UnknownTier,
    /// What was asked makes no sense.
    #[error("the allocation is not valid")]
    Invalid(#[from] Invalid),
    /// The event has begun, or was called off.
    #[error("the event is over")]
    Over,
    /// Others have these tickets.
    #[error("others have these tickets")]
    Taken(EventId, Vec<TicketId>),
    /// So few are left of the tier.
    #[error("{0} are left")]
    SoldOut(u32),
    /// The mirror is being built.
    #[error(transparent)]
    Rebuilding(#[from] Rebuilding),
    /// The order knows no such step: a bug.
    #[error(transparent)]
    Illegal(#[from] IllegalStep),
    /// A store failed.
    #[error("taking tickets out of the sale failed")]
    Store(#[from] StoreError),
}

impl From<RebuildError> for TakeError {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::Rebuilding(error) => Self::Rebuilding(error),
            RebuildError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StepError> for TakeError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Illegal(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

impl From<CapturedError> for TakeError {
    fn from(error: CapturedError) -> Self {
        match error {
            CapturedError::Illegal(error) => Self::Illegal(error),
            CapturedError::Store(error) => Self::Store(error),
        }
    }
}

/// Takes the tickets, all or none. What fans hold, are paying for or have bought is not taken from them.
///
/// # Errors
/// [`TakeError`]; nothing was taken.
#[instrument(name = "allocation.take", skip_all, fields(event.id = %take.event, order.id))]
pub async fn take(
    app: &Booking,
    by: &Actor,
    take: &Take,
    run: Option<&Run>,
    answer: impl Fn(&Order) -> Done + Send,
) -> Result<Done, TakeError> {
    let organizer = by.organizer;
    let email = check(take)?;
    let owner = ticket::store::owner(&app.postgres, take.event).await?.ok_or(TakeError::UnknownEvent)?;
    if owner != organizer {
        return Err(TakeError::NotYours);
    }
    let now = app.clock.now();
    let offer = offer::store::offer(&app.postgres, take.event, organizer, None).await?;
    let offer = offer.ok_or(TakeError::UnknownEvent)?;
    if !offer.is_published || offer.starts_at <= now {
        return Err(TakeError::Over);
    }
    let hold = held(app, organizer, take).await?;
    let done = write(app, by, take, &hold, offer.starts_at, email, run, answer).await;
    // Whether it was written or not, the hold has served.
    mirror::apply::follow(app, take.event).await;
    hold::release::forget(app, take.event, organizer, hold.id).await;
    done
}

fn check(take: &Take) -> Result<Option<Email>, Invalid> {
    let mut checks = Checks::default();
    checks.text(&take.label, 100, "/label");
    let email = take.email.as_deref().map(Email::parse);
    checks.that(email != Some(None), "/email", "is an address like ada@example.org");
    let needs_email = take.kind != Kind::HeldBack;
    checks.that(email.is_some() == needs_email, "/email", "says who gets a comp, or bought at the counter");
    let is_sold = take.kind == Kind::BoxOffice;
    checks.that(
        take.paid_by.is_some() == is_sold,
        "/paidBy",
        "is cash or card, for what is sold at the counter",
    );
    checks.done()?;
    Ok(email.flatten())
}

/// Holds the tickets by the script with which everybody holds tickets.
async fn held(app: &Booking, organizer: AccountId, take: &Take) -> Result<Hold, TakeError> {
    let lines = match &take.asked {
        Asked::Tickets(tickets) => {
            let lines = offer::store::lines(&app.postgres, take.event, tickets, None).await?;
            let found: Vec<TicketId> = lines.iter().map(|line| line.ticket).collect();
            let missing: Vec<_> = tickets.iter().copied().filter(|ticket| !found.contains(ticket)).collect();
            if !missing.is_empty() {
                return Err(TakeError::UnknownTickets(missing));
            }
            lines
        }
        // The organizer says which: nothing is chosen here.
        Asked::Best(_) => return Err(TakeError::UnknownTier),
        Asked::Units(tier, _) => match store::is_pool(&app.postgres, take.event, *tier).await? {
            Some(true) => Vec::new(),
            Some(false) | None => return Err(TakeError::UnknownTier),
        },
    };
    let since = app.clock.now();
    let about = About {
        event: take.event,
        account: organizer,
        visitor: organizer.uuid().into(),
        pass: None,
        since,
        end: since + TimeDelta::from_std(HELD).unwrap_or_default(),
        voucher: None,
        presale: None,
        offer: None,
        equivalent: false,
    };
    let new = New {
        id: app.ids.next(),
        about: &about,
        asked: &take.asked,
        lines: &lines,
        lasts: HELD,
        limit: u32::MAX,
        key: None,
        again: false,
        per: lines.len(),
        chosen_by: None,
        pass: None,
        code: None,
        offered: false,
        instead_of: None,
    };
    match hold::together::on_mirror(app, &new).await? {
        Placed::Held { hold, .. } | Placed::Again(hold) => Ok(hold),
        Placed::Taken(tickets) => Err(TakeError::Taken(take.event, tickets)),
        Placed::SoldOut(left) => Err(TakeError::SoldOut(left)),
        Placed::Rebuild => Err(Rebuilding.into()),
        Placed::Limit(_)
        | Placed::PassLimit(_)
        | Placed::CodeLimit(_)
        | Placed::Closed
        | Placed::KeyReused => Err(StoreError::Unexpected("it has no limit and no key".to_owned()).into()),
    }
}

#[expect(clippy::too_many_arguments, reason = "one transaction, in one visible shape")]
async fn write(
    app: &Booking,
    by: &Actor,
    take: &Take,
    hold: &Hold,
    starts_at: DateTime<Utc>,
    email: Option<Email>,
    run: Option<&Run>,
    answer: impl Fn(&Order) -> Done + Send,
) -> Result<Done, TakeError> {
    let (now, organizer) = (app.clock.now(), by.organizer);
    let lines = offer::store::lines(&app.postgres, take.event, &hold.tickets, None).await?;
    let mut tx = postgres::begin(&app.postgres).await?;
    let buyer = match email {
        Some(email) => {
            let account = Account { id: app.ids.next(), email, name: None, role: Role::Fan };
            account::store::insert(&mut tx, &account, None, now).await?;
            account.id
        }
        None => organizer,
    };
    let order = put_down(app, &mut tx, (by, buyer), (take, hold.id), lines, starts_at).await?;
    let done = answer(&order);
    if let Some(run) = run {
        idempotency::store::finish(&mut tx, organizer, run, &done).await?;
    }
    postgres::commit(tx).await?;
    Ok(done)
}

/// Writes down in `tx` what is taken: the order with its lines, the claims or the sales, and who did it.
///
/// # Errors
/// [`TakeError`]; then nothing of it may be committed.
pub(super) async fn put_down(
    app: &Booking,
    tx: &mut Tx,
    (by, buyer): (&Actor, AccountId),
    (take, hold): (&Take, HoldId),
    mut lines: Vec<Line>,
    starts_at: DateTime<Utc>,
) -> Result<Order, TakeError> {
    let now = app.clock.now();
    if take.kind != Kind::BoxOffice {
        lines.iter_mut().for_each(free_of_charge);
    }
    let currency = lines.first().map(|line| line.price.currency).ok_or(TakeError::UnknownEvent)?;
    let total = offer::total(&lines, currency)
        .ok_or_else(|| StoreError::Unexpected("the sum of an order does not fit".to_owned()))?;
    let tickets: Vec<TicketId> = lines.iter().map(|line| line.ticket).collect();
    let order = Order {
        event: take.event,
        id: app.ids.next(),
        account: buyer,
        visitor: None,
        pass: None,
        hold,
        state: OrderState::AwaitingPayment,
        total,
        until: starts_at,
        created_at: now,
        number: None,
        takes_equivalent: false,
        language: Language::default(),
    };
    sale::store::lock_buyers(tx, take.event, &[buyer]).await?;
    sale::store::lock(tx, take.event, &tickets).await?;
    order::store::insert(tx, &order).await?;
    let taken = sale::store::taken(tx, (take.event, Some(order.id)), &tickets, now).await?;
    if !taken.is_empty() {
        return Err(TakeError::Taken(take.event, taken));
    }
    let of_order: Vec<_> = lines.iter().map(|line| (order.id, line)).collect();
    order::store::line::insert(tx, take.event, &of_order).await?;
    store::insert(tx, &order, take, by.organizer, now).await?;
    let order = hand_over(app, tx, order, take, &tickets).await?;
    audit::store::append(tx, by, did(&order, take, &tickets)).await?;
    Ok(order)
}

/// What is written down of it; not to whom it was mailed.
fn did(order: &Order, take: &Take, tickets: &[TicketId]) -> Did {
    Did::new("allocation.take", order.reference())
        .of(order.event)
        .now("kind", take.kind)
        .now("label", &take.label)
        .now("paidBy", take.paid_by)
        .now("total", order.total)
        .now("tickets", tickets)
}

/// Claims what is held back; sells the rest, and issues its tickets.
async fn hand_over(
    app: &Booking,
    tx: &mut Tx,
    order: Order,
    take: &Take,
    tickets: &[TicketId],
) -> Result<Order, TakeError> {
    let (now, ids) = (app.clock.now(), (order.event, order.id));
    let cause = match take.kind {
        Kind::HeldBack => {
            let claims: Vec<_> = tickets.iter().map(|ticket| (order.id, *ticket)).collect();
            if !sale::store::claim(tx, order.event, &claims, order.until, now).await? {
                return Err(TakeError::Taken(order.event, tickets.to_vec()));
            }
            sale::store::bump(tx, order.event, tickets, true).await?;
            order::store::history::note(tx, ids, order.state, "the organizer holds seats back", now).await?;
            return Ok(order);
        }
        Kind::Comp => "given away by the organizer",
        Kind::BoxOffice => "paid at the counter",
    };
    let sales: Vec<_> = tickets.iter().map(|ticket| (order.id, *ticket)).collect();
    sale::store::sell(tx, order.event, &sales, now).await?;
    sale::store::bump(tx, order.event, tickets, true).await?;
    let state = write::step(tx, &order, OrderEvent::Sold, cause, now).await?;
    let order = Order { state, ..order };
    captured::captured(app, tx, &[&order], cause).await?;
    Ok(Order { state: OrderState::Paid, ..order })
}

fn free_of_charge(line: &mut Line) {
    let nothing = Money { minor: 0, currency: line.price.currency };
    (line.price, line.face, line.fee, line.tax) = (nothing, nothing, nothing, nothing);
}
