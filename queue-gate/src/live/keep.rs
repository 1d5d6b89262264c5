//! Looks after all sockets of this process at once: frames that wait, pings, silence, the goodbye. So no socket needs a
//! timer of its own.

use std::time::Duration;

use rand::RngExt;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

use super::{
    hub::{Hub, SHARDS},
    wire::{Look, Wire},
};
use crate::{metrics, state::Gate};

/// How often sockets whose frames wait are looked at.
const LOOKS: Duration = Duration::from_millis(250);
/// Every how many looks some are pinged.
const PINGS: usize = 4;
/// Every how many seconds each client is asked whether it is there. Who has not said a word by the next time is cut off: so a
/// client that stops reading, or is gone without a goodbye, keeps its socket for 30 seconds at most.
pub const PING_EVERY: usize = 15;
/// Over how many milliseconds reconnects are spread when the gate goes away.
const JITTER: std::ops::Range<u32> = 0..20_000;
/// Codes of RFC 6455 section 7.4.1, of the registry, and one of our own: no place in the line.
const GOING_AWAY: u16 = 1001;
pub(super) const AGAIN_LATER: u16 = 1013;
const NO_PLACE: u16 = 4404;

const _: () = assert!(SHARDS > PING_EVERY, "each second some are pinged");

/// Starts looking after the sockets of `gate`, the first time that it is called.
pub fn begin(gate: &Gate) {
    if gate.hub.is_first() {
        gate.lifecycle.spawn(keep(gate.clone()));
    }
}

async fn keep(gate: Gate) {
    let (mut ticks, stopping) = (looks(), gate.lifecycle.stopping());
    let mut count: usize = 0;
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        look(&gate.hub, Instant::now());
        count += 1;
        if count.is_multiple_of(PINGS) {
            ping(&gate.hub, count / PINGS);
        }
    }
    gate.hub.wires(|_| true, |wire| goodbye(&gate, wire));
}

/// When to look. A gate that stood still does not make up for what it missed: asked twice in a row, everybody would count as
/// silent.
fn looks() -> Interval {
    let mut ticks = interval(LOOKS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Frames that wait are tried again; who has not taken them by `now` in time is cut off.
pub fn look(hub: &Hub, now: Instant) {
    hub.watched.look(now, |wire, look| match look {
        Look::TooSlow => ::metrics::counter!(metrics::SOCKETS_CUT, "why" => "slow").increment(1),
        Look::NoProof => wire.close(NO_PLACE, "no place"),
        Look::Again | Look::Done => {}
    });
}

/// A part of the shards is pinged each `second`, so that all of them are in their turn.
pub fn ping(hub: &Hub, second: usize) {
    let in_turn = |shard: usize| (shard + second).is_multiple_of(PING_EVERY);
    hub.wires(in_turn, |wire| {
        if !wire.ask() {
            ::metrics::counter!(metrics::SOCKETS_CUT, "why" => "silent").increment(1);
        }
    });
}

/// The gate goes away: come back to another, not all at once.
pub fn goodbye(gate: &Gate, wire: &Wire) {
    wire.close(GOING_AWAY, &gate.ids.stream().random_range(JITTER).to_string());
}
