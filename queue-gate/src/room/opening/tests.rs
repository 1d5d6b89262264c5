//! What openings do to a room, and what a preview says of it.

use uuid::Uuid;

use super::*;
use crate::room::{Exception, Policy, Settings};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + 60 * minute, 0).unwrap()
}

fn room(state: RoomState) -> Room {
    let id = Uuid::from_u128(1);
    Room {
        id: id.into(),
        event: id.into(),
        owner: id.into(),
        name: "Arena".to_owned(),
        state,
        version: 1,
        settings: Settings {
            admit_per_minute: 10,
            max_active: 20,
            claim_window: TimeDelta::minutes(2),
            session_length: TimeDelta::minutes(10),
        },
        policy: Policy::default(),
        message: Some("Soon".to_owned()),
        pause_reason: (state == RoomState::Paused).then(|| "a break".to_owned()),
        exception: None,
        failed_open_at: None,
        epoch: 1,
        created_at: at(0),
    }
}

fn plan(from: i64, to: i64, rate: u32) -> Plan {
    Plan {
        starts_at: at(from),
        ends_at: at(to),
        state: OpeningState::Open,
        reason: None,
        admit_per_minute: Some(rate),
        max_active: None,
        message: Some("Presale".to_owned()),
    }
}

fn opening(id: u128, plan: Plan) -> Opening {
    Opening { id: Uuid::from_u128(id).into(), plan, replaced: None, begun_at: None, ended_at: None }
}

#[test]
fn an_opening_opens_with_its_own_settings_and_puts_back_what_it_replaced() {
    for state in
        [RoomState::Scheduled, RoomState::Lobby, RoomState::Paused, RoomState::Drained, RoomState::Open]
    {
        let mut open = room(state);
        let replaced = plan(1, 9, 600).begin(&mut open).unwrap();
        assert_eq!((open.state, open.settings.admit_per_minute), (RoomState::Open, 600));
        assert_eq!((open.message.as_deref(), open.pause_reason.as_deref()), (Some("Presale"), None));
        plan(1, 9, 600).end(&mut open, &replaced, Some(at(60)));
        assert_eq!((open.state, open.settings.admit_per_minute), (RoomState::Paused, 10));
        assert_eq!(open.message.as_deref(), Some("Soon"));
        let why = "This opening is over. The next one begins at 2027-01-15 09:00 UTC.";
        assert_eq!(open.pause_reason.as_deref(), Some(why));
    }
    let mut closed = room(RoomState::Closed);
    assert!(plan(1, 9, 600).begin(&mut closed).is_err());
    assert_eq!(closed, room(RoomState::Closed), "nothing was changed");
}

#[test]
fn what_somebody_changed_during_an_opening_stays_changed() {
    let mut open = room(RoomState::Scheduled);
    let replaced = plan(1, 9, 600).begin(&mut open).unwrap();
    open.settings.admit_per_minute = 300;
    open.take(Step::Drain, None).unwrap();
    plan(1, 9, 600).end(&mut open, &replaced, None);
    assert_eq!((open.state, open.settings.admit_per_minute), (RoomState::Drained, 300));
}

#[test]
fn an_exception_by_hand_goes_on_and_leads_back_into_the_opening() {
    let mut rejecting = room(RoomState::Paused);
    rejecting.take(Step::Reject, Some("a threat".to_owned())).unwrap();
    let replaced = plan(1, 9, 600).begin(&mut rejecting).unwrap();
    assert_eq!(rejecting.state, RoomState::Reject);
    let mut restored = rejecting.clone();
    restored.take(Step::Restore, None).unwrap();
    assert_eq!((restored.state, restored.pause_reason), (RoomState::Open, None));
    // It ends while the exception lasts: then it leads back into the pause after it.
    plan(1, 9, 600).end(&mut rejecting, &replaced, None);
    let from = RoomState::Paused;
    assert_eq!(rejecting.exception, Some(Exception { from, reason: "a threat".to_owned() }));
    rejecting.take(Step::Restore, None).unwrap();
    assert_eq!((rejecting.state, rejecting.pause_reason.as_deref()), (RoomState::Paused, Some(OVER)));
}

#[test]
fn a_planned_bypass_ends_by_itself() {
    let mut room = room(RoomState::Open);
    let reason = Some("Free for members".to_owned());
    let bypass = Plan { state: OpeningState::Bypass, reason, ..plan(1, 9, 600) };
    let replaced = bypass.begin(&mut room).unwrap();
    assert!(room.lets_all_through());
    bypass.end(&mut room, &replaced, None);
    assert_eq!((room.state, room.exception), (RoomState::Open, None));
}

#[test]
fn a_preview_plays_what_is_planned_up_to_the_instant() {
    let openings = [opening(2, plan(20, 30, 200)), opening(1, plan(10, 15, 100))];
    let seen = |minute| {
        let (room, during) = effective(&room(RoomState::Scheduled), &openings, at(minute));
        (room.state, room.settings.admit_per_minute, during.map(|id| id.uuid().as_u128()))
    };
    assert_eq!(seen(9), (RoomState::Scheduled, 10, None));
    assert_eq!(seen(10), (RoomState::Open, 100, Some(1)));
    assert_eq!(seen(14), (RoomState::Open, 100, Some(1)));
    assert_eq!(seen(15), (RoomState::Paused, 10, None));
    assert_eq!(seen(20), (RoomState::Open, 200, Some(2)));
    assert_eq!(seen(30), (RoomState::Paused, 10, None));
    // One that has begun is over at its end.
    let mut running = room(RoomState::Scheduled);
    let mut begun = opening(3, plan(0, 40, 700));
    begun.replaced = Some(begun.plan.begin(&mut running).unwrap());
    begun.begun_at = Some(at(0));
    let (after, during) = effective(&running, &[begun.clone()], at(40));
    assert_eq!((after.state, after.settings.admit_per_minute, during), (RoomState::Paused, 10, None));
    assert_eq!(effective(&running, &[begun.clone()], at(5)).1, Some(begun.id));
}

#[test]
fn a_plan_that_cannot_be_followed_is_refused() {
    let room = room(RoomState::Scheduled);
    let wrong = |plan: Plan| plan.check(&room, at(0)).unwrap_err().field;
    assert_eq!(wrong(plan(0, 5, 1)), "startsAt");
    assert_eq!(wrong(plan(5, 5, 1)), "endsAt");
    assert_eq!(wrong(plan(5, 5 + 366 * 24 * 60 + 1, 1)), "endsAt");
    assert_eq!(wrong(plan(5, 6, 1_000_001)), "admitPerMinute");
    assert_eq!(wrong(Plan { state: OpeningState::Reject, ..plan(5, 6, 1) }), "reason");
    assert_eq!(wrong(Plan { reason: Some("x".to_owned()), ..plan(5, 6, 1) }), "reason");
    assert_eq!(wrong(Plan { message: Some(" ".to_owned()), ..plan(5, 6, 1) }), "message");
    assert_eq!(plan(5, 6, 1).check(&room, at(0)), Ok(()));
}
