//! Questions to lobbies, gathered: those that arrive together share one call of Redis, as joins do.

use std::{collections::HashMap, time::Duration};

use contracts::id::RoomId;
use platform::{lifecycle::Lifecycle, redis::Redis};
use tokio::sync::oneshot;

use super::store::line::{self, Ask, Entrant, Lobby};
use crate::{gather::Gather, lane::Shares, line::LineError};

/// Questions on their way to Redis.
#[derive(Debug)]
pub struct Entries(Gather<Asked>);

#[derive(Debug)]
struct Asked {
    room: RoomId,
    ask: Ask,
    shares: Shares,
    entrant: Entrant,
    answer: oneshot::Sender<Result<Lobby, LineError>>,
}

impl Entries {
    /// Starts the task that sends them. While they wait for longer than `patience`, more are turned away.
    pub fn start(redis: Redis, lifecycle: &Lifecycle, patience: Duration) -> Self {
        Self(Gather::start(lifecycle, patience, move |together| {
            let redis = redis.clone();
            async move { send(&redis, together).await }
        }))
    }

    /// Whether questions wait for so long that more are turned away.
    pub fn is_behind(&self) -> bool {
        self.0.is_behind()
    }

    /// Asks the lobby of `room`, whose order of lanes is `shares`, about one visitor.
    ///
    /// # Errors
    /// [`LineError::Busy`] where too many ask already; else as [`line::enter`]. Safe to repeat.
    pub async fn ask(
        &self,
        room: RoomId,
        ask: Ask,
        shares: Shares,
        entrant: Entrant,
    ) -> Result<Lobby, LineError> {
        let (answer, answered) = oneshot::channel();
        self.0.ask(Asked { room, ask, shares, entrant, answer })?;
        answered.await.map_err(|_| LineError::Busy)?
    }
}

async fn send(redis: &Redis, together: Vec<Asked>) {
    let mut alike: HashMap<(RoomId, Ask), Vec<Asked>> = HashMap::new();
    for asked in together {
        alike.entry((asked.room, asked.ask)).or_default().push(asked);
    }
    for ((room, ask), asked) in alike {
        let entrants: Vec<_> = asked.iter().map(|asked| asked.entrant).collect();
        // Who asked last knows the room's lanes best.
        let shares = asked.last().map(|asked| asked.shares).unwrap_or_default();
        let answer = line::enter(redis, room, ask, &shares, &entrants).await;
        for (index, asked) in asked.into_iter().enumerate() {
            let own = match &answer {
                Ok(lobby) => Ok(Lobby { has: lobby.has.get(index).copied().into_iter().collect(), ..*lobby }),
                Err(error) => Err(error.for_another()),
            };
            // Nobody waits any more: what was entered is entered all the same, and asking again finds it.
            drop(asked.answer.send(own));
        }
    }
}
