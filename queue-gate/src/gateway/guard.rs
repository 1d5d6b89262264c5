//! Whether a request about an event may go on: who guards the event, and what the visitor's pass is good for.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::id::{EventId, VisitorId};

use super::authenticate::Leave;
use crate::{
    pass::verify::Admission,
    room::{Room, RoomState, registry::Guard},
};

/// What a request wants to do with its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Something that is open to anybody.
    Look,
    /// Something that only those who were let in may do.
    Shop,
    /// To confirm what is held, which is possible for a while after shopping has ended.
    Confirm,
}

/// What becomes of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, with what the visitor was admitted to.
    Goes(Option<Leave>),
    /// Its visitor has to wait in line in front of this room.
    Waits(Arc<Room>),
    /// Nobody is let through at the moment.
    Rejected(Arc<Room>),
    /// The gate does not know who guards the event.
    Unknown,
}

/// Judges what `visitor`, who has `admission`, wants to do with `event`, which `guard` guards.
pub fn judge(
    guard: Guard,
    admission: Option<&Admission>,
    want: Want,
    visitor: VisitorId,
    event: EventId,
    now: DateTime<Utc>,
) -> Verdict {
    let leave = || match admission? {
        admission @ (Admission::Shop(admitted) | Admission::ConfirmOnly(admitted)) => {
            Some(Leave { admitted: admitted.clone(), ends: admission.slot_ends(), rule: None })
        }
        Admission::Bought(_) => None,
    };
    if want == Want::Look {
        return Verdict::Goes(leave());
    }
    let room = match guard {
        Guard::Unknown => return Verdict::Unknown,
        Guard::Nobody => return Verdict::Goes(leave()),
        Guard::Room(room) => room,
    };
    let suffices = match admission {
        Some(Admission::Shop(admitted)) => admitted.room == room.id,
        Some(Admission::ConfirmOnly(admitted) | Admission::Bought(admitted)) => {
            admitted.room == room.id && want == Want::Confirm
        }
        None => false,
    };
    let id = room.id;
    let through = || Verdict::Goes(Some(Leave::bypass(visitor, id, event, now)));
    match room.state {
        RoomState::Reject => Verdict::Rejected(room),
        _ if suffices => Verdict::Goes(leave()),
        _ if room.failed_open_at.is_some() => through(),
        RoomState::Bypass => through(),
        // A closed room guards nothing; the registry does not name one here.
        RoomState::Closed => Verdict::Goes(None),
        RoomState::Scheduled
        | RoomState::Lobby
        | RoomState::Open
        | RoomState::Paused
        | RoomState::Drained => Verdict::Waits(room),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use contracts::{assertion::Admitted, id::RoomId, pass::PassKind};
    use uuid::Uuid;

    use super::*;
    use crate::room::{Policy, Settings};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn room(state: RoomState) -> Arc<Room> {
        let id = Uuid::from_u128(1);
        Arc::new(Room {
            id: id.into(),
            event: id.into(),
            owner: id.into(),
            name: "Arena".to_owned(),
            state,
            version: 1,
            settings: Settings {
                admit_per_minute: 1,
                max_active: 1,
                claim_window: TimeDelta::minutes(2),
                session_length: TimeDelta::minutes(10),
            },
            policy: Policy::default(),
            message: None,
            pause_reason: (state == RoomState::Paused).then(|| "a break".to_owned()),
            exception: None,
            failed_open_at: None,
            epoch: 1,
            created_at: now(),
        })
    }

    fn admitted(room: u128) -> Admitted {
        let id = Uuid::from_u128(1);
        let room = RoomId::from(Uuid::from_u128(room));
        Admitted { id: id.into(), room, event: id.into(), kind: PassKind::Admitted, until: now() }
    }

    fn verdict(state: RoomState, admission: Option<&Admission>, want: Want) -> Verdict {
        let id = Uuid::from_u128(1);
        judge(Guard::Room(room(state)), admission, want, id.into(), id.into(), now())
    }

    #[test]
    fn without_a_pass_everybody_waits_in_every_state_that_queues() {
        use RoomState::{Drained, Lobby, Open, Paused, Scheduled};
        for state in [Scheduled, Lobby, Open, Paused, Drained] {
            assert_eq!(verdict(state, None, Want::Shop), Verdict::Waits(room(state)));
            assert_eq!(verdict(state, None, Want::Look), Verdict::Goes(None));
            let pass = Admission::Shop(admitted(1));
            assert!(matches!(verdict(state, Some(&pass), Want::Shop), Verdict::Goes(Some(_))));
        }
        assert_eq!(verdict(RoomState::Reject, None, Want::Shop), Verdict::Rejected(room(RoomState::Reject)));
    }

    #[test]
    fn a_pass_of_another_room_opens_nothing() {
        let pass = Admission::Shop(admitted(2));
        assert!(matches!(verdict(RoomState::Open, Some(&pass), Want::Shop), Verdict::Waits(_)));
    }

    #[test]
    fn after_shopping_a_pass_only_confirms() {
        let pass = Admission::ConfirmOnly(admitted(1));
        assert!(matches!(verdict(RoomState::Open, Some(&pass), Want::Shop), Verdict::Waits(_)));
        assert!(matches!(verdict(RoomState::Open, Some(&pass), Want::Confirm), Verdict::Goes(Some(_))));
    }

    #[test]
    fn after_buying_a_pass_only_confirms_and_is_not_vouched_for() {
        let pass = Admission::Bought(admitted(1));
        assert!(matches!(verdict(RoomState::Open, Some(&pass), Want::Shop), Verdict::Waits(_)));
        assert_eq!(verdict(RoomState::Open, Some(&pass), Want::Confirm), Verdict::Goes(None));
        assert_eq!(verdict(RoomState::Open, Some(&pass), Want::Look), Verdict::Goes(None));
        let other = Admission::Bought(admitted(2));
        assert!(matches!(verdict(RoomState::Open, Some(&other), Want::Confirm), Verdict::Waits(_)));
    }

    #[test]
    fn bypass_lets_everybody_through_with_a_pass_that_says_so() {
        let Verdict::Goes(Some(leave)) = verdict(RoomState::Bypass, None, Want::Shop) else { panic!() };
        assert_eq!(leave.admitted.kind, PassKind::Bypass);
        assert_eq!(leave.ends, now() + TimeDelta::seconds(60));
    }

    #[test]
    fn a_room_that_failed_open_lets_everybody_through_but_never_while_it_rejects() {
        let id = Uuid::from_u128(1);
        let failed = |state| Arc::new(Room { failed_open_at: Some(now()), ..(*room(state)).clone() });
        let judged = |state| judge(Guard::Room(failed(state)), None, Want::Shop, id.into(), id.into(), now());
        let Verdict::Goes(Some(leave)) = judged(RoomState::Open) else { panic!() };
        assert_eq!(leave.admitted.kind, PassKind::Bypass);
        assert!(matches!(judged(RoomState::Reject), Verdict::Rejected(_)));
    }

    #[test]
    fn a_gate_that_knows_no_rooms_lets_nobody_shop() {
        let id = Uuid::from_u128(1);
        let judged = |guard, want| judge(guard, None, want, id.into(), id.into(), now());
        assert_eq!(judged(Guard::Unknown, Want::Shop), Verdict::Unknown);
        assert_eq!(judged(Guard::Unknown, Want::Look), Verdict::Goes(None));
        assert_eq!(judged(Guard::Nobody, Want::Shop), Verdict::Goes(None));
    }
}
