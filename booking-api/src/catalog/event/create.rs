//! Making an event with all its tickets.

use std::borrow::Cow;

use contracts::id::{AccountId, EventId};
use platform::postgres::{self, StoreError, Tx};
use serde_json::json;
use tracing::instrument;

use super::{EventFacts, Links, NewEvent, Publication, Tier, check, store};
use crate::{
    audit::{self, Actor, Did},
    catalog::{performer, venue},
    invalid::{Checks, Invalid},
    publisher::{self, Availability, TierLeft},
    seat::{
        self,
        plan::{NewSeat, Plan, Said, plan},
    },
    state::Booking,
};

/// Why an event was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateEventError {
    /// It cannot be an event, or names somebody or something that is not there.
    #[error("the event is not valid")]
    Invalid(#[from] Invalid),
    /// Another event of the organizer has this external id.
    #[error("the external id is taken")]
    ExternalIdTaken,
    /// The database failed.
    #[error("making the event failed")]
    Store(#[from] StoreError),
}

/// A new event, of which only its own row is written.
pub(super) struct Made<'a> {
    /// Which one.
    pub(super) event: EventId,
    /// Where, and with whom.
    pub(super) links: &'a Links,
    /// What it sells.
    pub(super) plan: &'a Plan,
}

/// Makes an event, its tiers and its tickets, all or nothing.
///
/// # Errors
/// [`CreateEventError`].
#[instrument(name = "event.create", skip_all, fields(event.id))]
pub async fn create(app: &Booking, by: &Actor, new: &NewEvent) -> Result<EventId, CreateEventError> {
    let owner = by.organizer;
    let facts = new.facts();
    let links = Links { venue: new.venue_id, performers: new.performer_ids.clone() };
    check(&facts, &links)?;
    let seats = seats(new)?;
    let is_draft = new.state == Some(Publication::Draft);
    let (tiers, points) = (new.tiers.as_slice(), new.focal_points.as_slice());
    let plan = plan(&Said { tiers, known: &[], seats: &seats, points, is_draft }, &app.ids)?;
    let publication = first(new.state, &plan)?;
    let event: EventId = app.ids.next();
    tracing::Span::current().record("event.id", tracing::field::display(event));
    let mut tx = postgres::begin(&app.postgres).await?;
    keep_links(&mut tx, owner, &links).await?;
    let now = app.clock.now();
    store::insert(&mut tx, owner, &[(event, &facts, links.venue, publication)], now).await.map_err(
        |error| match error.constraint() {
            Some("event_owner_id_external_id_key") => CreateEventError::ExternalIdTaken,
            _ => error.into(),
        },
    )?;
    fill(app, &mut tx, &[Made { event, links: &links, plan: &plan }]).await?;
    let did =
        made("event.create", event, &facts, &plan).now("venueId", links.venue).now("state", publication);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    Ok(event)
}

/// What is written down of a new event.
pub(super) fn made(operation: &'static str, event: EventId, facts: &EventFacts, plan: &Plan) -> Did {
    Did::to(operation, event)
        .all(facts)
        .now("tiers", tiers_told(&plan.tiers))
        .now("tickets", plan.tickets.len())
}

/// What is written down of tiers.
pub fn tiers_told(tiers: &[Tier]) -> serde_json::Value {
    let price = |tier: &Tier| json!({ "name": tier.name, "price": tier.price_minor });
    tiers.iter().map(price).collect()
}

/// What an event may be at its beginning.
pub(super) fn first(said: Option<Publication>, plan: &Plan) -> Result<Publication, Invalid> {
    let mut checks = Checks::default();
    let publication = said.unwrap_or(Publication::Published);
    let begins = matches!(publication, Publication::Draft | Publication::Published);
    checks.that(begins, "/state", "is draft or published for a new event");
    // Publishing keeps them back: what is published at once is published with everything for sale.
    let keeps = publication == Publication::Draft || !plan.keeps_back();
    checks.that(keeps, "/state", "is draft where seats are to be kept back: publish it afterwards");
    checks.done()?;
    Ok(publication)
}

/// The seats that the body names, or those of its plan; each category becomes the tier of its name.
fn seats(new: &NewEvent) -> Result<Cow<'_, [NewSeat]>, Invalid> {
    let Some(plan) = &new.seating_plan else { return Ok(Cow::Borrowed(&new.seats)) };
    let mut checks = Checks::default();
    checks.that(new.seats.is_empty(), "/seats", "is empty where there is a seatingPlan");
    let found = plan.seats()?;
    let tier = |name: &str| new.tiers.iter().position(|tier| tier.name() == name);
    let seats = found.into_iter().filter_map(|seat| {
        let index = tier(&seat.category);
        checks.that(index.is_some(), "/tiers", format!("names a tier {} for the category", seat.category));
        Some(NewSeat::drawn(seat, index?))
    });
    let seats: Vec<NewSeat> = seats.collect();
    checks.done()?;
    Ok(Cow::Owned(seats))
}

/// Writes what new events consist of beside their own rows.
pub(super) async fn fill(app: &Booking, tx: &mut Tx, new: &[Made<'_>]) -> Result<(), StoreError> {
    let bills: Vec<_> = new.iter().map(|made| (made.event, made.links.performers.as_slice())).collect();
    store::insert_performers(tx, &bills).await?;
    let plans: Vec<_> = new.iter().map(|made| (made.event, made.plan)).collect();
    seat::store::insert(tx, &plans).await?;
    let left: Vec<_> = new.iter().map(|made| (made.event, untouched(made.plan))).collect();
    publisher::store::write(tx, &left, app.clock.now()).await?;
    let events: Vec<_> = new.iter().map(|made| made.event).collect();
    publisher::store::bump_new(tx, &events).await
}

/// Keeps venue and performers as they are until the transaction ends, so that whoever changes them afterwards finds
/// the event.
///
/// # Errors
/// When one of them is not there, or not the organizer's.
pub(super) async fn keep_links(tx: &mut Tx, owner: AccountId, links: &Links) -> Result<(), CreateEventError> {
    let mut checks = Checks::default();
    let venue = venue::store::keep(tx, links.venue).await?;
    checks.that(venue.is_some_and(|venue| venue.owner == owner), "/venueId", "is one of your venues");
    let kept = performer::store::keep(tx, owner, &links.performers).await?;
    for (index, performer) in links.performers.iter().enumerate() {
        let pointer = format!("/performerIds/{index}");
        checks.that(kept.contains(performer), pointer, "is one of your performers");
    }
    Ok(checks.done()?)
}

/// What is left before anything is sold.
pub fn untouched(plan: &Plan) -> Availability {
    let tiers: Vec<_> = plan
        .tiers
        .iter()
        .map(|tier| {
            let total = plan.tickets.iter().filter(|ticket| ticket.tier == tier.id).count();
            TierLeft {
                price_minor: tier.price_minor,
                total: i64::try_from(total).unwrap_or(i64::MAX),
                sold: 0,
            }
        })
        .collect();
    Availability::of(&tiers)
}
