//! Taking the tickets of a late payment again.

use std::time::Duration;

use contracts::id::{AccountId, EventId, HoldId, OrderId, TicketId};
use platform::{postgres::StoreError, telemetry::Chain};

use super::{settle::SettleError, store};
use crate::{
    hold::{
        self, About, Asked,
        store::{New, Placed},
    },
    mirror::{Rebuilding, rebuild::RebuildError},
    offer,
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
    let now = app.clock.now();
    let visitor = order.visitor.unwrap_or_else(|| order.account.uuid().into());
    let about = About {
        event,
        account: order.account,
        visitor,
        pass: order.pass,
        since: now,
        end: now,
        voucher: None,
        presale: None,
        offer: None,
    };
    let asked = Asked::Tickets(tickets.to_vec());
    // One id for the whole order: who settles again, after a death in between, finds the hold as its own.
    let again: HoldId = order.id.uuid().into();
    let new = New {
        id: again,
        about: &about,
        asked: &asked,
        lines: &lines,
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
    };
    match hold::place::on_mirror(app, &new).await {
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
