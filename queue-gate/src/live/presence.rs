//! Telling the line who has a live socket here, and who has it no longer. As with joins, what comes together goes in one
//! call of Redis.

use std::collections::HashMap;

use chrono::TimeDelta;
use contracts::{
    id::{RoomId, VisitorId},
    place::PlaceNumber,
};
use platform::{lifecycle::Lifecycle, postgres::StoreError, redis::Redis, telemetry::Chain};
use tokio::sync::{mpsc, oneshot};

use crate::{
    line::{LineError, Standing, store},
    state::RoomClock,
};

/// The most places in one call.
const TOGETHER: usize = 64;
/// The most that wait; more are refused.
const WAITING: usize = 16_384;

type Answer = oneshot::Sender<Result<Option<Standing>, LineError>>;

#[derive(Debug)]
enum Asked {
    Attach(RoomId, VisitorId, Answer),
    Detach(RoomId, PlaceNumber),
}

/// What is on its way.
#[derive(Clone, Debug)]
pub struct Presence(mpsc::Sender<Asked>);

/// What the task needs.
struct Teller {
    redis: Redis,
    clock: RoomClock,
    node: u32,
    lease: TimeDelta,
}

/// What is asked of one room together.
#[derive(Default)]
struct Together {
    attach: Vec<(VisitorId, Answer)>,
    detach: Vec<PlaceNumber>,
}

impl Presence {
    /// Starts the task that tells it, for `node` whose word holds for `lease`.
    pub fn start(
        redis: Redis,
        clock: RoomClock,
        (node, lease): (u32, TimeDelta),
        lifecycle: &Lifecycle,
    ) -> Self {
        let (sender, mut asked) = mpsc::channel(WAITING);
        let teller = Teller { redis, clock, node, lease };
        let stopping = lifecycle.stopping();
        lifecycle.spawn(async move {
            let mut together = Vec::with_capacity(TOGETHER);
            while let Some(1..) = stopping.run_until_cancelled(asked.recv_many(&mut together, TOGETHER)).await
            {
                teller.tell(together.drain(..)).await;
            }
        });
        Self(sender)
    }

    /// Notes that this process has a live socket of `visitor`, and says where they stand.
    ///
    /// # Errors
    /// When the line cannot be asked, or too many ask.
    pub async fn attach(&self, room: RoomId, visitor: VisitorId) -> Result<Option<Standing>, LineError> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Asked::Attach(room, visitor, answer)).map_err(|_| LineError::Busy)?;
        answered.await.map_err(|_| LineError::Busy)?
    }

    /// Notes that it has none of this place any more. Where that fails, the place stays attached until the lease ends.
    pub async fn detach(&self, room: RoomId, number: PlaceNumber) {
        drop(self.0.send(Asked::Detach(room, number)).await);
    }
}

impl Teller {
    async fn tell(&self, together: impl Iterator<Item = Asked> + Send) {
        let mut by_room: HashMap<RoomId, Together> = HashMap::new();
        for asked in together {
            match asked {
                Asked::Attach(room, visitor, answer) => {
                    by_room.entry(room).or_default().attach.push((visitor, answer));
                }
                Asked::Detach(room, number) => by_room.entry(room).or_default().detach.push(number),
            }
        }
        for (room, Together { attach, detach }) in by_room {
            // Whoever comes back while the old socket goes is there in the end.
            if !detach.is_empty() {
                self.detach(room, &detach).await;
            }
            if !attach.is_empty() {
                self.attach(room, attach).await;
            }
        }
    }

    async fn detach(&self, room: RoomId, numbers: &[PlaceNumber]) {
        let detached = store::detach(&self.redis, room, self.clock.now(), self.node, numbers).await;
        if let Err(error) = detached {
            tracing::debug!(error = %Chain(&error), "places stay attached until the lease ends");
        }
    }

    async fn attach(&self, room: RoomId, asked: Vec<(VisitorId, Answer)>) {
        let visitors: Vec<_> = asked.iter().map(|(visitor, _)| *visitor).collect();
        let node = (self.node, self.lease);
        let answers = store::attach(&self.redis, room, self.clock.now(), node, &visitors).await;
        let mut answers = answers.map(Vec::into_iter);
        for (_, answer) in asked {
            let standing = match &mut answers {
                Ok(answers) => answers.next().ok_or_else(|| {
                    StoreError::Unexpected("the line answered for fewer than were asked".to_owned()).into()
                }),
                Err(error) => Err(error.for_another()),
            };
            // Nobody waits any more: the socket did not come about, and the lease is all that holds.
            drop(answer.send(standing));
        }
    }
}
