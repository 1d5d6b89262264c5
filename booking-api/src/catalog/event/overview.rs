//! An event as everybody sees it, with what can be had of it now. Answers while any store is away, as long as somebody
//! asked before (promise S2).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::{
    event::EventState,
    id::{AccountId, EventId, TicketId},
};

use super::{Event, Publication, store, store::EventDetail};
use crate::{
    cache::{Missing, Seen},
    presale::Presale,
    seat::{
        Layout, Ticket,
        availability::{self, Snapshot},
    },
    state::Booking,
};

/// The most tickets in one answer.
pub const PAGE: usize = 1000;

/// An event and what can be had of it.
#[derive(Clone, Debug)]
pub struct Overview {
    /// What is said about it.
    pub detail: Arc<EventDetail>,
    /// What it sells.
    pub layout: Arc<Layout>,
    /// What of it can be had.
    pub snapshot: Arc<Snapshot>,
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// Where it stands then.
    pub state: EventState,
    /// Whether any of this may be wrong because a store is away.
    pub stale: bool,
}

/// What is said about `event`, for `somebody`: a draft is there for its organizer only.
///
/// # Errors
/// [`Missing`].
pub async fn detail(
    app: &Booking,
    event: EventId,
    somebody: Option<AccountId>,
) -> Result<Seen<Arc<EventDetail>>, Missing> {
    let detail = known(app, event).await?;
    let Event { owner, publication, .. } = detail.value.event;
    if publication == Publication::Draft && somebody != Some(owner) {
        return Err(Missing::Unknown);
    }
    Ok(detail)
}

/// The same for whoever may see it anyway.
///
/// # Errors
/// [`Missing`].
pub async fn known(app: &Booking, event: EventId) -> Result<Seen<Arc<EventDetail>>, Missing> {
    let load = async { store::find(&app.catalog, event).await?.map(Arc::new).ok_or(Missing::Unknown) };
    app.views.details.get(event, load).await
}

/// Looks at `event`, for `somebody`.
///
/// # Errors
/// [`Missing`].
pub async fn overview(
    app: &Booking,
    event: EventId,
    somebody: Option<AccountId>,
) -> Result<Overview, Missing> {
    let detail = detail(app, event, somebody).await?;
    let snapshot = availability::snapshot(app, event).await?;
    let layout = availability::layout(app, event).await?;
    let at = app.clock.now();
    let state = detail.value.event.state(at, snapshot.value.total() > 0);
    Ok(Overview {
        detail: detail.value,
        layout,
        snapshot: snapshot.value,
        at,
        state,
        stale: detail.stale || snapshot.stale,
    })
}

impl Overview {
    /// The presales that are open now.
    pub fn open_presales(&self) -> impl Iterator<Item = &Presale> {
        self.detail.presales.iter().filter(|presale| presale.is_open(self.at))
    }

    /// Tickets that can be had, from number `from` on, at most [`PAGE`]; and the number to go on from.
    pub fn tickets(&self, from: u32) -> (Vec<(TicketId, &Ticket)>, Option<u32>) {
        let available =
            self.layout.numbered().filter(|(id, _)| id.number() >= from && self.snapshot.has(*id));
        let mut page: Vec<_> = available.take(PAGE + 1).collect();
        let next = page.get(PAGE).map(|(id, _)| id.number());
        page.truncate(PAGE);
        (page, next)
    }
}
