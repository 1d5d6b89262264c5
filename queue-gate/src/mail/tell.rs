//! Those who asked for it are mailed. To be called by every tick: whichever gate ticks the room writes the mail, and the row that
//! it deletes or marks in the same transaction lets no other one write it too.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::MessageId,
    message::{Message, Recipient, TurnCame, TurnNear},
    place::PlaceNumber,
};
use platform::postgres::{self, Tx};

use super::{
    NOBODY, front_of, is_due, outlook,
    store::{self, About, Asked, Row},
};
use crate::{
    line::{self, LineError, PlaceState, Standing},
    live::shape::Shape,
    room::{Room, RoomState},
    state::Gate,
};

/// How often it is looked whose turn is near.
const EVERY: TimeDelta = TimeDelta::seconds(5);
/// How many places are looked at together.
const CHUNK: usize = 1000;

/// Mails those of `room` who are called, and now and then those whose turn is near, or came while they were away.
///
/// # Errors
/// When a store is away. What was not written is written by a later tick.
pub async fn tell(gate: &Gate, room: &Room) -> Result<(), LineError> {
    if !store::is_any(&gate.postgres, room.id).await? {
        gate.looks.forget(room.id);
        return Ok(());
    }
    called(gate, room).await?;
    let now = gate.clock.now();
    // Nobody moves in a room that is paused, so nobody's turn comes nearer.
    if room.state == RoomState::Open
        && let Some(behind) = gate.looks.begin(room.id, now, EVERY)
    {
        look(gate, room, behind, now).await?;
    }
    Ok(())
}

/// Mails those who are called. With the mail goes what they asked for.
async fn called(gate: &Gate, room: &Room) -> Result<(), LineError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let called = store::take_called(&mut tx, room.id).await?;
    if called.is_empty() {
        postgres::rollback(tx).await;
        return Ok(());
    }
    let about = store::about(&mut tx, room).await?;
    let rows: Vec<_> = called
        .into_iter()
        // Who is inside already needs no mail.
        .filter(|called| called.is_called)
        .map(|called| row(gate, room, called.place, came(gate, room, &about, called.to, Some(called.until))))
        .collect();
    store::append(&mut tx, &rows, gate.clock.now()).await?;
    Ok(postgres::commit(tx).await?)
}

/// Looks at everybody who asked and may be near; and at some of those `behind`, so that a place that was given up or is over is
/// found wherever it is.
async fn look(gate: &Gate, room: &Room, behind: PlaceNumber, now: DateTime<Utc>) -> Result<(), LineError> {
    let shape = outlook(gate, room).await?;
    // Where nobody waits in any lane, whoever is left was found away.
    let front = shape.lanes.iter().map(|(_, lane)| front_of(lane)).max().unwrap_or(u64::MAX);
    let mut after = NOBODY;
    while let Some(last) = look_at(gate, room, (after, front), &shape, now).await? {
        after = last;
    }
    let behind = behind.max(PlaceNumber::from_raw(front));
    let last = look_at(gate, room, (behind, u64::MAX), &shape, now).await?;
    gate.looks.looked(room.id, last.unwrap_or(NOBODY));
    Ok(())
}

/// Looks at places behind `after` up to `front`, [`CHUNK`] at the most. The last one, where there may be more.
async fn look_at(
    gate: &Gate,
    room: &Room,
    (after, front): (PlaceNumber, u64),
    shape: &Shape,
    now: DateTime<Utc>,
) -> Result<Option<PlaceNumber>, LineError> {
    let asked = store::asked(&gate.postgres, room.id, (after, front), CHUNK).await?;
    let last = asked.last().filter(|_| asked.len() == CHUNK).map(|last| last.place);
    let numbers: Vec<_> = asked.iter().map(|asked| asked.place).collect();
    let standings = line::store::look(&gate.redis, room.id, &numbers).await?;
    // A place that is not there may be one that was lost, and comes back.
    let there = asked.into_iter().zip(standings).filter_map(|(asked, standing)| Some((asked, standing?)));
    let steps: Vec<_> =
        there.filter_map(|(asked, standing)| Some((asked, judge(asked, standing, shape, now)?))).collect();
    if !steps.is_empty() {
        write(gate, room, steps, now).await?;
    }
    Ok(last)
}

/// What is done about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It was given up for this one.
    Follow(PlaceNumber),
    /// It is over.
    Forget,
    /// Its turn came while its holder was away.
    Came,
    /// Its turn is likely to come in so many minutes.
    Near(u32, u32),
}

/// What is to be done about the place of `asked`, which stands there.
fn judge(asked: Asked, standing: Standing, shape: &Shape, now: DateTime<Utc>) -> Option<Step> {
    if standing.number != asked.place {
        return Some(Step::Follow(standing.number));
    }
    match standing.state {
        PlaceState::Ended => Some(Step::Forget),
        PlaceState::Away => Some(Step::Came),
        PlaceState::Waiting if !asked.near_said => {
            let wait = shape.lane(standing.lane).pace.wait(standing.ahead);
            let wait = wait.filter(|wait| is_due(asked.asked_at, now, Some(*wait)))?;
            let from = (wait.from / 60).max(1);
            Some(Step::Near(from, wait.to.div_ceil(60).max(from + 1)))
        }
        // Who is called is found by their slot.
        PlaceState::Waiting | PlaceState::Called | PlaceState::Inside => None,
    }
}

async fn write(
    gate: &Gate,
    room: &Room,
    steps: Vec<(Asked, Step)>,
    now: DateTime<Utc>,
) -> Result<(), LineError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let about = store::about(&mut tx, room).await?;
    let mut rows = Vec::new();
    for (asked, step) in steps {
        rows.extend(take(gate, &mut tx, room, &about, asked, step).await?);
    }
    store::append(&mut tx, &rows, now).await?;
    Ok(postgres::commit(tx).await?)
}

/// Takes one step, and says what is to be mailed. Whoever left in between has no row any more, and no mail.
async fn take(
    gate: &Gate,
    tx: &mut Tx,
    room: &Room,
    about: &About,
    asked: Asked,
    step: Step,
) -> Result<Option<Row>, LineError> {
    let place = asked.place;
    let message = match step {
        Step::Follow(into) => {
            store::follow(tx, room.id, place, into).await?;
            None
        }
        Step::Forget => store::take(tx, room.id, place).await?.and(None),
        Step::Came => store::take(tx, room.id, place).await?.map(|to| came(gate, room, about, to, None)),
        Step::Near(from_minutes, to_minutes) => {
            let to = store::mark_near(tx, room.id, place).await?;
            to.map(|to| {
                let (event, queue_url) = (about.event.clone(), queue_url(gate, room));
                let room = room.name.clone();
                Message::TurnNear(TurnNear { to, room, event, from_minutes, to_minutes, queue_url })
            })
        }
    };
    Ok(message.map(|message| row(gate, room, place, message)))
}

fn came(gate: &Gate, room: &Room, about: &About, to: Recipient, until: Option<DateTime<Utc>>) -> Message {
    let queue_url = queue_url(gate, room);
    Message::TurnCame(TurnCame { to, room: room.name.clone(), event: about.event.clone(), until, queue_url })
}

/// The mail about a place: one of its kind, whatever else happens to it.
fn row(gate: &Gate, room: &Room, place: PlaceNumber, message: Message) -> Row {
    Row { id: gate.ids.next::<MessageId>(), cause: format!("{}:{place}", room.id), message }
}

/// Where the queue page is. Whose place it shows is decided by the browser that opens it, and not by the address.
fn queue_url(gate: &Gate, room: &Room) -> String {
    let base = gate.config.public.public_url.as_str().trim_end_matches('/');
    format!("{base}/queue/{}", room.id)
}
