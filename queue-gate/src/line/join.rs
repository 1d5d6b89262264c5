//! Taking a place. Joins that arrive together share one call of Redis.

use std::{collections::HashMap, time::Duration};

use contracts::{id::RoomId, place::Lane};
use platform::{lifecycle::Lifecycle, postgres::StoreError, redis::Redis};
use tokio::sync::oneshot;

use super::{Joined, Joining, LineError, store, with_recovery};
use crate::{
    extractors::Asker,
    gather::{Behind, Gather},
    lane::Shares,
    metrics,
    room::Room,
    state::{Gate, RoomClock},
};

/// Joins on their way to Redis.
#[derive(Debug)]
pub struct Joins(Gather<Asked>);

#[derive(Debug)]
struct Asked {
    room: RoomId,
    shares: Shares,
    joining: Joining,
    answer: oneshot::Sender<Result<Joined, LineError>>,
}

impl Joins {
    /// Starts the task that sends them. While they wait for longer than `patience`, more are turned away.
    pub fn start(redis: Redis, clock: RoomClock, lifecycle: &Lifecycle, patience: Duration) -> Self {
        Self(Gather::start(lifecycle, patience, move |together| {
            let (redis, clock) = (redis.clone(), clock.clone());
            async move { send(&redis, &clock, together).await }
        }))
    }

    /// Whether joins wait for so long that more are turned away.
    pub fn is_behind(&self) -> bool {
        self.0.is_behind()
    }

    async fn ask(&self, room: &Room, joining: Joining) -> Result<Joined, LineError> {
        let (answer, answered) = oneshot::channel();
        let shares = room.policy.lanes.shares();
        self.0.ask(Asked { room: room.id, shares, joining, answer })?;
        answered.await.map_err(|_| LineError::Busy)?
    }
}

async fn send(redis: &Redis, clock: &RoomClock, together: Vec<Asked>) {
    let mut by_room: HashMap<RoomId, Vec<Asked>> = HashMap::new();
    for asked in together {
        by_room.entry(asked.room).or_default().push(asked);
    }
    for (room, asked) in by_room {
        let visitors: Vec<_> = asked.iter().map(|asked| asked.joining).collect();
        // Who asked last knows the room's lanes best.
        let shares = asked.last().map(|asked| asked.shares).unwrap_or_default();
        ::metrics::histogram!(metrics::JOIN_BATCH)
            .record(f64::from(u32::try_from(visitors.len()).unwrap_or(u32::MAX)));
        let mut answers = store::join(redis, room, clock.now(), &shares, &visitors).await.map(Vec::into_iter);
        for asked in asked {
            let answer = match &mut answers {
                Ok(answers) => answers.next().ok_or_else(|| {
                    StoreError::Unexpected("the line answered for fewer than were asked".to_owned()).into()
                }),
                Err(error) => Err(error.for_another()),
            };
            // Nobody waits any more: the place is held all the same, and asking again finds it.
            drop(asked.answer.send(answer));
        }
    }
}

/// Takes a place in the line of `room`, or finds the one that `asker` has, as this visitor or as this account. It is in
/// `lane` where they have a claim to one, unless it is in one before that already.
///
/// # Errors
/// When the line cannot be asked; the place may be held all the same, so join again.
pub async fn join(gate: &Gate, room: &Room, asker: &Asker, lane: Option<Lane>) -> Result<Joined, LineError> {
    let account = asker.session.as_ref().map(|session| session.sub);
    let joining = Joining { visitor: asker.visitor, lane, account };
    let joined = with_recovery(gate, room.id, || gate.joins.ask(room, joining)).await;
    let outcome = match &joined {
        Ok(Joined { again: false, .. }) => "new",
        Ok(Joined { again: true, .. }) => "again",
        Err(_) => "failed",
    };
    ::metrics::counter!(metrics::JOINS, "outcome" => outcome).increment(1);
    joined
}

impl From<Behind> for LineError {
    fn from(Behind: Behind) -> Self {
        Self::Busy
    }
}
