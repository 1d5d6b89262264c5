//! Scanning codes: one at a time while there is a network, many at once after there was none.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use contracts::{
    id::{DoorId, EventId, ScanId, TicketRef},
    ticket_code::TicketCode,
    webhook::{Notice, TicketCheckedIn},
};
use platform::postgres::{self, StoreError, Tx};
use tracing::instrument;
use uuid::Uuid;

use super::{
    AHEAD, Direction, Passage, Reason, Scan, judge,
    store::scans::{self as store, Conflicting, Entry},
};
use crate::{
    invalid::{Checks, Invalid},
    state::Booking,
    ticket, webhook,
};

/// The most scans of one call.
pub const MOST: usize = 500;

/// Why nothing, or not all, was taken in. What was taken in stays so; one sends all of it again.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// No scans, too many, or some from the future.
    #[error("the scans are not valid")]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error("taking in a scan failed")]
    Store(#[from] StoreError),
}

/// What became of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The id under which it was told.
    pub told: ScanId,
    /// The scan as it is on record.
    pub entry: Entry,
    /// Where the ticket is.
    pub place: Option<String>,
    /// Whether it was on record before.
    pub again: bool,
    /// Whether another scan has its id, and this one was not taken in.
    pub is_other: bool,
    /// The passage before, where this one was refused because of it.
    pub last: Option<Passage>,
    /// What is wrong.
    pub conflicts: Vec<Conflicting>,
}

/// Takes in scans of one door. Those that were decided alone are taken in the order of their own times, whatever the order
/// in which they come; each once, however often it is told. The answers are in the order of the scans.
///
/// # Errors
/// [`ScanError`].
#[instrument(name = "door.scan", skip_all, fields(event.id = %event, door.id = %door, scans = scans.len()))]
pub async fn scan(
    app: &Booking,
    event: EventId,
    door: DoorId,
    scans: &[Scan],
) -> Result<Vec<Scanned>, ScanError> {
    let now = app.clock.now();
    let mut checks = Checks::default();
    checks.that((1..=MOST).contains(&scans.len()), "/scans", format!("has 1 to {MOST} entries"));
    for (index, scan) in scans.iter().enumerate() {
        let is_past = scan.offline_at.is_none_or(|at| at <= now + AHEAD);
        checks.that(is_past, format!("/scans/{index}/at"), "is not in the future: set the scanner's clock");
    }
    checks.done()?;
    let mut order: Vec<&Scan> = scans.iter().collect();
    order.sort_by_key(|scan| scan.offline_at.unwrap_or(now));
    let mut done: HashMap<ScanId, Scanned> = HashMap::new();
    for scan in order {
        let scanned = one(app, event, door, scan, now).await?;
        done.entry(scan.id).or_insert(Scanned { told: scan.id, ..scanned });
    }
    Ok(scans.iter().filter_map(|scan| done.get(&scan.id).cloned()).collect())
}

/// One scan in one transaction, under the lock of its ticket.
async fn one(
    app: &Booking,
    event: EventId,
    door: DoorId,
    scan: &Scan,
    now: DateTime<Utc>,
) -> Result<Scanned, StoreError> {
    let code = TicketCode::verify(&scan.code, &app.keys.tickets.current());
    let mut tx = postgres::begin(&app.postgres).await?;
    let scan = &Scan { id: id_on_record(&mut tx, event, scan).await?, ..scan.clone() };
    let mut code = code.filter(|code| code.event == event);
    let standing = match code {
        Some(genuine) => ticket::store::standing(&mut tx, genuine).await?,
        None => None,
    };
    if standing.is_none() {
        // Signed by us and never given out: a key that somebody else has. Nobody passes with it.
        code = None;
    }
    let at = scan.offline_at.unwrap_or(now);
    let mut entry = Entry {
        scan: scan.id,
        door,
        code: code.map(|code| (code.ticket, code.serial)),
        direction: scan.direction,
        at,
        offline: scan.offline_at.is_some(),
        refused: Some(Reason::NotGenuine),
        passage: None,
    };
    let place = standing.as_ref().map(|standing| standing.place.clone());
    let Some(code) = code else {
        return finish(tx, event, entry, now, place, None).await;
    };
    let passages = store::lock_attendance(&mut tx, event, code.ticket).await?;
    // Read again under the lock: a transfer that was accepted meanwhile has revoked the code.
    let standing = ticket::store::standing(&mut tx, code).await?;
    let is_revoked = standing.is_none_or(|standing| standing.revoked.is_some());
    let before = store::passages(&mut tx, event, code.ticket).await?;
    let verdict = judge(scan, at, is_revoked, &before);
    entry.refused = verdict.refused;
    entry.passage = verdict.refused.is_none().then_some(passages + 1);
    let last = verdict.refused.and(before.last().cloned());
    if !store::insert_scan(&mut tx, event, &entry, now).await? {
        return again(&mut tx, event, entry, place).await;
    }
    if entry.passage.is_some() {
        store::set_attendance(&mut tx, event, code.ticket, passages + 1, verdict.inside).await?;
    }
    if entry.passage.is_some() && entry.direction == Direction::In {
        let ticket_id = TicketRef { event, ticket: code.ticket };
        let told = Notice::TicketCheckedIn(TicketCheckedIn { event_id: event, ticket_id, at });
        webhook::tell::tell(app, &mut tx, event, vec![(told, entry.scan.to_string())]).await?;
    }
    for conflict in &verdict.conflicts {
        store::insert_conflict(&mut tx, event, code.ticket, conflict, now).await?;
    }
    let mut conflicts = Vec::new();
    for conflict in verdict.conflicts {
        let other = conflict.other.filter(|other| *other != scan.id).or(Some(conflict.scan));
        let with = other.and_then(|other| before.iter().find(|passage| passage.scan == other).cloned());
        conflicts.push(Conflicting { cause: conflict.cause, is_late: conflict.scan == scan.id, with });
    }
    postgres::commit(tx).await?;
    Ok(Scanned { told: entry.scan, entry, place, again: false, is_other: false, last, conflicts })
}

/// The id under which a scan is on record. A scanner that asks and hears nothing in time decides alone, and tells that
/// under the same id. If the answer that was lost had let the person pass, it is one passage; if it had not, they passed
/// all the same, and that is on record beside the refusal, under an id that follows from the first.
async fn id_on_record(tx: &mut Tx, event: EventId, scan: &Scan) -> Result<ScanId, StoreError> {
    if scan.offline_at.is_none() {
        return Ok(scan.id);
    }
    let asked = store::find_scan(tx, event, scan.id).await?;
    let was_refused = asked.is_some_and(|asked| !asked.offline && asked.refused.is_some());
    let own = Uuid::new_v5(&scan.id.uuid(), b"passed all the same");
    Ok(if was_refused { own.into() } else { scan.id })
}

/// Writes a scan that moves nobody.
async fn finish(
    mut tx: Tx,
    event: EventId,
    entry: Entry,
    now: DateTime<Utc>,
    place: Option<String>,
    last: Option<Passage>,
) -> Result<Scanned, StoreError> {
    if !store::insert_scan(&mut tx, event, &entry, now).await? {
        return again(&mut tx, event, entry, place).await;
    }
    postgres::commit(tx).await?;
    Ok(Scanned { told: entry.scan, entry, place, again: false, is_other: false, last, conflicts: Vec::new() })
}

/// The scan that is on record under this id: the same one, or another.
async fn again(
    tx: &mut Tx,
    event: EventId,
    told: Entry,
    place: Option<String>,
) -> Result<Scanned, StoreError> {
    let entry = store::find_scan(tx, event, told.scan).await?;
    let entry = entry.ok_or_else(|| StoreError::Unexpected("a scan that is there is not".to_owned()))?;
    // The scanner may have asked before, have heard nothing, and have let the person pass as the lost answer did.
    let is_same = entry.code == told.code
        && entry.direction == told.direction
        && (entry.offline == told.offline && (!told.offline || entry.at == told.at)
            || told.offline && entry.refused.is_none());
    if !is_same {
        return Ok(Scanned {
            told: told.scan,
            entry: told,
            place,
            again: false,
            is_other: true,
            last: None,
            conflicts: Vec::new(),
        });
    }
    let conflicts = store::conflicts_of(tx, event, told.scan).await?;
    Ok(Scanned { told: entry.scan, entry, place, again: true, is_other: false, last: None, conflicts })
}
