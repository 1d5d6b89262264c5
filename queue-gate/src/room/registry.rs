//! The rooms in memory: read from PostgreSQL several times a second, asked on every request.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{EventId, RoomId},
    look::ContentId,
};
use platform::{postgres::StoreError, telemetry::Chain};

use super::{Room, RoomState, store};
use crate::{site::Host, state::Gate};

/// How old the rooms in memory may be for a gate to let everybody through on their word.
pub const STALE: TimeDelta = TimeDelta::seconds(10);

/// All rooms that live, and those that closed within the last day, as of a moment ago.
#[derive(Debug, Default)]
pub struct Rooms {
    view: RwLock<Arc<AsOf>>,
    /// How often reading has failed since it last did not.
    failures: AtomicU32,
}

/// Who fails once may only have been slow.
const FAILURES: u32 = 2;

#[derive(Debug, Default)]
struct AsOf {
    loaded_at: Option<DateTime<Utc>>,
    by_id: HashMap<RoomId, Arc<Room>>,
    by_event: HashMap<EventId, Arc<Room>>,
    by_host: HashMap<Host, Arc<Room>>,
}

/// Who guards an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// No room: everybody may enter.
    Nobody,
    /// This room: only with a pass of its, except while it is in [`RoomState::Bypass`].
    Room(Arc<Room>),
    /// The gate never read the rooms, or not of late, so it cannot say: refuse with 503.
    Unknown,
}

impl Rooms {
    /// The room called `id`; `None` where there is none, or none yet.
    pub fn get(&self, id: RoomId) -> Option<Arc<Room>> {
        self.as_of().by_id.get(&id).cloned()
    }

    /// Who guards `event`. A gate that has not read the rooms for [`STALE`] by `now` does not know whether everybody is
    /// still let through, so it lets nobody.
    pub fn guard(&self, event: EventId, now: DateTime<Utc>) -> Guard {
        let rooms = self.as_of();
        let is_stale = rooms.loaded_at.is_none_or(|at| now - at > STALE);
        match rooms.by_event.get(&event) {
            Some(room) if room.lets_all_through() && is_stale => Guard::Unknown,
            Some(room) => Guard::Room(room.clone()),
            None if rooms.loaded_at.is_some() => Guard::Nobody,
            None => Guard::Unknown,
        }
    }

    /// The room in front of the site at `host`; `None` where none is.
    pub fn site(&self, host: &Host) -> Option<Arc<Room>> {
        self.as_of().by_host.get(host).cloned()
    }

    /// Whether any room stands in front of a site that is not ours.
    pub fn has_sites(&self) -> bool {
        !self.as_of().by_host.is_empty()
    }

    /// Whether any room has the look that is called `name`.
    pub fn has_look(&self, name: ContentId) -> bool {
        self.as_of().by_id.values().any(|room| room.policy.look == Some(name))
    }

    /// All rooms of this view.
    pub fn all(&self) -> Vec<Arc<Room>> {
        self.as_of().by_id.values().cloned().collect()
    }

    /// Whether the record cannot be read: then nobody new is called.
    pub fn is_record_away(&self) -> bool {
        self.failures.load(Ordering::Relaxed) >= FAILURES
    }

    /// When they were read last; `None` before the first time.
    pub fn loaded_at(&self) -> Option<DateTime<Utc>> {
        self.as_of().loaded_at
    }

    /// Puts `room` into the view at once: whoever changed it sees the change in the very next answer of this gate.
    /// An older version than the one in view changes nothing.
    pub fn put(&self, room: Room) {
        let mut rooms = self.view.write().unwrap_or_else(PoisonError::into_inner);
        if rooms.by_id.get(&room.id).is_some_and(|known| known.version > room.version) {
            return;
        }
        let (mut by_id, loaded_at) = (rooms.by_id.clone(), rooms.loaded_at);
        by_id.insert(room.id, Arc::new(room));
        *rooms = Arc::new(AsOf::new(by_id, loaded_at));
    }

    /// Reads them again.
    ///
    /// # Errors
    /// When PostgreSQL is away; the view stays as it was.
    pub async fn refresh(&self, gate: &Gate) -> Result<(), StoreError> {
        let read = store::all(&gate.postgres).await;
        let failures = if read.is_ok() { 0 } else { self.failures.load(Ordering::Relaxed).saturating_add(1) };
        self.failures.store(failures, Ordering::Relaxed);
        let read = read?;
        // Before the rooms are in view, so that none is seen without its look.
        if let Err(error) = gate.brands.learn(gate, &read).await {
            tracing::warn!(error = %Chain(&error), "some rooms are shown without their looks");
        }
        let mut by_id: HashMap<_, _> = read.into_iter().map(|room| (room.id, Arc::new(room))).collect();
        let mut rooms = self.view.write().unwrap_or_else(PoisonError::into_inner);
        for (id, room) in &mut by_id {
            // A change that this gate made while the rows were on their way is newer than they are.
            if let Some(known) = rooms.by_id.get(id).filter(|known| known.version > room.version) {
                *room = known.clone();
            }
        }
        *rooms = Arc::new(AsOf::new(by_id, Some(gate.clock.now())));
        Ok(())
    }

    fn as_of(&self) -> Arc<AsOf> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl AsOf {
    fn new(by_id: HashMap<RoomId, Arc<Room>>, loaded_at: Option<DateTime<Utc>>) -> Self {
        let guards = by_id.values().filter(|room| room.state != RoomState::Closed);
        let by_event: HashMap<_, _> = guards.map(|room| (room.event, room.clone())).collect();
        // A room that closed guards its site no longer, but requests for it go on as before. The last one wins.
        let mut sites: Vec<_> = by_id.values().filter(|room| room.policy.site.is_some()).collect();
        sites.sort_by_key(|room| (room.state != RoomState::Closed, room.created_at));
        let host = |room: &Arc<Room>| Some((room.policy.site.as_ref()?.host.clone(), room.clone()));
        let by_host = sites.into_iter().filter_map(host).collect();
        Self { loaded_at, by_id, by_event, by_host }
    }
}
