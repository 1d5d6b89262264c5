//! Sessions that go on while their fan shops: the gate writes the new end down, then gives the pass anew. Renewals that come
//! together share one statement.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    assertion::Admitted,
    id::{PassId, VisitorId},
    pass::{Pass, PassKind},
    place::PlaceNumber,
    token,
};
use platform::{lifecycle::Lifecycle, postgres::Postgres, telemetry::Chain};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::{
    store::{self, Renewal},
    tell_line,
    verify::{Admission, CONFIRM_WITHIN},
};
use crate::{
    admission::front::store::Outcome,
    room::Room,
    state::{Gate, RoomClock},
};

/// The most renewals in one statement.
const TOGETHER: usize = 256;
/// The most renewals that wait; more are left for the fan's next request.
const WAITING: usize = 4096;

/// Whether a session goes on while its fan shops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "mode")]
pub enum SessionMode {
    /// It ends when it ends.
    #[default]
    Fixed,
    /// Its length counts from the fan's last request, give or take a quarter.
    Sliding {
        /// It ends so many seconds after its beginning at the latest.
        longest: u32,
    },
}

impl SessionMode {
    /// One that goes on for at most `longest`.
    pub fn sliding(longest: TimeDelta) -> Self {
        Self::Sliding { longest: u32::try_from(longest.num_seconds()).unwrap_or_default() }
    }

    /// The name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Sliding { .. } => "sliding",
        }
    }

    /// How long a session may go on at the most; `None` where it does not.
    pub fn longest(self) -> Option<TimeDelta> {
        match self {
            Self::Fixed => None,
            Self::Sliding { longest } => Some(TimeDelta::seconds(longest.into())),
        }
    }
}

/// Renewals on their way to PostgreSQL.
#[derive(Clone, Debug)]
pub struct Renewals(mpsc::Sender<Asked>);

#[derive(Debug)]
struct Asked {
    renewal: Renewal,
    answer: oneshot::Sender<Option<(PlaceNumber, DateTime<Utc>)>>,
}

impl Renewals {
    /// Starts the task that writes them.
    pub fn start(postgres: Postgres, clock: RoomClock, lifecycle: &Lifecycle) -> Self {
        let (sender, mut asked) = mpsc::channel(WAITING);
        let stopping = lifecycle.stopping();
        lifecycle.spawn(async move {
            let mut together = Vec::with_capacity(TOGETHER);
            while let Some(1..) = stopping.run_until_cancelled(asked.recv_many(&mut together, TOGETHER)).await
            {
                write(&postgres, &clock, std::mem::take(&mut together)).await;
            }
        });
        Self(sender)
    }

    /// The place and the new end of the session behind a pass; `None` where it does not go on, or not now.
    async fn ask(&self, renewal: Renewal) -> Option<(PlaceNumber, DateTime<Utc>)> {
        let (answer, answered) = oneshot::channel();
        self.0.try_send(Asked { renewal, answer }).ok()?;
        answered.await.ok()?
    }
}

async fn write(postgres: &Postgres, clock: &RoomClock, asked: Vec<Asked>) {
    let renewals: Vec<_> = asked.iter().map(|asked| asked.renewal).collect();
    let written = match store::renew(postgres, &renewals, clock.now()).await {
        Ok(written) => written,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "sessions end when they end: they could not be renewed");
            Vec::new()
        }
    };
    let ends: HashMap<PassId, (PlaceNumber, DateTime<Utc>)> =
        written.into_iter().map(|(pass, place, until)| (pass, (place, until))).collect();
    for Asked { renewal, answer } in asked {
        // Nobody waits any more: the session goes on all the same, and the next request gets the pass.
        answer.send(ends.get(&renewal.pass).copied()).unwrap_or_default();
    }
}

/// Whether a pass that was given for `length` and ends at `until` is due for another: when a quarter of it is gone.
fn is_old(until: DateTime<Utc>, length: TimeDelta, now: DateTime<Utc>) -> bool {
    until - now < length - length / 4
}

/// What is to be renewed for whoever came with `admission`; `None` where nothing is, or not now.
pub fn due(gate: &Gate, room: &Room, admission: &Admission) -> Option<Renewal> {
    let Admission::Shop(admitted) = admission else { return None };
    let (longest, length) = (room.policy.session.longest()?, room.settings.session_length);
    let is_own = admitted.kind == PassKind::Admitted && admitted.room == room.id;
    let is_due = is_own && is_old(admitted.until, length, gate.clock.now());
    is_due.then_some(Renewal { room: room.id, pass: admitted.id, length, longest })
}

/// The pass that `visitor` gets instead of the one that they were `admitted` with. A session that cannot be renewed simply ends when
/// it ends.
pub async fn renew(
    gate: &Gate,
    room: &Room,
    visitor: VisitorId,
    admitted: &Admitted,
    renewal: Renewal,
) -> Option<(Pass, String)> {
    let (id, room_id, now) = (admitted.id, room.id, gate.clock.now());
    let (place, until) = gate.renewals.ask(renewal).await?;
    if until <= admitted.until {
        return None;
    }
    tell_line(gate, room_id, place, Outcome::Inside(until + CONFIRM_WITHIN)).await;
    let event = room.event;
    let pass =
        Pass { sub: visitor, jti: id, room: room_id, event, kind: admitted.kind, iat: now, exp: until };
    let token = token::sign(&pass, &gate.keys.signing);
    Some((pass, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_given_anew_when_a_quarter_of_it_is_gone() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let length = TimeDelta::minutes(8);
        assert!(!is_old(now + length, length, now));
        assert!(!is_old(now + TimeDelta::minutes(6), length, now));
        assert!(is_old(now + TimeDelta::minutes(6), length, now + TimeDelta::seconds(1)));
    }
}
