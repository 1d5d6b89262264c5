//! Placing a hold.

use std::sync::Arc;

use chrono::TimeDelta;
use contracts::id::{EventId, PassId, RoomId, TicketId, VisitorId, VoucherId};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{
    About, Asked, Hold,
    best::{self, Placement},
    best_available,
    extend::longest,
    find,
    opening::{self, Opening},
    reserve::{BadRequest, Reserve},
    store::{self, New, Placed},
    together,
};
use crate::{
    admission::{self, NotAdmitted, Purpose},
    cache::Missing,
    code::guess::{Guesser, Slowed},
    extractors::Visitor,
    idempotency::Key,
    mirror::{Rebuilding, rebuild::RebuildError},
    offer::{self, Line, Offer},
    presale::Shut,
    seat::{Layout, availability},
    state::Booking,
    voucher::{self, Refusal},
    waitlist::{self, Offered},
};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The account, and whence it asks.
    pub guesser: Guesser,
    /// The browser, and its pass.
    pub visitor: Visitor,
}

/// Why no hold was placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The request is none.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// A room guards the event, and the pass does not open it.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// There is no such event.
    #[error("there is no such event")]
    UnknownEvent,
    /// The event has no such tickets.
    #[error("the event has no such tickets")]
    UnknownTickets(Vec<TicketId>),
    /// The event has no such tier, or one chooses seats in it.
    #[error("the event has no such tier that is asked for so")]
    UnknownTier,
    /// The event has no such section.
    #[error("the event has no such section")]
    UnknownSection,
    /// It is not on sale now, or only with a code.
    #[error(transparent)]
    Shut(#[from] Shut),
    /// There is no such presale code.
    #[error("there is no such presale code")]
    UnknownCode,
    /// Too many wrong codes were tried.
    #[error(transparent)]
    Slowed(#[from] Slowed),
    /// The offer of the waitlist is over, or never was.
    #[error("the offer is over")]
    OfferOver,
    /// The code is good for so few more seats.
    #[error("the code is good for {0} more seats")]
    CodeUsed(u32),
    /// One account may not have so many.
    #[error("one account may have {limit} tickets, and has {have}")]
    TooMany {
        /// The most.
        limit: u32,
        /// What it holds and has bought.
        have: u32,
    },
    /// Others have these.
    #[error("others have these tickets")]
    Taken(EventId, Vec<TicketId>),
    /// So few are left of the tier.
    #[error("{0} are left")]
    SoldOut(u32),
    /// The key came with another body.
    #[error("the key belongs to another request")]
    KeyReused,
    /// So many ask for the best seats that none could be held.
    #[error("too many ask for the same seats")]
    Crowded,
    /// The voucher does nothing for these tickets.
    #[error(transparent)]
    Voucher(#[from] Refusal),
    /// The mirror is being built.
    #[error(transparent)]
    Rebuilding(#[from] Rebuilding),
    /// A store failed.
    #[error("placing a hold failed")]
    Store(#[from] StoreError),
    /// A store failed that others asked, too.
    #[error("placing a hold failed")]
    Away(#[from] Arc<StoreError>),
}

impl From<Missing> for PlaceError {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Unknown => Self::UnknownEvent,
            Missing::Store(error) => Self::Away(error),
        }
    }
}

impl From<RebuildError> for PlaceError {
    fn from(error: RebuildError) -> Self {
        match error {
            RebuildError::Rebuilding(error) => Self::Rebuilding(error),
            RebuildError::Store(error) => Self::Store(error),
        }
    }
}

/// A hold with its prices.
#[derive(Clone, Debug)]
pub struct Priced {
    /// The hold.
    pub hold: Hold,
    /// Its tickets.
    pub lines: Vec<Line>,
    /// How close together its seats are; none where it has none.
    pub placement: Option<Placement>,
}

/// A hold that is being placed.
pub(super) struct Placing<'a> {
    pub(super) buyer: &'a Asker,
    pub(super) offer: &'a Offer,
    pub(super) opening: &'a Opening,
    pub(super) offered: Option<&'a Offered>,
    pub(super) layout: &'a Layout,
    pub(super) pass: Option<(RoomId, PassId)>,
    pub(super) asked: &'a Asked,
    pub(super) key: Option<&'a Key>,
    pub(super) voucher: Option<VoucherId>,
    pub(super) equivalent: bool,
    pub(super) instead_of: Option<&'a Hold>,
}

/// What came of it.
pub(super) enum Written {
    /// It is placed.
    New {
        /// The hold.
        hold: Hold,
        /// Others had these, which would have done as well.
        met: Vec<TicketId>,
        /// When, by the clock of Redis in milliseconds.
        at: u64,
        /// Among how many copies of the service the hall is shared out, and which of them this one is.
        share: (usize, usize),
    },
    /// It had been placed before.
    Again(Hold),
}

/// Sets tickets aside for the account, all or none. Asking the same again gives the same hold.
///
/// # Errors
/// [`PlaceError`]; nothing is held then, but for [`PlaceError::Store`], after which one asks again.
#[instrument(name = "hold.place", skip_all, fields(event.id, hold.id))]
pub async fn place(
    app: &Booking,
    buyer: &Asker,
    reserve: &Reserve,
    key: Option<&Key>,
) -> Result<Priced, PlaceError> {
    let (event, asked, offered) = asked(app, buyer, reserve).await?;
    tracing::Span::current().record("event.id", tracing::field::display(event));
    let pass = admission::check(app, event, &buyer.visitor, Purpose::Shop).await?;
    let shared = pass.map(|(_, pass)| pass);
    let offer = together::offer(app, event, (buyer.guesser.account, shared)).await?;
    let offer = offer.ok_or(PlaceError::UnknownEvent)?;
    let layout = availability::layout(app, event).await?;
    let (asked, lines) = named(&layout, asked)?;
    let opening = match &offered {
        // What is offered needs no code: its fan waited for it.
        Some(_) => Opening::general(&offer, app.clock.now())?,
        None => {
            opening::check(app, &offer, &layout, &asked, (&buyer.guesser, reserve.code.as_deref())).await?
        }
    };
    let have = offer.bought.max(offer.bought_with_pass);
    if asked.count().saturating_add(have) > offer.limit {
        return Err(PlaceError::TooMany { limit: offer.limit, have });
    }
    let voucher = match &reserve.voucher {
        Some(code) => Some(voucher::apply::by_code(app, event, &buyer.guesser, code).await?),
        None => None,
    };
    let replaced = find::replaced(app, buyer.guesser.account, (event, reserve.instead_of)).await?;
    let placing = Placing {
        buyer,
        offer: &offer,
        opening: &opening,
        offered: offered.as_ref(),
        layout: &layout,
        pass,
        asked: &asked,
        key,
        voucher,
        equivalent: reserve.equivalent == Some(true),
        instead_of: replaced.as_ref(),
    };
    let (hold, is_new) = match &asked {
        Asked::Best(best) => best_available::hold(app, &placing, best).await?,
        Asked::Tickets(_) | Asked::Units(..) => match write(app, &placing, &lines, lines.len()).await? {
            Written::New { hold, .. } => (hold, true),
            Written::Again(hold) => (hold, false),
        },
    };
    tracing::Span::current().record("hold.id", tracing::field::display(hold.id));
    match with_voucher(app, &hold, voucher, offer.is_charged).await {
        Err(error) if is_new => {
            super::release::forget(app, event, buyer.guesser.account, hold.id).await;
            Err(error)
        }
        priced => priced,
    }
}

/// What is asked of which event, and the offer of the waitlist that it takes up.
async fn asked(
    app: &Booking,
    buyer: &Asker,
    reserve: &Reserve,
) -> Result<(EventId, Asked, Option<Offered>), PlaceError> {
    let Some((event, text)) = reserve.offered()? else {
        let (event, asked) = reserve.asked()?;
        return Ok((event, asked, None));
    };
    let offered = waitlist::accept::find(app, buyer.guesser.account, event, text).await?;
    let offered = offered.ok_or(PlaceError::OfferOver)?;
    Ok((event, Asked::Tickets(offered.tickets.clone()), Some(offered)))
}

/// The hold with its prices, if the voucher on it does something. One that was placed before gets the voucher that is
/// asked for now.
async fn with_voucher(
    app: &Booking,
    hold: &Hold,
    voucher: Option<VoucherId>,
    is_charged: bool,
) -> Result<Priced, PlaceError> {
    let lies = hold.about.voucher;
    let about = About { voucher: voucher.or(lies), ..hold.about.clone() };
    let is_changed = about.voucher != lies;
    let priced = priced(app, Hold { about, ..hold.clone() }, is_charged).await?;
    if voucher.is_some() {
        voucher::apply::check(app, hold.about.account, &priced).await?;
    }
    if is_changed {
        store::say(&mut app.redis.clone(), &priced.hold).await?;
    }
    Ok(priced)
}

/// The hold with its prices and what it is like. Where nothing is charged beside the face value, as `is_charged` says,
/// nobody is asked.
///
/// # Errors
/// [`Missing`].
pub(crate) async fn priced(app: &Booking, hold: Hold, is_charged: bool) -> Result<Priced, PlaceError> {
    let layout = availability::layout(app, hold.about.event).await?;
    let rows = availability::rows(app, hold.about.event).await?;
    let voucher = voucher::apply::on(app, &hold.about).await?;
    let terms = voucher.as_ref().map(|voucher| &voucher.terms);
    let lines = if is_charged || terms.is_some() {
        offer::store::lines(&app.postgres, hold.about.event, &hold.tickets, terms).await?
    } else {
        hold.tickets.iter().filter_map(|ticket| layout.line(*ticket)).collect()
    };
    let placement = best::placement(&rows, &hold.tickets);
    Ok(Priced { hold, lines, placement })
}

/// The tickets that are asked for by name, all of which there must be. Of a tier without seats no unit is better than
/// another.
fn named(layout: &Layout, asked: Asked) -> Result<(Asked, Vec<Line>), PlaceError> {
    let pool = |id| layout.tiers.iter().find(|tier| tier.id == id).map(|tier| tier.general_admission);
    match asked {
        Asked::Tickets(tickets) => {
            let lines: Vec<Line> = tickets.iter().filter_map(|ticket| layout.line(*ticket)).collect();
            let missing: Vec<TicketId> =
                tickets.iter().copied().filter(|ticket| layout.ticket(*ticket).is_none()).collect();
            if missing.is_empty() {
                Ok((Asked::Tickets(tickets), lines))
            } else {
                Err(PlaceError::UnknownTickets(missing))
            }
        }
        Asked::Units(tier, quantity) => match pool(tier) {
            Some(true) => Ok((Asked::Units(tier, quantity), Vec::new())),
            Some(false) | None => Err(PlaceError::UnknownTier),
        },
        Asked::Best(best) => match best.tier.map(|tier| (tier, pool(tier))) {
            Some((tier, Some(true))) if best.accessible == 0 => {
                Ok((Asked::Units(tier, best.quantity), Vec::new()))
            }
            Some((_, Some(true) | None)) => Err(PlaceError::UnknownTier),
            Some((_, Some(false))) | None => Ok((Asked::Best(best), Vec::new())),
        },
    }
}

/// Writes the hold: the tickets of `lines`, or the first `per` of them that are free.
pub(super) async fn write(
    app: &Booking,
    placing: &Placing<'_>,
    lines: &[Line],
    per: usize,
) -> Result<Written, PlaceError> {
    let Placing { buyer, offer, opening, offered, pass, asked, key, voucher, instead_of, .. } = *placing;
    let now = app.clock.now();
    // Who chooses anew does not begin anew, or they could hold seats for ever.
    let since = instead_of.map_or(now, |hold| hold.about.since);
    let fresh = now + TimeDelta::from_std(app.config.hold_lasts).unwrap_or_default();
    let fresh = instead_of.map_or(fresh, |hold| fresh.min(longest(app, since)).max(hold.about.end));
    // A hold on what is offered ends with the offer.
    let end = offered.map_or(fresh, |offered| offered.until.min(fresh));
    let lasts = (end - now).to_std().unwrap_or_default();
    let (event, visitor): (EventId, VisitorId) = (offer.event, buyer.visitor.id);
    let about = About {
        event,
        account: buyer.guesser.account,
        visitor,
        pass,
        since,
        end,
        voucher: voucher.or_else(|| instead_of?.about.voucher),
        presale: opening.code,
        offer: offered.map(|offered| offered.id),
        equivalent: placing.equivalent,
    };
    let new = New {
        id: app.ids.next(),
        about: &about,
        asked,
        lines,
        per,
        chosen_by: matches!(asked, Asked::Best(_)).then_some(app.views.copy),
        offered: offered.is_some(),
        lasts,
        limit: offer.limit.saturating_sub(offer.bought),
        pass: pass.map(|(_, pass)| (pass, offer.limit.saturating_sub(offer.bought_with_pass))),
        code: opening.counted(),
        key: key.map(|key| (key.hash.as_str(), key.body.as_str())),
        // Under a key of its own, a second request for what nobody named is meant.
        again: key.is_none() || matches!(asked, Asked::Tickets(_)),
        instead_of: instead_of.map(|hold| hold.id),
    };
    let placed = together::place(app, &new).await?;
    let too_many = |held: u32, bought| {
        Err(PlaceError::TooMany { limit: offer.limit, have: held.saturating_add(bought) })
    };
    match placed {
        Placed::Held { hold, met, at, share } => Ok(Written::New { hold, met, at, share }),
        Placed::Again(hold) => Ok(Written::Again(hold)),
        Placed::Taken(tickets) => Err(PlaceError::Taken(event, tickets)),
        Placed::SoldOut(left) => Err(PlaceError::SoldOut(left)),
        Placed::Limit(held) => too_many(held, offer.bought),
        Placed::PassLimit(held) => too_many(held, offer.bought_with_pass),
        Placed::CodeLimit(held) => Err(PlaceError::CodeUsed(opening.left(held))),
        Placed::Closed => Err(NotAdmitted { event, room: pass.map(|(room, _)| room) }.into()),
        Placed::KeyReused => Err(PlaceError::KeyReused),
        Placed::Rebuild => Err(Rebuilding.into()),
    }
}
