//! Telling that an event was changed.

use contracts::webhook::{EventCancelled, EventChanged, Notice};
use platform::postgres::{StoreError, Tx};

use super::{Event, EventFacts, Links, Publication};
use crate::{
    announcement::begin::{self as announcement, Now},
    audit::Did,
    state::Booking,
    webhook,
};

/// What an event is from now on.
#[derive(Clone, Copy, Debug)]
pub(super) struct After<'a> {
    pub(super) facts: &'a EventFacts,
    pub(super) links: &'a Links,
    pub(super) publication: Publication,
}

/// What is different, by the names that an organizer writes.
fn differences(before: &Event, linked: &Links, after: After<'_>) -> Vec<&'static str> {
    let (old, new) = (&before.facts, after.facts);
    [
        ("externalId", old.external_id != new.external_id),
        ("venueId", linked.venue != after.links.venue),
        ("performerIds", linked.performers != after.links.performers),
        ("title", old.title != new.title),
        ("description", old.description != new.description),
        ("category", old.category != new.category),
        ("startsAt", old.starts_at != new.starts_at),
        ("salesStart", old.sales_start != new.sales_start),
        ("salesEnd", old.sales_end != new.sales_end),
        ("ticketLimit", old.ticket_limit != new.ticket_limit),
        ("image", old.image != new.image),
        ("state", before.publication != after.publication),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(name, _)| name)
    .collect()
}

/// What is written down of it: each setting as it was and as it is.
pub(super) fn did(operation: &'static str, (before, linked): (&Event, &Links), after: After<'_>) -> Did {
    Did::to(operation, before.id)
        .between(&before.facts, after.facts)
        .set("venueId", linked.venue, after.links.venue)
        .set("performerIds", &linked.performers, &after.links.performers)
        .set("state", before.publication, after.publication)
}

/// Tells what is different about an event, its organizer and those who have tickets, in the transaction that writes it, under its lock; nothing where nothing is.
///
/// # Errors
/// When the database fails.
pub(super) async fn changed(
    app: &Booking,
    tx: &mut Tx,
    (before, linked): (&Event, &Links),
    after: After<'_>,
) -> Result<(), StoreError> {
    let different = differences(before, linked, after);
    if different.is_empty() {
        return Ok(());
    }
    let (event, version) = (before.id, before.version + 1);
    let title = &after.facts.title;
    let told = Notice::EventChanged(EventChanged {
        event_id: event,
        event_version: version,
        changed: different.into_iter().map(str::to_owned).collect(),
        title: title.clone(),
        starts_at: after.facts.starts_at,
        venue_id: after.links.venue,
        state: after.publication.name().to_owned(),
    });
    let mut all = vec![(told, format!("{event} {version}"))];
    if after.publication == Publication::Cancelled && before.publication != Publication::Cancelled {
        let told = EventCancelled { event_id: event, title: title.clone(), refunds: false };
        all.push((Notice::EventCancelled(told), event.to_string()));
    }
    webhook::tell::tell(app, tx, event, all).await?;
    let now =
        Now { starts_at: after.facts.starts_at, venue: after.links.venue, publication: after.publication };
    announcement::changed(tx, (before, linked.venue), now, app.clock.now()).await
}
