//! Many events at once, with their venues and performers, each known by the organizer's own name. Repeating changes
//! nothing.

use std::collections::{BTreeMap, BTreeSet};

use contracts::id::{AccountId, EventId, PerformerId, VenueId};
use metrics::counter;
use platform::postgres::{self, StoreError, Tx};
use serde::Deserialize;
use tracing::instrument;

use super::{EventFacts, ImportedEvent, Links, check, create, store};
use crate::{
    catalog::{
        Put, performer,
        venue::{self, VenueFacts},
    },
    invalid::{Checks, Fault, Invalid},
    metrics::IMPORTED_TOTAL,
    publisher,
    seat::plan::{Plan, plan},
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
    owner: AccountId,
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
    match write_named(app, owner, &venues, &performers).await {
        Ok(known) => {
            for chunk in ready.chunks(ROWS_PER_COMMIT) {
                write_chunk(app, owner, &known, chunk, &mut done).await;
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
    let plan = match plan(&event.tiers, &event.seats, &app.ids) {
        Ok(plan) => plan,
        Err(Invalid(faults)) => {
            checks.below("/event", Invalid(faults));
            Plan::default()
        }
    };
    checks.done()?;
    let key = venue.external_id.clone().unwrap_or_else(|| venue.default_external_id());
    venue.external_id = Some(key.clone());
    venues.insert(key.clone(), venue);
    let mut named = BTreeSet::new();
    let performers = performers.into_iter().filter(|name| named.insert(name.to_lowercase())).collect();
    let external_id = facts.external_id.clone().unwrap_or_default();
    Ok(Ready { venue: key, performers, external_id, facts, plan })
}

/// Writes the venues and performers, each in the order of the names. A performer keeps the
/// spelling that came first.
async fn write_named(
    app: &Booking,
    owner: AccountId,
    venues: &BTreeMap<String, VenueFacts>,
    performers: &BTreeMap<String, String>,
) -> Result<Known, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let mut known = Known { venues: BTreeMap::new(), performers: BTreeMap::new() };
    for (key, facts) in venues {
        let put = venue::store::upsert(&mut tx, app.ids.next(), owner, facts).await?;
        if let Put::Updated(venue) = put {
            publisher::store::bump_venue(&mut tx, venue).await?;
        }
        known.venues.insert(key.clone(), put.id());
    }
    let new: Vec<PerformerId> = performers.keys().map(|_| app.ids.next()).collect();
    known.performers = performer::store::ensure(&mut tx, owner, &new, performers).await?;
    postgres::commit(tx).await?;
    Ok(known)
}

/// Writes some rows in one transaction, each behind a savepoint of its own.
async fn write_chunk(
    app: &Booking,
    owner: AccountId,
    known: &Known,
    chunk: &[(usize, Ready)],
    done: &mut [Option<Result<Outcome, RefusedRow>>],
) {
    let written = async {
        let mut tx = postgres::begin(&app.postgres).await?;
        keep_links(&mut tx, owner, known, chunk).await?;
        let mut written = Vec::with_capacity(chunk.len());
        for (index, row) in chunk {
            store::savepoint(&mut tx).await?;
            let outcome = write(app, &mut tx, owner, known, row).await;
            if outcome.is_err() {
                store::back_to_savepoint(&mut tx).await?;
            }
            written.push((*index, outcome));
        }
        postgres::commit(tx).await?;
        Ok::<_, StoreError>(written)
    };
    match written.await {
        Ok(written) => {
            for (index, outcome) in written {
                if let Ok(Outcome(Put::Updated(event))) = &outcome {
                    app.views.forget(*event).await;
                }
                done[index] = Some(outcome);
            }
        }
        Err(error) => {
            tracing::warn!(error = %platform::telemetry::Chain(&error), "rows of an import were not written");
        }
    }
}

/// Keeps what the rows name as it is until the transaction ends, so that whoever renames it afterwards finds the events.
async fn keep_links(
    tx: &mut Tx,
    owner: AccountId,
    known: &Known,
    chunk: &[(usize, Ready)],
) -> Result<(), StoreError> {
    let links: Vec<_> = chunk.iter().filter_map(|(_, row)| links(known, row)).collect();
    let venues: Vec<_> = links.iter().map(|links| links.venue).collect();
    venue::store::keep_all(tx, &venues).await?;
    let performers: Vec<_> = links.iter().flat_map(|links| links.performers.iter().copied()).collect();
    performer::store::keep(tx, owner, &performers).await?;
    Ok(())
}

/// Writes one row: a new event with its tickets, or what is different about the one of this name.
async fn write(
    app: &Booking,
    tx: &mut Tx,
    owner: AccountId,
    known: &Known,
    row: &Ready,
) -> Result<Outcome, RefusedRow> {
    let links = links(known, row).ok_or_else(lost)?;
    let Some(event) = store::find_by_external_id(tx, owner, &row.external_id).await? else {
        let event: EventId = app.ids.next();
        store::insert(tx, event, owner, &row.facts, links.venue, app.clock.now()).await?;
        create::fill(app, tx, event, &links, &row.plan).await?;
        return Ok(Outcome(Put::Created(event)));
    };
    let before = store::lock(tx, event).await?.ok_or_else(lost)?;
    if before.facts == row.facts && store::links(tx, event).await? == links {
        return Ok(Outcome(Put::Unchanged(event)));
    }
    if before.facts.currency != row.facts.currency {
        let detail = "cannot change: prices are in it".to_owned();
        return Err(Invalid(vec![Fault { pointer: "/event/currency".to_owned(), detail }]).into());
    }
    store::update(tx, event, &row.facts, links.venue, before.publication).await?;
    store::put_performers(tx, event, &links.performers).await?;
    publisher::store::bump(tx, event).await?;
    Ok(Outcome(Put::Updated(event)))
}

fn links(known: &Known, row: &Ready) -> Option<Links> {
    let venue = *known.venues.get(&row.venue)?;
    let performers = row.performers.iter().map(|name| known.performers.get(&name.to_lowercase()).copied());
    Some(Links { venue, performers: performers.collect::<Option<_>>()? })
}
