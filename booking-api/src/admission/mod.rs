//! No pass, no entry (promise W6): the gate has checked the pass already, and here it is checked again.

pub mod store;

use std::time::Duration;

use contracts::{
    id::{EventId, PassId, RoomId},
    pass::PassKind,
};
use moka::future::Cache;
use platform::{http::Problem, telemetry::Chain};

use crate::{extractors::Visitor, problems::QUEUE_REQUIRED, state::Booking};

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
    Room(RoomId),
    /// Nobody knows: the view could not be read.
    Unknown,
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
pub struct Guards(Cache<EventId, Guard>);

impl Default for Guards {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(EVENTS).time_to_live(LASTS).build())
    }
}

impl Guards {
    async fn of(&self, app: &Booking, event: EventId) -> Guard {
        let read = async {
            store::room(&app.catalog, event).await.map(|room| room.map_or(Guard::None, Guard::Room))
        };
        match self.0.try_get_with(event, read).await {
            Ok(guard) => guard,
            Err(error) => {
                tracing::warn!(event.id = %event, error = %Chain(&*error), "rooms cannot be read: treated as guarded");
                Guard::Unknown
            }
        }
    }
}

/// The pass with which `visitor` may deal with `event`; `None` where nothing guards it.
///
/// A room in `bypass` guards too: the gate then gives passes of that kind. When rooms cannot be read, every event
/// counts as guarded.
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
    decide(guard, event, visitor, purpose, app.clock.now())
}

fn decide(
    guard: Guard,
    event: EventId,
    visitor: &Visitor,
    purpose: Purpose,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Option<(RoomId, PassId)>, NotAdmitted> {
    let room = match guard {
        Guard::None => return Ok(None),
        Guard::Room(room) => Some(room),
        Guard::Unknown => None,
    };
    let refused = NotAdmitted { event, room };
    let pass = visitor.pass.as_ref().filter(|pass| pass.event == event).ok_or(refused)?;
    let in_time = match purpose {
        Purpose::Shop => now < pass.until,
        Purpose::Confirm => true,
    };
    let of_room = room.is_none_or(|room| room == pass.room);
    match pass.kind {
        PassKind::Admitted | PassKind::Bypass if in_time && of_room => Ok(Some((pass.room, pass.id))),
        PassKind::Admitted | PassKind::Bypass => Err(refused),
    }
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
    use chrono::{DateTime, TimeDelta};
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
        let guard = Guard::Room(room.into());
        let opened = Ok(Some((pass.room, pass.id)));
        let judge = |guard, event: Uuid, visitor: &Visitor, purpose, now| {
            decide(guard, event.into(), visitor, purpose, now)
        };
        assert_eq!(judge(guard, event, &visitor, Purpose::Shop, now), opened);
        assert_eq!(judge(Guard::Unknown, event, &visitor, Purpose::Shop, now), opened);
        assert!(judge(guard, other, &visitor, Purpose::Shop, now).is_err());
        assert!(judge(Guard::Room(other.into()), event, &visitor, Purpose::Shop, now).is_err());
        assert!(judge(guard, event, &visitor, Purpose::Shop, pass.until).is_err());
        assert_eq!(judge(guard, event, &visitor, Purpose::Confirm, pass.until), opened);
        let nobody = Visitor { pass: None, ..visitor };
        assert!(judge(guard, event, &nobody, Purpose::Shop, now).is_err());
        assert!(judge(Guard::Unknown, event, &nobody, Purpose::Shop, now).is_err());
        assert_eq!(judge(Guard::None, event, &nobody, Purpose::Shop, now), Ok(None));
    }
}
