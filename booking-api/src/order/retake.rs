//! Taking the tickets of a late payment again, or others of the same price.

use std::time::Duration;

use contracts::id::{AccountId, EventId, HoldId, OrderId, TicketId};
use platform::{
    postgres::{StoreError, Tx},
    telemetry::Chain,
};

use super::{Order, settle::SettleError, store};
use crate::{
    hold::{
        self, About, Asked,
        store::{New, Placed},
    },
    mirror::{Rebuilding, rebuild::RebuildError},
    offer::{self, Line},
    sale,
    seat::{self, availability},
    state::Booking,
};

/// How long a hold lasts that is taken again for a late payment: until the sale is committed.
const AGAIN_LASTS: Duration = Duration::from_mins(1);

/// Whether the tickets of a late payment could be held again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retake {
    NotTried,
    /// They are held for it, or Redis cannot be reached and Postgres decides alone.
    Free,
    Taken,
}

/// What was tried to have tickets for a late payment.
pub(super) struct Tried {
    /// For those of the order.
    pub(super) retake: Retake,
    /// For others of the same price.
    pub(super) instead: Instead,
}

/// Whether there are other tickets of the same price.
pub(super) enum Instead {
    NotTried,
    NotThere,
    /// These are held, in the order of those of the order.
    Held(Vec<Line>),
}

/// How often others are looked for when rivals are quicker.
const ROUNDS: usize = 3;

/// Holds the tickets of a late payment again, by the script with which everybody holds tickets: somebody's live hold
/// counts as taken. Says which hold it placed, and for whom.
pub(super) async fn take_again(
    app: &Booking,
    (event, order): (EventId, OrderId),
    tickets: &[TicketId],
) -> Result<(Retake, Option<(AccountId, HoldId)>), SettleError> {
    let missing = || StoreError::Unexpected("an attempt without its order".to_owned());
    let order = store::find(&app.postgres, event, order).await?.ok_or_else(missing)?;
    let lines = offer::store::lines(&app.postgres, event, tickets, None).await?;
    // One id for the whole order: who settles again, after a death in between, finds the hold as its own.
    let again: HoldId = order.id.uuid().into();
    match hold(app, &order, again, &lines).await {
        Ok(Placed::Held { hold, .. } | Placed::Again(hold)) => {
            Ok((Retake::Free, Some((order.account, hold.id))))
        }
        Ok(Placed::Taken(_)) => {
            // The hold that the order came from may live on, past the end of the claim.
            for id in [order.hold, again] {
                let own = hold::store::find(&mut app.redis.clone(), event, id).await?;
                if own.is_some_and(|own| own.about.account == order.account && own.tickets == tickets) {
                    return Ok((Retake::Free, (id == again).then_some((order.account, id))));
                }
            }
            Ok((Retake::Taken, None))
        }
        Ok(Placed::Rebuild) | Err(RebuildError::Rebuilding(_)) => Err(SettleError::Rebuilding(Rebuilding)),
        Ok(other) => Err(StoreError::Unexpected(format!("holding tickets again gave {other:?}")).into()),
        Err(RebuildError::Store(StoreError::Redis(error))) => {
            tracing::warn!(error = %Chain(&error), "Redis is away: Postgres decides about a late payment alone");
            Ok((Retake::Free, None))
        }
        Err(RebuildError::Store(error)) => Err(error.into()),
    }
}

/// Holds other tickets for an order whose own are gone: of the same tiers and so of the same prices, of the same kind of seat.
/// `None` when there are not so many, or Redis cannot be asked.
pub(super) async fn hold_instead(
    app: &Booking,
    order: &Order,
    tickets: &[TicketId],
) -> Result<Option<(HoldId, Vec<Line>)>, SettleError> {
    for _ in 0..ROUNDS {
        app.views.snapshots.forget(order.event).await;
        let Some(lines) = alike(app, order.event, tickets).await else { return Ok(None) };
        let id = app.ids.next();
        match hold(app, order, id, &lines).await {
            Ok(Placed::Held { hold, .. } | Placed::Again(hold)) => return Ok(Some((hold.id, lines))),
            Ok(Placed::Taken(_)) => {}
            Ok(Placed::Rebuild) | Err(RebuildError::Rebuilding(_)) => {
                return Err(SettleError::Rebuilding(Rebuilding));
            }
            Ok(other) => {
                return Err(StoreError::Unexpected(format!("holding other tickets gave {other:?}")).into());
            }
            Err(RebuildError::Store(StoreError::Redis(error))) => {
                tracing::warn!(error = %Chain(&error), "Redis is away: a late payment gets no other tickets");
                return Ok(None);
            }
            Err(RebuildError::Store(error)) => return Err(error.into()),
        }
    }
    Ok(None)
}

/// For each of `tickets` another one like it that can be had, by what was seen last: neighbours where there are such.
async fn alike(app: &Booking, event: EventId, tickets: &[TicketId]) -> Option<Vec<Line>> {
    let layout = availability::layout(app, event).await.ok()?;
    let snapshot = availability::snapshot(app, event).await.ok()?.value;
    let kind = |seat: &seat::Seat| (seat.kind, seat.restricted_view);
    let mut chosen: Vec<TicketId> = Vec::new();
    for ticket in tickets {
        let own = layout.ticket(*ticket)?;
        let is_like = |other: &seat::Ticket| {
            other.tier == own.tier && other.seat.as_ref().map(kind) == own.seat.as_ref().map(kind)
        };
        let mut can_be_had = layout.numbered().filter(|(id, other)| snapshot.has(*id) && is_like(other));
        let (id, _) = can_be_had.find(|(id, _)| !chosen.contains(id) && !tickets.contains(id))?;
        chosen.push(id);
    }
    chosen.into_iter().map(|id| layout.line(id)).collect()
}

/// Places a hold of the order on the tickets of `lines`.
async fn hold(app: &Booking, order: &Order, id: HoldId, lines: &[Line]) -> Result<Placed, RebuildError> {
    let now = app.clock.now();
    let about = About {
        event: order.event,
        account: order.account,
        visitor: order.visitor.unwrap_or_else(|| order.account.uuid().into()),
        pass: order.pass,
        since: now,
        end: now,
        voucher: None,
        presale: None,
        offer: None,
        equivalent: false,
    };
    let asked = Asked::Tickets(lines.iter().map(|line| line.ticket).collect());
    let new = New {
        id,
        about: &about,
        asked: &asked,
        lines,
        lasts: AGAIN_LASTS,
        per: lines.len(),
        chosen_by: None,
        limit: u32::MAX,
        pass: None,
        code: None,
        offered: false,
        key: None,
        // The fan's own new hold on them is a rival too: two payments for one seat must not both be taken.
        again: false,
        instead_of: None,
    };
    hold::together::on_mirror(app, &new).await
}

/// Gives the order other tickets in place of its own, which others have; `false` when others have these too, and then nothing
/// was written.
pub(super) async fn replace(
    app: &Booking,
    tx: &mut Tx,
    order: &Order,
    before: &[TicketId],
    instead: &[Line],
) -> Result<bool, StoreError> {
    let (ids, now) = ((order.event, order.id), app.clock.now());
    let mut tickets: Vec<TicketId> = instead.iter().map(|line| line.ticket).collect();
    tickets.sort_unstable();
    sale::store::lock(tx, order.event, &tickets).await?;
    if !sale::store::taken(tx, (order.event, Some(order.id)), &tickets, now).await?.is_empty() {
        return Ok(false);
    }
    let freed = sale::store::unclaim(tx, order.event, &[order.id]).await?;
    sale::store::free(tx, order.event, &freed, now).await?;
    store::line::replace(tx, order, before, instead).await?;
    let places: Vec<&str> = instead.iter().map(|line| line.place.as_str()).collect();
    let cause = format!(
        "others had the tickets by then; the order has these of the same price: {}",
        places.join("; ")
    );
    store::history::note(tx, ids, order.state, &cause, now).await?;
    Ok(true)
}
