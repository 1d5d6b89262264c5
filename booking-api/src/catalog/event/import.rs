//! Many events at once, with their venues and performers, each known by the organizer's own name. Repeating changes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use contracts::id::{AccountId, EventId, PerformerId, VenueId};
use metrics::counter;
use platform::postgres::{self, StoreError, Tx};
use serde::Deserialize;
use tracing::instrument;

use super::{
    Event, EventFacts, ImportedEvent, Links, Publication, check,
    create::{self, Made, first},
    store, tell,
};
use crate::{
    audit::{self, Actor, Did},
    catalog::{
        Put, performer,
        venue::{self, VenueFacts},
    },
    invalid::{Checks, Fault, Invalid},
    metrics::IMPORTED_TOTAL,
    publisher,
    seat::plan::{Plan, Said, plan},
    state::Booking,
};

/// The most rows of one call.
pub const MOST_ROWS: usize = 500;
/// How many rows share one commit; each can still be refused alone.
const ROWS_PER_COMMIT: usize = 100;

/// One event with its venue and its performers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportRow {
    venue: VenueFacts,
    #[serde(default)]
    performers: Vec<String>,
    event: ImportedEvent,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome(Put<EventId>);

/// Why a row was refused.
#[derive(Debug, thiserror::Error)]
pub enum RefusedRow {
    /// It is not a row.
    #[error("the row cannot be read: {0}")]
    Unreadable(String),
    /// Something in it cannot be.
    #[error("the row is not valid")]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error("importing the row failed")]
    Store(#[from] StoreError),
}

/// A row whose contents were found good.
struct Ready {
    venue: String,
    performers: Vec<String>,
    external_id: String,
    facts: EventFacts,
    plan: Plan,
    publication: Publication,
}

/// What the rows name, as it is stored.
struct Known {
    venues: BTreeMap<String, VenueId>,
    performers: BTreeMap<String, PerformerId>,
}

impl Outcome {
    /// Which event it is.
    pub fn event(&self) -> EventId {
        self.0.id()
    }

    /// The word in the answer.
    pub fn name(&self) -> &'static str {
        match self.0 {
            Put::Created(_) => "created",
            Put::Updated(_) => "updated",
            Put::Unchanged(_) => "unchanged",
        }
    }
}

/// Writes the rows; the answer has one entry for each, in their order. First all venues and performers, then the events
/// by the order of their names, so that imports of the same rows side by side wait for each other in a line.
///
/// # Errors
/// When there are too many rows. Anything else refuses single rows.
#[instrument(name = "event.import", skip_all, fields(rows = rows.len()))]
pub async fn import(
    app: &Booking,
    by: &Actor,
    rows: Vec<Result<ImportRow, String>>,
) -> Result<Vec<Result<Outcome, RefusedRow>>, Invalid> {
    let mut checks = Checks::default();
    checks.that(rows.len() <= MOST_ROWS, "/rows", format!("has at most {MOST_ROWS} rows"));
    checks.done()?;
    let mut venues = BTreeMap::new();
    let mut performers = BTreeMap::new();
    let mut done: Vec<Option<Result<Outcome, RefusedRow>>> = Vec::with_capacity(rows.len());
    let mut ready = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        match row.map_err(RefusedRow::Unreadable).and_then(|row| make_ready(app, row, &mut venues)) {
            Ok(row) => {
                for name in &row.performers {
                    performers.entry(name.to_lowercase()).or_insert_with(|| name.clone());
                }
                ready.push((index, row));
                done.push(None);
            }
            Err(refused) => done.push(Some(Err(refused))),
        }
    }
    ready.sort_by(|(_, a), (_, b)| a.external_id.cmp(&b.external_id));
    match write_named(app, by, &venues, &performers).await {
        Ok(known) => {
            // A name that comes twice begins another chunk: its second row changes what the first one made.
            let once = ready.chunk_by(|(_, a), (_, b)| a.external_id != b.external_id);
            for chunk in once.flat_map(|rows| rows.chunks(ROWS_PER_COMMIT)) {
                write_chunk(app, by, &known, chunk, &mut done).await;
            }
        }
        Err(error) => {
            tracing::warn!(error = %platform::telemetry::Chain(&error), "the venues of an import were not written");
        }
    }
    let done = done.into_iter().map(|row| row.unwrap_or_else(|| Err(lost()))).collect::<Vec<_>>();
    for row in &done {
        counter!(IMPORTED_TOTAL, "outcome" => row.as_ref().map_or("refused", Outcome::name)).increment(1);
    }
    Ok(done)
}

/// What a row is told whose transaction was lost: nothing of it was written, or the commit had no answer.
fn lost() -> RefusedRow {
    RefusedRow::Store(StoreError::Unexpected(
        "the transaction of the row was lost; import it again".to_owned(),
    ))
}

/// Checks a row and puts its venue beside the others, the last of a name over the ones before.
fn make_ready(
    app: &Booking,
    row: ImportRow,
    venues: &mut BTreeMap<String, VenueFacts>,
) -> Result<Ready, RefusedRow> {
    let ImportRow { mut venue, performers, event } = row;
    let facts = event.facts();
    let mut checks = Checks::default();
    if let Err(invalid) = venue.check() {
        checks.below("/venue", invalid);
    }
    // Without a venue and performers yet, only what the event itself says is checked.
    let nowhere = Links { venue: uuid::Uuid::nil().into(), performers: Vec::new() };
    if let Err(invalid) = check(&facts, &nowhere) {
        checks.below("/event", invalid);
    }
    checks.that(
        facts.external_id.is_some(),
        "/event/externalId",
        "is needed: a repeated import knows the event by it",
    );
    checks.that(performers.len() <= 100, "/performers", "names at most 100 performers");
    for (index, name) in performers.iter().enumerate() {
        checks.text(name, 300, &format!("/performers/{index}"));
    }
    let said = Said {
        tiers: &event.tiers,
        known: &[],
        seats: &event.seats,
        points: &event.focal_points,
        is_draft: event.state == Some(Publication::Draft),
    };
    let plan = match plan(&said, &app.ids) {
        Ok(plan) => plan,
        Err(Invalid(faults)) => {
            checks.below("/event", Invalid(faults));
            Plan::default()
        }
    };
    let publication = first(event.state, &plan).unwrap_or_else(|invalid| {
        checks.below("/event", invalid);
        Publication::Draft
    });
    checks.done()?;
    let key = venue.external_id.clone().unwrap_or_else(|| venue.default_external_id());
    venue.external_id = Some(key.clone());
    venues.insert(key.clone(), venue);
    let mut named = BTreeSet::new();
    let performers = performers.into_iter().filter(|name| named.insert(name.to_lowercase())).collect();
    let external_id = facts.external_id.clone().unwrap_or_default();
    Ok(Ready { venue: key, performers, external_id, facts, plan, publication })
}

/// Writes the venues and performers, each in the order of the names. A performer keeps the
/// spelling that came first.
async fn write_named(
    app: &Booking,
    by: &Actor,
    venues: &BTreeMap<String, VenueFacts>,
    performers: &BTreeMap<String, String>,
) -> Result<Known, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let mut known = Known { venues: BTreeMap::new(), performers: BTreeMap::new() };
    let mut did = Vec::new();
    for (key, facts) in venues {
        let put = venue::store::upsert(&mut tx, app.ids.next(), by.organizer, facts).await?;
        if let Put::Updated(venue) = put {
            publisher::store::bump_venue(&mut tx, venue).await?;
        }
        did.extend(venue::put::did(put, facts));
        known.venues.insert(key.clone(), put.id());
    }
    let new: Vec<PerformerId> = performers.keys().map(|_| app.ids.next()).collect();
    known.performers = performer::store::ensure(&mut tx, by.organizer, &new, performers).await?;
    let made = known.performers.iter().filter(|(_, performer)| new.contains(performer));
    did.extend(made.map(|(name, performer)| Did::new("performer.create", performer).now("name", name)));
    audit::store::append_all(&mut tx, by, &did).await?;
    postgres::commit(tx).await?;
    Ok(known)
}

/// Writes some rows, no two of one name, in one transaction and few statements; when that is refused, each behind a
/// savepoint of its own, so that only the row at fault is lost.
async fn write_chunk(
    app: &Booking,
    by: &Actor,
    known: &Known,
    chunk: &[(usize, Ready)],
    done: &mut [Option<Result<Outcome, RefusedRow>>],
) {
    let mut written = write_together(app, by, known, chunk).await;
    if matches!(&written, Err(error) if !error.is_passing()) {
        written = write_apart(app, by, known, chunk).await;
    }
    match written {
        Ok(written) => {
            for ((index, _), outcome) in chunk.iter().zip(written) {
                if let Ok(Outcome(Put::Updated(event))) = &outcome {
                    app.views.forget(*event).await;
                }
                done[*index] = Some(outcome);
            }
        }
        Err(error) => {
            tracing::warn!(error = %platform::telemetry::Chain(&error), "rows of an import were not written");
        }
    }
}

type Written = Vec<Result<Outcome, RefusedRow>>;

async fn write_together(
    app: &Booking,
    by: &Actor,
    known: &Known,
    chunk: &[(usize, Ready)],
) -> Result<Written, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let rows: Vec<_> = chunk.iter().map(|(_, row)| row).collect();
    let written = write(app, &mut tx, by, known, &rows).await?;
    postgres::commit(tx).await?;
    Ok(written)
}

async fn write_apart(
    app: &Booking,
    by: &Actor,
    known: &Known,
    chunk: &[(usize, Ready)],
) -> Result<Written, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let mut written = Vec::with_capacity(chunk.len());
    for (_, row) in chunk {
        store::savepoint(&mut tx).await?;
        match write(app, &mut tx, by, known, &[row]).await {
            Ok(one) => written.extend(one),
            Err(error) => {
                store::back_to_savepoint(&mut tx).await?;
                written.push(Err(error.into()));
            }
        }
    }
    postgres::commit(tx).await?;
    Ok(written)
}

/// What each row names; kept as it is until the transaction ends, so that whoever renames it afterwards finds the events.
async fn keep_links(
    tx: &mut Tx,
    owner: AccountId,
    known: &Known,
    rows: &[&Ready],
) -> Result<Vec<Links>, StoreError> {
    let unknown = || StoreError::Unexpected("a row names what was not written".to_owned());
    let links: Vec<_> =
        rows.iter().map(|row| links(known, row).ok_or_else(unknown)).collect::<Result<_, _>>()?;
    let venues: Vec<_> = links.iter().map(|links| links.venue).collect();
    venue::store::keep_all(tx, &venues).await?;
    let performers: Vec<_> = links.iter().flat_map(|links| links.performers.iter().copied()).collect();
    performer::store::keep(tx, owner, &performers).await?;
    Ok(links)
}

/// Writes rows: new events with their tickets, and what is different about those that are there.
async fn write(
    app: &Booking,
    tx: &mut Tx,
    by: &Actor,
    known: &Known,
    rows: &[&Ready],
) -> Result<Written, StoreError> {
    let owner = by.organizer;
    let links = keep_links(tx, owner, known, rows).await?;
    let names: Vec<_> = rows.iter().map(|row| row.external_id.clone()).collect();
    let there = store::find_by_external_ids(tx, owner, &names).await?;
    let mut written = Vec::with_capacity(rows.len());
    let (mut new, mut made, mut did) = (Vec::new(), Vec::new(), Vec::new());
    for (row, links) in rows.iter().zip(&links) {
        if let Some((before, linked)) = there.get(&row.external_id) {
            written.push(change(app, tx, (before, linked), (row, links), &mut did).await?);
            continue;
        }
        let event: EventId = app.ids.next();
        new.push((event, &row.facts, links.venue, row.publication));
        made.push(Made { event, links, plan: &row.plan });
        did.push(create::made("event.import", event, &row.facts, &row.plan).now("venueId", links.venue));
        written.push(Ok(Outcome(Put::Created(event))));
    }
    if !new.is_empty() {
        store::insert(tx, owner, &new, app.clock.now()).await?;
        create::fill(app, tx, &made).await?;
    }
    audit::store::append_all(tx, by, &did).await?;
    Ok(written)
}

/// Makes an event what the row says it is.
async fn change(
    app: &Booking,
    tx: &mut Tx,
    (before, linked): (&Event, &Links),
    (row, links): (&Ready, &Links),
    did: &mut Vec<Did>,
) -> Result<Result<Outcome, RefusedRow>, StoreError> {
    let event = before.id;
    if before.facts == row.facts && linked == links {
        return Ok(Ok(Outcome(Put::Unchanged(event))));
    }
    if before.facts.currency != row.facts.currency {
        let detail = "cannot change: prices are in it".to_owned();
        let fault = Fault { pointer: "/event/currency".to_owned(), detail };
        return Ok(Err(Invalid(vec![fault]).into()));
    }
    // The lock may show that somebody changed or deleted it since; what is said of it as a whole stays as it is.
    let Some(now) = store::lock(tx, event).await? else { return Ok(Err(lost())) };
    store::update(tx, event, &row.facts, links.venue, now.publication).await?;
    store::put_performers(tx, event, &links.performers).await?;
    publisher::store::bump(tx, event).await?;
    let after = tell::After { facts: &row.facts, links, publication: now.publication };
    tell::changed(app, tx, (&now, linked), after).await?;
    did.push(tell::did("event.import", (&now, linked), after));
    Ok(Ok(Outcome(Put::Updated(event))))
}

fn links(known: &Known, row: &Ready) -> Option<Links> {
    let venue = *known.venues.get(&row.venue)?;
    let performers = row.performers.iter().map(|name| known.performers.get(&name.to_lowercase()).copied());
    Some(Links { venue, performers: performers.collect::<Option<_>>()? })
}
