//! Placing a hold.

use chrono::TimeDelta;
use contracts::id::{AccountId, EventId, PassId, RoomId, TicketId, VisitorId};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{
    About, Asked, BadRequest, Hold, Reserve,
    store::{self, New, Placed},
};
use crate::{
    admission::{self, NotAdmitted, Purpose},
    extractors::Visitor,
    idempotency::Key,
    mirror::{
        Rebuilding,
        rebuild::{self, RebuildError},
    },
    offer::{self, Line, NotOnSale, Offer},
    state::Booking,
};

/// Who asks.
#[derive(Clone, Debug)]
pub struct Asker {
    /// The account.
    pub account: AccountId,
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
    #[error("the event has no such tier without seats")]
    UnknownTier,
    /// It is not on sale now.
    #[error(transparent)]
    NotOnSale(#[from] NotOnSale),
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
    /// The mirror is being built.
    #[error(transparent)]
    Rebuilding(#[from] Rebuilding),
    /// A store failed.
    #[error("placing a hold failed")]
    Store(#[from] StoreError),
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
    let (event, asked) = reserve.asked()?;
    tracing::Span::current().record("event.id", tracing::field::display(event));
    let pass = admission::check(app, event, &buyer.visitor, Purpose::Shop).await?;
    let offer = offer::store::offer(&app.postgres, event, buyer.account).await?;
    let offer = offer.ok_or(PlaceError::UnknownEvent)?;
    let lines = named(app, event, &asked).await?;
    offer.on_sale(app.clock.now())?;
    let count = match &asked {
        Asked::Tickets(tickets) => u32::try_from(tickets.len()).unwrap_or(u32::MAX),
        Asked::Units(_, quantity) => *quantity,
    };
    if count.saturating_add(offer.bought) > offer.limit {
        return Err(PlaceError::TooMany { limit: offer.limit, have: offer.bought });
    }
    let hold = write(app, buyer, &offer, pass, &asked, &lines, key).await?;
    tracing::Span::current().record("hold.id", tracing::field::display(hold.id));
    let lines = match asked {
        // A hold that had been placed before may have been placed by another request: its tickets decide.
        Asked::Tickets(tickets) if tickets == hold.tickets => lines,
        _ => offer::store::lines(&app.postgres, event, &hold.tickets).await?,
    };
    Ok(Priced { hold, lines })
}

/// The tickets that are asked for by name, all of which there must be.
async fn named(app: &Booking, event: EventId, asked: &Asked) -> Result<Vec<Line>, PlaceError> {
    match asked {
        Asked::Tickets(tickets) => {
            let lines = offer::store::lines(&app.postgres, event, tickets).await?;
            let found: Vec<TicketId> = lines.iter().map(|line| line.ticket).collect();
            let missing: Vec<TicketId> =
                tickets.iter().copied().filter(|ticket| !found.contains(ticket)).collect();
            if missing.is_empty() { Ok(lines) } else { Err(PlaceError::UnknownTickets(missing)) }
        }
        Asked::Units(tier, _) => match offer::store::has_pool(&app.postgres, event, *tier).await? {
            Some(true) => Ok(Vec::new()),
            Some(false) | None => Err(PlaceError::UnknownTier),
        },
    }
}

#[expect(clippy::too_many_arguments, reason = "one place that puts a hold together")]
async fn write(
    app: &Booking,
    buyer: &Asker,
    offer: &Offer,
    pass: Option<(RoomId, PassId)>,
    asked: &Asked,
    lines: &[Line],
    key: Option<&Key>,
) -> Result<Hold, PlaceError> {
    let lasts = app.config.hold_lasts;
    let since = app.clock.now();
    let end = since + TimeDelta::from_std(lasts).unwrap_or_default();
    let (event, visitor): (EventId, VisitorId) = (offer.event, buyer.visitor.id);
    let about = About { event, account: buyer.account, visitor, pass, since, end };
    let new = New {
        id: app.ids.next(),
        about: &about,
        asked,
        lines,
        lasts,
        limit: offer.limit.saturating_sub(offer.bought),
        key: key.map(|key| (key.hash.as_str(), key.body.as_str())),
        // Under a key of its own, a second request for units is meant.
        again: key.is_none() || matches!(asked, Asked::Tickets(_)),
    };
    let redis = &mut app.redis.clone();
    let mut placed = store::place(redis, &new).await?;
    if placed == Placed::Rebuild {
        rebuild::ensure(app, event).await?;
        placed = store::place(redis, &new).await?;
    }
    match placed {
        Placed::Held(hold) | Placed::Again(hold) => Ok(hold),
        Placed::Taken(tickets) => Err(PlaceError::Taken(event, tickets)),
        Placed::SoldOut(left) => Err(PlaceError::SoldOut(left)),
        Placed::Limit(held) => {
            Err(PlaceError::TooMany { limit: offer.limit, have: held.saturating_add(offer.bought) })
        }
        Placed::KeyReused => Err(PlaceError::KeyReused),
        Placed::Rebuild => Err(Rebuilding.into()),
    }
}
