//! No pass, no entry (promise W6): the gate has checked the pass already, and here it is checked again.

pub mod store;

use std::time::Duration;

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, PassId, RoomId},
    pass::PassKind,
};
use platform::{http::Problem, telemetry::Chain};

use crate::{
    cache::{Cache, Missing},
    extractors::Visitor,
    problems::QUEUE_REQUIRED,
    state::Booking,
};

/// How long an answer of the view is used again.
const LASTS: Duration = Duration::from_millis(500);
/// For how many events.
const EVENTS: u64 = 10_000;

/// What guards an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Nothing.
    None,
    /// This room.
    Room(RoomId, Bypass),
    /// Nobody knows: the view was never read.
    Unknown,
}

/// Whether a room lets everybody through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bypass {
    /// It does.
    On,
    /// It does not; what it gave before may be used until then.
    Off {
        /// When the last pass of its last bypass lapses.
        lapses_at: Option<DateTime<Utc>>,
    },
}

impl Bypass {
    fn may_be_used(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::On => true,
            Self::Off { lapses_at } => lapses_at.is_some_and(|lapses_at| now < lapses_at),
        }
    }
}

/// What the pass is shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Looking and reserving: until shopping ends.
    Shop,
    /// Confirming what is held: after shopping has ended, too.
    Confirm,
}

/// The event is guarded, and the pass does not open it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a waiting room guards the event")]
pub struct NotAdmitted {
    /// The event.
    pub event: EventId,
    /// Its room, where we know it.
    pub room: Option<RoomId>,
}

/// What guards which event, remembered for a moment.
pub struct Guards(Cache<Guard>);

impl Default for Guards {
    fn default() -> Self {
        Self(Cache::new(LASTS, EVENTS))
    }
}

impl Guards {
    async fn of(&self, app: &Booking, event: EventId) -> Guard {
        let read = async {
            let room = store::room(&app.catalog, event).await?;
            Ok(room.map_or(Guard::None, |(room, bypass)| Guard::Room(room, bypass)))
        };
        match self.0.get(event, read).await {
            Ok(seen) => seen.value,
            Err(Missing::Unknown) => Guard::Unknown,
            Err(Missing::Store(error)) => {
                tracing::warn!(event.id = %event, error = %Chain(&*error), "rooms cannot be read: treated as guarded");
                Guard::Unknown
            }
        }
    }
}

/// The pass with which `visitor` may deal with `event`; `None` where nothing guards it.
///
/// A room in `bypass` guards too: the gate then gives passes of that kind, which open nothing but while it is, and for
/// the minute that the last of them lives. When rooms cannot be read, what guarded the event last counts; an event of
/// which nobody knows counts as guarded.
///
/// # Errors
/// [`NotAdmitted`].
pub async fn check(
    app: &Booking,
    event: EventId,
    visitor: &Visitor,
    purpose: Purpose,
) -> Result<Option<(RoomId, PassId)>, NotAdmitted> {
    let guard = app.guards.of(app, event).await;
    let decided = decide(guard, event, visitor, purpose, app.clock.now());
    let is_bypass = visitor.pass.as_ref().is_some_and(|pass| pass.kind == PassKind::Bypass);
    if decided.is_ok() || !is_bypass {
        return decided;
    }
    // The gate knows of a bypass before we do.
    app.guards.0.forget(event).await;
    let guard = app.guards.of(app, event).await;
    decide(guard, event, visitor, purpose, app.clock.now())
}

fn decide(
    guard: Guard,
    event: EventId,
    visitor: &Visitor,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Option<(RoomId, PassId)>, NotAdmitted> {
    let room = match guard {
        Guard::None => return Ok(None),
        Guard::Room(room, _) => Some(room),
        Guard::Unknown => None,
    };
    let refused = NotAdmitted { event, room };
    let pass = visitor.pass.as_ref().filter(|pass| pass.event == event).ok_or(refused)?;
    let in_time = match purpose {
        Purpose::Shop => now < pass.until,
        Purpose::Confirm => true,
    };
    let of_room = room.is_none_or(|room| room == pass.room);
    let of_kind = match (pass.kind, guard) {
        (PassKind::Admitted, _) => true,
        // What was reserved with one may be confirmed whatever the room does by now.
        (PassKind::Bypass, _) if purpose == Purpose::Confirm => true,
        (PassKind::Bypass, Guard::Room(_, bypass)) => bypass.may_be_used(now),
        (PassKind::Bypass, Guard::None | Guard::Unknown) => false,
    };
    if in_time && of_room && of_kind { Ok(Some((pass.room, pass.id))) } else { Err(refused) }
}

impl From<NotAdmitted> for Problem {
    fn from(refused: NotAdmitted) -> Self {
        let problem = Self::of(QUEUE_REQUIRED).with("event", refused.event);
        match refused.room {
            Some(room) => {
                problem.with("queue", format!("/queue/{room}")).with("place", format!("/queue/{room}/place"))
            }
            None => problem.retry_after(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use contracts::assertion::Admitted;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_pass_opens_its_own_event_in_its_own_room_until_shopping_ends() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (event, room, other) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let pass = Admitted {
            id: Uuid::from_u128(4).into(),
            room: room.into(),
            event: event.into(),
            kind: PassKind::Admitted,
            until: now + TimeDelta::minutes(10),
        };
        let visitor = Visitor { id: other.into(), pass: Some(pass.clone()) };
        let off = Bypass::Off { lapses_at: None };
        let guard = Guard::Room(room.into(), off);
        let opened = Ok(Some((pass.room, pass.id)));
        let judge = |guard, event: Uuid, visitor: &Visitor, purpose, now| {
            decide(guard, event.into(), visitor, purpose, now)
        };
        assert_eq!(judge(guard, event, &visitor, Purpose::Shop, now), opened);
        assert_eq!(judge(Guard::Unknown, event, &visitor, Purpose::Shop, now), opened);
        assert!(judge(guard, other, &visitor, Purpose::Shop, now).is_err());
        assert!(judge(Guard::Room(other.into(), off), event, &visitor, Purpose::Shop, now).is_err());
        assert!(judge(guard, event, &visitor, Purpose::Shop, pass.until).is_err());
        assert_eq!(judge(guard, event, &visitor, Purpose::Confirm, pass.until), opened);
        let nobody = Visitor { pass: None, ..visitor };
        assert!(judge(guard, event, &nobody, Purpose::Shop, now).is_err());
        assert!(judge(Guard::Unknown, event, &nobody, Purpose::Shop, now).is_err());
        assert_eq!(judge(Guard::None, event, &nobody, Purpose::Shop, now), Ok(None));
    }

    #[test]
    fn a_pass_of_a_bypass_opens_nothing_once_the_bypass_is_over() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (event, room) = (EventId::from(Uuid::from_u128(1)), RoomId::from(Uuid::from_u128(2)));
        let until = now + TimeDelta::seconds(60);
        let pass = Admitted { id: Uuid::from_u128(4).into(), room, event, kind: PassKind::Bypass, until };
        let visitor = Visitor { id: Uuid::from_u128(3).into(), pass: Some(pass) };
        let opens =
            |bypass, purpose| decide(Guard::Room(room, bypass), event, &visitor, purpose, now).is_ok();
        let off = |seconds| Bypass::Off { lapses_at: Some(now + TimeDelta::seconds(seconds)) };
        assert!(opens(Bypass::On, Purpose::Shop));
        assert!(opens(off(1), Purpose::Shop), "the last pass of the interval lives on for a minute");
        assert!(!opens(off(0), Purpose::Shop));
        assert!(!opens(Bypass::Off { lapses_at: None }, Purpose::Shop), "there never was a bypass");
        assert!(opens(off(0), Purpose::Confirm), "what is held is confirmed");
        assert!(decide(Guard::Unknown, event, &visitor, Purpose::Shop, now).is_err());
    }
}
