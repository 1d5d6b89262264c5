//! Looks after all sockets of this process at once: frames that wait, pings, silence, the goodbye. So no socket needs a
//! timer of its own.

use std::time::Duration;

use rand::RngExt;

use super::{
    hub::SHARDS,
    wire::{Look, Wire},
};
use crate::{metrics, state::Gate};

/// How often sockets whose frames wait are looked at.
const LOOKS: Duration = Duration::from_millis(250);
/// Every how many looks some are pinged.
const PINGS: usize = 4;
/// Every how many seconds each client is asked whether it is there, and for how many it may be silent.
const PING_EVERY: usize = 25;
const SILENCE: u32 = 60;
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
    let (mut ticks, stopping) = (tokio::time::interval(LOOKS), gate.lifecycle.stopping());
    let mut count: usize = 0;
    while stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        look(&gate);
        count += 1;
        if count.is_multiple_of(PINGS) {
            ping(&gate, count / PINGS);
        }
    }
    gate.hub.wires(|_| true, |wire| goodbye(&gate, wire));
}

/// Frames that wait are tried again; who does not take them in time is cut off.
fn look(gate: &Gate) {
    gate.hub.watched.look(|wire, look| match look {
        Look::TooSlow => ::metrics::counter!(metrics::SOCKETS_CUT, "why" => "slow").increment(1),
        Look::NoProof => wire.close(NO_PLACE, "no place"),
        Look::Again | Look::Done => {}
    });
}

/// A part of the shards is pinged each second, so that all of them are in their turn.
fn ping(gate: &Gate, second: usize) {
    let now = gate.hub.now();
    let in_turn = |shard: usize| (shard + second).is_multiple_of(PING_EVERY);
    gate.hub.wires(in_turn, |wire| {
        if wire.silent(now) > SILENCE {
            wire.cut();
        } else {
            wire.control(&[0x89, 0]);
        }
    });
}

/// The gate goes away: come back to another, not all at once.
pub fn goodbye(gate: &Gate, wire: &Wire) {
    wire.close(GOING_AWAY, &gate.ids.stream().random_range(JITTER).to_string());
}
